import type { AppliedQuota } from "./client-quotas.ts";
import { IdleEntries } from "./idle-entries.ts";
import { RateWindow, SAMPLE_MS, SAMPLES } from "./rate-window.ts";

/** The longest throttle time because of `request_percentage`: one sample, as in Kafka. */
const MOST_WORKED_MS = SAMPLE_MS;

/** The longest time for which a new connection waits until the broker closes it. */
const MOST_CONNECTION_MS = SAMPLE_MS;

/** The use of quotas by the clients of one broker. In Kafka, too, each broker counts for itself. */
export class BrokerQuotas {
  readonly #produced = new IdleEntries(() => new RateWindow());
  readonly #fetched = new IdleEntries(() => new RateWindow());
  readonly #worked = new IdleEntries(() => new RateWindow());
  readonly #connected = new IdleEntries(() => new RateWindow());

  /** Counts a Produce request of `bytes`, and returns for how long the broker throttles the client, in ms. */
  produced({ sharedBy, limit }: AppliedQuota, bytes: number, nowMs: number): number {
    const window = this.#produced.of(sharedBy, nowMs);
    window.record(bytes, nowMs);
    return window.throttleMs(limit, nowMs);
  }

  /**
   * Counts a response of Fetch, and returns for how long the broker throttles the client, in ms. If it does, the client
   * gets an empty response instead, so the bytes do not count.
   */
  fetched({ sharedBy, limit }: AppliedQuota, bytes: number, nowMs: number): number {
    const window = this.#fetched.of(sharedBy, nowMs);
    window.record(bytes, nowMs);
    const throttleMs = window.throttleMs(limit, nowMs);
    if (throttleMs > 0) window.record(-bytes, nowMs);
    return throttleMs;
  }

  /**
   * The most bytes that a response of Fetch may have. More could never be sent, because they are above the quota even
   * with an empty window.
   */
  static mostFetched({ limit }: AppliedQuota): number {
    return (limit * (SAMPLES - 1) * SAMPLE_MS) / 1000;
  }

  /**
   * Counts the time that the broker worked for a request, and returns for how long the broker throttles the client, in
   * ms. The limit is in percent of one thread: 100 allows a second of work in each second.
   */
  worked({ sharedBy, limit }: AppliedQuota, workedMs: number, nowMs: number): number {
    const window = this.#worked.of(sharedBy, nowMs);
    window.record(workedMs / 10, nowMs); // percent of a second
    return Math.min(window.throttleMs(limit, nowMs), MOST_WORKED_MS);
  }

  /**
   * Counts a new connection of an address, and returns after which time the broker closes it, in ms; 0 if it may stay.
   * A connection that is closed does not count (KIP-612).
   */
  connected(address: string, limit: number, nowMs: number): number {
    const window = this.#connected.of(address, nowMs);
    window.record(1, nowMs);
    const throttleMs = window.throttleMs(limit, nowMs);
    if (throttleMs > 0) window.record(-1, nowMs);
    return Math.min(throttleMs, MOST_CONNECTION_MS);
  }
}
