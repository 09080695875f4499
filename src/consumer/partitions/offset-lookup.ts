import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { EARLIEST, LATEST } from "./offset-spec.ts";
import type { TopicPartition } from "./topic-partition.ts";

/**
 * Which offset of a partition: the first whose record is not older than a time in ms, or {@link LATEST}, or
 * {@link EARLIEST}.
 */
export interface OffsetQuery extends TopicPartition {
  readonly timestamp: number;
}

/** One partition's offset, −1 where there is no such record; or why it could not be had. */
export interface LookupResult {
  readonly offset: number;
  /** That of the record; −1 for {@link LATEST} and {@link EARLIEST}. */
  readonly timestamp: number;
  /** That of the record; −1 where it is not known. */
  readonly leaderEpoch: number;
  readonly error: KafkaError | undefined;
}

const ISOLATION_SINCE = 2;

/**
 * Asks the leader for offsets of partitions. All of them lie with one broker; each has its own result.
 * `isReadCommitted` gives the last stable offset instead of the high watermark for {@link LATEST}.
 */
export async function lookUpOffsets(
  client: ClusterClient,
  nodeId: number,
  queries: readonly OffsetQuery[],
  isReadCommitted: boolean,
  signal: AbortSignalLike,
): Promise<readonly LookupResult[]> {
  const connection = await client.connection(nodeId, "other", signal);
  const version = connection.version(listOffsetsApi);
  const byTopic = new Map<string, OffsetQuery[]>();
  for (const query of queries) byTopic.set(query.topic, [...(byTopic.get(query.topic) ?? []), query]);
  const response = await connection.request(
    listOffsetsApi,
    {
      replicaId: -1,
      ...(version >= ISOLATION_SINCE ? { isolationLevel: isReadCommitted ? 1 : 0 } : {}),
      topics: [...byTopic].map(([name, list]) => ({
        name,
        partitions: list.map(({ partition, timestamp }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: client.snapshot.topics.get(name)?.partitions[partition]?.leaderEpoch ?? -1,
          timestamp,
        })),
      })),
      // From version 10 on: how long the broker may look in tiered storage (KIP-1075). The default, 0, would give it no
      // time at all.
      timeoutMs: client.cluster.settings.requestTimeoutMs,
    },
    { version },
  );
  return queries.map(({ topic, partition, timestamp }) => {
    const found = response.topics.find((t) => t.name === topic)?.partitions.find((p) => p.partitionIndex === partition);
    const what = `looking up the ${specInWords(timestamp)} of ${topic}-${partition}`;
    if (found === undefined)
      return failed(new KafkaError("protocol", `${what}: the response does not mention it`, { retriable: true }));
    if (found.errorCode !== 0) return failed(brokerError(found.errorCode, what, { topic, partition }));
    return { offset: found.offset, timestamp: found.timestamp, leaderEpoch: found.leaderEpoch, error: undefined };
  });
}

function failed(error: KafkaError): LookupResult {
  return { offset: -1, timestamp: -1, leaderEpoch: -1, error };
}

function specInWords(timestamp: number): string {
  if (timestamp === LATEST) return "latest offset";
  return timestamp === EARLIEST ? "earliest offset" : `offset at time ${timestamp}`;
}
