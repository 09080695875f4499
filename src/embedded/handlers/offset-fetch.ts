import * as ErrorCode from "../../errors/error-code.ts";
import {
  type OffsetFetchRequest,
  type OffsetFetchResponse,
  offsetFetchApi,
} from "../../protocol/messages/offset-fetch.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import type { Group } from "../state/groups/group.ts";

interface Asked {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

interface Partition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly metadata: string;
  readonly errorCode: number;
}

interface Topic {
  readonly name: string;
  readonly partitions: readonly Partition[];
}

type GroupAnswer = Input<OffsetFetchResponse["groups"][number]>;

const GROUPS_SINCE = 8;
const TOPIC_IDS_SINCE = 10;
/** In older versions, each partition has the group's error. */
const GROUP_ERRORS_SINCE = 2;

/** OffsetFetch, 1 to 10: of one group, from version 8 on of several. An unknown group has no committed offsets. */
export function offsetFetch(): AnyHandler {
  return handler({ api: offsetFetchApi, min: 1, max: 10, handle: serve });
}

function serve(request: OffsetFetchRequest, context: RequestContext): Input<OffsetFetchResponse> {
  const { apiVersion } = context;
  if (apiVersion >= GROUPS_SINCE)
    return { groups: request.groups.map((asked) => ofGroup(asked, request.requireStable, context)) };
  const { groupId, topics, requireStable } = request;
  const errorCode = groupError(groupId, context);
  if (errorCode === ErrorCode.NONE) return { topics: offsetsOf(groupId, topics, requireStable, context) };
  if (apiVersion >= GROUP_ERRORS_SINCE) return { errorCode, topics: [] };
  return {
    topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => nothing(partitionIndex, errorCode)),
    })),
  };
}

/** Why the group's offsets cannot be read here. */
function groupError(groupId: string, { cluster, nodeId, access }: RequestContext): number {
  return access?.denies("DESCRIBE", "GROUP", groupId) === true
    ? ErrorCode.GROUP_AUTHORIZATION_FAILED
    : cluster.coordinators.errorAt("group", groupId, nodeId);
}

function ofGroup(
  { groupId, topics, memberId, memberEpoch }: OffsetFetchRequest["groups"][number],
  requireStable: boolean,
  context: RequestContext,
): GroupAnswer {
  const { cluster, apiVersion } = context;
  const elsewhere = groupError(groupId, context);
  const errorCode =
    elsewhere === ErrorCode.NONE
      ? (cluster.groups.get(groupId)?.members.fetchError(memberId, memberEpoch) ?? ErrorCode.NONE)
      : elsewhere;
  if (errorCode !== ErrorCode.NONE) return { groupId, errorCode };
  if (apiVersion < TOPIC_IDS_SINCE) return { groupId, topics: offsetsOf(groupId, topics, requireStable, context) };
  const named =
    topics?.map(({ topicId, partitionIndexes }) => ({
      topicId,
      partitionIndexes,
      name: cluster.topics.byId(topicId)?.name,
    })) ?? null;
  const known =
    named?.flatMap(({ name, partitionIndexes }) => (name === undefined ? [] : [{ name, partitionIndexes }])) ?? null;
  const unknown = named?.filter(({ name }) => name === undefined) ?? [];
  return {
    groupId,
    topics: [
      // A deleted topic has no id, so its offsets cannot be returned by id.
      ...offsetsOf(groupId, known, requireStable, context).flatMap(({ name, partitions }) => {
        const topicId = cluster.topics.byName(name)?.topicId;
        return topicId === undefined ? [] : [{ topicId, partitions }];
      }),
      ...unknown.map(({ topicId, partitionIndexes }) => ({
        topicId,
        partitions: partitionIndexes.map((partitionIndex) => nothing(partitionIndex, ErrorCode.UNKNOWN_TOPIC_ID)),
      })),
    ],
  };
}

/**
 * The offsets of the named topics, or all offsets of the group if none are named. Topics that the client may not
 * describe get an error if they are named, and are left out otherwise.
 */
function offsetsOf(
  groupId: string,
  topics: readonly Asked[] | null,
  requireStable: boolean,
  { cluster, access }: RequestContext,
): readonly Topic[] {
  const group = cluster.groups.get(groupId);
  const isDenied = (name: string): boolean => access?.denies("DESCRIBE", "TOPIC", name) === true;
  const asked = topics ?? everythingOf(group).filter(({ name }) => !isDenied(name));
  return asked.map(({ name, partitionIndexes }) => ({
    name,
    partitions: isDenied(name)
      ? partitionIndexes.map((partition) => nothing(partition, ErrorCode.TOPIC_AUTHORIZATION_FAILED))
      : partitionIndexes.map((partition) => offsetOf(group, name, partition, requireStable)),
  }));
}

function everythingOf(group: Group | undefined): readonly Asked[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of group?.offsets.all ?? [])
    topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return [...topics].map(([name, partitionIndexes]) => ({ name, partitionIndexes }));
}

function offsetOf(group: Group | undefined, topic: string, partitionIndex: number, requireStable: boolean): Partition {
  if (group === undefined) return nothing(partitionIndex);
  if (requireStable && group.offsets.isUnstable(topic, partitionIndex))
    return nothing(partitionIndex, ErrorCode.UNSTABLE_OFFSET_COMMIT);
  const committed = group.offsets.get(topic, partitionIndex);
  if (committed === undefined) return nothing(partitionIndex);
  return {
    partitionIndex,
    committedOffset: committed.offset,
    committedLeaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    errorCode: ErrorCode.NONE,
  };
}

function nothing(partitionIndex: number, errorCode: number = ErrorCode.NONE): Partition {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: "", errorCode };
}
