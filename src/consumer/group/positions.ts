import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { GroupOffset } from "../../cluster/group-offsets.ts";
import type { Wait } from "../../cluster/waits.ts";
import { TimeLimit } from "../../cluster/time-limit.ts";
import { Semaphore } from "../../runtime/semaphore.ts";
import { turn } from "../../runtime/sleep.ts";
import type { Fetcher } from "../fetching/fetcher.ts";
import type { CommitOptions, Offsets } from "./offsets.ts";
import { Timing } from "../partitions/timing.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { whenSettled } from "../../runtime/when-settled.ts";

/** Writing the request for this many partitions takes less than 2 ms. */
const PARTITIONS_AT_ONCE = 2000;

/**
 * The processed offsets of partitions, and their commits: one after the other, so that no commit overwrites a later
 * one.
 */
export class Positions<K, V> {
  readonly #fetcher: Fetcher<K, V>;
  readonly #offsets: Offsets;
  readonly #timing: Timing;
  readonly #turn = new Semaphore(1);

  constructor(fetcher: Fetcher<K, V>, offsets: Offsets, timing: Timing = new Timing()) {
    this.#timing = timing;
    this.#fetcher = fetcher;
    this.#offsets = offsets;
  }

  /**
   * Commits processed offsets of these partitions that are not committed yet. Calls `then` before any other commit may
   * start. Partitions that were lost while it waited are left out: the member may have joined again by then, and the
   * coordinator would replace the next owner's commits with the old offsets.
   */
  commitDone(
    partitions: readonly TopicPartition[],
    deadlineMs: number,
    signal?: AbortSignalLike,
    then?: () => void,
    wait?: Wait,
  ): Promise<void> {
    const { tenure } = this.#offsets;
    const commit = async (some: readonly TopicPartition[]): Promise<void> => {
      const done = some.flatMap((one): GroupOffset | readonly [] => {
        const cursor = this.#fetcher.partitions.find(one);
        if (cursor === undefined || cursor.isGone) return [];
        const offset = this.#fetcher.handOut.doneTo(cursor);
        if (offset < 0 || offset === cursor.progress.committed) return [];
        const epoch = cursor.epochBefore(offset);
        return { topic: cursor.topic, partition: cursor.partition, offset, leaderEpoch: epoch < 0 ? undefined : epoch };
      });
      await this.#commit(done, deadlineMs, { signal, mayDrop: true, wait, tenure });
    };
    return this.#inTurn(deadlineMs, signal, () => whenSettled(this.#inPieces(partitions, commit), then));
  }

  commitThese(offsets: readonly GroupOffset[], deadlineMs: number, signal?: AbortSignalLike): Promise<void> {
    const { tenure } = this.#offsets;
    const commit = (some: readonly GroupOffset[]): Promise<void> => this.#commit(some, deadlineMs, { signal, tenure });
    return this.#inTurn(deadlineMs, signal, () => this.#inPieces(offsets, commit));
  }

  /** One request for all of them, unless it would keep the host from its other work for too long. */
  async #inPieces<T>(all: readonly T[], commit: (some: readonly T[]) => Promise<void>): Promise<void> {
    if (all.length <= PARTITIONS_AT_ONCE) return commit(all);
    for (let i = 0; i < all.length; i += PARTITIONS_AT_ONCE) {
      if (i > 0) await turn(this.#fetcher.client.runtime);
      await commit(all.slice(i, i + PARTITIONS_AT_ONCE));
    }
  }

  async #commit(offsets: readonly GroupOffset[], deadlineMs: number, options: CommitOptions): Promise<void> {
    if (offsets.length === 0) return;
    const { client, handOut, partitions } = this.#fetcher;
    await this.#timing.measure(client.clock, () => this.#offsets.commit(offsets, deadlineMs, options));
    for (const one of offsets) partitions.find(one)?.progress.noteCommitted(one.offset);
    handOut.interceptors?.committed(offsets);
  }

  /** Waits for its turn; that is part of the time that a commit may take. */
  async #inTurn(deadlineMs: number, signal: AbortSignalLike | undefined, work: () => Promise<void>): Promise<void> {
    const { client, settings } = this.#fetcher;
    const what =
      `cannot commit offsets of group ${settings.group?.groupId ?? ""} in time: the commit before it is still ` +
      "under way";
    await TimeLimit.around(
      client,
      { timeoutMs: Math.max(0, deadlineMs - client.clock.monotonic()), what, signal },
      (limit) => this.#turn.acquire(1, limit.signal),
    );
    try {
      await work();
    } finally {
      this.#turn.release(1);
    }
  }
}
