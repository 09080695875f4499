// Sessions of 5 s on a real Kafka, under load: nothing is lost or reordered, and no connection is replaced.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { Metric } from "../../src/cluster/metrics.ts";
import type { SaslOptions } from "../../src/security/sasl-options.ts";
import { text } from "../client/world.ts";
import { SecureKafka } from "./secure/secure-cluster.ts";
import { unsecuredToken } from "./secure/token-server.ts";
import { WatchedClient } from "./secure/watched-client.ts";

/** How long each mechanism is under load. ODRADEK_REAUTHENTICATION_S=120 makes it two minutes. */
const SECONDS = Number(process.env["ODRADEK_REAUTHENTICATION_S"] ?? 20);
/** A session of 5 s is renewed after at most 95 % of it. */
const LONGEST_PERIOD_S = 4.75;
const PARTITIONS = [0, 1, 2];

let secure: SecureKafka;
before(async () => {
  secure = await SecureKafka.start();
});
after(() => secure.stop());

/**
 * The time between the latest renewal and the session's end is 250 ms. Where a request took nearly as long, the machine
 * stood still, and the broker may have read a request after the end: it then closes the connection.
 */
const STALL_MS = 200;

const metric = (metrics: readonly Metric[], wanted: string): number =>
  metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
const opened = (metrics: readonly Metric[]): number => metric(metrics, "connection-creation-total");

const LOGINS: readonly (SaslOptions & { readonly mechanism: string })[] = [
  { mechanism: "SCRAM-SHA-256", username: "alice", password: () => "alice-secret" },
  { mechanism: "OAUTHBEARER", token: () => unsecuredToken("alice") },
];

for (const sasl of LOGINS) {
  const { mechanism } = sasl;
  test(`${mechanism}: sessions of 5 s for ${SECONDS} s: each record is read once and in order, over the same connections`, async (t) => {
    const name = `alice-${mechanism.toLowerCase()}`;
    const client = new WatchedClient({ bootstrapServers: secure.at("SHORT"), sasl });
    const { kafka } = client;
    await kafka.admin().createTopics([{ topic: name, numPartitions: PARTITIONS.length }]);
    const producer = kafka.producer({ lingerMs: 1 });
    const consumer = kafka.consumer({ groupId: name, topics: [name], autoOffsetReset: "earliest" });
    const renewedBefore = await secure.metric("SHORT", "successful-reauthentication-total");
    let endsAtMs = Number.POSITIVE_INFINITY;
    let sent = 0;
    let pausedMs = 0;
    const sending = (async () => {
      while (performance.now() < endsAtMs) {
        const value = `${sent++}`;
        // Without waiting, so that requests are in flight when the session ends; the pauses let other work run.
        for (const partition of PARTITIONS) producer.enqueue({ topic: name, partition, value });
        const fromMs = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 2));
        pausedMs = Math.max(pausedMs, performance.now() - fromMs);
      }
      await producer.flush();
      await Promise.all(PARTITIONS.map((partition) => producer.send({ topic: name, partition, value: "end" })));
    })();
    const seen: number[][] = PARTITIONS.map(() => []);
    let connections: readonly number[] = [];
    const now = (): readonly number[] => [opened(producer.metrics()), opened(consumer.metrics())];
    let ends = 0;
    for await (const { partition, value } of consumer) {
      if (connections.length === 0) {
        // All connections are open once the group reads.
        connections = now();
        endsAtMs = performance.now() + SECONDS * 1000;
      }
      if (text(value) !== "end") seen[partition]?.push(Number(text(value)));
      else if (++ends === PARTITIONS.length) break;
    }
    await sending;
    const stalledMs = Math.round(Math.max(pausedMs, metric(producer.metrics(), "request-latency-max")));
    if (stalledMs < STALL_MS) {
      assert.deepEqual(now(), connections, `connections were replaced: ${client.lines.join("\n")}`);
      assert.deepEqual(client.lines, []);
    }
    const renewed = (await secure.metric("SHORT", "successful-reauthentication-total")) - renewedBefore;
    await kafka.close();
    for (const [partition, values] of seen.entries())
      assert.ok(
        values.length === sent && values.every((value, i) => value === i),
        `partition ${partition}: ${values.length} of ${sent} records, the first wrong one at ${values.findIndex((v, i) => v !== i)}`,
      );
    // The connections that are always busy: the producer's to the leader, the consumer's fetches and heartbeats.
    assert.ok(renewed >= 3 * Math.floor(SECONDS / LONGEST_PERIOD_S), `${renewed} times authenticated again`);
    assert.equal(await secure.metric("SHORT", "failed-reauthentication-total"), 0);
    t.diagnostic(`${mechanism}: ${sent * 3} records, ${renewed} authentications again, longest stall ${stalledMs} ms`);
  });
}
