import assert from "node:assert/strict";
import { test } from "node:test";
import { logIn } from "../../../test/embedded/log-in.ts";
import { batchOf, produceTo, type RawClient, type RawWorld, withCluster } from "../../../test/embedded/raw-client.ts";
import type { EmbeddedClusterOptions } from "../embedded-cluster.ts";
import { addOffsetsToTxnApi } from "../../protocol/messages/add-offsets-to-txn.ts";
import { addPartitionsToTxnApi } from "../../protocol/messages/add-partitions-to-txn.ts";
import { consumerGroupDescribeApi } from "../../protocol/messages/consumer-group-describe.ts";
import { consumerGroupHeartbeatApi } from "../../protocol/messages/consumer-group-heartbeat.ts";
import { createPartitionsApi } from "../../protocol/messages/create-partitions.ts";
import { createTopicsApi } from "../../protocol/messages/create-topics.ts";
import { deleteGroupsApi } from "../../protocol/messages/delete-groups.ts";
import { deleteTopicsApi } from "../../protocol/messages/delete-topics.ts";
import { describeClusterApi } from "../../protocol/messages/describe-cluster.ts";
import { describeConfigsApi } from "../../protocol/messages/describe-configs.ts";
import { describeGroupsApi } from "../../protocol/messages/describe-groups.ts";
import { describeProducersApi } from "../../protocol/messages/describe-producers.ts";
import { describeTopicPartitionsApi } from "../../protocol/messages/describe-topic-partitions.ts";
import { describeTransactionsApi } from "../../protocol/messages/describe-transactions.ts";
import { endTxnApi } from "../../protocol/messages/end-txn.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { findCoordinatorApi } from "../../protocol/messages/find-coordinator.ts";
import { heartbeatApi } from "../../protocol/messages/heartbeat.ts";
import { initProducerIdApi } from "../../protocol/messages/init-producer-id.ts";
import { joinGroupApi } from "../../protocol/messages/join-group.ts";
import { leaveGroupApi } from "../../protocol/messages/leave-group.ts";
import { listGroupsApi } from "../../protocol/messages/list-groups.ts";
import { listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import { listTransactionsApi } from "../../protocol/messages/list-transactions.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { offsetCommitApi } from "../../protocol/messages/offset-commit.ts";
import { offsetDeleteApi } from "../../protocol/messages/offset-delete.ts";
import { offsetFetchApi } from "../../protocol/messages/offset-fetch.ts";
import { offsetForLeaderEpochApi } from "../../protocol/messages/offset-for-leader-epoch.ts";
import { produceApi } from "../../protocol/messages/produce.ts";
import { syncGroupApi } from "../../protocol/messages/sync-group.ts";
import { txnOffsetCommitApi } from "../../protocol/messages/txn-offset-commit.ts";
import { writeTxnMarkersApi } from "../../protocol/messages/write-txn-markers.ts";
import { sleep } from "../../runtime/sleep.ts";
import type { EmbeddedAcl } from "../security/security-options.ts";

type Send = (client: RawClient, world: RawWorld) => Promise<unknown>;

/** `READ TOPIC t`, or `READ CLUSTER`: an ALLOW for alice. */
const allow = (text: string): EmbeddedAcl => {
  const [operation, resourceType, name] = text.split(" ") as [
    EmbeddedAcl["operation"],
    EmbeddedAcl["resourceType"],
    string | undefined,
  ];
  return { resourceType, operation, principal: "User:alice", ...(name === undefined ? {} : { name }) };
};

const users = { alice: { password: "alice" }, admin: { password: "admin" } };

/** Runs with alice's rights; `admin` may do everything. */
const withRights = (
  rights: readonly string[],
  body: (alice: RawClient, world: RawWorld, admin: RawClient) => Promise<void>,
  more: EmbeddedClusterOptions = {},
): Promise<void> =>
  withCluster(
    { users, superUsers: ["admin"], acls: rights.map(allow), topics: { t: 1, u: 1 }, ...more },
    async (world) => {
      const [alice, admin] = [await world.connect(), await world.connect()];
      await logIn(alice, "alice");
      await logIn(admin, "admin");
      await body(alice, world, admin);
    },
  );

const one = { partitionIndex: 0 };
const topicIdOf = ({ cluster }: RawWorld, topic = "t"): string =>
  cluster.snapshot().topics.find((one) => one.topic === topic)!.topicId;
const describeT = { topics: [{ name: "t" }], allowAutoTopicCreation: false };
const join = {
  groupId: "g",
  sessionTimeoutMs: 9000,
  rebalanceTimeoutMs: 9000,
  memberId: "",
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: Buffer.alloc(0) }],
};

