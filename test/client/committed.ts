import type { Consumer } from "../../src/consumer/consumer.ts";
import type { TopicPartition } from "../../src/cluster/topic-partition.ts";

/** The offsets that a consumer's group has committed; −1 for nothing. */
export async function committed(
  consumer: Pick<Consumer, "committed">,
  partitions: readonly TopicPartition[],
): Promise<readonly number[]> {
  return (await consumer.committed(partitions)).map((one) => one?.offset ?? -1);
}
