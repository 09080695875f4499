// Transactions and offsets again, on clusters whose finalised transaction.version is 1: the coordinator aborts
// otherwise there.
import { after, before, test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { versions } from "./differential/cases.ts";
import { compare } from "./differential/compare.ts";
import { offsetEdges } from "./differential/offset-edges.ts";
import { transactionEdges } from "./differential/transaction-edges.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let real: KafkaCluster;
let embedded: EmbeddedCluster;

before(async () => {
  real = await startKafka({ firstNodeId: 0, features: ["transaction.version=1"] });
  embedded = await EmbeddedCluster.start({ ports: [0], transactionVersion: 1 });
});

after(async () => {
  await embedded.close();
  await real.stop();
});

for (const one of [versions, ...transactionEdges, ...offsetEdges])
  test(`transaction.version 1: ${one.name}: both answer alike`, () => compare(one, real, embedded));
