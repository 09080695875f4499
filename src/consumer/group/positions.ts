import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { Semaphore } from "../../runtime/semaphore.ts";
import type { Cursor } from "../cursor.ts";
import type { Fetcher } from "../fetcher.ts";
import type { Offsets, OffsetToCommit } from "../offsets.ts";
import type { TopicPartition } from "../topic-partition.ts";

/** What of the partitions is done, and its commits: one after the other, so that none goes back behind a later one. */
export class Positions<K, V> {
  readonly #fetcher: Fetcher<K, V>;
  readonly #offsets: Offsets;
  readonly #turn = new Semaphore(1);

  constructor(fetcher: Fetcher<K, V>, offsets: Offsets) {
    this.#fetcher = fetcher;
    this.#offsets = offsets;
  }

  /** The offset up to which a partition is done: what the application has in hand is not, unless it said so; −1 where nothing is known. */
  done(cursor: Cursor<K, V>): number {
    const hand = this.#fetcher.hand?.();
    if (hand?.cursor !== cursor) return cursor.position;
    return Math.min(Math.max(hand.from, cursor.processedTo), cursor.position);
  }

  /** Commits what is done of these partitions and not committed yet. */
  commitDone(partitions: readonly TopicPartition[], deadlineMs: number, signal?: AbortSignalLike): Promise<void> {
    return this.#inTurn(signal, async () => {
      const cursors = partitions.flatMap((one) => this.#fetcher.find(one) ?? []);
      await this.#commit(
        cursors.map((cursor) => ({ topic: cursor.topic, partition: cursor.partition, offset: this.done(cursor) })).filter((o, i) => o.offset >= 0 && o.offset !== cursors[i]?.committed),
        deadlineMs,
        signal,
      );
    });
  }

  commitThese(offsets: readonly OffsetToCommit[], deadlineMs: number, signal?: AbortSignalLike): Promise<void> {
    return this.#inTurn(signal, () => this.#commit(offsets, deadlineMs, signal));
  }

  async #commit(offsets: readonly OffsetToCommit[], deadlineMs: number, signal: AbortSignalLike | undefined): Promise<void> {
    await this.#offsets.commit(offsets, deadlineMs, signal);
    for (const one of offsets) {
      const cursor = this.#fetcher.find(one);
      if (cursor !== undefined) cursor.committed = one.offset;
    }
  }

  async #inTurn(signal: AbortSignalLike | undefined, work: () => Promise<void>): Promise<void> {
    await this.#turn.acquire(1, signal);
    try {
      await work();
    } finally {
      this.#turn.release(1);
    }
  }
}
