import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { type ListOffsetsResponse, listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import type { MetadataSnapshot } from "../metadata.ts";
import { groupByTopic } from "../routing/group-by-topic.ts";
import { PartitionMap } from "../routing/partition-map.ts";
import type { TopicPartition } from "../topic-partition.ts";

/** The timestamp by which ListOffsets asks for the end of the log. */
export const LATEST = -1;
/** The timestamp by which ListOffsets asks for the first offset of the log. */
export const EARLIEST = -2;

/** Asks for the first offset whose record is not older than `timestamp` (ms), {@link LATEST} or {@link EARLIEST}. */
export interface OffsetQuery extends TopicPartition {
  readonly timestamp: number;
}

/** The offset of one partition, −1 if there is no such record; or the error. */
export interface LookupResult {
  readonly offset: number;
  /** The timestamp of the record; −1 for {@link LATEST} and {@link EARLIEST}. */
  readonly timestamp: number;
  /** The leader epoch of the record; −1 if it is unknown. */
  readonly leaderEpoch: number;
  readonly error: KafkaError | undefined;
}

/** Options of a ListOffsets request. */
export interface LookupOptions {
  /** Whether {@link LATEST} is the last stable offset instead of the high watermark. */
  readonly isReadCommitted: boolean;
  /** The leader epochs that the requests name. */
  readonly snapshot: MetadataSnapshot;
  /** How long the broker may look in tiered storage, in ms (KIP-1075). The protocol's default, 0, gives it no time. */
  readonly timeoutMs: number;
}

const ISOLATION_SINCE = 2;

/**
 * Asks a leader for offsets of its partitions. Each query has its own result. Queries about the same partition go into
 * requests of their own: a broker takes a partition once in each.
 */
export async function lookUpOffsets(
  connection: Connection,
  queries: readonly OffsetQuery[],
  options: LookupOptions,
): Promise<readonly LookupResult[]> {
  const rounds: OffsetQuery[][] = [];
  const counts = new PartitionMap<number>();
  const placed = queries.map((query) => {
    const round = counts.get(query) ?? 0;
    counts.set(query, round + 1);
    const list = (rounds[round] ??= []);
    list.push(query);
    return round;
  });
  const found = await Promise.all(rounds.map((round) => request(connection, round, options)));
  return queries.map((query, i) => resultOf(query, found[placed[i] ?? 0]?.get(query)));
}

type FoundOffset = ListOffsetsResponse["topics"][number]["partitions"][number];

async function request(
  connection: Connection,
  queries: readonly OffsetQuery[],
  { isReadCommitted, snapshot, timeoutMs }: LookupOptions,
): Promise<PartitionMap<FoundOffset>> {
  const version = connection.version(listOffsetsApi);
  const response = await connection.request(
    listOffsetsApi,
    {
      replicaId: -1,
      ...(version >= ISOLATION_SINCE ? { isolationLevel: isReadCommitted ? 1 : 0 } : {}),
      topics: [...groupByTopic(queries)].map(([name, list]) => ({
        name,
        partitions: list.map(({ partition, timestamp }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: snapshot.topics.get(name)?.partitions[partition]?.leaderEpoch ?? -1,
          timestamp,
        })),
      })),
      timeoutMs,
    },
    { version },
  );
  const found = new PartitionMap<FoundOffset>();
  for (const { name: topic, partitions } of response.topics)
    for (const one of partitions) found.set({ topic, partition: one.partitionIndex }, one);
  return found;
}

function resultOf({ topic, partition, timestamp }: OffsetQuery, found: FoundOffset | undefined): LookupResult {
  const what = `cannot look up the ${specInWords(timestamp)} of ${topic}-${partition}`;
  if (found === undefined)
    return failed(new KafkaError("protocol", `${what}: the response does not mention it`, { retriable: true }));
  if (found.errorCode !== ErrorCode.NONE) return failed(brokerError(found.errorCode, what, { topic, partition }));
  return { offset: found.offset, timestamp: found.timestamp, leaderEpoch: found.leaderEpoch, error: undefined };
}

function failed(error: KafkaError): LookupResult {
  return { offset: -1, timestamp: -1, leaderEpoch: -1, error };
}

function specInWords(timestamp: number): string {
  if (timestamp === LATEST) return "latest offset";
  return timestamp === EARLIEST ? "earliest offset" : `offset at time ${timestamp}`;
}
