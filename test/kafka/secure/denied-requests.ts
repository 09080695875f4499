import { addOffsetsToTxnApi } from "../../../src/protocol/messages/add-offsets-to-txn.ts";
import { addPartitionsToTxnApi } from "../../../src/protocol/messages/add-partitions-to-txn.ts";
import { alterConfigsApi } from "../../../src/protocol/messages/alter-configs.ts";
import { alterUserScramCredentialsApi } from "../../../src/protocol/messages/alter-user-scram-credentials.ts";
import { consumerGroupDescribeApi } from "../../../src/protocol/messages/consumer-group-describe.ts";
import { consumerGroupHeartbeatApi } from "../../../src/protocol/messages/consumer-group-heartbeat.ts";
import { createAclsApi } from "../../../src/protocol/messages/create-acls.ts";
import { createDelegationTokenApi } from "../../../src/protocol/messages/create-delegation-token.ts";
import { createPartitionsApi } from "../../../src/protocol/messages/create-partitions.ts";
import { createTopicsApi } from "../../../src/protocol/messages/create-topics.ts";
import { deleteAclsApi } from "../../../src/protocol/messages/delete-acls.ts";
import { deleteGroupsApi } from "../../../src/protocol/messages/delete-groups.ts";
import { deleteRecordsApi } from "../../../src/protocol/messages/delete-records.ts";
import { deleteTopicsApi } from "../../../src/protocol/messages/delete-topics.ts";
import { describeAclsApi } from "../../../src/protocol/messages/describe-acls.ts";
import { describeClusterApi } from "../../../src/protocol/messages/describe-cluster.ts";
import { describeConfigsApi } from "../../../src/protocol/messages/describe-configs.ts";
import { describeGroupsApi } from "../../../src/protocol/messages/describe-groups.ts";
import { describeProducersApi } from "../../../src/protocol/messages/describe-producers.ts";
import { describeTopicPartitionsApi } from "../../../src/protocol/messages/describe-topic-partitions.ts";
import { describeTransactionsApi } from "../../../src/protocol/messages/describe-transactions.ts";
import { describeUserScramCredentialsApi } from "../../../src/protocol/messages/describe-user-scram-credentials.ts";
import { endTxnApi } from "../../../src/protocol/messages/end-txn.ts";
import { fetchApi } from "../../../src/protocol/messages/fetch.ts";
import { findCoordinatorApi } from "../../../src/protocol/messages/find-coordinator.ts";
import { heartbeatApi } from "../../../src/protocol/messages/heartbeat.ts";
import { incrementalAlterConfigsApi } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { initProducerIdApi } from "../../../src/protocol/messages/init-producer-id.ts";
import { joinGroupApi } from "../../../src/protocol/messages/join-group.ts";
import { leaveGroupApi } from "../../../src/protocol/messages/leave-group.ts";
import { listConfigResourcesApi } from "../../../src/protocol/messages/list-config-resources.ts";
import { listGroupsApi } from "../../../src/protocol/messages/list-groups.ts";
import { listOffsetsApi } from "../../../src/protocol/messages/list-offsets.ts";
import { listTransactionsApi } from "../../../src/protocol/messages/list-transactions.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { offsetCommitApi } from "../../../src/protocol/messages/offset-commit.ts";
import { offsetDeleteApi } from "../../../src/protocol/messages/offset-delete.ts";
import { offsetFetchApi } from "../../../src/protocol/messages/offset-fetch.ts";
import { offsetForLeaderEpochApi } from "../../../src/protocol/messages/offset-for-leader-epoch.ts";
import { produceApi } from "../../../src/protocol/messages/produce.ts";
import { syncGroupApi } from "../../../src/protocol/messages/sync-group.ts";
import { txnOffsetCommitApi } from "../../../src/protocol/messages/txn-offset-commit.ts";
import { writeTxnMarkersApi } from "../../../src/protocol/messages/write-txn-markers.ts";
import type { Api, Input } from "../../../src/protocol/schema.ts";
import { batchOf, type RawClient } from "../../embedded/raw-client.ts";

