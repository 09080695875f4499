// The embedded cluster and a real Apache Kafka are asked the same, and must answer the same: one author wrote both our client
// and the cluster that it is tested against, and would make the same mistake twice.
import { after, before, test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { cases } from "./differential/cases.ts";
import { compare } from "./differential/compare.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let real: KafkaCluster;
let embedded: EmbeddedCluster;

before(async () => {
  real = await startKafka({ firstNodeId: 0, properties: { "group.consumer.assignment.interval.ms": "0", "group.consumer.assignor.offload.enable": "false" } }); // as the embedded brokers count
  embedded = await EmbeddedCluster.start({ ports: [0], groups: { initialRebalanceDelayMs: 0, consumerAssignmentIntervalMs: 0 } });
});

after(async () => {
  await embedded.close();
  await real.stop();
});

for (const one of cases) test(`${one.name}: both answer alike`, () => compare(one, real, embedded));
