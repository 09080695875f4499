import type { Host } from "../host.ts";
import type { AssignedPartition, AssignedPartitions } from "./assigned-partitions.ts";

/** Offsets by topic and partition, as users see them. */
export interface OffsetsByTopic {
  topics: { topic: string; partitions: { partition: string | number; offset: string; metadata?: string | null }[] }[];
}

/** The options of `run` for commits. Times are in ms. */
export interface CommitRules {
  readonly autoCommit: boolean;
  readonly autoCommitInterval: number | null;
  readonly autoCommitThreshold: number | null;
}

/** The parts of its consumer that {@link OffsetCommits} uses. */
export interface CommitHost {
  readonly host: Pick<Host, "clock">;
  readonly partitions: AssignedPartitions;
  /** Commits, and emits COMMIT_OFFSETS. Rejects with kafkajs's errors. */
  readonly commit: (offsets: OffsetsByTopic) => Promise<void>;
  /** Whether a client of this `Kafka` has committed this offset, or a transaction this one or a later one. */
  readonly isCommittedElsewhere: (topic: string, partition: number, offset: number) => boolean;
}

/** The resolved offsets of a consumer, and when they are committed. */
export class OffsetCommits {
  readonly #rules: CommitRules;
  readonly #of: CommitHost;
  /** Messages that are resolved and not committed, over all partitions. */
  #pending = 0;
  #lastCommitMs: number;

  constructor(rules: CommitRules, of: CommitHost) {
    this.#rules = rules;
    this.#of = of;
    this.#lastCommitMs = of.host.clock.monotonic();
  }

  /** Whether what is resolved is committed without the user. */
  get isAutomatic(): boolean {
    return this.#rules.autoCommit;
  }

  /** Everything before `next` is done. */
  resolve(partition: AssignedPartition, next: number): void {
    this.#pending += next - (partition.resolved ?? partition.committed ?? next);
    partition.resolved = next;
  }

  /** The offsets that are resolved and not committed. */
  uncommitted(): OffsetsByTopic {
    const topics: OffsetsByTopic["topics"] = [];
    for (const { topic, partition, resolved, committed } of this.#of.partitions) {
      if (resolved === undefined || resolved === committed) continue;
      if (this.#of.isCommittedElsewhere(topic, partition, resolved)) continue;
      const entry = { partition: String(partition), offset: String(resolved) };
      const last = topics.at(-1);
      if (last?.topic === topic) last.partitions.push(entry);
      else topics.push({ topic, partitions: [entry] });
    }
    return { topics };
  }

  /** Commits if the interval has passed or the threshold is reached. Undefined if there is nothing to wait for. */
  ifNecessary(): Promise<void> | undefined {
    const { autoCommitInterval: interval, autoCommitThreshold: threshold } = this.#rules;
    if (interval === null && threshold === null) return undefined;
    const isDue =
      (threshold !== null && this.#pending >= threshold) ||
      (interval !== null && this.#of.host.clock.monotonic() >= this.#lastCommitMs + interval);
    return isDue ? this.resolved() : undefined;
  }

  /** {@link ifNecessary}, with `autoCommit`. */
  automaticIfNecessary(): Promise<void> | undefined {
    return this.#rules.autoCommit ? this.ifNecessary() : undefined;
  }

  /** Commits everything that is resolved, with `autoCommit`. */
  automatic(): Promise<void> | undefined {
    return this.#rules.autoCommit ? this.resolved() : undefined;
  }

  /** Commits everything that is resolved. */
  async resolved(): Promise<void> {
    const offsets = this.uncommitted();
    if (offsets.topics.length > 0) await this.commit(offsets);
    else this.#lastCommitMs = this.#of.host.clock.monotonic();
  }

  /** Commits these. */
  async commit(offsets: OffsetsByTopic): Promise<void> {
    await this.#of.commit(offsets);
    for (const { topic, partitions } of offsets.topics)
      for (const { partition, offset } of partitions) {
        const assigned = this.#of.partitions.get(topic, Number(partition));
        if (assigned !== undefined) assigned.committed = Number(offset);
      }
    this.#lastCommitMs = this.#of.host.clock.monotonic();
    this.recount();
  }

  /** The member has joined: an interval begins. */
  joined(): void {
    this.#lastCommitMs = this.#of.host.clock.monotonic();
  }

  /** The partitions have changed. */
  recount(): void {
    this.#pending = 0;
    for (const { resolved, committed } of this.#of.partitions)
      if (resolved !== undefined) this.#pending += resolved - (committed ?? resolved);
  }
}