/** Each API: the code that it answers without any right, and a right (or more) with which it answers another code. */
const TABLE: readonly (readonly [what: string, code: number, rights: readonly string[], send: Send])[] = [
  [
    "Metadata of a topic",
    29,
    ["DESCRIBE TOPIC t"],
    async (c) => (await c.request(metadataApi, describeT, 12)).topics[0]?.errorCode,
  ],
  [
    "Metadata of a topic by its id",
    29,
    ["READ TOPIC t"],
    async (c, w) =>
      (await c.request(metadataApi, { topics: [{ name: null, topicId: topicIdOf(w) }] }, 12)).topics[0]?.errorCode,
  ],
  [
    "DescribeTopicPartitions",
    29,
    ["DESCRIBE TOPIC t"],
    async (c) =>
      (await c.request(describeTopicPartitionsApi, { topics: [{ name: "t" }], responsePartitionLimit: 9 })).topics[0]
        ?.errorCode,
  ],
  ["Produce", 29, ["WRITE TOPIC t"], async (c) => (await produceTo(c, batchOf())).errorCode],
  [
    "Produce by the topic's id",
    29,
    ["WRITE TOPIC t"],
    async (c, w) => {
      const topicData = [{ topicId: topicIdOf(w), partitionData: [{ index: 0, records: batchOf() }] }];
      const { responses } = await c.request(produceApi, { acks: -1, timeoutMs: 9, topicData }, 13);
      return responses[0]?.partitionResponses[0]?.errorCode;
    },
  ],
  [
    "Produce in a transaction",
    53,
    ["WRITE TRANSACTIONAL_ID x", "WRITE TOPIC t"],
    async (c) => {
      const records = batchOf({ producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true });
      const topicData = [{ name: "t", partitionData: [{ index: 0, records }] }];
      const { responses } = await c.request(
        produceApi,
        { transactionalId: "x", acks: -1, timeoutMs: 9, topicData },
        12,
      );
      return responses[0]?.partitionResponses[0]?.errorCode;
    },
  ],
  [
    "Fetch",
    29,
    ["READ TOPIC t"],
    async (c, w) => {
      const topics = [{ topicId: topicIdOf(w), partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 99 }] }];
      return (await c.request(fetchApi, { maxBytes: 99, topics })).responses[0]?.partitions[0]?.errorCode;
    },
  ],
  [
    "ListOffsets",
    29,
    ["DESCRIBE TOPIC t"],
    async (c) =>
      (await c.request(listOffsetsApi, { topics: [{ name: "t", partitions: [{ ...one, timestamp: -1 }] }] }, 7))
        .topics[0]?.partitions[0]?.errorCode,
  ],
  [
    "OffsetForLeaderEpoch",
    29,
    ["DESCRIBE TOPIC t"],
    async (c) =>
      (
        await c.request(offsetForLeaderEpochApi, {
          topics: [{ topic: "t", partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
        })
      ).topics[0]?.partitions[0]?.errorCode,
  ],
  [
    "DescribeProducers",
    29,
    ["READ TOPIC t"],
    async (c) =>
      (await c.request(describeProducersApi, { topics: [{ name: "t", partitionIndexes: [0] }] })).topics[0]
        ?.partitions[0]?.errorCode,
  ],
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
  [
    "CreateTopics",
    29,
    ["CREATE TOPIC n"],
    async (c) =>
      (await c.request(createTopicsApi, { topics: [{ name: "n", numPartitions: 1, replicationFactor: 1 }] })).topics[0]
        ?.errorCode,
  ],
  [
    "CreateTopics with a right to the cluster",
    29,
    ["CREATE CLUSTER"],
    async (c) =>
      (await c.request(createTopicsApi, { topics: [{ name: "n", numPartitions: 1, replicationFactor: 1 }] })).topics[0]
        ?.errorCode,
  ],
  [
    "DeleteTopics",
    29,
    ["DELETE TOPIC t"],
    async (c) => (await c.request(deleteTopicsApi, { topicNames: ["t"] }, 5)).responses[0]?.errorCode,
  ],
  [
    "DeleteTopics by id",
    29,
    ["DELETE CLUSTER"],
    async (c, w) =>
      (await c.request(deleteTopicsApi, { topics: [{ name: null, topicId: topicIdOf(w) }] })).responses[0]?.errorCode,
  ],
  [
    "CreatePartitions",
    29,
    ["ALTER TOPIC t"],
    async (c) =>
      (await c.request(createPartitionsApi, { topics: [{ name: "t", count: 2, assignments: null }] })).results[0]
        ?.errorCode,
  ],
  [
    "DescribeConfigs of a topic",
    29,
    ["ALTER_CONFIGS TOPIC t"],
    async (c) =>
      (await c.request(describeConfigsApi, { resources: [{ resourceType: 2, resourceName: "t" }] })).results[0]
        ?.errorCode,
  ],
  [
    "DescribeConfigs of a broker",
    31,
    ["DESCRIBE_CONFIGS CLUSTER"],
    async (c) =>
      (await c.request(describeConfigsApi, { resources: [{ resourceType: 4, resourceName: "0" }] })).results[0]
        ?.errorCode,
  ],
];

const DENIALS = [29, 30, 31, 53];

for (const [what, code, rights, send] of TABLE)
  test(`without a right, ${what} answers ${code}; ${rights.join(" and ")} is enough`, async () => {
    await withRights([], async (alice, world) => assert.equal(await send(alice, world), code));
    await withRights(rights, async (alice, world) => {
      const answered = await send(alice, world);
      assert.ok(typeof answered === "number" && !DENIALS.includes(answered), String(answered));
    });
    for (const missing of rights)
      await withRights(
        rights.filter((right) => right !== missing),
        async (alice, world) => {
          const answered = await send(alice, world);
          assert.ok(DENIALS.includes(answered as number), `${String(answered)} without ${missing}`);
        },
      );
  });

test("a topic that the client may not describe and one that does not exist look the same", () =>
  withRights(["DESCRIBE TOPIC u"], async (alice) => {
    const ask = async (name: string): Promise<unknown> => {
      const { topics } = await alice.request(metadataApi, { topics: [{ name }], allowAutoTopicCreation: true }, 12);
      return { ...topics[0], name: "" };
    };
    assert.deepEqual(await ask("t"), await ask("absent"));
    const { topics } = await alice.request(metadataApi, { topics: null }, 12);
    assert.deepEqual(
      topics.map(({ name }) => name),
      ["u"],
      "all topics are those that may be seen",
    );
  }));

test("a topic is created on demand only for a client that may create it", () =>
  withRights(["DESCRIBE TOPIC n", "DESCRIBE TOPIC m", "CREATE TOPIC m"], async (alice, { cluster, platform }) => {
    const ask = { topics: [{ name: "n" }, { name: "m" }], allowAutoTopicCreation: true };
    const { topics } = await alice.request(metadataApi, ask, 12);
    assert.deepEqual(
      topics.map(({ name, errorCode }) => [name, errorCode]),
      [
        ["n", 29],
        ["m", 3],
      ],
    );
    await sleep(platform, 20);
    assert.deepEqual(
      cluster.snapshot().topics.map(({ topic }) => topic),
      ["t", "u", "m"],
    );
  }));

test("a denial concerns one topic: the other topics of the request are served", () =>
  withRights(["WRITE TOPIC t", "READ TOPIC t"], async (alice, world) => {
    const partitionData = [{ index: 0, records: batchOf() }];
    const topicData = [
      { name: "u", partitionData },
      { name: "t", partitionData },
    ];
    const { responses } = await alice.request(produceApi, { acks: -1, timeoutMs: 9, topicData }, 12);
    assert.deepEqual(
      responses.map(({ name, partitionResponses: [first] }) => [name, first?.errorCode]),
      [
        ["t", 0],
        ["u", 29],
      ],
    );
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 9999 }];
    const fetched = await alice.request(fetchApi, {
      maxWaitMs: 1000,
      minBytes: 1,
      maxBytes: 9999,
      topics: [
        { topicId: topicIdOf(world, "u"), partitions },
        { topicId: topicIdOf(world), partitions },
      ],
    });
    assert.deepEqual(
      fetched.responses.map(({ partitions: [first] }) => [first?.errorCode, (first?.records?.length ?? 0) > 0]),
      [
        [0, true],
        [29, false],
      ],
    );
  }));

