import type { Consumer, PositionReset, TopicPartition } from "odradek";
import type { ClientEvents } from "../events/client-events.ts";
import type { Host } from "../host.ts";
import type { AssignedPartition, AssignedPartitions } from "./assigned-partitions.ts";
import { Batch, batchPayload } from "./batch.ts";
import type { CheckedOffset, GivenPartitions } from "./check-partitions.ts";
import type { OffsetCommits, OffsetsByTopic } from "./offset-commits.ts";
import { PausedPartitions } from "./paused-partitions.ts";
import { beginningOf, commonBeginning, differing, type Subscriptions } from "./start-positions.ts";

/** The consumer looks at most this often whether positions have passed control records, in ms. */
const LOOK_MS = 100;

/** The parts of its consumer that {@link Positions} uses. */
export interface PositionsHost {
  readonly host: Host;
  readonly events: ClientEvents<"consumer">;
  readonly partitions: AssignedPartitions;
  readonly commits: OffsetCommits;
  readonly subscriptions: Subscriptions;
  readonly autoCommit: boolean;
  readonly isRunning: () => boolean;
  /** The Odradek consumer; undefined before there is one. */
  readonly consumer: () => Consumer | undefined;
  /** Commits without COMMIT_OFFSETS. */
  readonly commitSilently: (offsets: OffsetsByTopic) => Promise<void>;
  /** A partition is read on from another place: its offsets that were committed before do not count. */
  readonly moved: (topic: string, partition: number) => void;
}

/** Where the assigned partitions are read from: beginnings, seeks, pauses, and what is left out without a message. */
export class Positions {
  readonly paused = new PausedPartitions();
  readonly #of: PositionsHost;
  /** Seeks of partitions that are not assigned. */
  readonly #seeks = new Map<string, CheckedOffset>();
  #lookedMs = -Infinity;

  constructor(of: PositionsHost) {
    this.#of = of;
  }

  seek(sought: CheckedOffset): void {
    const assigned = this.#of.partitions.get(sought.topic, sought.partition);
    if (assigned === undefined) this.#seeks.set(`${sought.topic}/${sought.partition}`, sought);
    else this.#seekNow(assigned, sought.offset);
  }

  pause(given: readonly GivenPartitions[]): void {
    for (const one of given) this.paused.pause(one);
    this.#applyPauses();
  }

  resume(given: readonly GivenPartitions[]): void {
    for (const one of given) this.paused.resume(one);
    this.#applyPauses();
  }

