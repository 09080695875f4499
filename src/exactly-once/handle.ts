/// <reference lib="esnext.disposable" preserve="true" />
import type { ConsumerHealth, HealthOptions } from "../consumer/health/health.ts";

/** Counts of `consumeTransformProduce` since it began. */
export interface ExactlyOnceCounters {
  /** Records whose transaction was committed. Each counts once. */
  records: number;
  /** Records that were sent in committed transactions, without those that a transform sent through `tx`. */
  results: number;
  /** Transactions that were committed. */
  committed: number;
  /** Transactions that were aborted. */
  aborted: number;
}

/** A running `consumeTransformProduce`. */
export interface ConsumeTransformProduce {
  /**
   * Settles when everything has ended and both clients are closed. Resolves after {@link stop} and {@link close}.
   * Rejects with kind `cancelled` after the signal; with the error that the transform threw; with `fenced` if another
   * instance with the same `transactionalId` or group instance id has taken over; or with any other error that ended
   * it.
   */
  readonly ended: Promise<void>;
  /** Counts since the beginning. These are plain fields; reading them costs nothing. */
  readonly counters: Readonly<ExactlyOnceCounters>;
  /** The health of its consumer. The transform counts as the body of its loop. See `Consumer.health`. */
  health(options?: HealthOptions): ConsumerHealth;
  /**
   * Begins no more transactions from the moment it returns. Resolves when the running one is committed or aborted and
   * everything is closed. Has no deadline and takes no signal: {@link close} ends the running transaction early. Never
   * rejects; {@link ended} reports errors. Do not await it in the transform.
   */
  stop(): Promise<void>;
  /**
   * Accepted when it returns. Aborts the running transaction, returns the partitions to the group and closes both
   * clients, within `timeoutMs` (default 30000). Takes no signal. Rejects only for wrong options (kind `config`).
   * Idempotent. It may be called in the transform, and does not wait for it.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
