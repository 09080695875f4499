// Wrong arguments of each call of an admin: each member left out, null, of another type, empty, twice.
import type { Admin } from "kafkajs";
import type { AdminCall } from "./admin-call.ts";

type AnyAdmin = Readonly<Record<keyof Admin, (...given: unknown[]) => Promise<unknown>>>;

const NOT_LISTS = [undefined, null, "text", 5, {}];
const NOT_TEXTS = [undefined, null, 5, {}, ""];

/** A call with wrong arguments. */
function wrong(name: keyof Admin, ...given: unknown[]): AdminCall {
  const shown = given.map((one) => (one === undefined ? "undefined" : JSON.stringify(one)));
  return { what: `${name}(${shown.join(", ")})`, run: (admin) => (admin as unknown as AnyAdmin)[name](...given) };
}

/** One call for each wrong value of one member of an object. */
function each(name: keyof Admin, good: object, member: string, values: readonly unknown[]): AdminCall[] {
  return values.map((value) => wrong(name, { ...good, [member]: value }));
}

/** One call for each wrong value of one member of the only entry of a list. */
function eachOf(
  name: keyof Admin,
  options: object,
  list: string,
  entry: object,
  member: string,
  values: readonly unknown[],
): AdminCall[] {
  return values.map((value) => wrong(name, { ...options, [list]: [{ ...entry, [member]: value }] }));
}

const ACL = {
  resourceType: 2,
  resourceName: "orders",
  resourcePatternType: 3,
  principal: "User:me",
  host: "*",
  operation: 3,
  permissionType: 3,
};

const TOPIC = { topic: "new" };
const NUMBERS = [undefined, null, "3", 99, -1];

function aclCalls(): AdminCall[] {
  const texts = ["principal", "host", "resourceName"];
  const numbers = ["operation", "resourcePatternType", "permissionType", "resourceType"];
  return [
    ...each("createAcls", {}, "acl", [...NOT_LISTS, []]),
    ...texts.flatMap((member) => eachOf("createAcls", {}, "acl", ACL, member, [undefined, null, 5])),
    ...numbers.flatMap((member) => eachOf("createAcls", {}, "acl", ACL, member, NUMBERS)),
    ...texts.flatMap((member) => each("describeAcls", ACL, member, [null, 5])),
    ...numbers.flatMap((member) => each("describeAcls", ACL, member, NUMBERS)),
    ...each("deleteAcls", {}, "filters", [...NOT_LISTS, []]),
    ...texts.flatMap((member) => eachOf("deleteAcls", {}, "filters", ACL, member, [null, 5])),
    ...numbers.flatMap((member) => eachOf("deleteAcls", {}, "filters", ACL, member, NUMBERS)),
  ];
}

function topicCalls(): AdminCall[] {
  const configs = [5, {}, "text", [null], [5], [{}], [{ name: "a" }], [{ value: "a" }], [{ name: "a", value: 5 }]];
  return [
    ...each("createTopics", {}, "topics", NOT_LISTS),
    ...eachOf("createTopics", {}, "topics", {}, "topic", [undefined, null, 5, {}]),
    wrong("createTopics", { topics: [TOPIC, TOPIC] }),
    ...eachOf("createTopics", {}, "topics", TOPIC, "configEntries", configs),
    ...each("deleteTopics", {}, "topics", NOT_LISTS),
    ...[undefined, null, 5, {}].map((topic) => wrong("deleteTopics", { topics: ["orders", topic] })),
    ...each("createPartitions", {}, "topicPartitions", [...NOT_LISTS, []]),
    ...eachOf("createPartitions", {}, "topicPartitions", { count: 3 }, "topic", [undefined, null, 5, {}]),
    wrong("createPartitions", { topicPartitions: [TOPIC, TOPIC] }),
    ...[undefined, null, 5, {}, ""].map((topic) => wrong("fetchTopicMetadata", { topics: [topic] })),
    ...NOT_TEXTS.map((topic) => wrong("fetchTopicOffsets", topic)),
    ...NOT_TEXTS.map((topic) => wrong("fetchTopicOffsetsByTimestamp", topic, 5)),
    ...each("deleteTopicRecords", { partitions: [{ partition: 0, offset: "1" }] }, "topic", NOT_TEXTS),
    ...each("deleteTopicRecords", { topic: "orders" }, "partitions", [undefined, null, []]),
  ];
}