test("a Produce without acknowledgement that is denied closes the connection", () =>
  withRights([], async (alice) => {
    const topicData = [{ name: "t", partitionData: [{ index: 0, records: batchOf() }] }];
    await assert.rejects(alice.request(produceApi, { acks: 0, timeoutMs: 9, topicData }, 12), /hung up/);
  }));

test("a denied topic of a transaction gets 29, the others 55", () =>
  withRights(["WRITE TRANSACTIONAL_ID x", "WRITE TOPIC t"], async (alice) => {
    const v3AndBelowTopics = [
      { name: "t", partitions: [0] },
      { name: "u", partitions: [0] },
    ];
    const answer = await alice.request(addPartitionsToTxnApi, { v3AndBelowTransactionalId: "x", v3AndBelowTopics }, 3);
    assert.deepEqual(
      answer.resultsByTopicV3AndBelow.map(({ resultsByPartition: [first] }) => first?.partitionErrorCode),
      [55, 29],
    );
  }));

test("lists leave out what the client may not describe", () =>
  withRights(["DESCRIBE GROUP g", "DESCRIBE TRANSACTIONAL_ID x"], async (alice, _world, admin) => {
    for (const groupId of ["g", "h"])
      await admin.request(
        offsetCommitApi,
        { groupId, topics: [{ name: "t", partitions: [{ ...one, committedOffset: 1 }] }] },
        9,
      );
    for (const transactionalId of ["x", "y"])
      await admin.request(initProducerIdApi, { transactionalId, transactionTimeoutMs: 9000 }, 5);
    const groups = async (client: RawClient): Promise<unknown> =>
      (await client.request(listGroupsApi, {})).groups.map(({ groupId }) => groupId);
    const transactions = async (client: RawClient): Promise<unknown> =>
      (await client.request(listTransactionsApi, {})).transactionStates.map(({ transactionalId }) => transactionalId);
    assert.deepEqual([await groups(alice), await transactions(alice)], [["g"], ["x"]]);
    assert.deepEqual(
      [await groups(admin), await transactions(admin)],
      [
        ["g", "h"],
        ["x", "y"],
      ],
    );
  }));