/** `none` has no right, `some` has a few, `super` has all. */
export type DeniedUser = "none" | "some" | "super";

/** Returns the id of a topic in the cluster that is asked. */
export type TopicId = (topic: string) => string;

/** A request of a user. */
export interface DeniedRequest {
  readonly what: string;
  readonly user: DeniedUser;
  readonly apiKey: number;
  /** The version to send; undefined: the highest that both clusters have, at most `maxVersion`. */
  readonly version: number | undefined;
  readonly maxVersion: number;
  readonly send: (client: RawClient, topicId: TopicId, version: number) => Promise<unknown>;
}

function row<Req, Res>(
  user: DeniedUser,
  what: string,
  api: Api<Req, Res>,
  message: Input<Req> | ((topicId: TopicId) => Input<Req>),
  version?: number,
): DeniedRequest {
  return {
    what: version === undefined ? `${api.name}, ${what}` : `${api.name} ${version}, ${what}`,
    user,
    apiKey: api.key,
    version,
    maxVersion: api.request.max,
    send: (client, topicId, sent) =>
      client.request(
        api,
        typeof message === "function" ? (message as (id: TopicId) => Input<Req>)(topicId) : message,
        sent,
      ),
  };
}

const NAMES = ["shared", "secret", "readable", "absent"];
const named = NAMES.map((name) => ({ name }));
const partitionData = [{ index: 0, records: batchOf({ timestamp: Date.now() }) }];
const fetched = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 999 }];
/** One resource of each kind that has configs, and of topics one that does not exist. */
const CONFIG_RESOURCES = [
  ...NAMES.map((resourceName) => ({ resourceType: 2, resourceName })),
  { resourceType: 4, resourceName: "0" },
  { resourceType: 4, resourceName: "" },
  { resourceType: 8, resourceName: "0" },
  { resourceType: 16, resourceName: "m" },
  { resourceType: 32, resourceName: "seen" },
  { resourceType: 32, resourceName: "unseen" },
];
const committed = NAMES.map((name) => ({ name, partitions: [{ partitionIndex: 0, committedOffset: 1 }] }));
const numbered = NAMES.map((name) => ({ name, partitionIndexes: [0] }));
const transactional = { producerId: 1, producerEpoch: 0 };
const anyAcl = {
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 1,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
};
const acl = {
  resourceType: 2,
  resourceName: "t",
  resourcePatternType: 3,
  principal: "User:x",
  host: "*",
  operation: 4,
  permissionType: 3,
};