  /** The paused partitions of those that are assigned. */
  pausedNow(): { topic: string; partitions: number[] }[] {
    const byTopic = new Map<string, number[]>();
    for (const { topic, partition } of this.#of.partitions)
      if (this.paused.has(topic, partition)) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
    return [...byTopic].map(([topic, partitions]) => ({ topic, partitions }));
  }

  /** Delivery of these partitions begins when this has ended. */
  async assigned(added: readonly TopicPartition[]): Promise<void> {
    const { partitions, subscriptions, commits } = this.#of;
    const consumer = this.#of.consumer();
    if (consumer === undefined) return;
    for (const one of added) {
      const position = consumer.position(one);
      partitions.add(one).committed = position < 0 ? undefined : position;
    }
    const others = differing(added, subscriptions);
    if (others.length > 0) {
      const committed = await consumer.committed(others);
      for (const [i, one] of others.entries())
        if ((committed[i] ?? null) === null) consumer.seek(one, beginningOf(subscriptions, one.topic));
    }
    this.#applyPauses();
    for (const { topic, partition } of added) {
      const key = `${topic}/${partition}`;
      const sought = this.#seeks.get(key);
      const assigned = partitions.get(topic, partition);
      if (sought === undefined || assigned === undefined) continue;
      this.#seeks.delete(key);
      this.#seekNow(assigned, sought.offset);
    }
    commits.recount();
  }

  removed(gone: readonly TopicPartition[]): void {
    for (const one of gone) this.#of.partitions.remove(one);
    this.#of.commits.recount();
  }

  /** Moves the position of a partition, unless it has gone. */
  moveTo(partition: AssignedPartition, where: number | "latest" | "earliest"): void {
    const consumer = this.#of.consumer();
    if (consumer === undefined || this.#of.partitions.get(partition.topic, partition.partition) !== partition) return;
    try {
      consumer.seek(placeOf(partition), where);
    } catch {
      // The partition has gone in this moment: its next owner reads it from the committed offset.
    }
  }

  /** The log no longer had the position: the new one is committed. */
  reset({ topic, partition, to }: PositionReset): void {
    const { partitions, subscriptions } = this.#of;
    const assigned = partitions.get(topic, partition);
    if (assigned === undefined) return;
    this.#replace(assigned);
    const beginning = beginningOf(subscriptions, topic);
    if (beginning === commonBeginning(subscriptions)) this.#placed(assigned, to);
    else this.moveTo(assigned, beginning);
  }

  /** Positions that were looked up are known now, and others have passed control records or aborted ones. */
  look(): void {
    const { host, partitions, isRunning } = this.#of;
    const consumer = this.#of.consumer();
    if (consumer === undefined || !isRunning()) return;
    const nowMs = host.clock.monotonic();
    const isWhole = nowMs - this.#lookedMs >= LOOK_MS;
    if (isWhole) this.#lookedMs = nowMs;
    let hasPassed = false;
    for (const partition of partitions) {
      if (partition.isBusy || (!isWhole && partition.committed !== undefined)) continue;
      const position = positionOf(consumer, partition);
      if (position < 0) continue;
      if (partition.committed === undefined && partition.resolved === undefined) this.#placed(partition, position);
      const from = partition.resolved ?? partition.committed ?? position;
      if (position <= from) continue;
      this.#passed(partition, from, position);
      hasPassed = true;
    }
    if (hasPassed)
      host.runtime.spawn(async () => {
        if (isRunning()) await this.#of.commits.automatic()?.catch(() => undefined);
      });
  }

  #applyPauses(): void {
    const consumer = this.#of.consumer();
    if (consumer === undefined) return;
    const owned = new Set(consumer.assignment().map(({ topic, partition }) => `${topic}/${partition}`));
    const all = [...this.#of.partitions].map(placeOf).filter((one) => owned.has(`${one.topic}/${one.partition}`));
    consumer.pause(all.filter(({ topic, partition }) => this.paused.has(topic, partition)));
    consumer.resume(all.filter(({ topic, partition }) => !this.paused.has(topic, partition)));
  }

  /** −1 is the end, −2 the beginning. With `autoCommit` the new position is committed at once, as in kafkajs. */
  #seekNow(partition: AssignedPartition, offset: number): void {
    this.#replace(partition);
    partition.failures = 0;
    this.#of.commits.recount();
    this.moveTo(partition, offset === -1 ? "latest" : offset === -2 ? "earliest" : offset);
    if (offset >= 0) this.#placed(partition, offset);
  }

  /** The position is another one: batches at work are stale, and what they resolve counts no more. */
  #replace(partition: AssignedPartition): void {
    partition.seeks++;
    partition.resolved = undefined;
    partition.committed = undefined;
    partition.mustCommit = true;
    this.#of.moved(partition.topic, partition.partition);
  }

  /** A partition has got its position. */
  #placed(partition: AssignedPartition, position: number): void {
    const { autoCommit, commits } = this.#of;
    if (!partition.mustCommit) {
      partition.committed ??= position;
      return;
    }
    partition.mustCommit = false;
    if (!autoCommit) {
      commits.resolve(partition, position);
      return;
    }
    partition.committed = position;
    this.#commitPlace(partition, position);
  }

  /** Commits where a partition begins now. COMMIT_OFFSETS does not tell of it, as in kafkajs. */
  #commitPlace(place: AssignedPartition, offset: number): void {
    const { host, isRunning, commitSilently } = this.#of;
    const { topic, partition } = place;
    const offsets = { topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }] };
    host.runtime.spawn(async () => {
      try {
        if (isRunning()) await commitSilently(offsets);
      } catch {
        place.committed = undefined; // the next commit has it
        place.resolved ??= offset;
      }
    });
  }

  /** Everything from `first` to `next` was left out: control records and aborted ones. */
  #passed(passed: AssignedPartition, first: number, next: number): void {
    const { events, commits } = this.#of;
    const { topic, partition } = passed;
    const batch = new Batch({ topic, partition, highWatermark: next, first, next }, []);
    events.emit("START_BATCH_PROCESS", () => batchPayload(batch, 0));
    commits.resolve(passed, next);
    events.emit("END_BATCH_PROCESS", () => ({ ...batchPayload(batch, 0), duration: 0 }));
  }
}

function placeOf({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition };
}

/** −1 if it is not known, or the partition has gone. */
function positionOf(consumer: Consumer, partition: TopicPartition): number {
  try {
    return consumer.position(placeOf(partition));
  } catch {
    return -1;
  }
}