test("the operations that a client is allowed are reported", () =>
  withRights(["WRITE TOPIC t", "DESCRIBE CLUSTER"], async (alice) => {
    const ask = {
      topics: [{ name: "t" }],
      includeTopicAuthorizedOperations: true,
      includeClusterAuthorizedOperations: true,
    };
    const { topics, clusterAuthorizedOperations } = await alice.request(metadataApi, ask, 10);
    assert.deepEqual(
      [topics[0]?.topicAuthorizedOperations, clusterAuthorizedOperations],
      [(1 << 4) | (1 << 8), 1 << 8],
    );
    const cluster = await alice.request(describeClusterApi, {
      includeClusterAuthorizedOperations: true,
      endpointType: 1,
    });
    assert.equal(cluster.clusterAuthorizedOperations, 1 << 8);
  }));

test("without SASL, an authorizer sees everybody as User:ANONYMOUS", () =>
  withCluster(
    {
      topics: { t: 1, u: 1 },
      acls: [{ resourceType: "TOPIC", name: "t", principal: "User:ANONYMOUS", operation: "READ" }],
    },
    async ({ connect }) => {
      const { topics } = await (await connect()).request(metadataApi, { topics: null }, 12);
      assert.deepEqual(
        topics.map(({ name }) => name),
        ["t"],
      );
    },
  ));