const topics: readonly DeniedRequest[] = [
  row("none", "by name", metadataApi, { topics: named }, 12),
  row("some", "by name", metadataApi, { topics: named, includeTopicAuthorizedOperations: true }, 12),
  row("none", "of all topics", metadataApi, { topics: null, includeTopicAuthorizedOperations: true }, 12),
  row("some", "of all topics", metadataApi, { topics: null, includeTopicAuthorizedOperations: true }, 12),
  row(
    "none",
    "the operations of the cluster",
    metadataApi,
    { topics: [], includeClusterAuthorizedOperations: true },
    10,
  ),
  row(
    "some",
    "by id",
    metadataApi,
    (id) => ({ topics: ["shared", "secret"].map((t) => ({ name: null, topicId: id(t) })) }),
    12,
  ),
  row("some", "by name", describeTopicPartitionsApi, { topics: named, responsePartitionLimit: 9 }),
  row(
    "some",
    "by name",
    produceApi,
    { acks: -1, timeoutMs: 999, topicData: NAMES.map((name) => ({ name, partitionData })) },
    12,
  ),
  row(
    "some",
    "by id",
    produceApi,
    (id) => ({
      acks: -1,
      timeoutMs: 999,
      topicData: ["shared", "secret"].map((name) => ({ topicId: id(name), partitionData })),
    }),
    13,
  ),
  row(
    "some",
    "by name",
    fetchApi,
    { maxBytes: 999, topics: NAMES.map((topic) => ({ topic, partitions: fetched })) },
    12,
  ),
  row(
    "some",
    "by id",
    fetchApi,
    (id) => ({
      maxBytes: 999,
      topics: ["shared", "secret"].map((topic) => ({ topicId: id(topic), partitions: fetched })),
    }),
    17,
  ),
  row(
    "some",
    "the last offsets",
    listOffsetsApi,
    {
      topics: NAMES.map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] })),
    },
    7,
  ),
  row("some", "the first epoch", offsetForLeaderEpochApi, {
    topics: NAMES.map((topic) => ({ topic, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] })),
  }),
  row("some", "of topics", describeProducersApi, { topics: numbered }),
  row("none", "a new topic", createTopicsApi, {
    topics: [{ name: "made", numPartitions: 1, replicationFactor: 1 }],
    timeoutMs: 9000,
  }),
  row("some", "a new topic, only to validate", createTopicsApi, {
    topics: [
      { name: "made", numPartitions: 1, replicationFactor: 1 },
      { name: "other", numPartitions: 1, replicationFactor: 1 },
    ],
    validateOnly: true,
    timeoutMs: 9000,
  }),
  row("some", "of topics", createPartitionsApi, {
    topics: NAMES.map((name) => ({ name, count: 2, assignments: null })),
    timeoutMs: 9000,
  }),
  row("some", "by name", deleteTopicsApi, { topicNames: NAMES, timeoutMs: 9000 }, 5),
  row("some", "by name", deleteTopicsApi, { topics: named, timeoutMs: 9000 }),
  row("some", "by id", deleteTopicsApi, (id) => ({
    topics: ["shared", "secret"].map((topic) => ({ name: null, topicId: id(topic) })),
    timeoutMs: 9000,
  })),
  row("some", "of topics", describeConfigsApi, {
    resources: NAMES.map((resourceName) => ({ resourceType: 2, resourceName })),
  }),
  row("some", "of the cluster's defaults", describeConfigsApi, { resources: [{ resourceType: 4, resourceName: "" }] }),
  row("some", "of all kinds of resources", describeConfigsApi, { resources: CONFIG_RESOURCES }),
  ...(["none", "some"] as const).flatMap((user) => [
    row(user, "every kind of resource", incrementalAlterConfigsApi, {
      resources: CONFIG_RESOURCES.map((resource) => ({ ...resource, configs: [{ name: "x", value: "1" }] })),
    }),
    row(user, "wrong changes", incrementalAlterConfigsApi, {
      resources: [
        { resourceType: 2, resourceName: "secret", configs: [{ name: "retention.ms", value: null }] },
        { resourceType: 4, resourceName: "7", configs: [{ name: "x", value: "1" }] },
        { resourceType: 4, resourceName: "0", configs: [{ name: "process.roles", value: "1" }] },
        { resourceType: 8, resourceName: "7", configs: [{ name: "root", value: "INFO" }] },
        { resourceType: 99, resourceName: "x", configs: [{ name: "x", value: "1" }] },
      ],
    }),
    row(user, "only to validate", incrementalAlterConfigsApi, {
      validateOnly: true,
      resources: [{ resourceType: 2, resourceName: "shared", configs: [{ name: "x", value: "1" }] }],
    }),
    row(user, "every kind of resource", alterConfigsApi, {
      resources: CONFIG_RESOURCES.map((resource) => ({ ...resource, configs: [{ name: "x", value: "1" }] })),
    }),
    row(user, "all", listConfigResourcesApi, { resourceTypes: [] }),
    row(user, "of topics", deleteRecordsApi, {
      timeoutMs: 1000,
      topics: NAMES.map((name) => ({ name, partitions: [{ partitionIndex: 0, offset: 0 }] })),
    }),
  ]),
];

