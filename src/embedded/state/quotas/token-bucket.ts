import { SAMPLES, SAMPLE_MS } from "./rate-window.ts";

/** A bucket holds the tokens of this many seconds. Kafka: `controller.quota.window.num` × `…window.size.seconds`. */
const BURST_SECONDS = (SAMPLES * SAMPLE_MS) / 1000;

/**
 * The tokens of a client that creates and deletes partitions, one for each partition (KIP-599). They grow by the quota
 * each second, up to those of 11 seconds. A change may take more tokens than there are; the next one then waits until
 * the debt is paid.
 */
export class TokenBucket {
  #tokens: number | undefined;
  #lastMs = 0;

  /** The tokens now; negative after a change that was too large. */
  tokens(perSecond: number, nowMs: number): number {
    const most = perSecond * BURST_SECONDS;
    const grown = this.#tokens === undefined ? most : this.#tokens + (perSecond * (nowMs - this.#lastMs)) / 1000;
    this.#tokens = Math.min(most, grown);
    this.#lastMs = nowMs;
    return this.#tokens;
  }

  take(count: number, perSecond: number, nowMs: number): void {
    this.#tokens = this.tokens(perSecond, nowMs) - count;
  }

  /** How long the client must wait until it has no debt, in ms; 0 without a debt. */
  throttleMs(perSecond: number, nowMs: number): number {
    const tokens = this.tokens(perSecond, nowMs);
    return tokens < 0 ? Math.round((-tokens / perSecond) * 1000) : 0;
  }

  /** Whether the bucket is full again, like a new one. */
  isIdle(nowMs: number): boolean {
    return this.#tokens === undefined || (this.#tokens >= 0 && nowMs - this.#lastMs >= BURST_SECONDS * 1000);
  }
}
