/** Totals of a consumer since it was created. */
export interface ConsumerCounters {
  /** Fetch responses received. */
  fetches: number;
  /** Bytes of batches received, compressed. */
  fetchedBytes: number;
  /** Batches delivered. */
  batches: number;
  /** Records delivered. */
  records: number;
  /** Positions that the log no longer had, and that `autoOffsetReset` replaced. */
  positionResets: number;
  /** Records and batches that could not be read and were skipped. */
  poison: number;
  /** Retries of callbacks of `run` after a failure. */
  retries: number;
  /** Records, or batches for `eachBatch`, whose callback failed at its last try, whatever `onFailed` did with them. */
  failed: number;
}

/** Totals of one topic. */
export interface Tally {
  /** Records in delivered batches. */
  records: number;
  /** Fetched bytes, compressed. */
  bytes: number;
}

/** The tally of a topic; created at the first call. */
export function tallyOf(tallies: Map<string, Tally>, topic: string): Tally {
  const tally = tallies.get(topic) ?? { records: 0, bytes: 0 };
  tallies.set(topic, tally);
  return tally;
}