const groups: readonly DeniedRequest[] = [
  row("some", "of groups", findCoordinatorApi, { keyType: 0, coordinatorKeys: ["other", "seen"] }),
  row("none", "of a group", findCoordinatorApi, { keyType: 0, key: "other" }, 3),
  row("some", "of transactional ids", findCoordinatorApi, { keyType: 1, coordinatorKeys: ["other-tx", "seen-tx"] }),
  row("none", "of a transactional id", findCoordinatorApi, { keyType: 1, key: "other-tx" }, 3),
  row("some", "a group that may be described", joinGroupApi, {
    groupId: "seen",
    sessionTimeoutMs: 9000,
    rebalanceTimeoutMs: 9000,
    memberId: "",
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: Buffer.alloc(0) }],
  }),
  row("none", "a group", syncGroupApi, {
    groupId: "g",
    memberId: "m",
    generationId: 1,
    protocolType: "consumer",
    protocolName: "range",
    assignments: [],
  }),
  row("none", "a group", heartbeatApi, { groupId: "g", memberId: "m" }),
  row("none", "a group", leaveGroupApi, { groupId: "g", members: [{ memberId: "m" }] }),
  row("none", "a group", consumerGroupHeartbeatApi, {
    groupId: "g",
    memberId: "m",
    memberEpoch: 0,
    rebalanceTimeoutMs: 9000,
    subscribedTopicNames: ["shared"],
    topicPartitions: [],
  }),
  row("some", "topics", consumerGroupHeartbeatApi, {
    groupId: "used",
    memberId: "m",
    memberEpoch: 0,
    rebalanceTimeoutMs: 9000,
    subscribedTopicNames: ["shared", "secret"],
    topicPartitions: [],
  }),
  row("some", "of groups", consumerGroupDescribeApi, { groupIds: ["other", "seen"] }),
  row("some", "of groups", describeGroupsApi, { groups: ["other", "seen"], includeAuthorizedOperations: true }),
  row("some", "all", listGroupsApi, {}),
  row("some", "of a group that may be described", offsetCommitApi, { groupId: "seen", topics: committed }, 9),
  row("some", "of topics", offsetCommitApi, { groupId: "used", topics: committed.slice(0, 2) }, 9),
  row("none", "of a group", offsetFetchApi, { groups: [{ groupId: "g", topics: numbered }] }, 9),
  row("some", "of topics", offsetFetchApi, { groups: [{ groupId: "seen", topics: numbered }] }, 9),
  row("some", "of a group", offsetDeleteApi, {
    groupId: "used",
    topics: [{ name: "readable", partitions: [{ partitionIndex: 0 }] }],
  }),
  row("some", "groups", deleteGroupsApi, { groupsNames: ["other", "seen"] }),
];