function groupCalls(): AdminCall[] {
  const falsy = [undefined, null, "", 0];
  const good = { groupId: "wrong", topic: "orders", partitions: [{ partition: 0, offset: "1" }] };
  return [
    ...each("fetchOffsets", {}, "groupId", falsy),
    ...each("fetchOffsets", { groupId: "wrong" }, "topics", [5, {}, "text"]),
    ...["groupId", "topic"].flatMap((member) => each("setOffsets", good, member, falsy)),
    ...each("setOffsets", good, "partitions", [undefined, null, []]),
    ...["groupId", "topic"].flatMap((member) => each("resetOffsets", good, member, falsy)),
    ...NOT_LISTS.map((given) => wrong("deleteGroups", given)),
    ...[undefined, null, 5].map((given) => wrong("deleteGroups", [given])),
  ];
}

function configCalls(): AdminCall[] {
  const described = { type: 2, name: "orders" };
  const altered = { ...described, configEntries: [] };
  const entries = [[{}], [{ name: "a" }], [{ name: "a", value: 5 }], [{ name: 5, value: "a" }]];
  return (["describeConfigs", "alterConfigs"] as const).flatMap((call) => [
    ...each(call, {}, "resources", [...NOT_LISTS, []]),
    ...eachOf(call, {}, "resources", altered, "type", [undefined, null, 1, "2", 3]),
    ...eachOf(call, {}, "resources", altered, "name", NOT_TEXTS),
    ...(call === "describeConfigs"
      ? eachOf(call, {}, "resources", described, "configNames", [5, {}, "text"])
      : eachOf(call, {}, "resources", described, "configEntries", [undefined, null, 5, {}, ...entries])),
  ]);
}

function reassignmentCalls(): AdminCall[] {
  const assignments = [undefined, null, 5, [{}], [{ partition: -1 }], [{ partition: "0" }], [{ partition: 0 }]];
  const replicas = [null, 5, [-1], ["1"], [{}], [null]].map((list) => [{ partition: 0, replicas: list }]);
  const topics = [[{}], [{ topic: 5 }], [TOPIC, TOPIC]];
  return [
    ...each("alterPartitionReassignments", {}, "topics", [...NOT_LISTS, ...topics]),
    ...[...assignments, ...replicas].map((partitionAssignment) =>
      wrong("alterPartitionReassignments", { topics: [{ topic: "orders", partitionAssignment }] }),
    ),
    ...each("listPartitionReassignments", {}, "topics", ["text", 5, {}, ...topics]),
    ...[undefined, null, 5, ["0"], [-1], [null]].map((partitions) =>
      wrong("listPartitionReassignments", { topics: [{ topic: "orders", partitions }] }),
    ),
  ];
}

/** Every call that kafkajs refuses with a text of its own, before it sends anything. */
export const WRONG_CALLS: readonly AdminCall[] = [
  ...topicCalls(),
  ...groupCalls(),
  ...configCalls(),
  ...aclCalls(),
  ...reassignmentCalls(),
];

/** Calls for which kafkajs throws a TypeError of the engine, or of its encoder. Here each has a text. */
export const TYPE_ERRORS: readonly AdminCall[] = [
  ...(
    [
      ...["createTopics", "deleteTopics", "createPartitions", "fetchOffsets", "setOffsets", "resetOffsets"],
      ...["describeConfigs", "alterConfigs", "createAcls", "describeAcls", "deleteAcls", "deleteTopicRecords"],
      ...["alterPartitionReassignments", "describeGroups"],
    ] as (keyof Admin)[]
  ).flatMap((name) => [wrong(name), wrong(name, null)]),
  wrong("createTopics", { topics: [null] }),
  wrong("createTopics", { topics: [{ ...TOPIC, replicaAssignment: 5 }] }),
  wrong("createPartitions", { topicPartitions: [null] }),
  wrong("createPartitions", { topicPartitions: [{ topic: "orders", count: 9, assignments: 5 }] }),
  wrong("fetchTopicMetadata", { topics: "text" }),
  wrong("fetchTopicMetadata", { topics: 5 }),
  wrong("fetchOffsets", { groupId: 5 }),
  wrong("fetchOffsets", { groupId: "wrong", topics: [5] }),
  wrong("describeGroups", [5]),
  wrong("describeConfigs", { resources: [null] }),
  wrong("alterConfigs", { resources: [null] }),
  wrong("createAcls", { acl: [null] }),
  wrong("deleteAcls", { filters: [null] }),
  wrong("alterPartitionReassignments", { topics: [null] }),
  wrong("listPartitionReassignments", { topics: [null] }),
];
