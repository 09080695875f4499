// Requests about the cluster itself, answered by fresh clusters of one and of three brokers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { clusterEdges } from "./differential/cluster-edges.ts";
import { compare } from "./differential/compare.ts";
import { clusterInTransaction } from "./differential/cluster-in-transaction.ts";
import { internalPatterns, internalTopics } from "./differential/internal-topic-edges.ts";
import { Side } from "./differential/side.ts";
import { type ThreeBrokers, askThree } from "./differential/three-brokers.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let real: KafkaCluster;
let embedded: EmbeddedCluster;

before(async () => {
  real = await startKafka({ firstNodeId: 0, properties: { "auto.create.topics.enable": "false" } });
  embedded = await EmbeddedCluster.start({ ports: [0], autoCreateTopics: false });
});

after(async () => {
  await embedded.close();
  await real.stop();
});

// No client has asked for a coordinator before the first of them.
for (const one of [internalTopics, internalPatterns, ...clusterEdges, clusterInTransaction])
  test(`${one.name}: both answer alike`, () => compare(one, real, embedded));

/** A broker that stands still stays in the metadata and in the ISR. */
const UNNOTICED = {
  "auto.create.topics.enable": "false",
  "auto.leader.rebalance.enable": "false",
  "broker.session.timeout.ms": "60000",
  "replica.lag.time.max.ms": "60000",
  "min.insync.replicas": "1",
};

async function ofThree(bootstrapServers: string, control: Omit<ThreeBrokers, "side">): Promise<readonly unknown[]> {
  const side = new Side(nodeConnector(), bootstrapServers.split(",")[0] ?? "");
  await askThree({ side, ...control });
  side.close();
  return side.transcript;
}

async function ofReal(): Promise<readonly unknown[]> {
  const { brokers, bootstrapServers, stop } = await startKafka({ brokers: 3, firstNodeId: 0, properties: UNNOTICED });
  try {
    return await ofThree(bootstrapServers, {
      freeze: async (id) => brokers[id]?.pause(),
      thaw: async (id) => brokers[id]?.resume(),
      stop: async (id) => brokers[id]?.shutDown(),
      kill: async (id) => brokers[id]?.kill(),
      start: async (id) => brokers[id]?.restart(),
    });
  } finally {
    await stop();
  }
}

async function ofEmbedded(): Promise<readonly unknown[]> {
  const cluster = await EmbeddedCluster.start({ brokers: 3, ports: [0, 0, 0], autoCreateTopics: false });
  try {
    return await ofThree(cluster.bootstrapServers, {
      freeze: async (id) => cluster.pauseReplication(id),
      thaw: async (id) => cluster.resumeReplication(id),
      stop: (id) => cluster.stopBroker(id),
      kill: (id) => cluster.stopBroker(id),
      start: (id) => cluster.startBroker(id),
    });
  } finally {
    await cluster.close();
  }
}

test("three brokers, of which one does not replicate, is down or was unregistered: both answer alike", async () => {
  const [kafka, ours] = [await ofReal(), await ofEmbedded()];
  assert.ok(kafka.length > 80);
  assert.deepEqual(ours, kafka);
});
