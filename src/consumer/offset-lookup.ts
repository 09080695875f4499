import type { ClusterClient } from "../cluster/cluster-client.ts";
import { brokerError } from "../errors/broker-error.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { listOffsetsApi } from "../protocol/messages/list-offsets.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { TopicPartition } from "./options.ts";

/** What ListOffsets takes for a time, and means something else. */
const SPECIAL = { latest: -1, earliest: -2 } as const;

/** One partition's offset, or why it could not be had. */
export interface LookupResult {
  readonly offset: number;
  readonly error: KafkaError | undefined;
}

/**
 * Asks the leader for the first or the next offset of partitions. All of them lie with one broker; each has its own result.
 * `isReadCommitted` gives the last stable offset instead of the high watermark for `"latest"`.
 */
export async function lookUpOffsets(client: ClusterClient, nodeId: number, partitions: readonly TopicPartition[], where: "earliest" | "latest", isReadCommitted: boolean, signal: AbortSignalLike): Promise<readonly LookupResult[]> {
  const connection = await client.connection(nodeId, "other", signal);
  const topics = [...new Set(partitions.map((p) => p.topic))];
  const response = await connection.request(listOffsetsApi, {
    replicaId: -1,
    isolationLevel: isReadCommitted ? 1 : 0,
    topics: topics.map((name) => ({
      name,
      partitions: partitions.filter((p) => p.topic === name).map((p) => ({ partitionIndex: p.partition, currentLeaderEpoch: client.snapshot.topics.get(name)?.partitions[p.partition]?.leaderEpoch ?? -1, timestamp: SPECIAL[where] })),
    })),
  });
  return partitions.map(({ topic, partition }) => {
    const found = response.topics.find((t) => t.name === topic)?.partitions.find((p) => p.partitionIndex === partition);
    const what = `looking up the ${where} offset of ${topic}-${partition}`;
    if (found === undefined) return { offset: -1, error: new KafkaError("protocol", `${what}: the response does not mention it`, { retriable: true }) };
    if (found.errorCode !== 0) return { offset: -1, error: brokerError(found.errorCode, what, { topic, partition }) };
    return { offset: found.offset, error: undefined };
  });
}
