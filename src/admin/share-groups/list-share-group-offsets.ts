import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { done, type Verdict } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import {
  type DescribeShareGroupOffsetsResponseDescribeShareGroupOffsetsResponseGroup,
  describeShareGroupOffsetsApi,
} from "../../protocol/messages/describe-share-group-offsets.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { coordinatorRoute, coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { itemError } from "../item-error.ts";
import { type GroupOffsetsToList, groupsToList } from "../offsets/list-consumer-group-offsets.ts";
import { partitionId } from "../partition-id.ts";
import { Results } from "../results.ts";

/** Where a share group stands in a partition. Java: `SharePartitionOffsetInfo`. */
export interface SharePartitionOffset {
  /** The first offset whose record may be delivered. */
  readonly startOffset: number;
  /** The leader epoch of that offset; undefined if it is not known. */
  readonly leaderEpoch: number | undefined;
  /** How many records are not delivered yet; undefined from brokers before Kafka 4.2. */
  readonly lag: number | undefined;
}

/** The offset of each partition; undefined where the group has not begun to read. */
export type ListedShareGroupOffsets = Results<TopicPartition, SharePartitionOffset | undefined>;

const LAG_SINCE = 1;

/** See `Admin.listShareGroupOffsets`. */
export async function listShareGroupOffsets(
  context: AdminContext,
  groups: readonly (string | GroupOffsetsToList)[],
  options: CallOptions,
): Promise<Results<string, ListedShareGroupOffsets>> {
  const keys = groupsToList(groups, "listShareGroupOffsets: groups");
  const limit = callLimit(options, "listShareGroupOffsets");
  const results = await askItems<GroupOffsetsToList, ListedShareGroupOffsets>(
    context.client,
    {
      what: `cannot list the offsets of ${counted(keys.length, "share group")}`,
      keys,
      route: coordinatorRoute(context, "group", ({ groupId }) => groupId),
      send: async (connection, asked) => {
        const version = connection.version(describeShareGroupOffsetsApi);
        const response = await connection.request(
          describeShareGroupOffsetsApi,
          {
            groups: asked.map(({ groupId, partitions }) => ({
              groupId,
              topics:
                partitions === undefined
                  ? null
                  : [...groupByTopic(partitions)].map(([topicName, list]) => ({
                      ...{ topicName },
                      partitions: list.map(({ partition }) => partition),
                    })),
            })),
          },
          { version },
        );
        return asked.map((key) => {
          const found =
            response.groups.find(({ groupId }) => groupId === key.groupId) ?? notAnswered("DescribeShareGroupOffsets");
          return verdictOf(key, found, version >= LAG_SINCE);
        });
      },
    },
    limit,
  );
  return resultsOf(
    keys.map(({ groupId }) => groupId),
    results,
    (groupId) => groupId,
  );
}

function verdictOf(
  { groupId, partitions }: GroupOffsetsToList,
  group: DescribeShareGroupOffsetsResponseDescribeShareGroupOffsetsResponseGroup,
  hasLag: boolean,
): Verdict<ListedShareGroupOffsets> {
  const what = `cannot list the offsets of share group ${groupId}`;
  if (group.errorCode !== ErrorCode.NONE)
    return coordinatorVerdict(itemError(group.errorCode, what, group.errorMessage));
  const found = new Map<string, readonly [TopicPartition, SharePartitionOffset | KafkaError | undefined]>();
  for (const { topicName: topic, partitions: list } of group.topics)
    for (const one of list) {
      const key = { topic, partition: one.partitionIndex };
      const value =
        one.errorCode !== ErrorCode.NONE
          ? itemError(one.errorCode, `${what} in ${partitionId(key)}`, one.errorMessage, key)
          : one.startOffset < 0
            ? undefined
            : {
                startOffset: one.startOffset,
                leaderEpoch: one.leaderEpoch < 0 ? undefined : one.leaderEpoch,
                lag: hasLag && one.lag >= 0 ? one.lag : undefined,
              };
      found.set(partitionId(key), [key, value]);
    }
  const entries =
    partitions === undefined
      ? [...found.values()]
      : partitions.map((key) => found.get(partitionId(key)) ?? ([key, undefined] as const));
  return done(new Results<TopicPartition, SharePartitionOffset | undefined>(entries, partitionId));
}
