// Raw requests, the versions of brokers, and a client of the controllers, on a real Kafka of three nodes.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import * as ErrorCode from "../../src/errors/error-code.ts";
import { Kafka } from "../../src/node.ts";
import { knownApis } from "../../src/protocol/known-apis.ts";
import { errorOf } from "../client/error-of.ts";
import { eventually } from "./eventually.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;
/** A client of the controllers. */
let controllers: Kafka;
before(async () => {
  cluster = await startKafka({ brokers: 3 });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
  controllers = new Kafka({
    bootstrapControllers: cluster.brokers.map(({ controllerPort }) => `127.0.0.1:${controllerPort}`),
    onLog: () => undefined,
  });
  const topics = [{ topic: "t", numPartitions: 3, replicationFactor: 3 }];
  (await kafka.admin().createTopics(topics)).orThrow();
});
after(async () => {
  await kafka.close();
  await controllers.close();
  await cluster.stop();
});

/** Repeats a request until its coordinator has been loaded. */
async function loaded<T extends { readonly errorCode: number }>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    assert.ok(answer !== undefined);
    if (![ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.NOT_COORDINATOR].includes(answer.errorCode)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("requests reach a named broker, a leader, and the coordinators of groups, transactions and share groups", async () => {
  for (const { id } of cluster.brokers) {
    const { results } = await kafka.request("DescribeLogDirs", { topics: null }, { to: { broker: id } });
    assert.ok(results[0]?.logDir.endsWith(`node-${id}`), results[0]?.logDir);
  }
  const { topics } = await kafka.request("Metadata", { topics: [{ name: "t" }] });
  const [topic] = topics;
  assert.ok(topic !== undefined);
  for (const partition of [0, 1, 2]) {
    const { topics: found } = await kafka.request(
      "ListOffsets",
      { replicaId: -1, topics: [{ name: "t", partitions: [{ partitionIndex: partition, timestamp: -1 }] }] },
      { to: { leader: { topic: "t", partition } } },
    );
    assert.deepEqual([found[0]?.partitions[0]?.errorCode, found[0]?.partitions[0]?.offset], [0, 0]);
  }
  // A new coordinator answers that it loads; a raw request leaves it to its caller what to do then.
  const group = await loaded(
    async () =>
      (await kafka.request("DescribeGroups", { groups: ["g"] }, { to: { coordinator: { group: "g" } } })).groups[0],
  );
  assert.deepEqual([group.errorCode, group.groupId], [ErrorCode.GROUP_ID_NOT_FOUND, "g"]);
  const fields = { transactionalId: "tx", transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 };
  const { errorCode, producerId } = await loaded(() =>
    kafka.request("InitProducerId", fields, { to: { coordinator: { transactionalId: "tx" } } }),
  );
  assert.equal(errorCode, 0);
  assert.ok(producerId >= 0);
  const share = { group: "s", topicId: topic.topicId, partition: 0 };
  const to = { coordinator: { shareGroup: share } };
  const ofPartition = (fields: object): { groupId: string; topics: never[] } => ({
    groupId: "s",
    topics: [{ topicId: topic.topicId, partitions: [{ partition: 0, ...fields }] }] as never[],
  });
  const made = await loaded(
    async () =>
      (await kafka.request("InitializeShareGroupState", ofPartition({ stateEpoch: 1, startOffset: 5 }), { to }))
        .results[0]?.partitions[0],
  );
  assert.equal(made.errorCode, 0);
  const state = await kafka.request("ReadShareGroupState", ofPartition({ leaderEpoch: 0 }), { to });
  assert.deepEqual(
    state.results[0]?.partitions.map(({ errorCode, startOffset }) => [errorCode, startOffset]),
    [[0, 5]],
  );
});

test("a version can be pinned; one that the broker does not serve is refused with both ranges", async () => {
  const old = await kafka.request("Metadata", { topics: [{ name: "t" }] }, { version: 4 });
  assert.deepEqual([old.topics[0]?.name, old.topics[0]?.partitions.length], ["t", 3]);
  const error = await errorOf(kafka.request("OffsetFetch", {}, { version: 0 }));
  assert.equal(error.kind, "unsupported");
  assert.match(error.message, /OffsetFetch version 0: broker \S+ serves versions 1 to 10, this client speaks 1 to 10/);
});

test("apiVersions: what each broker serves is known by name, and the release is guessed", async () => {
  const all = await kafka.apiVersions();
  assert.deepEqual(
    all.entries.map(([nodeId]) => nodeId),
    [1, 2, 3],
  );
  for (const { apis, finalizedFeatures, supportedFeatures } of all.orThrow()) {
    assert.deepEqual(
      Object.keys(apis).filter((name) => name.startsWith("API ")),
      [],
    );
    assert.deepEqual(
      knownApis().flatMap(({ name }) => (apis[name] === undefined ? [name] : [])),
      ["GetTelemetrySubscriptions", "PushTelemetry"],
    );
    assert.deepEqual(
      [apis["Produce"], apis["Fetch"]],
      [
        { min: 0, max: 13 },
        { min: 4, max: 18 },
      ],
    );
    assert.ok((finalizedFeatures["metadata.version"]?.max ?? 0) >= 29);
    assert.ok((supportedFeatures["share.version"]?.max ?? 0) >= 1);
  }
  assert.equal(await kafka.brokerRelease(), "4.4");
  assert.equal(await kafka.brokerRelease({ broker: 2 }), "4.4");
});

test("limits of versions: records travel in the versions that they allow; a minimum that is too high is refused", async () => {
  const old = new Kafka({
    bootstrapServers: cluster.bootstrapServers,
    maxVersions: { Produce: 9, Fetch: 12, Metadata: 11, ApiVersions: 3, FindCoordinator: 3 },
  });
  await old.producer().send({ topic: "t", partition: 0, value: "old" });
  for await (const record of old.consumer({ groupId: "old", topics: ["t"] })) {
    assert.equal(record.partition, 0);
    break;
  }
  await old.close();
  const high = new Kafka({ bootstrapServers: cluster.bootstrapServers, minVersions: { ListGroups: 5 } });
  assert.equal((await high.request("ListGroups", {})).errorCode, 0);
  await high.close();
});

test("bootstrapControllers: the calls that controllers serve work, and reach the active one", async () => {
  const admin = controllers.admin();
  const { clusterId, nodes, controllerId } = await admin.describeCluster();
  assert.deepEqual(
    nodes.map(({ nodeId, port }) => [nodeId, port]),
    cluster.brokers.map(({ id, controllerPort }) => [id, controllerPort]),
  );
  assert.equal(clusterId, (await kafka.admin().describeCluster()).clusterId);
  const { leaderId, voters } = await admin.describeMetadataQuorum();
  assert.equal(leaderId, controllerId);
  assert.equal(voters.length, 3);
  assert.ok(((await admin.describeFeatures()).finalizedFeatures["metadata.version"]?.max ?? 0) > 0);

  const ofBroker = { resourceType: "BROKER", name: "2" } as const;
  (
    await admin.incrementalAlterConfigs([
      { ...ofBroker, set: { "log.cleaner.threads": "2" } },
      { resourceType: "TOPIC", name: "t", set: { "retention.ms": "1234567" } },
    ])
  ).orThrow();
  const described = await eventually(
    async () =>
      (await admin.describeConfigs([ofBroker, { resourceType: "TOPIC", name: "t" }]))
        .orThrow()
        .map((entries, i) => entries.find(({ name }) => name === ["log.cleaner.threads", "retention.ms"][i])?.value),
    ([threads, retention]) => threads === "2" && retention === "1234567",
  );
  assert.deepEqual(described, ["2", "1234567"]);

  assert.deepEqual([...(await admin.listPartitionReassignments())], []);
  const moved = await admin.alterPartitionReassignments([{ topic: "t", partition: 0, replicas: [1, 2, 3] }]);
  assert.equal(moved.size, 1);
  moved.orThrow();
  for (const refused of [
    admin.describeAcls({}),
    admin
      .updateFeatures([{ feature: "metadata.version", maxVersionLevel: 1, upgradeType: "SAFE_DOWNGRADE" }])
      .then((r) => r.orThrow()),
    admin.addRaftVoter({ voterId: 9, voterDirectoryId: "AAAAAAAAAAAAAAAAAAAACQ", endpoints: [] }),
    admin.unregisterBroker(99),
  ]) {
    const error = await errorOf(refused);
    assert.notEqual(error.codeName, "UNSUPPORTED_ENDPOINT_TYPE", error.message);
    assert.ok(error.code !== undefined, `the controller refuses it: ${error.message}`);
  }
});

test("bootstrapControllers: every other call, and other clients, are refused at once", async () => {
  const admin = controllers.admin();
  const calls: readonly (() => unknown)[] = [
    () => admin.createTopics([{ topic: "x" }]),
    () => admin.listTopics(),
    () => admin.describeTopics(["t"]),
    () => admin.listGroups(),
    () => admin.describeClientQuotas(),
    () => admin.describeUserScramCredentials(),
    () => admin.describeCluster({ includeFencedBrokers: true }),
    () => controllers.producer(),
    () => controllers.consumer({ topics: ["t"] }),
    () => controllers.brokerRelease(),
    () => controllers.request("DescribeGroups", { groups: ["g"] }, { to: { coordinator: { group: "g" } } }),
    () => controllers.request("ListOffsets", {}, { to: { leader: { topic: "t", partition: 0 } } }),
  ];
  for (const call of calls) {
    const error = await errorOf(Promise.resolve().then(call));
    assert.deepEqual(
      [error.kind, error.code, error.codeName],
      ["unsupported", 115, "UNSUPPORTED_ENDPOINT_TYPE"],
      error.message,
    );
    assert.match(error.message, /set bootstrapServers instead of bootstrapControllers/);
  }
});

test("bootstrapControllers: raw requests go to the active controller, or to the one that is named", async () => {
  const { leaderId } = await controllers.admin().describeMetadataQuorum();
  const quorum = { topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }] };
  for (const to of ["any", "controller"] as const) {
    const { errorCode, topics } = await controllers.request("DescribeQuorum", quorum, { to });
    assert.deepEqual([errorCode, topics[0]?.partitions[0]?.leaderId], [0, leaderId]);
  }
  const follower = cluster.brokers.find(({ id }) => id !== leaderId)?.id ?? -1;
  const { topics } = await controllers.request("DescribeQuorum", quorum, { to: { broker: follower } });
  assert.equal(topics[0]?.partitions[0]?.errorCode, 6, "a follower says that it does not lead");
  const all = await controllers.apiVersions();
  assert.deepEqual(
    all.entries.map(([nodeId]) => nodeId),
    [1, 2, 3],
  );
  for (const { apis } of all.orThrow()) {
    assert.equal(apis["Metadata"], undefined);
    assert.ok(apis["DescribeQuorum"] !== undefined);
  }
});

