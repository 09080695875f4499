import { brokerError } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { MetadataSnapshot } from "../metadata.ts";
import type { TopicPartition } from "../topic-partition.ts";

/** The leader's node id, or why there is none now; undefined while metadata has nothing about the topic. */
export function leaderOf(
  snapshot: MetadataSnapshot,
  { topic, partition }: TopicPartition,
): number | KafkaError | undefined {
  const known = snapshot.topics.get(topic);
  if (known === undefined) return undefined;
  if (known.errorCode !== ErrorCode.NONE) return brokerError(known.errorCode, `metadata of topic ${topic}`, { topic });
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
