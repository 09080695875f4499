import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { sleep } from "../runtime/sleep.ts";

/** The time between two attempts to connect to a broker that refuses this client: brokers log each, and delay it. */
const REFUSED_PAUSE_MS = 1000;

/**
 * Limits the attempts to connect to one address while it refuses this client for a reason that no retry heals, such as
 * a wrong password: all clients of a `Kafka` together make one attempt a second. When it fails, all that wait for the
 * address fail with its error.
 */
export class AddressGate {
  readonly #waiting = new Set<Cancellation>();
  #isRefusing = false;
  #notBeforeMs = 0;

  /** Whether the last attempt was refused. */
  get isRefusing(): boolean {
    return this.#isRefusing;
  }

  /** Settles when an attempt may be made. Rejects if another attempt is refused meanwhile, or the signal fires. */
  async enter(host: Host, signal: AbortSignalLike): Promise<void> {
    while (this.#isRefusing) {
      const nowMs = host.clock.monotonic();
      const waitMs = this.#notBeforeMs - nowMs;
      if (waitMs <= 0) {
        this.#notBeforeMs = nowMs + REFUSED_PAUSE_MS;
        return;
      }
      await this.#pause(host, waitMs, signal);
    }
  }

  /** An attempt was refused. */
  refused(error: KafkaError, nowMs: number): void {
    this.#isRefusing = true;
    this.#notBeforeMs = nowMs + REFUSED_PAUSE_MS;
    this.#end(error);
  }

  /** An attempt was not refused: attempts are not limited any more. */
  passed(): void {
    if (!this.#isRefusing) return;
    this.#isRefusing = false;
    this.#end(new KafkaError("cancelled", "the broker does not refuse this client any more"));
  }

  async #pause(host: Host, waitMs: number, signal: AbortSignalLike): Promise<void> {
    const wait = new Cancellation();
    const unfollow = wait.follow(signal);
    this.#waiting.add(wait);
    try {
      await sleep(host, waitMs, wait);
    } catch (error) {
      if (this.#isRefusing || signal.aborted) throw error;
    } finally {
      unfollow();
      this.#waiting.delete(wait);
    }
  }

  #end(reason: KafkaError): void {
    for (const wait of [...this.#waiting]) wait.cancel(reason);
  }
}
