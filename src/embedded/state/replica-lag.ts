/** A replica that lags: how much of the leader's log it has, and which batches it has instead of the rest. */
export interface ReplicaLag<B> {
  prefix: number;
  tail: readonly B[];
  /** The high watermark that it knew. */
  readonly highWatermark: number;
  readonly sinceMs: number;
}

/** A batch, as replication sees it: the same batch is the same object. */
export interface Replicated {
  readonly baseOffset: number;
  readonly lastOffset: number;
}

/** Updates `other` after the stored log changed from `prefix` on: `cut` was replaced by `tail`. */
export function rebase<B extends Replicated>(
  other: ReplicaLag<B>,
  prefix: number,
  cut: readonly B[],
  tail: readonly B[],
): void {
  if (other.prefix > prefix) {
    const end = other.prefix;
    other.tail = [...cut.filter((batch) => batch.lastOffset < end), ...other.tail];
    other.prefix = prefix;
  }
  if (other.prefix < prefix) return;
  // Batches that both have after `prefix` belong to the common part now.
  let common = 0;
  while (common < other.tail.length && other.tail[common] === tail[common]) common++;
  other.prefix = (other.tail[common - 1]?.lastOffset ?? prefix - 1) + 1;
  other.tail = other.tail.slice(common);
}
