// Groups of all types, and their offsets.
import * as ErrorCode from "../../../src/errors/error-code.ts";
import { alterShareGroupOffsetsApi } from "../../../src/protocol/messages/alter-share-group-offsets.ts";
import { consumerGroupDescribeApi } from "../../../src/protocol/messages/consumer-group-describe.ts";
import { deleteGroupsApi } from "../../../src/protocol/messages/delete-groups.ts";
import { deleteShareGroupOffsetsApi } from "../../../src/protocol/messages/delete-share-group-offsets.ts";
import { describeGroupsApi } from "../../../src/protocol/messages/describe-groups.ts";
import { describeShareGroupOffsetsApi } from "../../../src/protocol/messages/describe-share-group-offsets.ts";
import { leaveGroupApi } from "../../../src/protocol/messages/leave-group.ts";
import { listGroupsApi } from "../../../src/protocol/messages/list-groups.ts";
import { offsetCommitApi } from "../../../src/protocol/messages/offset-commit.ts";
import { offsetDeleteApi } from "../../../src/protocol/messages/offset-delete.ts";
import { offsetFetchApi } from "../../../src/protocol/messages/offset-fetch.ts";
import { shareGroupDescribeApi } from "../../../src/protocol/messages/share-group-describe.ts";
import { streamsGroupDescribeApi } from "../../../src/protocol/messages/streams-group-describe.ts";
import { ABC, type CallRow, place, row } from "./call-row.ts";

const UNKNOWN = ErrorCode.GROUP_ID_NOT_FOUND;
const NO_TOPIC = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;

/** The calls on offsets of one group, group "a": the items are topics. */
const ONE_GROUP = {
  route: "coordinator",
  again: "coordinator",
  isOneBroker: true,
  names: ABC,
  unknown: NO_TOPIC,
} as const;

const groups = (
  name: "describeConsumerGroups" | "describeClassicGroups" | "describeShareGroups" | "describeStreamsGroups",
  api: typeof consumerGroupDescribeApi,
): CallRow =>
  row({
    name,
    route: "coordinator",
    again: "coordinator",
    api,
    names: ABC,
    unknown: UNKNOWN,
    asksOtherApi: name === "describeConsumerGroups",
    run: (admin, names, limits) => admin[name](names, limits),
    answer: (message, codeOf) => {
      const ids = "groupIds" in message ? message.groupIds : (message as { groups: readonly string[] }).groups;
      return { groups: ids.map((groupId) => ({ groupId, groupState: "Empty", errorCode: codeOf(groupId) })) };
    },
  });

const deletions = (name: "deleteConsumerGroups" | "deleteShareGroups" | "deleteStreamsGroups"): CallRow =>
  row({
    name,
    route: "coordinator",
    again: "coordinator",
    api: deleteGroupsApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) => admin[name](names, limits),
    answer: ({ groupsNames }, codeOf) => ({
      results: groupsNames.map((groupId) => ({ groupId, errorCode: codeOf(groupId) })),
    }),
  });

const offsetLists = (name: "listConsumerGroupOffsets" | "listStreamsGroupOffsets"): CallRow =>
  row({
    name,
    route: "coordinator",
    again: "coordinator",
    api: offsetFetchApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) => admin[name](names, limits),
    answer: ({ groups: asked }, codeOf) => ({
      groups: asked.map(({ groupId }) => ({ groupId, topics: [], errorCode: codeOf(groupId) })),
    }),
  });

const alterations = (name: "alterConsumerGroupOffsets" | "alterStreamsGroupOffsets"): CallRow =>
  row({
    ...ONE_GROUP,
    name,
    api: offsetCommitApi,
    run: (admin, names, limits) =>
      admin[name](
        "a",
        names.map((topic) => ({ ...place(topic), offset: 1 })),
        limits,
      ),
    answer: ({ topics }, codeOf) => ({
      topics: topics.map(({ name: topic }) => ({
        name: topic,
        partitions: [{ partitionIndex: 0, errorCode: codeOf(topic) }],
      })),
    }),
  });

