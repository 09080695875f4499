import type { TopicPartition } from "../cluster/topic-partition.ts";

/** Equal for equal partitions; also names the partition in texts. */
export function partitionId({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
