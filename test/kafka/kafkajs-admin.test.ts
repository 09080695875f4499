// The admin of the drop-in beside that of kafkajs, on a real Kafka of three brokers with an authorizer: each of the 22
// calls, with its errors.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Kafka } from "../../src/node.ts";
import { type AdminCall, type KafkaJsModule, type Outcomes, runCalls } from "../kafkajs/admin/admin-call.ts";
import { ACL_CALLS, CLUSTER_CALLS, CONFIG_CALLS, REASSIGNMENT_CALLS } from "../kafkajs/admin/config-calls.ts";
import { GROUP_CALLS, RESET_OFFSETS, SET_OFFSETS } from "../kafkajs/admin/group-calls.ts";
import { OFFSET_CALLS, TOPIC_CALLS } from "../kafkajs/admin/topic-calls.ts";
import { shipped, theirs } from "../kafkajs/real-kafkajs.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  cluster = await startKafka({
    brokers: 3,
    firstNodeId: 0,
    properties: {
      "auto.create.topics.enable": "false",
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:ANONYMOUS",
    },
  });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
});
after(async () => {
  await kafka.close();
  await cluster.stop();
});

/** What one broker knows of the topics. */
async function knownTo(broker: number): Promise<unknown> {
  const { topics } = await kafka.request("Metadata", { topics: null }, { to: { broker } });
  return topics
    .map(({ name, partitions }) => [name, partitions.map(({ leaderId }) => leaderId).join()] as const)
    .sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1));
}

/** Waits until all brokers know the same: each call may go to another one. */
async function settled(): Promise<void> {
  for (;;) {
    await delay(100);
    const [first, ...others] = await Promise.all([0, 1, 2].map(knownTo));
    if (others.every((one) => isDeepStrictEqual(one, first))) return;
  }
}

/** Two empty topics, no groups, no rules, no settings. */
async function cleared(): Promise<void> {
  const admin = kafka.admin();
  const topics = (await admin.listTopics()).filter((name) => !name.startsWith("__"));
  if (topics.length > 0) (await admin.deleteTopics(topics)).orThrow();
  await settled();
  const groups = (await admin.listGroups()).orThrow().map(({ groupId }) => groupId);
  if (groups.length > 0) (await admin.deleteConsumerGroups(groups)).orThrow();
  (await admin.deleteAcls([{ resourceType: "ANY" }])).orThrow();
  const broker = { resourceType: "BROKER", name: "1", delete: ["log.cleaner.threads"] } as const;
  (await admin.incrementalAlterConfigs([broker])).orThrow();
  const made = ["orders", "pay"].map((topic) => ({ topic, numPartitions: 2, replicationFactor: 1 }));
  (await admin.createTopics(made)).orThrow();
  await settled();
}

async function outcomesOf(module: KafkaJsModule, calls: readonly AdminCall[]): Promise<Outcomes> {
  await cleared();
  return await runCalls(module, cluster.bootstrapServers.split(","), calls, settled);
}

async function compare(calls: readonly AdminCall[]): Promise<void> {
  const [real, ours] = [await outcomesOf(theirs, calls), await outcomesOf(shipped, calls)];
  for (const { what, differs } of calls)
    if (hasNotWaited(what, real)) assert.deepEqual(ours.get(what), { resolved: true }, what);
    else if (differs === undefined) assert.deepEqual(ours.get(what), real.get(what), what);
}

/** With KRaft, kafkajs may ask a broker for leaders that does not know the topic yet, and then gives up. */
function hasNotWaited(what: string, real: Outcomes): boolean {
  return what.startsWith("createTopics") && JSON.stringify(real.get(what)).includes('"UNKNOWN_TOPIC_OR_PARTITION"');
}

test("topics", () => compare(TOPIC_CALLS));

test("offsets and records of a topic", () => compare(OFFSET_CALLS));

test("groups, with and without members", () => compare(GROUP_CALLS));

test("offsets of groups", async () => {
  for (const calls of [SET_OFFSETS, ...RESET_OFFSETS]) await compare(calls);
});

test("settings, and the cluster", () => compare([...CLUSTER_CALLS, ...CONFIG_CALLS]));

// How far a replica has come when it is listed is left to chance.
test("replicas that move", () => compare(REASSIGNMENT_CALLS.filter(({ what }) => !what.endsWith("its list"))));

test("access rules", () => compare(ACL_CALLS));
