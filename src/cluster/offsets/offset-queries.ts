import { KafkaError } from "../../errors/kafka-error.ts";
import { anything, isNatural32, listOf, shape } from "../../errors/shape.ts";
import { inWords, plainly } from "../../errors/words.ts";
import type { CallLimit } from "../call-retries.ts";
import type { ClusterClient } from "../cluster-client.ts";
import { answersOf, ask } from "../routing/ask.ts";
import { done, refusal } from "../routing/verdict.ts";
import type { TopicPartition } from "../topic-partition.ts";
import { EARLIEST, LATEST, type LookupResult, type OffsetQuery, lookUpOffsets } from "./offset-lookup.ts";

/** A partition and a time, in ms since the epoch. */
export interface TimestampToSearch extends TopicPartition {
  /** The time to search for, in ms since the epoch. */
  readonly timestamp: number;
}

/**
 * The first record of a partition whose timestamp is not before the one that was asked for. Java: `OffsetAndTimestamp`.
 */
export interface OffsetAndTimestamp extends TopicPartition {
  /** The offset of the first record of that time or later. */
  readonly offset: number;
  /** The timestamp of that record, in ms since the epoch. */
  readonly timestamp: number;
  /** The leader epoch in which that record was written; undefined if the broker does not know it. */
  readonly leaderEpoch: number | undefined;
}

/** Where a partition's log begins and ends. */
export interface Watermarks {
  /** The offset of the first record that is still there. */
  readonly low: number;
  /** The offset of the next record that all in-sync replicas will have: the end for `read_uncommitted`. */
  readonly high: number;
  /** The first offset of an open transaction, else `high`: the end for `read_committed`. */
  readonly lastStable: number;
}

const SEARCHES = listOf(
  shape(
    { topic: anything, partition: anything, timestamp: anything },
    { noun: "field", hints: { offset: "timestamp" } },
  ),
);

/** Looks up offsets of any partitions, also of those that the consumer does not read: one request for each leader. */
export class OffsetQueries {
  readonly #client: ClusterClient;
  readonly #isReadCommitted: boolean;

  constructor(client: ClusterClient, isReadCommitted: boolean) {
    this.#client = client;
    this.#isReadCommitted = isReadCommitted;
  }

  async forTimes(
    searches: readonly TimestampToSearch[],
    limit: CallLimit,
  ): Promise<readonly (OffsetAndTimestamp | null)[]> {
    SEARCHES(searches, "offsetsForTimes: searches");
    for (const { topic, partition, timestamp } of searches) {
      if (!Number.isSafeInteger(timestamp) || timestamp < 0)
        throw new KafkaError(
          "config",
          `offsetsForTimes: ${topic}-${partition} has timestamp ${inWords(timestamp)}; it takes milliseconds ` +
            "since the epoch, from 0",
          { topic, partition },
        );
    }
    const found = await this.#ask("offsetsForTimes", searches, this.#isReadCommitted, limit);
    return searches.map(({ topic, partition }, i) => {
      const { offset, timestamp, leaderEpoch } = found[i] ?? NOTHING;
      return offset < 0
        ? null
        : { topic, partition, offset, timestamp, leaderEpoch: leaderEpoch < 0 ? undefined : leaderEpoch };
    });
  }

  async beginning(partitions: readonly TopicPartition[], limit: CallLimit): Promise<readonly number[]> {
    return (await this.#ask("beginningOffsets", at(partitions, EARLIEST), this.#isReadCommitted, limit)).map(
      ({ offset }) => offset,
    );
  }

  async end(partitions: readonly TopicPartition[], limit: CallLimit): Promise<readonly number[]> {
    return (await this.#ask("endOffsets", at(partitions, LATEST), this.#isReadCommitted, limit)).map(
      ({ offset }) => offset,
    );
  }

  /** Read one after the other, from the first offset to the end, so that none of them is above the next. */
  async watermarks(partition: TopicPartition, limit: CallLimit): Promise<Watermarks> {
    const [low, lastStable, high] = await Promise.all([
      this.#ask("watermarks", at([partition], EARLIEST), false, limit),
      this.#ask("watermarks", at([partition], LATEST), true, limit),
      this.#ask("watermarks", at([partition], LATEST), false, limit),
    ]);
    return { low: low[0]?.offset ?? -1, high: high[0]?.offset ?? -1, lastStable: lastStable[0]?.offset ?? -1 };
  }

  async #ask(
    name: string,
    queries: readonly OffsetQuery[],
    isReadCommitted: boolean,
    limit: CallLimit,
  ): Promise<readonly LookupResult[]> {
    for (const { topic, partition } of queries) {
      if (typeof topic !== "string" || topic === "" || !isNatural32(partition))
        throw new KafkaError("config", `${name}: ${plainly(topic)}-${plainly(partition)} is no partition`);
    }
    const client = this.#client;
    const results = await ask(
      client,
      {
        what: `cannot answer ${name} of ${partitionsInWords(queries)}`,
        keys: queries,
        route: { to: "leader", partition: (query) => query, awaitsAbsent: true },
        isAllOrNothing: true,
        send: async (connection, asked) => {
          const { snapshot, cluster } = client;
          const timeoutMs = cluster.settings.requestTimeoutMs;
          const found = await lookUpOffsets(connection, asked, { isReadCommitted, snapshot, timeoutMs });
          return found.map((result) => (result.error === undefined ? done(result) : refusal(result.error)));
        },
      },
      limit,
    );
    return answersOf(results);
  }
}

function partitionsInWords(partitions: readonly TopicPartition[]): string {
  const [first] = partitions;
  if (partitions.length === 1 && first !== undefined) return `${first.topic}-${first.partition}`;
  const topics = new Set(partitions.map(({ topic }) => topic));
  return `${partitions.length} partitions of ${[...topics].slice(0, 3).join(", ")}${topics.size > 3 ? ", …" : ""}`;
}

const NOTHING: LookupResult = { offset: -1, timestamp: -1, leaderEpoch: -1, error: undefined };

function at(partitions: readonly TopicPartition[], timestamp: number): readonly OffsetQuery[] {
  return partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }));
}
