import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf, type RawClient, withCluster } from "../../../test/embedded/raw-client.ts";
import { addPartitionsToTxnApi } from "../../protocol/messages/add-partitions-to-txn.ts";
import { createTopicsApi } from "../../protocol/messages/create-topics.ts";
import { describeClusterApi } from "../../protocol/messages/describe-cluster.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { initProducerIdApi } from "../../protocol/messages/init-producer-id.ts";
import { listGroupsApi } from "../../protocol/messages/list-groups.ts";
import { listTransactionsApi } from "../../protocol/messages/list-transactions.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { offsetCommitApi } from "../../protocol/messages/offset-commit.ts";
import { produceApi } from "../../protocol/messages/produce.ts";
import { sleep } from "../../runtime/sleep.ts";
import { topicIdOf, withRights } from "../../../test/embedded/rights.ts";

const one = { partitionIndex: 0 };

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
    assert.deepEqual([topics[0]?.errorCode, topics[0]?.topicConfigErrorCode, topics[0]?.configs], [0, 29, []]);
  }));