test("a broker's address as a controller's, and a controller's as a broker's, are refused at once", async () => {
  const [node] = cluster.brokers;
  const atBroker = new Kafka({ bootstrapControllers: cluster.bootstrapServers, onLog: () => undefined });
  const mistaken = await errorOf(atBroker.admin().describeMetadataQuorum({ timeoutMs: 60_000 }));
  assert.deepEqual([mistaken.kind, mistaken.codeName], ["config", "MISMATCHED_ENDPOINT_TYPE"]);
  assert.match(mistaken.message, /is a broker, not a controller: pass its address as bootstrapServers/);
  await atBroker.close();
  const bootstrapServers = `127.0.0.1:${node?.controllerPort ?? 0}`;
  const atController = new Kafka({ bootstrapServers, onLog: () => undefined });
  const error = await errorOf(atController.producer().send({ topic: "t", value: "v" }));
  assert.equal(error.kind, "unsupported");
  assert.match(error.message, /bootstrapControllers/);
  await atController.close();
});

test("when the active controller ends, the client of the controllers goes on with the next one", async () => {
  const admin = controllers.admin();
  const { leaderId: before } = await admin.describeMetadataQuorum();
  const active = cluster.brokers.find(({ id }) => id === before);
  assert.ok(active !== undefined);
  await active.kill();
  const alteration = { resourceType: "TOPIC", name: "t", set: { "retention.ms": "7654321" } } as const;
  (await admin.incrementalAlterConfigs([alteration])).orThrow();
  assert.notEqual((await admin.describeMetadataQuorum()).leaderId, before);
  await active.restart();
});
