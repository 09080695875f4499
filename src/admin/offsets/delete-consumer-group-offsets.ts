import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { PartitionMap } from "../../cluster/routing/partition-map.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { arePlaces, type TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { name, reading } from "../../errors/shape.ts";
import { offsetDeleteApi } from "../../protocol/messages/offset-delete.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { coordinatorRoute, coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { itemError } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import { partitionId } from "../partition-id.ts";
import type { Results } from "../results.ts";

/** See `Admin.deleteConsumerGroupOffsets`. `call`: the name of the method, for errors. */
export async function deleteConsumerGroupOffsets(
  context: AdminContext,
  groupId: string,
  partitions: readonly TopicPartition[],
  options: CallOptions,
  call = "deleteConsumerGroupOffsets",
): Promise<Results<TopicPartition, undefined>> {
  name(groupId, `${call}: groupId`);
  arePlaces(partitions, `${call}: partitions`);
  const keys = reading(`${call}: partitions`, () => partitions.map(({ topic, partition }) => ({ topic, partition })));
  onlyOnce(keys.map(partitionId), `${call}: partitions`);
  const limit = callLimit(options, call);
  const results = await askItems<TopicPartition, undefined>(
    context.client,
    {
      what: `cannot delete the offsets of group ${groupId} in ${counted(keys.length, "partition")}`,
      keys,
      route: coordinatorRoute(context, "group", () => groupId),
      isChange: true,
      send: async (connection, asked) => {
        const { errorCode, topics } = await connection.request(offsetDeleteApi, {
          groupId,
          topics: [...groupByTopic(asked)].map(([topic, list]) => ({
            name: topic,
            partitions: list.map(({ partition }) => ({ partitionIndex: partition })),
          })),
        });
        const codes = new PartitionMap<number>();
        for (const { name: topic, partitions: list } of topics)
          for (const one of list) codes.set({ topic, partition: one.partitionIndex }, one.errorCode);
        return asked.map((key) => {
          const code = errorCode === ErrorCode.NONE ? (codes.get(key) ?? notAnswered("OffsetDelete")) : errorCode;
          if (code === ErrorCode.NONE) return done(undefined);
          return coordinatorVerdict(
            itemError(code, `cannot delete the offset of group ${groupId} in ${partitionId(key)}`, null, key),
          );
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, partitionId);
}
