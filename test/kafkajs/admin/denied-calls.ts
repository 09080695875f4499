/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- numbers, as programs in JavaScript write them */
// One call for each API, for a user without any right.
import { type AdminCall, call } from "./admin-call.ts";

const ANY = { resourceType: 1, resourcePatternType: 1, operation: 1, permissionType: 1 };
const RULE = { ...ANY, resourceType: 2, resourceName: "pay", resourcePatternType: 3, principal: "User:me", host: "*" };
const PARTITIONS = [{ partition: 0, offset: "0" }];

const CAUSE = "kafkajs forgets the brokers' error; here it is the cause";

/** Calls that are refused, and those that leave out everything. */
export const DENIED_CALLS: readonly AdminCall[] = [
  call("listTopics", (admin) => admin.listTopics()),
  call("createTopics", (admin) => admin.createTopics({ topics: [{ topic: "new" }, { topic: "pay" }] })),
  call("deleteTopics", (admin) => admin.deleteTopics({ topics: ["pay"] })),
  call("createPartitions", (admin) => admin.createPartitions({ topicPartitions: [{ topic: "pay", count: 9 }] })),
  call("fetchTopicMetadata", (admin) => admin.fetchTopicMetadata({ topics: ["pay"] })),
  call("fetchTopicMetadata of all", (admin) => admin.fetchTopicMetadata()),
  call("fetchTopicOffsets", (admin) => admin.fetchTopicOffsets("pay")),
  call("fetchTopicOffsetsByTimestamp", (admin) => admin.fetchTopicOffsetsByTimestamp("pay", 5)),
  call("deleteTopicRecords", (admin) => admin.deleteTopicRecords({ topic: "pay", partitions: PARTITIONS })),
  call("fetchOffsets", (admin) => admin.fetchOffsets({ groupId: "g" }), CAUSE),
  call("setOffsets", (admin) => admin.setOffsets({ groupId: "g", topic: "pay", partitions: PARTITIONS })),
  call("resetOffsets", (admin) => admin.resetOffsets({ groupId: "g", topic: "pay", earliest: true })),
  call("describeCluster", async (admin) => (await admin.describeCluster()).brokers.length),
  call("describeConfigs", (admin) =>
    admin.describeConfigs({ resources: [{ type: 2, name: "pay" }], includeSynonyms: false }),
  ),
  call("alterConfigs", (admin) =>
    admin.alterConfigs({ resources: [{ type: 2, name: "pay", configEntries: [] }], validateOnly: false }),
  ),
  call("listGroups", (admin) => admin.listGroups()),
  call("describeGroups", (admin) => admin.describeGroups(["g"]), CAUSE),
  call("deleteGroups", (admin) => admin.deleteGroups(["g"]), CAUSE),
  call("createAcls", (admin) => admin.createAcls({ acl: [{ ...RULE, operation: 3, permissionType: 3 }] })),
  call("describeAcls", (admin) => admin.describeAcls(ANY)),
  call("deleteAcls", (admin) => admin.deleteAcls({ filters: [ANY] })),
  call("alterPartitionReassignments", (admin) =>
    admin.alterPartitionReassignments({
      topics: [{ topic: "pay", partitionAssignment: [{ partition: 0, replicas: [0] }] }],
    }),
  ),
  call("listPartitionReassignments", (admin) => admin.listPartitionReassignments({})),
];