const transactions: readonly DeniedRequest[] = [
  row("none", "without transactions", initProducerIdApi, { transactionalId: null, transactionTimeoutMs: 9000 }, 5),
  row(
    "some",
    "a transactional id that may be described",
    initProducerIdApi,
    {
      transactionalId: "seen-tx",
      transactionTimeoutMs: 9000,
    },
    5,
  ),
  row(
    "none",
    "a transactional id",
    addPartitionsToTxnApi,
    {
      v3AndBelowTransactionalId: "other-tx",
      v3AndBelowTopics: [{ name: "readable", partitions: [0] }],
    },
    3,
  ),
  row(
    "some",
    "topics",
    addPartitionsToTxnApi,
    {
      v3AndBelowTransactionalId: "own-tx",
      v3AndBelowTopics: NAMES.map((name) => ({ name, partitions: [0] })),
    },
    3,
  ),
  row("some", "as a broker", addPartitionsToTxnApi, { transactions: [] }, 5),
  row("some", "a transactional id", addOffsetsToTxnApi, {
    ...transactional,
    transactionalId: "seen-tx",
    groupId: "used",
  }),
  row("some", "a group", addOffsetsToTxnApi, { ...transactional, transactionalId: "own-tx", groupId: "seen" }),
  row(
    "some",
    "a group",
    txnOffsetCommitApi,
    { ...transactional, transactionalId: "own-tx", groupId: "seen", topics: committed },
    3,
  ),
  row(
    "some",
    "a transactional id",
    txnOffsetCommitApi,
    { ...transactional, transactionalId: "x", groupId: "used", topics: committed },
    3,
  ),
  row(
    "some",
    "topics",
    txnOffsetCommitApi,
    { ...transactional, transactionalId: "own-tx", groupId: "used", topics: committed.slice(0, 2) },
    3,
  ),
  row("some", "a transactional id", endTxnApi, { ...transactional, transactionalId: "seen-tx" }),
  row("some", "transactional ids", describeTransactionsApi, { transactionalIds: ["other-tx", "seen-tx"] }),
  row("none", "all", listTransactionsApi, {}),
  row("some", "as a broker", writeTxnMarkersApi, {
    markers: [{ producerId: 1, producerEpoch: 0, topics: [{ name: "readable", partitionIndexes: [0] }] }],
  }),
  row(
    "some",
    "in a transaction of another",
    produceApi,
    {
      transactionalId: "other-tx",
      acks: -1,
      timeoutMs: 999,
      topicData: [
        {
          name: "readable",
          partitionData: [
            {
              index: 0,
              records: batchOf({ ...transactional, baseSequence: 0, isTransactional: true, timestamp: Date.now() }),
            },
          ],
        },
      ],
    },
    12,
  ),
];

const wrongAcls: readonly Partial<typeof acl>[] = [
  { resourceName: "" },
  { resourceType: 4 },
  { resourceType: 1 },
  { resourcePatternType: 2 },
  { operation: 1 },
  { permissionType: 1 },
  { resourceType: 99 },
  { resourcePatternType: 99 },
  { operation: 99 },
  { permissionType: 99 },
  { principal: "alice" },
  { host: "" },
  { host: "10.0.0.0/33" },
  { host: "10.0.0.256/8" },
  { host: "10.0.0/8" },
  { host: "10.0.0.0/x" },
];

const cluster: readonly DeniedRequest[] = [
  row("some", "its operations", describeClusterApi, { includeClusterAuthorizedOperations: true, endpointType: 1 }),
  row("some", "all", describeAclsApi, anyAcl),
  row("some", "a rule", createAclsApi, { creations: [acl] }),
  row("some", "all", deleteAclsApi, { filters: [anyAcl] }),
  row("super", "with an unknown word", describeAclsApi, { ...anyAcl, operation: 0 }),
  row("super", "an unknown word", deleteAclsApi, { filters: [{ ...anyAcl, permissionType: 0 }] }),
  ...wrongAcls.map((wrong) =>
    row("super", JSON.stringify(wrong), createAclsApi, { creations: [{ ...acl, ...wrong }] }),
  ),
  row("super", "a word of filters beside a rule", createAclsApi, { creations: [acl, { ...acl, operation: 1 }] }),
  row("super", "after a word of filters", describeAclsApi, { ...anyAcl, resourceNameFilter: "t" }),
  row("some", "a deletion", alterUserScramCredentialsApi, { deletions: [{ name: "x", mechanism: 1 }] }),
  row("super", "a deletion of nobody", alterUserScramCredentialsApi, { deletions: [{ name: "x", mechanism: 1 }] }),
  row("super", "of nobody", describeUserScramCredentialsApi, { users: [{ name: "x" }] }),
  row("some", "for another user", createDelegationTokenApi, {
    ownerPrincipalType: "User",
    ownerPrincipalName: "super",
    renewers: [],
    maxLifetimeMs: -1,
  }),
];

/** Kafka 4.4 does not answer this one: a client waits until its timeout. */
export const UNANSWERED: DeniedRequest = row("some", "denied", describeUserScramCredentialsApi, { users: null });

/** Requests that are denied as a whole or in part. */
export const DENIED_REQUESTS: readonly DeniedRequest[] = [...topics, ...groups, ...transactions, ...cluster];
