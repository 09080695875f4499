import type { CallLimit, ClusterClient } from "../../cluster/cluster-client.ts";
import type { MetadataSnapshot } from "../../cluster/metadata.ts";
import type { TimeLimit } from "../../cluster/time-limit.ts";
import type { Wait } from "../../cluster/waits.ts";
import { brokerError, refreshesMetadata } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { anything, isNatural32, listOf, shape } from "../../errors/shape.ts";
import { inWords, plainly } from "../../errors/words.ts";
import { type LookupResult, type OffsetQuery, lookUpOffsets } from "./offset-lookup.ts";
import { EARLIEST, LATEST } from "./offset-spec.ts";
import type { TopicPartition } from "./topic-partition.ts";

/** A partition and a time, in ms since the epoch. */
export interface TimestampToSearch extends TopicPartition {
  readonly timestamp: number;
}

/** The first record of a partition that is not older than the time that was asked for. Java: `OffsetAndTimestamp`. */
export interface OffsetAndTimestamp extends TopicPartition {
  readonly offset: number;
  /** The record's own. */
  readonly timestamp: number;
  /** That in which it was written; undefined where the broker does not know. */
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

/**
 * Questions about offsets of any partitions, whether they are read or not: one request for each leader, repeated where
 * leaders moved.
 */
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

  /** From the first to the last, so that none of them is above the next. */
  async watermarks(partition: TopicPartition, limit: CallLimit): Promise<Watermarks> {
    const [low, lastStable, high] = await Promise.all([
      this.#ask("watermarks", at([partition], EARLIEST), false, limit),
      this.#ask("watermarks", at([partition], LATEST), true, limit),
      this.#ask("watermarks", at([partition], LATEST), false, limit),
    ]);
    return { low: low[0]?.offset ?? -1, high: high[0]?.offset ?? -1, lastStable: lastStable[0]?.offset ?? -1 };
  }

  /** What is known already is not asked for again. */
  async #ask(
    name: string,
    queries: readonly OffsetQuery[],
    isReadCommitted: boolean,
    limit: CallLimit,
  ): Promise<readonly LookupResult[]> {
    const found: LookupResult[] = [];
    if (queries.length === 0) return found;
    for (const { topic, partition } of queries) {
      if (typeof topic !== "string" || topic === "" || !isNatural32(partition))
        throw new KafkaError("config", `${name}: ${plainly(topic)}-${plainly(partition)} is no partition`);
    }
    const topics = new Set(queries.map(({ topic }) => topic));
    const [first] = queries;
    const some = `${queries.length} partitions of ${[...topics].slice(0, 3).join(", ")}${topics.size > 3 ? ", …" : ""}`;
    const what = `${name} of ${queries.length === 1 ? `${first?.topic ?? ""}-${first?.partition ?? 0}` : some}`;
    this.#client.wantTopics(topics);
    try {
      await this.#client.call(what, limit, async (time, wait) => {
        const missing = [...queries.keys()].filter((i) => found[i] === undefined);
        await this.#askOnce(what, queries, missing, isReadCommitted, found, time, wait);
      });
    } finally {
      this.#client.releaseTopics(topics);
    }
    return found;
  }

  async #askOnce(
    what: string,
    queries: readonly OffsetQuery[],
    missing: readonly number[],
    isReadCommitted: boolean,
    found: LookupResult[],
    { signal, endsAtMs }: TimeLimit,
    wait: Wait,
  ): Promise<void> {
    const client = this.#client;
    const wanted = missing.flatMap((i) => queries[i] ?? []);
    const snapshot = await client.awaitMetadata(
      (known) => wanted.every((query) => leaderOf(known, query) !== undefined),
      { deadlineMs: endsAtMs, what, signal, wait },
    );
    const requests = requestsFor(snapshot, queries, missing);
    const outcomes = await Promise.allSettled(
      requests.map(async ({ nodeId, indexes }) => {
        const results = await lookUpOffsets(
          client,
          nodeId,
          indexes.flatMap((i) => queries[i] ?? []),
          isReadCommitted,
          signal,
        );
        let error: KafkaError | undefined;
        for (const [n, result] of results.entries()) {
          const i = indexes[n];
          if (result.error === undefined && i !== undefined) found[i] = result;
          // One that cannot be had at all decides.
          if (result.error !== undefined && (error === undefined || error.retriable)) error = result.error;
        }
        if (error !== undefined) throw error;
      }),
    );
    const errors = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [KafkaError.from(outcome.reason)] : [],
    );
    const error = errors.find(({ retriable }) => !retriable) ?? errors[0];
    if (error === undefined) return;
    if (error.code === undefined || refreshesMetadata(error.code)) client.refreshMetadata();
    throw error;
  }
}

const NOTHING: LookupResult = { offset: -1, timestamp: -1, leaderEpoch: -1, error: undefined };

function at(partitions: readonly TopicPartition[], timestamp: number): readonly OffsetQuery[] {
  return partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }));
}

interface LeaderRequest {
  readonly nodeId: number;
  /** Which of the queries. */
  readonly indexes: number[];
  readonly partitions: Set<string>;
}

/**
 * One request for each leader; another one for a partition that is asked about twice: a broker takes it once in a
 * request. Throws where a leader is not known.
 */
function requestsFor(
  snapshot: MetadataSnapshot,
  queries: readonly OffsetQuery[],
  missing: readonly number[],
): readonly LeaderRequest[] {
  const requests: LeaderRequest[] = [];
  for (const i of missing) {
    const query = queries[i];
    if (query === undefined) continue;
    const leader = leaderOf(snapshot, query);
    if (typeof leader !== "number")
      throw leader ?? new KafkaError("internal", `metadata of topic ${query.topic} is missing`, { retriable: true });
    const partition = `${query.topic}/${query.partition}`;
    let request = requests.find(({ nodeId, partitions }) => nodeId === leader && !partitions.has(partition));
    if (request === undefined) {
      request = { nodeId: leader, indexes: [], partitions: new Set() };
      requests.push(request);
    }
    request.indexes.push(i);
    request.partitions.add(partition);
  }
  return requests;
}

/** The broker to ask, or why there is none now; undefined while the topic was never heard of. */
function leaderOf(snapshot: MetadataSnapshot, { topic, partition }: TopicPartition): number | KafkaError | undefined {
  const known = snapshot.topics.get(topic);
  if (known === undefined) return undefined;
  if (known.errorCode !== 0) return brokerError(known.errorCode, `metadata of topic ${topic}`, { topic });
  const found = known.partitions[partition];
  if (found === undefined)
    return brokerError(
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      `metadata of ${topic}-${partition} (the topic has ${counted(known.partitions.length, "partition")})`,
      { topic, partition },
    );
  return found.leaderId < 0
    ? brokerError(ErrorCode.LEADER_NOT_AVAILABLE, `metadata of ${topic}-${partition}`, { topic, partition })
    : found.leaderId;
}
