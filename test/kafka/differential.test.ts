// The embedded cluster and a real Apache Kafka are asked the same, and must answer the same: one author wrote both our client
// and the cluster that it is tested against, and would make the same mistake twice.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { cases } from "./differential/cases.ts";
import { Side } from "./differential/side.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let real: KafkaCluster;
let embedded: EmbeddedCluster;

before(async () => {
  real = await startKafka({ firstNodeId: 0 }); // as the embedded brokers count
  embedded = await EmbeddedCluster.start({ ports: [0] });
});

after(async () => {
  await embedded.close();
  await real.stop();
});

for (const { name, run } of cases) {
  test(`${name}: both answer alike`, async () => {
    const connector = nodeConnector();
    const theirs = new Side(connector, real.bootstrapServers);
    const ours = new Side(connector, embedded.bootstrapServers);
    await run(theirs);
    await run(ours);
    theirs.close();
    ours.close();
    assert.ok(theirs.transcript.length > 8);
    const differences = theirs.transcript.flatMap((answer, i) => (JSON.stringify(answer) === JSON.stringify(ours.transcript[i]) ? [] : [{ at: i, kafka: answer, embedded: ours.transcript[i] }]));
    if (process.env["DIFF"] !== undefined) for (const difference of differences) for (const line of [`asked ${theirs.asked[difference.at]?.slice(0, 1000) ?? ""}`, ...paths(difference.kafka, difference.embedded, String(difference.at))]) console.log(line);
    assert.deepEqual(differences.map(({ at, embedded: answer }) => ({ at, answer })), differences.map(({ at, kafka: answer }) => ({ at, answer })), `${differences.length} of ${theirs.transcript.length} answers differ`);
    assert.equal(ours.transcript.length, theirs.transcript.length);
  });
}

/** Where two answers differ, for who looks into it with DIFF=1. */
function paths(kafka: unknown, embedded: unknown, path: string): string[] {
  if (JSON.stringify(kafka) === JSON.stringify(embedded)) return [];
  if (kafka === null || embedded === null || typeof kafka !== "object" || typeof embedded !== "object") return [`${path}: kafka ${JSON.stringify(kafka)} embedded ${JSON.stringify(embedded)}`];
  return [...new Set([...Object.keys(kafka), ...Object.keys(embedded)])].flatMap((name) => paths((kafka as Record<string, unknown>)[name], (embedded as Record<string, unknown>)[name], `${path}.${name}`));
}
