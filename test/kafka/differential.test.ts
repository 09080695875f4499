// The embedded cluster and a real Apache Kafka are asked the same, and must answer the same: one author wrote both our
// client and the cluster that it is tested against, and would make the same mistake twice.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { cases } from "./differential/cases.ts";
import { compare } from "./differential/compare.ts";
import { MemberNames } from "./differential/member-names.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let real: KafkaCluster;
let embedded: EmbeddedCluster;

before(async () => {
  real = await startKafka({
    firstNodeId: 0,
    properties: { "group.consumer.assignment.interval.ms": "0", "group.consumer.assignor.offload.enable": "false" },
  }); // as the embedded brokers count
  embedded = await EmbeddedCluster.start({
    ports: [0],
    groups: { initialRebalanceDelayMs: 0, consumerAssignmentIntervalMs: 0 },
  });
});

after(async () => {
  await embedded.close();
  await real.stop();
});

test("an id that ends with twelve digits of ten is an id, not a time", () => {
  const names = new MemberNames();
  assert.equal(names.in("i-6e3d0626-714c-403f-80d9-123456789012"), "i-<member 0>");
  assert.equal(
    names.in("Member i-6e3d0626-714c-403f-80d9-123456789012 came at 1795474800000."),
    "Member i-<member 0> came at <time>.",
  );
  assert.equal(names.in("i-6e3d0626-714c-403f-80d9-12345678901a"), "i-<member 1>");
});

for (const one of cases) test(`${one.name}: both answer alike`, () => compare(one, real, embedded));
