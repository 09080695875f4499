import assert from "node:assert/strict";
import { test } from "node:test";
import { ScriptedBrokers as Brokers } from "../../../test/client/scripted-brokers.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { type DescribeClusterRequest, describeClusterApi } from "../../protocol/messages/describe-cluster.ts";

const ANSWER = {
  clusterId: "Q2x1c3Rlcg",
  controllerId: 2,
  brokers: [
    { brokerId: 2, host: "b", port: 9092, rack: null },
    { brokerId: 1, host: "a", port: 9092, rack: "r1", isFenced: true },
  ],
};

test("describeCluster: nodes in the order of their ids, undefined for what there is not", () =>
  Brokers.run(async (brokers) => {
    brokers.script(describeClusterApi, () => ANSWER);
    const admin = brokers.kafka.admin();
    assert.deepEqual(await admin.describeCluster(), {
      clusterId: "Q2x1c3Rlcg",
      controllerId: 2,
      nodes: [
        { nodeId: 1, host: "a", port: 9092, rack: "r1", isFenced: true },
        { nodeId: 2, host: "b", port: 9092, rack: undefined, isFenced: false },
      ],
      authorizedOperations: undefined,
    });
    const [asked] = brokers.seen(describeClusterApi).map(({ message }) => message as DescribeClusterRequest);
    assert.deepEqual([asked?.includeClusterAuthorizedOperations, asked?.endpointType], [false, 1]);
  }));

test("describeCluster: each operation by its name, and no controller", () =>
  Brokers.run(async (brokers) => {
    brokers.script(describeClusterApi, () => ({ ...ANSWER, controllerId: -1, clusterAuthorizedOperations: 264 }));
    const found = await brokers.kafka.admin().describeCluster({ includeAuthorizedOperations: true });
    assert.deepEqual([found.controllerId, found.authorizedOperations], [undefined, ["READ", "DESCRIBE"]]);
  }));

test("describeCluster: a refusal names the code, and wrong options are refused before anything is sent", () =>
  Brokers.run(async (brokers) => {
    brokers.script(describeClusterApi, () => ({ ...ANSWER, errorCode: 31, errorMessage: "no" }));
    const admin = brokers.kafka.admin();
    const codeOf = (error: unknown): unknown => KafkaError.is(error) && [error.kind, error.codeName];
    await assert.rejects(admin.describeCluster(), (error) => {
      assert.deepEqual(codeOf(error), ["authorization", "CLUSTER_AUTHORIZATION_FAILED"]);
      return true;
    });
    const count = brokers.seen(describeClusterApi).length;
    for (const options of [null, 5, { includeFenced: true }, { includeFencedBrokers: 1 }])
      await assert.rejects(
        async () => admin.describeCluster(options as never),
        (error) => KafkaError.is(error) && error.kind === "config" && error.message.includes("describeCluster"),
      );
    assert.equal(brokers.seen(describeClusterApi).length, count);
  }));

test("describeCluster: a broker before Kafka 2.8 failed it; now it is asked for metadata, which has no fenced brokers", () =>
  Brokers.run(
    async (brokers) => {
      const admin = brokers.kafka.admin();
      const found = await admin.describeCluster({ includeAuthorizedOperations: true });
      assert.deepEqual(
        [found.clusterId, found.controllerId, found.nodes.map(({ nodeId }) => nodeId)],
        ["scripted", 1, [1, 2]],
      );
      await assert.rejects(admin.describeCluster({ includeFencedBrokers: true }), {
        kind: "unsupported",
        message: /includeFencedBrokers needs brokers of Kafka 4\.0/,
      });
    },
    { count: 2 },
  ));
