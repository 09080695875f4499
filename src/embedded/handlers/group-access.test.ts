import { addOffsetsToTxnApi } from "../../protocol/messages/add-offsets-to-txn.ts";
import { addPartitionsToTxnApi } from "../../protocol/messages/add-partitions-to-txn.ts";
import { consumerGroupDescribeApi } from "../../protocol/messages/consumer-group-describe.ts";
import { consumerGroupHeartbeatApi } from "../../protocol/messages/consumer-group-heartbeat.ts";
import { deleteGroupsApi } from "../../protocol/messages/delete-groups.ts";
import { describeGroupsApi } from "../../protocol/messages/describe-groups.ts";
import { describeTransactionsApi } from "../../protocol/messages/describe-transactions.ts";
import { endTxnApi } from "../../protocol/messages/end-txn.ts";
import { findCoordinatorApi } from "../../protocol/messages/find-coordinator.ts";
import { heartbeatApi } from "../../protocol/messages/heartbeat.ts";
import { initProducerIdApi } from "../../protocol/messages/init-producer-id.ts";
import { joinGroupApi } from "../../protocol/messages/join-group.ts";
import { leaveGroupApi } from "../../protocol/messages/leave-group.ts";
import { offsetCommitApi } from "../../protocol/messages/offset-commit.ts";
import { offsetDeleteApi } from "../../protocol/messages/offset-delete.ts";
import { offsetFetchApi } from "../../protocol/messages/offset-fetch.ts";
import { syncGroupApi } from "../../protocol/messages/sync-group.ts";
import { txnOffsetCommitApi } from "../../protocol/messages/txn-offset-commit.ts";
import { writeTxnMarkersApi } from "../../protocol/messages/write-txn-markers.ts";
import { testAccess } from "../../../test/embedded/rights.ts";

const one = { partitionIndex: 0 };
const join = {
  groupId: "g",
  sessionTimeoutMs: 9000,
  rebalanceTimeoutMs: 9000,
  memberId: "",
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: Buffer.alloc(0) }],
};

