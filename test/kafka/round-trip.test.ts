// The client against a real Apache Kafka.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Kafka } from "../../src/node.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { take, text } from "../client/world.ts";
import { runJava } from "./jars.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  cluster = await startKafka();
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

/** All records of a one-partition topic, by `count`. */
async function read(topic: string, count: number): Promise<KafkaRecord[]> {
  const consumer = kafka.consumer({ assign: [{ topic, partition: 0, offset: "earliest" }] });
  const records = (await take(consumer, count)).map((record) => record.detach());
  await consumer.close();
  return records;
}

async function create(topic: string, numPartitions = 1, configs: Record<string, string> = {}): Promise<void> {
  (await kafka.admin().createTopics([{ topic, numPartitions, configs }])).orThrow();
}

test("the round trip: 20,000 records over three partitions, once and in order", async () => {
  await create("round", 3);
  const producer = kafka.producer();
  for (let i = 0; i < 20_000;) {
    if (producer.enqueue({ topic: "round", key: String(i % 100), value: String(i) })) i++;
    else await producer.ready();
  }
  await producer.close();
  assert.equal(producer.counters.acknowledged, 20_000);
  const consumer = kafka.consumer({ topics: ["round"] });
  const seen = new Map<string, number[]>();
  for (const record of await take(consumer, 20_000)) {
    const key = text(record.key) ?? "";
    seen.set(key, [...(seen.get(key) ?? []), Number(text(record.value))]);
  }
  await consumer.close();
  assert.equal(seen.size, 100);
  for (const [key, values] of seen)
    assert.deepEqual(
      values,
      Array.from({ length: 200 }, (_, i) => i * 100 + Number(key)),
    );
});

test("the cluster describes itself: its id, its broker, and all operations without an authorizer", async () => {
  const { clusterId, nodes, controllerId, authorizedOperations } = await kafka
    .admin()
    .describeCluster({ includeAuthorizedOperations: true });
  assert.match(clusterId, /^[\w-]{22}$/);
  assert.deepEqual(
    nodes.map(({ nodeId, host, port, rack, isFenced }) => [nodeId, `${host}:${port}`, rack, isFenced]),
    [[controllerId, cluster.bootstrapServers, undefined, false]],
  );
  assert.ok(authorizedOperations?.includes("ALTER") && authorizedOperations.includes("CREATE"));
});

test("headers: order, duplicates, null and empty values", async () => {
  await create("headers");
  const producer = kafka.producer();
  const headers = [
    ["b", new Uint8Array([1, 2])],
    ["a", null],
    ["b", new Uint8Array(0)],
    ["ünï", new TextEncoder().encode("✓")],
  ] as const;
  await producer.send({ topic: "headers", value: "x", headers });
  const [record] = await read("headers", 1);
  assert.deepEqual(
    record?.headers.map(([name, value]) => [name, value === null ? null : [...value]]),
    headers.map(([name, value]) => [name, value === null ? null : [...value]]),
  );
});

test("null keys and values, empty values", async () => {
  await create("nulls");
  const producer = kafka.producer();
  for (const [key, value] of [
    [null, null],
    ["k", null],
    [null, ""],
    ["", ""],
  ] as const)
    await producer.send({ topic: "nulls", key, value });
  assert.deepEqual(
    (await read("nulls", 4)).map((r) => [text(r.key), text(r.value)]),
    [
      [null, null],
      ["k", null],
      [null, ""],
      ["", ""],
    ],
  );
});

test("values of 900 KiB, several at once", async () => {
  await create("large");
  const producer = kafka.producer();
  const values = [1, 2, 3, 4, 5].map((n) => new Uint8Array(900 * 1024).fill(n));
  const sent = await Promise.all(values.map((value) => producer.send({ topic: "large", value })));
  assert.deepEqual(
    sent.map((r) => r.offset),
    [0, 1, 2, 3, 4],
  );
  const records = await read("large", 5);
  assert.ok(records.every((r, i) => r.value !== null && Buffer.compare(r.value, values[i] ?? new Uint8Array()) === 0));
});

