import type { CommittedOffset } from "../../cluster/group-offsets.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { done, type Verdict } from "../../cluster/routing/verdict.ts";
import { arePlaces, type TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import { either, flag, listOf, name, reading, shape } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import { offsetFetchApi } from "../../protocol/messages/offset-fetch.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { coordinatorRoute, coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { itemError } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import { partitionId } from "../partition-id.ts";
import { Results } from "../results.ts";

/** A group, and the partitions whose offsets to list. Java: `ListConsumerGroupOffsetsSpec`. */
export interface GroupOffsetsToList {
  /** The id of the group. */
  readonly groupId: string;
  /** The partitions. Default: all of which the group has an offset. Java: `topicPartitions`. */
  readonly partitions?: readonly TopicPartition[];
}

/** The committed offset of each partition; undefined where the group has none. */
export type ListedGroupOffsets = Results<TopicPartition, CommittedOffset | undefined>;

/** The options of `listConsumerGroupOffsets`. */
export interface ListConsumerGroupOffsetsOptions extends CallOptions {
  /**
   * Waits for the end of transactions that commit offsets of the group (KIP-447). Default false: their offsets do not
   * count yet. Brokers from Kafka 2.5 on. Java: `requireStable`.
   */
  readonly requireStable?: boolean;
}

const GROUPS = listOf(
  either(
    "the id of a group, or { groupId, partitions }",
    name,
    shape({ groupId: name, partitions: arePlaces }, { needs: ["groupId"], noun: "field" }),
  ),
  ": pass the list of groups, [{ groupId, partitions }]",
);
const OPTIONS = optionsWith({ requireStable: flag });
/** From this version on a request has several groups. */
const GROUPS_SINCE = 8;
const STABLE_SINCE = 7;
const ALL_SINCE = 2;
/** The last version that names topics; later ones have ids. */
const LAST_WITH_NAMES = 9;

/** See `Admin.listConsumerGroupOffsets`. `call`: the name of the method, for errors. */
export async function listConsumerGroupOffsets(
  context: AdminContext,
  groups: readonly (string | GroupOffsetsToList)[],
  options: ListConsumerGroupOffsetsOptions,
  call = "listConsumerGroupOffsets",
): Promise<Results<string, ListedGroupOffsets>> {
  const keys = groupsToList(groups, `${call}: groups`);
  const limit = callLimit(options, call, OPTIONS);
  const { requireStable = false } = options;
  const results = await askItems<GroupOffsetsToList, ListedGroupOffsets>(
    context.client,
    {
      what: `cannot list the offsets of ${counted(keys.length, "group")}`,
      keys,
      route: coordinatorRoute(context, "group", ({ groupId }) => groupId),
      keysPerRequest: (connection) =>
        connection.version(offsetFetchApi, LAST_WITH_NAMES) >= GROUPS_SINCE ? keys.length : 1,
      send: (connection, asked) => fetchOffsets(connection, asked, requireStable),
    },
    limit,
  );
  return resultsOf(
    keys.map(({ groupId }) => groupId),
    results,
    (groupId) => groupId,
  );
}

/** Checks a list of groups. Returns a copy, which the caller cannot change. */
export function groupsToList(
  groups: readonly (string | GroupOffsetsToList)[],
  path: string,
): readonly GroupOffsetsToList[] {
  GROUPS(groups, path);
  const keys = reading(path, () =>
    groups.map((one): GroupOffsetsToList =>
      typeof one === "string"
        ? { groupId: one }
        : { groupId: one.groupId, ...(one.partitions === undefined ? {} : { partitions: copy(one.partitions) }) },
    ),
  );
  onlyOnce(
    keys.map(({ groupId }) => groupId),
    path,
  );
  return keys;
}

function copy(partitions: readonly TopicPartition[]): readonly TopicPartition[] {
  const own = partitions.map(({ topic, partition }) => ({ topic, partition }));
  return [...new Map(own.map((one) => [partitionId(one), one])).values()];
}

async function fetchOffsets(
  connection: Connection,
  asked: readonly GroupOffsetsToList[],
  requireStable: boolean,
): Promise<readonly Verdict<ListedGroupOffsets>[]> {
  const version = connection.version(offsetFetchApi, LAST_WITH_NAMES);
  const stable = version >= STABLE_SINCE ? { requireStable } : {};
  const wanted = asked.map(({ groupId, partitions }) => ({
    groupId,
    topics:
      partitions === undefined
        ? null
        : [...groupByTopic(partitions)].map(([topic, list]) => ({
            name: topic,
            partitionIndexes: list.map(({ partition }) => partition),
          })),
  }));
  if (version >= GROUPS_SINCE) {
    const { groups } = await connection.request(offsetFetchApi, { groups: wanted, ...stable }, { version });
    return asked.map((key) =>
      verdictOf(key, groups.find(({ groupId }) => groupId === key.groupId) ?? notAnswered("OffsetFetch")),
    );
  }
  const [one] = wanted;
  const [key] = asked;
  if (one === undefined || key === undefined) return [];
  const topics = one.topics ?? (version >= ALL_SINCE ? null : []);
  const answer = await connection.request(offsetFetchApi, { groupId: one.groupId, topics, ...stable }, { version });
  return [verdictOf(key, answer)];
}

interface FoundOffsets {
  readonly errorCode: number;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly committedOffset: number;
      readonly committedLeaderEpoch: number;
      readonly metadata: string | null;
      readonly errorCode: number;
    }[];
  }[];
}

function verdictOf(
  { groupId, partitions }: GroupOffsetsToList,
  { errorCode, topics }: FoundOffsets,
): Verdict<ListedGroupOffsets> {
  const what = `cannot list the offsets of group ${groupId}`;
  if (errorCode !== ErrorCode.NONE) return coordinatorVerdict(itemError(errorCode, what));
  const found = new Map<string, readonly [TopicPartition, CommittedOffset | KafkaError | undefined]>();
  for (const { name: topic, partitions: list } of topics)
    for (const one of list) {
      const key = { topic, partition: one.partitionIndex };
      if (one.errorCode === ErrorCode.UNSTABLE_OFFSET_COMMIT)
        return { then: "retry", error: itemError(one.errorCode, `${what} in ${partitionId(key)}`, null, key) };
      const value =
        one.errorCode !== ErrorCode.NONE
          ? itemError(one.errorCode, `${what} in ${partitionId(key)}`, null, key)
          : one.committedOffset < 0
            ? undefined
            : {
                ...key,
                offset: one.committedOffset,
                leaderEpoch: one.committedLeaderEpoch < 0 ? undefined : one.committedLeaderEpoch,
                metadata: one.metadata ?? "",
              };
      found.set(partitionId(key), [key, value]);
    }
  const entries =
    partitions === undefined
      ? [...found.values()].filter(([, value]) => value !== undefined)
      : partitions.map((key) => found.get(partitionId(key)) ?? ([key, undefined] as const));
  return done(new Results<TopicPartition, CommittedOffset | undefined>(entries, partitionId));
}