test("created topics show their configs only to a client that may describe them", () =>
  withRights(["CREATE TOPIC n"], async (alice) => {
    const { topics } = await alice.request(createTopicsApi, {
      topics: [{ name: "n", numPartitions: 1, replicationFactor: 1 }],
    });
    assert.deepEqual([topics[0]?.errorCode, topics[0]?.topicConfigErrorCode, topics[0]?.configs], [0, 29, null]);
  }));

test("wrong options of users and rights are refused by name, at every depth", async () => {
  const acl = allow("READ TOPIC t");
  const wrong: readonly (readonly [options: unknown, text: RegExp])[] = [
    [{ users: { a: {} } }, /users\.a needs password/],
    [{ users: { a: { password: "x", role: "y" } } }, /users\.a has no field "role"/],
    [{ users: { a: { password: "" } } }, /users\.a\.password takes a string that is not empty/],
    [{ users: { a: { password: "x", mechanisms: ["GSSAPI"] } } }, /users\.a\.mechanisms\[0\] takes "PLAIN"/],
    [{ user: {} }, /did you mean users/],
    [{ sasl: { mechanism: "PLAIN" } }, /sasl has no option "mechanism"; did you mean mechanisms/],
    [{ sasl: { mechanisms: [] } }, /no client could log in/],
    [{ sasl: { mechanisms: ["PLAIN"], validateToken: () => undefined } }, /validateToken needs OAUTHBEARER/],
    [
      { users: { a: { password: "x", mechanisms: ["SCRAM-SHA-512"] } }, sasl: { mechanisms: ["PLAIN"] } },
      /users\.a\.mechanisms: SCRAM-SHA-512 is not in sasl\.mechanisms \(PLAIN\)/,
    ],
    [{ sasl: { sessionLifetimeMs: -1 } }, /sessionLifetimeMs takes a whole number from 0/],
    [{ acls: [{ ...acl, operation: "read" }] }, /acls\[0\]\.operation takes "ALL"/],
    [{ acls: [{ ...acl, principal: "alice" }] }, /acls\[0\]\.principal takes a principal such as "User:alice"/],
    [{ acls: [{ ...acl, name: undefined }] }, /acls\[0\] needs name/],
    [{ acls: [{ ...acl, permissionType: "DENY" }] }, /has no field "permissionType"; did you mean permission/],
    [{ acls: [{ ...acl, resourceType: "CLUSTER" }] }, /a cluster has only the name "kafka-cluster"/],
    [{ superUsers: [""] }, /superUsers\[0\]/],
    [{ allowEveryoneIfNoAclFound: "yes" }, /allowEveryoneIfNoAclFound takes true or false/],
  ];
  for (const [options, text] of wrong)
    await assert.rejects(
      withCluster(options as EmbeddedClusterOptions, () => Promise.resolve()),
      text,
    );
});