test("gzip, written by us and kept by the broker; and a topic that compresses by itself", async () => {
  await create("gzipped");
  await create("gzip-topic", 1, { "compression.type": "gzip" });
  const producer = kafka.producer({ compressionType: "gzip" });
  const plain = kafka.producer();
  const value = "odradek ".repeat(1000);
  for (let i = 0; i < 100; i++) {
    producer.enqueue({ topic: "gzipped", value: `${i} ${value}` });
    plain.enqueue({ topic: "gzip-topic", value: `${i} ${value}` });
  }
  await producer.flush();
  await plain.flush();
  for (const topic of ["gzipped", "gzip-topic"]) {
    const consumer = kafka.consumer({ assign: [{ topic, partition: 0 }] });
    let seen = 0;
    for await (const batch of consumer.batches()) {
      for (const record of batch.records) assert.equal(text(record.value), `${seen++} ${value}`);
      if (seen === 100) break;
    }
    assert.ok(consumer.counters.fetchedBytes < 100_000, `${topic}: ${consumer.counters.fetchedBytes} bytes came`);
    await consumer.close();
  }
});

test("errors of a real broker: a topic twice, an unknown topic, a record that is too large", async () => {
  await create("once");
  await assert.rejects(create("once"), { codeName: "TOPIC_ALREADY_EXISTS", topic: "once" });
  await assert.rejects(create("bad name!"), { codeName: "INVALID_TOPIC_EXCEPTION" });
  await create("small", 1, { "max.message.bytes": "1000" });
  const producer = kafka.producer();
  await assert.rejects(producer.send({ topic: "small", value: "x".repeat(5000) }), {
    codeName: "MESSAGE_TOO_LARGE",
    outcome: "notWritten",
    topic: "small",
  });
  const next = await producer.send({ topic: "small", value: "fits" });
  assert.equal(next.offset, 0, "a batch that failed for good leaves no gap behind it");
});

test("offsets: latest, a number, out of range goes back to the earliest and says so", async () => {
  await create("offsets");
  const producer = kafka.producer();
  for (let i = 0; i < 5; i++) await producer.send({ topic: "offsets", value: String(i) });
  const resets: unknown[] = [];
  const consumer = kafka.consumer({
    assign: [{ topic: "offsets", partition: 0, offset: 3 }],
    onPositionReset: (reset) => resets.push(reset),
  });
  assert.deepEqual(
    (await take(consumer, 2)).map((r) => text(r.value)),
    ["3", "4"],
  );
  consumer.seek({ topic: "offsets", partition: 0 }, 1000);
  assert.deepEqual(
    (await take(consumer, 1)).map((r) => text(r.value)),
    ["0"],
  );
  assert.deepEqual(resets, [{ topic: "offsets", partition: 0, from: 1000, to: 0 }]);
  await consumer.close();
});

test("Kafka's console consumer reads what we wrote, and we read what its console producer wrote", async () => {
  await create("theirs");
  await create("ours");
  const producer = kafka.producer();
  for (let i = 0; i < 100; i++)
    producer.enqueue({ topic: "ours", key: `k${i}`, value: `v${i}`, headers: { h: String(i) } });
  await producer.flush();
  const out = await runJava("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    "--bootstrap-server",
    cluster.bootstrapServers,
    "--topic",
    "ours",
    "--from-beginning",
    "--max-messages",
    "100",
    "--formatter-property",
    "print.key=true",
    "--formatter-property",
    "print.headers=true",
    "--formatter-property",
    "key.separator=|",
    "--formatter-property",
    "headers.separator=,",
  ]);
  assert.deepEqual(
    out.stdout.trim().split("\n"),
    Array.from({ length: 100 }, (_, i) => `h:${i}|k${i}|v${i}`),
    out.stderr,
  );
  const lines = Array.from({ length: 500 }, (_, i) => `key-${i}\tvalue ${i} ✓`);
  const written = await runJava(
    "org.apache.kafka.tools.ConsoleProducer",
    ["--bootstrap-server", cluster.bootstrapServers, "--topic", "theirs", "--reader-property", "parse.key=true"],
    { stdin: `${lines.join("\n")}\n` },
  );
  assert.equal(written.code, 0, written.stderr);
  assert.deepEqual(
    (await read("theirs", 500)).map((r) => `${text(r.key) ?? ""}\t${text(r.value) ?? ""}`),
    lines,
  );
});
