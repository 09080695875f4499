import { checkOffsets, type GroupOffset } from "../../cluster/group-offsets.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { PartitionMap } from "../../cluster/routing/partition-map.ts";
import { done } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { name, reading } from "../../errors/shape.ts";
import { offsetCommitApi } from "../../protocol/messages/offset-commit.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { coordinatorRoute, coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { itemError } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import { partitionId } from "../partition-id.ts";
import type { Results } from "../results.ts";

/** The last version that names topics; later ones have ids. */
const LAST_WITH_NAMES = 9;
const EPOCHS_SINCE = 6;
/** The generation of a commit from outside the group. */
const NO_MEMBER = -1;
/** While the coordinator moves a group, it answers so. */
const AGAIN: readonly number[] = [ErrorCode.REBALANCE_IN_PROGRESS];

/** See `Admin.alterConsumerGroupOffsets`. `call`: the name of the method, for errors. */
export async function alterConsumerGroupOffsets(
  context: AdminContext,
  groupId: string,
  offsets: readonly GroupOffset[],
  options: CallOptions,
  call = "alterConsumerGroupOffsets",
): Promise<Results<TopicPartition, undefined>> {
  name(groupId, `${call}: groupId`);
  checkOffsets(call, offsets);
  const keys = reading(`${call}: offsets`, () =>
    offsets.map(({ topic, partition, offset, leaderEpoch = -1, metadata = "" }) => ({
      ...{ topic, partition, offset, leaderEpoch, metadata },
    })),
  );
  onlyOnce(keys.map(partitionId), `${call}: offsets`);
  const limit = callLimit(options, call);
  const results = await askItems<(typeof keys)[number], undefined>(
    context.client,
    {
      what: `cannot alter the offsets of group ${groupId} in ${counted(keys.length, "partition")}`,
      keys,
      route: coordinatorRoute(context, "group", () => groupId),
      isChange: true,
      send: async (connection, asked) => {
        const version = connection.version(offsetCommitApi, LAST_WITH_NAMES);
        const { topics } = await connection.request(
          offsetCommitApi,
          {
            groupId,
            generationIdOrMemberEpoch: NO_MEMBER,
            memberId: "",
            topics: [...groupByTopic(asked)].map(([topic, list]) => ({
              name: topic,
              partitions: list.map(({ partition, offset, leaderEpoch, metadata }) => ({
                partitionIndex: partition,
                committedOffset: offset,
                ...(version >= EPOCHS_SINCE ? { committedLeaderEpoch: leaderEpoch } : {}),
                committedMetadata: metadata,
              })),
            })),
          },
          { version },
        );
        const codes = new PartitionMap<number>();
        for (const { name: topic, partitions } of topics)
          for (const { partitionIndex, errorCode } of partitions)
            codes.set({ topic, partition: partitionIndex }, errorCode);
        return asked.map(({ topic, partition }) => {
          const key = { topic, partition };
          const code = codes.get(key) ?? notAnswered("OffsetCommit");
          if (code === ErrorCode.NONE) return done(undefined);
          return coordinatorVerdict(
            refused(code, `cannot alter the offset of group ${groupId} in ${partitionId(key)}`, key),
            AGAIN,
          );
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

/** A group with members refuses commits from outside by a code that says something else. */
function refused(code: number, what: string, key: TopicPartition): ReturnType<typeof itemError> {
  const isActive = code === ErrorCode.UNKNOWN_MEMBER_ID;
  return itemError(code, what, isActive ? "the group has members; stop them first" : null, key);
}
