/** What a consumer has done so far. */
export interface ConsumerCounters {
  /** Fetch responses that came. */
  fetches: number;
  /** Bytes of batches that came, compressed. */
  fetchedBytes: number;
  /** Batches that were handed out. */
  batches: number;
  /** Records that were handed out. */
  records: number;
  /** Positions that the log did not have any more, and that were replaced by `autoOffsetReset`. */
  positionResets: number;
  /** Records and batches that could not be read and were passed over. */
  poison: number;
  /** Callbacks of `run` that were called again for the same record, or batch, since they had failed. */
  retries: number;
  /** Records, of `eachBatch` batches, whose callback failed at its last try, whatever `onFailed` did with them. */
  failed: number;
}

/** What was read of one topic. */
export interface Tally {
  /** Records of the batches that were handed out. */
  records: number;
  /** As they were fetched: compressed. */
  bytes: number;
}

/** A topic's tally; it is made when it is first asked for. */
export function tallyOf(tallies: Map<string, Tally>, topic: string): Tally {
  const tally = tallies.get(topic) ?? { records: 0, bytes: 0 };
  tallies.set(topic, tally);
  return tally;
}
