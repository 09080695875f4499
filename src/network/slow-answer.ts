import { DeadlineEntry } from "../runtime/deadline-wheel.ts";
import { FIRST_LINE_MS, WaitWatch } from "../runtime/wait-watch.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { InFlight } from "./in-flight.ts";

/**
 * Logs that the oldest request of a connection has waited long for its response. It costs requests nothing: it checks
 * every two seconds while the connection is busy.
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

  /** Starts to check, if it does not yet: the connection waits for a response. */
  watch(): void {
    if (!this.isWaiting && this.#options.onSlow !== undefined)
      this.#options.deadlines.add(this, this.#options.clock.monotonic() + FIRST_LINE_MS);
  }

  override onDeadline(): void {
    const [oldest] = this.#inFlight;
    if (oldest === undefined) return; // the next request starts the check again
    const nowMs = this.#options.clock.monotonic();
    if (oldest !== this.#oldest || this.#watch === undefined) {
      this.#oldest = oldest;
      // A longer timeout means that the broker delays the response on purpose: a fetch waits for records, or a join for
      // other members.
      this.#watch = new WaitWatch(oldest.sentMs + Math.max(0, oldest.timeoutMs - this.#options.requestTimeoutMs));
    }
    if (this.#watch.dueMs <= nowMs) {
      const reason = `waiting for ${this.#address} to answer ${oldest.apiName}`;
      this.#options.onSlow?.(`${reason}: ${this.#watch.line(nowMs, "")}`, reason);
    }
    this.#options.deadlines.add(this, this.#watch.dueMs);
  }
}