const offsetDeletions = (name: "deleteConsumerGroupOffsets" | "deleteStreamsGroupOffsets"): CallRow =>
  row({
    ...ONE_GROUP,
    name,
    api: offsetDeleteApi,
    run: (admin, names, limits) => admin[name]("a", names.map(place), limits),
    answer: ({ topics }, codeOf) => ({
      topics: topics.map(({ name: topic }) => ({
        name: topic,
        partitions: [{ partitionIndex: 0, errorCode: codeOf(topic) }],
      })),
    }),
  });

export const GROUP_ROWS: readonly CallRow[] = [
  ...(["listGroups", "listConsumerGroups"] as const).map((name) =>
    row({
      name,
      route: "all",
      again: "coordinator",
      api: listGroupsApi,
      names: ABC,
      run: (admin, _names, limits) => admin[name](limits),
      answer: (_message, codeOf, nodeId) => ({ errorCode: codeOf(ABC[nodeId - 1] ?? ""), groups: [] }),
    }),
  ),
  groups("describeConsumerGroups", consumerGroupDescribeApi),
  groups("describeClassicGroups", describeGroupsApi as never),
  groups("describeShareGroups", shareGroupDescribeApi as never),
  groups("describeStreamsGroups", streamsGroupDescribeApi as never),
  deletions("deleteConsumerGroups"),
  deletions("deleteShareGroups"),
  deletions("deleteStreamsGroups"),
  row({
    name: "removeMembersFromConsumerGroup",
    isOneBroker: true,
    route: "coordinator",
    again: "coordinator",
    api: leaveGroupApi,
    names: ABC,
    unknown: ErrorCode.UNKNOWN_MEMBER_ID,
    run: (admin, names, limits) =>
      admin.removeMembersFromConsumerGroup("a", { members: names.map((memberId) => ({ memberId })), ...limits }),
    answer: ({ members }, codeOf) => ({
      members: members.map(({ memberId }) => ({ memberId, groupInstanceId: null, errorCode: codeOf(memberId) })),
    }),
  }),
  offsetLists("listConsumerGroupOffsets"),
  offsetLists("listStreamsGroupOffsets"),
  alterations("alterConsumerGroupOffsets"),
  alterations("alterStreamsGroupOffsets"),
  offsetDeletions("deleteConsumerGroupOffsets"),
  offsetDeletions("deleteStreamsGroupOffsets"),
  row({
    name: "listShareGroupOffsets",
    route: "coordinator",
    again: "coordinator",
    api: describeShareGroupOffsetsApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) => admin.listShareGroupOffsets(names, limits),
    answer: ({ groups: asked }, codeOf) => ({
      groups: asked.map(({ groupId }) => ({ groupId, topics: [], errorCode: codeOf(groupId) })),
    }),
  }),
  row({
    ...ONE_GROUP,
    name: "alterShareGroupOffsets",
    api: alterShareGroupOffsetsApi,
    run: (admin, names, limits) =>
      admin.alterShareGroupOffsets(
        "a",
        names.map((topic) => ({ ...place(topic), startOffset: 1 })),
        limits,
      ),
    answer: ({ topics }, codeOf) => ({
      responses: topics.map(({ topicName }) => ({
        topicName,
        partitions: [{ partitionIndex: 0, errorCode: codeOf(topicName) }],
      })),
    }),
  }),
  row({
    ...ONE_GROUP,
    name: "deleteShareGroupOffsets",
    api: deleteShareGroupOffsetsApi,
    run: (admin, names, limits) => admin.deleteShareGroupOffsets("a", names, limits),
    answer: ({ topics }, codeOf) => ({
      responses: topics.map(({ topicName }) => ({ topicName, errorCode: codeOf(topicName) })),
    }),
  }),
];
