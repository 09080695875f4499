// Every call of an admin on a real Kafka of three brokers: the values of good items, and the codes of bad ones.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { Admin } from "../../src/admin/admin.ts";
import type { Results } from "../../src/admin/results.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import { eventually } from "./eventually.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";
import { RecordedCalls } from "./recorded-calls.ts";

let cluster: KafkaCluster;
let kafka: Kafka;
let admin: Admin;
let calls: RecordedCalls;
before(async () => {
  cluster = await startKafka({ brokers: 3 });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
  calls = new RecordedCalls(kafka.admin());
  ({ admin } = calls);
});
after(async () => {
  await kafka.close();
  await cluster.stop();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const at = (topic: string, partition = 0): { topic: string; partition: number } => ({ topic, partition });

/** The code of each item that failed, and "ok" for the others. */
function codes<K, V>(results: Results<K, V>): readonly string[] {
  return results.entries.map(([, result]) => (KafkaError.is(result) ? (result.codeName ?? result.kind) : "ok"));
}

async function topic(name: string, numPartitions = 3, configs: Readonly<Record<string, string>> = {}): Promise<void> {
  (await admin.createTopics([{ topic: name, numPartitions, replicationFactor: 3, configs }])).orThrow();
}

async function filled(name: string, count: number): Promise<void> {
  await topic(name, 1);
  const producer = kafka.producer();
  await Promise.all(Array.from({ length: count }, (_, i) => producer.send({ ...at(name), value: `${i}` })));
  await producer.close();
}

test("createTopics, describeTopics, createPartitions, deleteTopics: one result for each topic", async () => {
  const made = await admin.createTopics([
    { topic: "made", numPartitions: 2, replicationFactor: 3, configs: { "retention.ms": "1000" } },
    {
      topic: "placed",
      replicasAssignments: [
        [3, 1],
        [1, 2],
      ],
    },
    { topic: "bad name" },
    { topic: "many", replicationFactor: 9 },
    { topic: "config", configs: { "no.such": "1" } },
  ]);
  assert.deepEqual(codes(made), [
    ...["ok", "ok", "INVALID_TOPIC_EXCEPTION", "INVALID_REPLICATION_FACTOR", "INVALID_CONFIG"],
  ]);
  const good = made.get("made");
  assert.ok(good !== undefined && !KafkaError.is(good));
  assert.deepEqual([good.numPartitions, good.replicationFactor], [2, 3]);
  assert.equal(good.configs?.find(({ name }) => name === "retention.ms")?.source, "DYNAMIC_TOPIC_CONFIG");
  assert.deepEqual(codes(await admin.createTopics([{ topic: "made" }, { topic: "other" }])), [
    "TOPIC_ALREADY_EXISTS",
    "ok",
  ]);
  assert.deepEqual(codes(await admin.createTopics([{ topic: "checked" }], { validateOnly: true })), ["ok"]);
  const described = await admin.describeTopics(["placed", "checked", { topicId: good.topicId ?? "" }], {
    includeAuthorizedOperations: true,
  });
  assert.deepEqual(codes(described), ["ok", "UNKNOWN_TOPIC_OR_PARTITION", "ok"]);
  const placed = described.get("placed");
  assert.ok(placed !== undefined && !KafkaError.is(placed));
  assert.deepEqual(
    placed.partitions.map(({ replicas }) => replicas),
    [
      [3, 1],
      [1, 2],
    ],
  );
  assert.ok(placed.authorizedOperations?.includes("WRITE") === true);
  const byId = described.get({ topicId: good.topicId ?? "" });
  assert.equal(KafkaError.is(byId) ? "" : byId?.topic, "made");
  const pages = (await admin.describeTopics(["made", "placed"], { partitionSizeLimitPerResponse: 1 })).orThrow();
  assert.deepEqual(
    pages.map(({ partitions }) => partitions.length),
    [2, 2],
  );
  const more = await admin.createPartitions([
    { topic: "made", totalCount: 4 },
    { topic: "placed", totalCount: 1 },
    { topic: "nope", totalCount: 4 },
  ]);
  assert.deepEqual(codes(more), ["ok", "INVALID_PARTITIONS", "UNKNOWN_TOPIC_OR_PARTITION"]);
  assert.ok((await admin.listTopics()).includes("placed"));
  for (const _ of [1, 2, 3]) for await (const name of admin.listTopics()) assert.equal(typeof name, "string");
  const deleted = await admin.deleteTopics(["placed", { topicId: good.topicId ?? "" }, "nope"]);
  assert.deepEqual(codes(deleted), ["ok", "ok", "UNKNOWN_TOPIC_OR_PARTITION"]);
});

test("listOffsets and deleteRecords: each spec, and what there is not", async () => {
  await filled("records", 10);
  const specs = [
    "earliest",
    "latest",
    "maxTimestamp",
    "earliestLocal",
    "latestTiered",
    { timestamp: 4_000_000_000_000 },
  ] as const;
  const found = await Promise.all(
    specs.map(async (spec) => (await admin.listOffsets([{ ...at("records"), spec }])).orThrow()[0]?.offset),
  );
  assert.deepEqual(
    found.filter((_, i) => i !== 2),
    [0, 10, 0, undefined, undefined],
  );
  assert.ok((found[2] ?? -1) >= 0);
  const absent = await admin.listOffsets([
    { ...at("records", 7), spec: "latest" },
    { ...at("nope"), spec: "latest" },
  ]);
  assert.deepEqual(codes(absent), ["UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_OR_PARTITION"]);
  const deleted = await admin.deleteRecords([
    { ...at("records"), beforeOffset: 4 },
    { ...at("nope"), beforeOffset: 4 },
  ]);
  assert.deepEqual(codes(deleted), ["ok", "UNKNOWN_TOPIC_OR_PARTITION"]);
  assert.deepEqual(deleted.get(at("records")), { lowWatermark: 4 });
  const [late] = codes(await admin.deleteRecords([{ ...at("records"), beforeOffset: 40 }]));
  assert.equal(late, "OFFSET_OUT_OF_RANGE");
  assert.deepEqual((await admin.deleteRecords([{ ...at("records"), beforeOffset: -1 }])).orThrow(), [
    { lowWatermark: 10 },
  ]);
});

test("describeConfigs, incrementalAlterConfigs, listConfigResources: topics, brokers, groups, loggers, client metrics", async () => {
  await topic("configured");
  const resource = { resourceType: "TOPIC", name: "configured" } as const;
  const altered = await admin.incrementalAlterConfigs([
    { ...resource, set: { "retention.ms": "5000" }, append: { "cleanup.policy": "compact" } },
    { resourceType: "TOPIC", name: "nope", set: { "retention.ms": "5000" } },
    { resourceType: "BROKER", name: "2", set: { "log.cleaner.threads": "2" } },
    { resourceType: "GROUP", name: "g-configs", set: { "consumer.session.timeout.ms": "50000" } },
    { resourceType: "CLIENT_METRICS", name: "metrics", set: { "interval.ms": "10000" } },
    { resourceType: "BROKER_LOGGER", name: "1", set: { root: "WARN" } },
  ]);
  assert.deepEqual(codes(altered), ["ok", "UNKNOWN_TOPIC_OR_PARTITION", "ok", "ok", "ok", "ok"]);
  const described = await eventually(
    () =>
      admin.describeConfigs(
        [
          resource,
          { resourceType: "BROKER", name: "2" },
          { resourceType: "GROUP", name: "g-configs" },
          { resourceType: "BROKER_LOGGER", name: "1" },
        ],
        { includeSynonyms: true, includeDocumentation: true },
      ),
    (all) => {
      const found = all.get(resource);
      const isSet = found !== undefined && !KafkaError.is(found) && found.some(({ value }) => value === "5000");
      return isSet && codes(all).every((code) => code === "ok");
    },
  );
  assert.deepEqual(codes(described), ["ok", "ok", "ok", "ok"]);
  const configs = described.get(resource);
  assert.ok(configs !== undefined && !KafkaError.is(configs));
  const value = (name: string): string | null | undefined => configs.find((one) => one.name === name)?.value;
  assert.deepEqual([value("retention.ms"), value("cleanup.policy")], ["5000", "delete,compact"]);
  const retention = configs.find(({ name }) => name === "retention.ms");
  assert.deepEqual([retention?.type, retention?.source], ["LONG", "DYNAMIC_TOPIC_CONFIG"]);
  assert.match(retention?.documentation ?? "", /retain/i);
  const policy = configs.find(({ name }) => name === "cleanup.policy");
  assert.deepEqual(
    policy?.synonyms?.map(({ source }) => source),
    ["DYNAMIC_TOPIC_CONFIG", "DEFAULT_CONFIG"],
  );
  const back = await admin.incrementalAlterConfigs([
    { ...resource, delete: ["retention.ms"], subtract: { "cleanup.policy": "compact" } },
  ]);
  assert.deepEqual(codes(back), ["ok"]);
  const replaced = await admin.alterConfigs([{ ...resource, configs: { "retention.ms": "7000" } }]);
  assert.deepEqual(codes(replaced), ["ok"]);
  const listed = await admin.listConfigResources({ resourceTypes: ["GROUP", "CLIENT_METRICS"] });
  assert.deepEqual(listed.map(({ name }) => name).sort(), ["g-configs", "metrics"]);
  assert.deepEqual(await admin.listClientMetricsResources(), ["metrics"]);
  const absent = await admin.describeConfigs([
    { resourceType: "BROKER", name: "77" },
    { resourceType: "TOPIC", name: "nope" },
  ]);
  assert.deepEqual(codes(absent), ["connection", "UNKNOWN_TOPIC_OR_PARTITION"]);
});

for (const groupProtocol of ["consumer", "classic"] as const)
  test(`groups of the protocol ${groupProtocol}: list, describe, offsets, members, delete`, async () => {
    const [name, groupId] = [`in-${groupProtocol}`, `g-${groupProtocol}`];
    await filled(name, 5);
    const consumer = kafka.consumer({ groupId, groupProtocol, topics: [name], autoOffsetReset: "earliest" });
    let seen = 0;
    for await (const _ of consumer) if (++seen === 5) break;
    await consumer.commit();
    const listed = await admin.listGroups({ withTypes: [groupProtocol] });
    assert.deepEqual(listed.errors, []);
    assert.ok(listed.items.some((one) => one.groupId === groupId && one.state === "Stable"));
    assert.ok((await admin.listConsumerGroups()).orThrow().some((one) => one.groupId === groupId));
    const described = await admin.describeConsumerGroups([groupId, "nobody"]);
    assert.deepEqual(codes(described), ["ok", "GROUP_ID_NOT_FOUND"]);
    const group = described.get(groupId);
    assert.ok(group !== undefined && !KafkaError.is(group));
    assert.deepEqual([group.type, group.state, group.members.length], [groupProtocol, "Stable", 1]);
    assert.deepEqual(group.members[0]?.assignment, [at(name)]);
    assert.ok([1, 2, 3].includes(group.coordinatorId ?? 0));
    const classic = await admin.describeClassicGroups([groupId]);
    assert.deepEqual(codes(classic), [groupProtocol === "classic" ? "ok" : "GROUP_ID_NOT_FOUND"]);
    const offsets = (await admin.listConsumerGroupOffsets([groupId, "nobody"])).orThrow();
    assert.deepEqual(
      offsets.map((one) => one.entries.length),
      [1, 0],
    );
    const committed = offsets[0]?.get(at(name));
    // The record at which the loop was left is read again: 4 are done.
    assert.equal(KafkaError.is(committed) ? "" : committed?.offset, 4);
    const active = await admin.alterConsumerGroupOffsets(groupId, [{ ...at(name), offset: 2 }]);
    assert.deepEqual(codes(active), ["UNKNOWN_MEMBER_ID"]);
    assert.deepEqual(codes(await admin.deleteConsumerGroups([groupId])), ["NON_EMPTY_GROUP"]);
    const subscribed = await admin.deleteConsumerGroupOffsets(groupId, [at(name)]);
    assert.deepEqual(codes(subscribed), ["GROUP_SUBSCRIBED_TO_TOPIC"]);
    await consumer.close();
    const memberId = group.members[0]?.memberId ?? "";
    const removed = await admin.removeMembersFromConsumerGroup(groupId, { members: [{ memberId }] });
    assert.deepEqual(codes(removed), ["UNKNOWN_MEMBER_ID"]);
    assert.deepEqual(
      codes(
        await admin.alterConsumerGroupOffsets(groupId, [
          { ...at(name), offset: 2 },
          { ...at("nope"), offset: 2 },
        ]),
      ),
      ["ok", "UNKNOWN_TOPIC_OR_PARTITION"],
    );
    const [two] = (await admin.listConsumerGroupOffsets([{ groupId, partitions: [at(name), at(name, 5)] }])).orThrow();
    assert.deepEqual(
      two?.orThrow().map((one) => one?.offset),
      [2, undefined],
    );
    assert.deepEqual(codes(await admin.deleteConsumerGroupOffsets(groupId, [at(name)])), ["ok"]);
    assert.deepEqual(codes(await admin.deleteConsumerGroups([groupId, "nobody"])), ["ok", "GROUP_ID_NOT_FOUND"]);
  });

test("removeMembersFromConsumerGroup without members removes all, and a group that does not exist is named", async () => {
  await filled("in-kick", 3);
  const consumer = kafka.consumer({ groupId: "g-kick", topics: ["in-kick"], autoOffsetReset: "earliest" });
  for await (const _ of consumer) break;
  const removed = await admin.removeMembersFromConsumerGroup("g-kick", { reason: "a test" });
  assert.deepEqual(codes(removed), ["ok"]);
  await consumer.close();
  await assert.rejects(admin.removeMembersFromConsumerGroup("nobody"), { codeName: "GROUP_ID_NOT_FOUND" });
});

test("transactions: list, describe, producers, abort, fence, force-terminate", async () => {
  await topic("tx", 1);
  const producer = kafka.producer({ transactionalId: "tx-1" });
  await producer.begin();
  await producer.send({ ...at("tx"), value: "open" });
  const listed = (await admin.listTransactions({ filterStates: ["Ongoing"] })).orThrow();
  assert.deepEqual(
    listed.map(({ transactionalId }) => transactionalId),
    ["tx-1"],
  );
  const described = await admin.describeTransactions(["tx-1", "unknown"]);
  assert.deepEqual(codes(described), ["ok", "TRANSACTIONAL_ID_NOT_FOUND"]);
  const transaction = described.get("tx-1");
  assert.ok(transaction !== undefined && !KafkaError.is(transaction));
  assert.deepEqual([transaction.state, transaction.topicPartitions], ["Ongoing", [at("tx")]]);
  const [producers = []] = (await admin.describeProducers([at("tx")])).orThrow();
  assert.equal(producers[0]?.currentTransactionStartOffset, 0);
  const { producerId, producerEpoch, coordinatorEpoch } = producers[0];
  await admin.abortTransaction({ ...at("tx"), producerId, producerEpoch, coordinatorEpoch });
  const [later = []] = (await admin.describeProducers([at("tx")])).orThrow();
  assert.equal(later[0]?.currentTransactionStartOffset, undefined);
  await admin.forceTerminateTransaction("tx-1");
  const fenced = (await admin.fenceProducers(["tx-1"])).orThrow();
  assert.ok((fenced[0]?.producerEpoch ?? -1) >= 0);
  await assert.rejects(producer.commit(), KafkaError);
  await producer.close().catch(() => undefined);
});

test("replicas: elections, reassignments, log directories", async () => {
  (await admin.createTopics([{ topic: "moved", replicasAssignments: [[1, 2]] }])).orThrow();
  const elected = await admin.electLeaders("PREFERRED", [at("moved"), at("nope")]);
  assert.deepEqual(elected.get(at("moved")), "notNeeded");
  assert.deepEqual(codes(elected), ["ok", "UNKNOWN_TOPIC_OR_PARTITION"]);
  assert.deepEqual((await admin.electLeaders("PREFERRED")).orThrow(), []);
  const moved = await admin.alterPartitionReassignments([
    { ...at("moved"), replicas: [3, 2] },
    { ...at("nope"), replicas: [1] },
    { ...at("moved", 5), replicas: null },
  ]);
  assert.deepEqual(codes(moved), ["ok", "UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_OR_PARTITION"]);
  for (;;) {
    const going = await admin.listPartitionReassignments({ partitions: [at("moved")] });
    if (going.length === 0) break;
    await pause(100);
  }
  // The controller knows of the end before the broker that is asked does.
  const replicas = async (): Promise<readonly number[] | undefined> =>
    (await admin.describeTopics(["moved"])).orThrow()[0]?.partitions[0]?.replicas;
  while ((await replicas())?.length !== 2) await pause(100);
  assert.deepEqual(await replicas(), [3, 2]);
  const cancelled = await admin.alterPartitionReassignments([{ ...at("moved"), replicas: null }]);
  assert.deepEqual(codes(cancelled), ["NO_REASSIGNMENT_IN_PROGRESS"]);
  const dirs = await admin.describeLogDirs([1, 2, 3]);
  assert.deepEqual(codes(dirs), ["ok", "ok", "ok"]);
  const [dir] = dirs.orThrow()[2] ?? [];
  assert.ok(dir !== undefined && dir.replicas.some((one) => one.topic === "moved") && (dir.totalBytes ?? 0) > 0);
  const where = await admin.describeReplicaLogDirs([
    { ...at("moved"), brokerId: 3 },
    { ...at("moved"), brokerId: 1 },
  ]);
  assert.deepEqual(
    where.orThrow().map(({ currentReplicaLogDir }) => currentReplicaLogDir),
    [dir.logDir, undefined],
  );
  const same = await admin.alterReplicaLogDirs([
    { ...at("moved"), brokerId: 3, logDir: dir.logDir },
    { ...at("moved"), brokerId: 2, logDir: "/nope" },
  ]);
  assert.deepEqual(codes(same), ["ok", "LOG_DIR_NOT_FOUND"]);
});

test("quotas: set, describe by filter, remove, refuse", async () => {
  const alice = { user: "alice" };
  const altered = await admin.alterClientQuotas([
    { entity: alice, set: { producer_byte_rate: 1024 } },
    { entity: { user: null }, set: { consumer_byte_rate: 2048 } },
    { entity: { foo: "x" }, set: { producer_byte_rate: 1 } },
    { entity: { "client-id": "c" }, set: { nope: 1 } },
  ]);
  assert.deepEqual(codes(altered), ["ok", "ok", "INVALID_REQUEST", "INVALID_REQUEST"]);
  const quotasOf = (name?: string | null, strict = false): ReturnType<typeof admin.describeClientQuotas> =>
    admin.describeClientQuotas({
      components: [{ entityType: "user", ...(name === undefined ? {} : { name }) }],
      strict,
    });
  const exact = await eventually(
    () => quotasOf("alice", true),
    ({ length }) => length === 1,
  );
  assert.deepEqual(exact, [{ entity: alice, quotas: { producer_byte_rate: 1024 } }]);
  const byDefault = await eventually(
    () => quotasOf(null),
    ({ length }) => length === 1,
  );
  assert.deepEqual(byDefault, [{ entity: { user: null }, quotas: { consumer_byte_rate: 2048 } }]);
  (await admin.alterClientQuotas([{ entity: alice, remove: ["producer_byte_rate"] }])).orThrow();
  const left = await eventually(
    () => quotasOf(),
    ({ length }) => length === 1,
  );
  assert.equal(left.length, 1);
});

test("features, quorum, voters, unregistering", async () => {
  const { finalizedFeatures, supportedFeatures, finalizedFeaturesEpoch } = await admin.describeFeatures({ nodeId: 2 });
  assert.ok((finalizedFeatures["metadata.version"]?.max ?? 0) > 20 && (finalizedFeaturesEpoch ?? -1) >= 0);
  assert.ok(supportedFeatures["group.version"] !== undefined);
  const bad = await admin.updateFeatures([{ feature: "nope", maxVersionLevel: 1 }], { validateOnly: true });
  assert.deepEqual(codes(bad), ["INVALID_UPDATE_VERSION"]);
  const quorum = await admin.describeMetadataQuorum();
  assert.deepEqual(quorum.voters.map(({ replicaId }) => replicaId).sort(), [1, 2, 3]);
  assert.ok([1, 2, 3].includes(quorum.leaderId ?? 0) && quorum.highWatermark > 0);
  const voter = { voterId: 9, voterDirectoryId: "AAAAAAAAAAAAAAAAAAAAAQ" };
  const endpoints = [{ name: "CONTROLLER", host: "127.0.0.1", port: 9 }];
  await assert.rejects(admin.addRaftVoter({ ...voter, endpoints }), { codeName: "UNSUPPORTED_VERSION" });
  await assert.rejects(admin.removeRaftVoter(voter), { codeName: "UNSUPPORTED_VERSION" });
  await assert.rejects(admin.unregisterBroker(99), { codeName: "BROKER_ID_NOT_REGISTERED" });
  await assert.rejects(admin.unregisterController(99), { codeName: "CONTROLLER_ID_NOT_REGISTERED" });
});

test("share groups and streams groups: describe, offsets, delete", async () => {
  await filled("shared-in", 3);
  const altered = await admin.alterShareGroupOffsets("share-1", [
    { ...at("shared-in"), startOffset: 1 },
    { ...at("nope"), startOffset: 1 },
  ]);
  assert.deepEqual(codes(altered), ["ok", "UNKNOWN_TOPIC_OR_PARTITION"]);
  const described = await admin.describeShareGroups(["share-1", "nobody"]);
  assert.deepEqual(codes(described), ["ok", "GROUP_ID_NOT_FOUND"]);
  const [offsets] = (
    await admin.listShareGroupOffsets([{ groupId: "share-1", partitions: [at("shared-in")] }])
  ).orThrow();
  const offset = offsets?.get(at("shared-in"));
  assert.equal(KafkaError.is(offset) ? "" : offset?.startOffset, 1);
  assert.deepEqual(codes(await admin.deleteShareGroupOffsets("share-1", ["shared-in"])), ["ok"]);
  assert.deepEqual(codes(await admin.deleteShareGroups(["share-1", "nobody"])), ["ok", "GROUP_ID_NOT_FOUND"]);
  assert.deepEqual(codes(await admin.describeStreamsGroups(["nobody"])), ["GROUP_ID_NOT_FOUND"]);
  assert.deepEqual(codes(await admin.alterStreamsGroupOffsets("stream-1", [{ ...at("shared-in"), offset: 1 }])), [
    "ok",
  ]);
  const [streams] = (await admin.listStreamsGroupOffsets(["stream-1"])).orThrow();
  assert.equal(streams?.size, 1);
  assert.deepEqual(codes(await admin.deleteStreamsGroupOffsets("stream-1", [at("shared-in")])), ["ok"]);
  assert.deepEqual(codes(await admin.deleteStreamsGroups(["nobody"])), ["GROUP_ID_NOT_FOUND"]);
});

test("describeCluster; unregisterBroker: a broker that has ended is gone from the metadata", async () => {
  const nodes = async (): Promise<readonly number[]> =>
    (await admin.describeCluster({ includeFencedBrokers: true })).nodes.map(({ nodeId }) => nodeId);
  assert.deepEqual(await nodes(), [1, 2, 3]);
  await cluster.brokers[2]?.shutDown();
  await admin.unregisterBroker(3);
  while ((await nodes()).length > 2) await pause(50);
  assert.deepEqual(await nodes(), [1, 2]);
});

// test/kafka/admin-security-calls and test/kafka/admin-voters have the others.
test("every call has succeeded here, but those that need an authorizer or voters that can change", () => {
  assert.deepEqual(calls.missing(), [
    "addRaftVoter",
    "alterUserScramCredentials",
    "createAcls",
    "createDelegationToken",
    "deleteAcls",
    "describeAcls",
    "describeDelegationToken",
    "describeUserScramCredentials",
    "expireDelegationToken",
    "removeRaftVoter",
    "renewDelegationToken",
    "unregisterController",
  ]);
});
