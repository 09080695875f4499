/// <reference lib="esnext.disposable" preserve="true" />
/** What was done so far. */
export interface ExactlyOnceCounters {
  /** Records whose transaction is committed: each counts once. */
  records: number;
  /** Records that were sent in committed transactions. Without what a transform sent by itself. */
  results: number;
  /** Transactions that were committed. */
  committed: number;
  /** Transactions that were aborted. */
  aborted: number;
}

/** A running `consumeTransformProduce`. */
export interface ConsumeTransformProduce {
  /**
   * Settles when it has ended, its clients closed: well after {@link stop} and {@link close}; with an error of kind
   * `cancelled` after the signal; with what the transform threw; `fenced` when another instance with this
   * `transactionalId`, or group instance id, took its place; or with the error that ended it.
   */
  readonly ended: Promise<void>;
  /** What was done so far. Plain fields, read them whenever you like. */
  readonly counters: Readonly<ExactlyOnceCounters>;
  /**
   * No further transaction: settles when the one that is running is committed, or aborted, and everything is closed.
   * Never rejects; {@link ended} tells. Do not await it in the transform.
   */
  stop(): Promise<void>;
  /**
   * Aborts what is running, gives the partitions back and closes both clients, within the time (default 30000 ms).
   * Rejects for wrong options alone (kind `config`), harmless when repeated, also within the transform, which is not
   * waited for.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
