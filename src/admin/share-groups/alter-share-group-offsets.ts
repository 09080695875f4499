import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { done } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { listOf, MAX_INT32, name, reading, shape, wholeFrom } from "../../errors/shape.ts";
import { alterShareGroupOffsetsApi } from "../../protocol/messages/alter-share-group-offsets.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { coordinatorRoute, coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { itemError } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import { partitionId } from "../partition-id.ts";
import type { Results } from "../results.ts";

/** Where a share group shall stand in a partition. */
export interface ShareGroupStart extends TopicPartition {
  /** The first offset whose record may be delivered. */
  readonly startOffset: number;
}

const STARTS = listOf(
  shape(
    { topic: name, partition: wholeFrom(0, MAX_INT32), startOffset: wholeFrom(0) },
    { needs: ["topic", "partition", "startOffset"], noun: "field", hints: { offset: "startOffset" } },
  ),
  ": name each partition, [{ topic, partition, startOffset }]",
);
/** While the coordinator moves a group, it answers so. */
const AGAIN: readonly number[] = [ErrorCode.REBALANCE_IN_PROGRESS];

/** See `Admin.alterShareGroupOffsets`. */
export async function alterShareGroupOffsets(
  context: AdminContext,
  groupId: string,
  offsets: readonly ShareGroupStart[],
  options: CallOptions,
): Promise<Results<TopicPartition, undefined>> {
  const call = "alterShareGroupOffsets";
  name(groupId, `${call}: groupId`);
  STARTS(offsets, `${call}: offsets`);
  const keys = reading(`${call}: offsets`, () =>
    offsets.map(({ topic, partition, startOffset }) => ({ topic, partition, startOffset })),
  );
  onlyOnce(keys.map(partitionId), `${call}: offsets`);
  const limit = callLimit(options, call);
  const results = await askItems<ShareGroupStart, undefined>(
    context.client,
    {
      what: `cannot alter the offsets of share group ${groupId} in ${counted(keys.length, "partition")}`,
      keys,
      route: coordinatorRoute(context, "group", () => groupId),
      isChange: true,
      send: async (connection, asked) => {
        const response = await connection.request(alterShareGroupOffsetsApi, {
          groupId,
          topics: [...groupByTopic(asked)].map(([topicName, list]) => ({
            topicName,
            partitions: list.map(({ partition, startOffset }) => ({ partitionIndex: partition, startOffset })),
          })),
        });
        return asked.map(({ topic, partition }) => {
          const key = { topic, partition };
          const found = response.responses
            .find(({ topicName }) => topicName === topic)
            ?.partitions.find((one) => one.partitionIndex === partition);
          const { errorCode, errorMessage } =
            response.errorCode === ErrorCode.NONE ? (found ?? notAnswered("AlterShareGroupOffsets")) : response;
          if (errorCode === ErrorCode.NONE) return done(undefined);
          const what = `cannot alter the offset of share group ${groupId} in ${partitionId(key)}`;
          return coordinatorVerdict(itemError(errorCode, what, errorMessage, key), AGAIN);
        });
      },
    },
    limit,
  );
  return resultsOf<TopicPartition, undefined>(
    keys.map(({ topic, partition }) => ({ topic, partition })),
    results,
    partitionId,
  );
}
