// Three brokers, one of them killed and started again under load: each acknowledged record is there, once and in order.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Kafka } from "../../src/node.ts";
import { text } from "../client/world.ts";
import { runJava } from "./jars.ts";
import { startKafka } from "./kafka-cluster.ts";

const TOTAL = 60_000;

test("a broker is killed and restarted while records are sent and read", async () => {
  const cluster = await startKafka({ brokers: 3 });
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
  try {
    (await kafka.admin().createTopics([{ topic: "t", numPartitions: 3, replicationFactor: 3 }])).orThrow();
    const leaders = new Set(
      (await kafka.admin().describeTopics(["t"])).orThrow().flatMap((t) => t.partitions.map((p) => p.leader)),
    );
    const victim = cluster.brokers.find((broker) => leaders.has(broker.id));
    assert.ok(victim);
    const acknowledged = new Map<number, number>();
    const producer = kafka.producer();
    const reading = readAll(kafka);
    for (let i = 0; i < TOTAL; i++) {
      const sent = producer
        .send({ topic: "t", partition: i % 3, value: String(i) })
        .then((m) => acknowledged.set(i, m.partition));
      if (i % 100 === 0) await sent;
      if (i === TOTAL / 4 + 50) void victim.kill(); // with requests under way
      if (i === TOTAL / 2) await victim.restart();
    }
    await producer.close();
    assert.equal(acknowledged.size, TOTAL, "every record was acknowledged");
    assert.ok(producer.counters.retries > 0, "the kill was felt");
    const seen = await reading;
    for (const partition of [0, 1, 2]) {
      const expected = Array.from({ length: TOTAL / 3 }, (_, i) => i * 3 + partition);
      assert.deepEqual(seen.get(partition), expected, `partition ${partition}: once and in order`);
    }
    const ends = (
      await runJava("org.apache.kafka.tools.GetOffsetShell", [
        "--bootstrap-server",
        cluster.bootstrapServers,
        "--topic",
        "t",
      ])
    ).stdout
      .trim()
      .split("\n");
    assert.deepEqual(
      ends.sort(),
      [0, 1, 2].map((p) => `t:${p}:${TOTAL / 3}`),
      "Kafka's own tool counts the same",
    );
  } finally {
    await kafka.close();
    await cluster.stop();
  }
});

async function readAll(kafka: Kafka): Promise<Map<number, number[]>> {
  const seen = new Map<number, number[]>([
    [0, []],
    [1, []],
    [2, []],
  ]);
  let count = 0;
  const consumer = kafka.consumer({
    assign: [0, 1, 2].map((partition) => ({ topic: "t", partition, offset: "earliest" as const })),
  });
  for await (const record of consumer) {
    seen.get(record.partition)?.push(Number(text(record.value)));
    if (++count === TOTAL) break;
  }
  await consumer.close();
  return seen;
}