testAccess([
  [
    "InitProducerId",
    31,
    ["WRITE TOPIC t"],
    async (c) => (await c.request(initProducerIdApi, { transactionalId: null }, 5)).errorCode,
  ],
  [
    "InitProducerId with IDEMPOTENT_WRITE",
    31,
    ["IDEMPOTENT_WRITE CLUSTER"],
    async (c) => (await c.request(initProducerIdApi, { transactionalId: null }, 5)).errorCode,
  ],
  [
    "InitProducerId of a transactional id",
    53,
    ["WRITE TRANSACTIONAL_ID x"],
    async (c) =>
      (await c.request(initProducerIdApi, { transactionalId: "x", transactionTimeoutMs: 9000 }, 5)).errorCode,
  ],
  [
    "FindCoordinator of a group",
    30,
    ["DESCRIBE GROUP g"],
    async (c) =>
      (await c.request(findCoordinatorApi, { keyType: 0, coordinatorKeys: ["g"] })).coordinators[0]?.errorCode,
  ],
  [
    "FindCoordinator of a transactional id, old",
    53,
    ["DESCRIBE TRANSACTIONAL_ID x"],
    async (c) => (await c.request(findCoordinatorApi, { keyType: 1, key: "x" }, 3)).errorCode,
  ],
  ["JoinGroup", 30, ["READ GROUP g"], async (c) => (await c.request(joinGroupApi, join, 3)).errorCode],
  [
    "SyncGroup",
    30,
    ["READ GROUP g"],
    async (c) =>
      (await c.request(syncGroupApi, { groupId: "g", memberId: "m", generationId: 1, assignments: [] }, 4)).errorCode,
  ],
  [
    "Heartbeat",
    30,
    ["READ GROUP g"],
    async (c) => (await c.request(heartbeatApi, { groupId: "g", memberId: "m" })).errorCode,
  ],
  [
    "LeaveGroup",
    30,
    ["READ GROUP g"],
    async (c) => (await c.request(leaveGroupApi, { groupId: "g", members: [] })).errorCode,
  ],
  [
    "ConsumerGroupHeartbeat",
    30,
    ["READ GROUP g", "DESCRIBE TOPIC t"],
    async (c) =>
      (
        await c.request(consumerGroupHeartbeatApi, {
          groupId: "g",
          memberId: "m",
          memberEpoch: 0,
          rebalanceTimeoutMs: 9000,
          subscribedTopicNames: ["t"],
          topicPartitions: [],
        })
      ).errorCode,
  ],
  [
    "ConsumerGroupDescribe",
    30,
    ["DESCRIBE GROUP g"],
    async (c) => (await c.request(consumerGroupDescribeApi, { groupIds: ["g"] })).groups[0]?.errorCode,
  ],
  [
    "OffsetFetch",
    30,
    ["DESCRIBE GROUP g"],
    async (c) =>
      (await c.request(offsetFetchApi, { groups: [{ groupId: "g", topics: null }] }, 9)).groups[0]?.errorCode,
  ],
  [
    "OffsetFetch of a topic",
    30,
    ["DESCRIBE GROUP g", "DESCRIBE TOPIC t"],
    async (c) => {
      const { errorCode, topics } = await c.request(
        offsetFetchApi,
        { groupId: "g", topics: [{ name: "t", partitionIndexes: [0] }] },
        7,
      );
      return errorCode === 0 ? topics[0]?.partitions[0]?.errorCode : errorCode;
    },
  ],
  [
    "OffsetCommit",
    30,
    ["READ GROUP g", "READ TOPIC t"],
    async (c) => {
      const topics = [{ name: "t", partitions: [{ ...one, committedOffset: 1 }] }];
      return (await c.request(offsetCommitApi, { groupId: "g", topics }, 9)).topics[0]?.partitions[0]?.errorCode;
    },
  ],
  [
    "TxnOffsetCommit",
    53,
    ["WRITE TRANSACTIONAL_ID x", "READ GROUP g", "READ TOPIC t"],
    async (c) => {
      const topics = [{ name: "t", partitions: [{ ...one, committedOffset: 1 }] }];
      const message = { transactionalId: "x", groupId: "g", producerId: 1, producerEpoch: 0, topics };
      return (await c.request(txnOffsetCommitApi, message, 3)).topics[0]?.partitions[0]?.errorCode;
    },
  ],
  [
    "OffsetDelete",
    30,
    ["DELETE GROUP g"],
    async (c) => {
      const topics = [{ name: "t", partitions: [one] }];
      return (await c.request(offsetDeleteApi, { groupId: "g", topics })).errorCode;
    },
  ],
  [
    "DescribeGroups",
    30,
    ["DESCRIBE GROUP g"],
    async (c) => (await c.request(describeGroupsApi, { groups: ["g"] }, 5)).groups[0]?.errorCode,
  ],
  [
    "DeleteGroups",
    30,
    ["DELETE GROUP g"],
    async (c) => (await c.request(deleteGroupsApi, { groupsNames: ["g"] })).results[0]?.errorCode,
  ],
  [
    "AddPartitionsToTxn",
    53,
    ["WRITE TRANSACTIONAL_ID x", "WRITE TOPIC t"],
    async (c) =>
      (
        await c.request(
          addPartitionsToTxnApi,
          { v3AndBelowTransactionalId: "x", v3AndBelowTopics: [{ name: "t", partitions: [0] }] },
          3,
        )
      ).resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode,
  ],
  [
    "AddPartitionsToTxn of brokers",
    31,
    ["CLUSTER_ACTION CLUSTER"],
    async (c) => (await c.request(addPartitionsToTxnApi, { transactions: [] }, 5)).errorCode,
  ],
  [
    "AddOffsetsToTxn",
    53,
    ["WRITE TRANSACTIONAL_ID x", "READ GROUP g"],
    async (c) => (await c.request(addOffsetsToTxnApi, { transactionalId: "x", groupId: "g" })).errorCode,
  ],
  [
    "EndTxn",
    53,
    ["WRITE TRANSACTIONAL_ID x"],
    async (c) => (await c.request(endTxnApi, { transactionalId: "x" })).errorCode,
  ],
  [
    "WriteTxnMarkers",
    31,
    ["ALTER CLUSTER"],
    async (c) =>
      (
        await c.request(writeTxnMarkersApi, {
          markers: [{ producerId: 1, producerEpoch: 0, topics: [{ name: "t", partitionIndexes: [0] }] }],
        })
      ).markers[0]?.topics[0]?.partitions[0]?.errorCode,
  ],
  [
    "DescribeTransactions",
    53,
    ["DESCRIBE TRANSACTIONAL_ID x"],
    async (c) =>
      (await c.request(describeTransactionsApi, { transactionalIds: ["x"] })).transactionStates[0]?.errorCode,
  ],
]);
