import { DeadlineEntry } from "../runtime/deadline-wheel.ts";
import { FIRST_LINE_MS, WaitWatch } from "../runtime/wait-watch.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { InFlight } from "./in-flight.ts";

/**
 * Logs that the oldest request of a connection has no answer for long. Costs a request nothing: it looks every two
 * seconds while the connection is busy.
 */
export class SlowAnswer extends DeadlineEntry {
  readonly #address: string;
  readonly #options: ConnectionOptions;
  readonly #inFlight: readonly InFlight[];
  #oldest: InFlight | undefined;
  #watch: WaitWatch | undefined;

  constructor(address: string, options: ConnectionOptions, inFlight: readonly InFlight[]) {
    super();
    this.#address = address;
    this.#options = options;
    this.#inFlight = inFlight;
  }

  /** The connection has something to wait for. */
  watch(): void {
    if (!this.isWaiting && this.#options.onSlow !== undefined)
      this.#options.deadlines.add(this, this.#options.clock.monotonic() + FIRST_LINE_MS);
  }

  override onDeadline(): void {
    const [oldest] = this.#inFlight;
    if (oldest === undefined) return; // the next request watches again
    const nowMs = this.#options.clock.monotonic();
    if (oldest !== this.#oldest || this.#watch === undefined) {
      this.#oldest = oldest;
      // A request with a longer timeout is one that the broker keeps on purpose: a fetch that waits for records, a join
      // that waits for other members.
      this.#watch = new WaitWatch(oldest.sentMs + Math.max(0, oldest.timeoutMs - this.#options.requestTimeoutMs));
    }
    if (this.#watch.dueMs <= nowMs) {
      const reason = `waiting for ${this.#address} to answer ${oldest.apiName}`;
      this.#options.onSlow?.(`${reason}: ${this.#watch.line(nowMs, "")}`, reason);
    }
    this.#options.deadlines.add(this, this.#watch.dueMs);
  }
}
