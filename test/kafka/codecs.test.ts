// Every codec against a real Apache Kafka: its tools read our records, and we read theirs, and those that its brokers
// compress again.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Kafka } from "../../src/node.ts";
import { portableCodecs } from "../../src/records/compression.ts";
import { readBatches } from "../../src/records/read-batches.ts";
import type { ProducerOptions } from "../../src/producer/options.ts";
import { take, text } from "../client/world.ts";
import { runJava } from "./jars.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

const CODECS = ["gzip", "snappy", "lz4", "zstd"] as const;
const COUNT = 300;
/** Lines that compress: of all sizes, and more of them than one block of any codec holds. */
const lines = (name: string): string[] =>
  Array.from({ length: COUNT }, (_, i) => `${name} ${i} ${`odradek ${(i * 7919) % 1000} ✓ `.repeat((i * 31) % 90)}end`);

let cluster: KafkaCluster;
let kafka: Kafka;
/** The same, with our own codecs alone. */
let portable: Kafka;

before(async () => {
  cluster = await startKafka();
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
  portable = new Kafka({ bootstrapServers: cluster.bootstrapServers, codecs: portableCodecs() });
});

after(async () => {
  await kafka.close();
  await portable.close();
  await cluster.stop();
});

const create = (topic: string, configs: Record<string, string> = {}): Promise<unknown> =>
  kafka
    .admin()
    .createTopics([{ topic, numPartitions: 1, configs }])
    .then((results) => results.orThrow());

async function write(client: Kafka, topic: string, values: readonly string[], options: ProducerOptions): Promise<void> {
  const producer = client.producer(options);
  for (const value of values) producer.enqueue({ topic, value });
  await producer.close();
}

async function readBack(client: Kafka, topic: string, count = COUNT): Promise<(string | null)[]> {
  const consumer = client.consumer({ assign: [{ topic, partition: 0, offset: "earliest" }] });
  const records = (await take(consumer, count)).map((record) => text(record.value));
  await consumer.close();
  return records;
}

async function consoleConsumer(topic: string, count: number): Promise<string[]> {
  const out = await runJava("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    "--bootstrap-server",
    cluster.bootstrapServers,
    "--topic",
    topic,
    "--from-beginning",
    "--max-messages",
    String(count),
  ]);
  return out.stdout.trim().split("\n");
}

/** The codecs of the batches that the broker has on disk. */
function onDisk(topic: string): readonly string[] {
  const folder = join(cluster.folder, "node-1", `${topic}-0`);
  const segments = readdirSync(folder).filter((name) => name.endsWith(".log"));
  return [
    ...new Set(
      segments.flatMap((name) =>
        [...readBatches(new Uint8Array(readFileSync(join(folder, name))))].map((batch) => batch.codec),
      ),
    ),
  ];
}

test("Kafka's console consumer reads what we wrote with every codec, at low and high levels", async () => {
  await create("ours");
  const expected: string[] = [];
  for (const client of [portable, kafka]) {
    for (const compressionType of CODECS) {
      for (const level of compressionType === "snappy" ? [1] : [1, 9]) {
        const values = lines(`${compressionType} level ${level}`);
        expected.push(...values);
        await write(client, "ours", values, {
          compressionType,
          compressionGzipLevel: level,
          compressionLz4Level: level,
          compressionZstdLevel: level,
        });
      }
    }
  }
  assert.deepEqual(await consoleConsumer("ours", expected.length), expected);
  assert.deepEqual([...onDisk("ours")].sort(), [...CODECS].sort(), "the broker kept what we compressed");
});

for (const codec of CODECS) {
  test(`${codec}: what Kafka's console producer wrote, our own codecs and the native ones read`, async () => {
    const topic = `theirs-${codec}`;
    await create(topic);
    const values = lines(codec);
    const written = await runJava(
      "org.apache.kafka.tools.ConsoleProducer",
      [
        "--bootstrap-server",
        cluster.bootstrapServers,
        "--topic",
        topic,
        "--compression-codec",
        codec,
        "--batch-size",
        "200000",
      ],
      { stdin: `${values.join("\n")}\n` },
    );
    assert.equal(written.code, 0, written.stderr);
    assert.deepEqual(onDisk(topic), [codec]);
    for (const client of [portable, kafka]) assert.deepEqual(await readBack(client, topic), values);
  });

  test(
    `${codec} as compression.type of the topic: the broker reads what we compressed otherwise, and we read what it ` +
      "makes of it",
    async () => {
      const topic = `topic-${codec}`;
      await create(topic, { "compression.type": codec });
      const expected: string[] = [];
      for (const compressionType of ["none", ...CODECS] as const) {
        const values = lines(compressionType);
        expected.push(...values);
        await write(portable, topic, values, { compressionType });
      }
      assert.deepEqual(onDisk(topic), [codec], "all of it was compressed anew");
      for (const client of [portable, kafka])
        assert.deepEqual(await readBack(client, topic, expected.length), expected);
    },
  );
}

test("batches of many megabytes: more than any block or window begins with", async () => {
  await create("large", { "max.message.bytes": "20000000" });
  const value = Array.from({ length: 200_000 }, (_, i) => `${(i * 7919) % 100_003} `).join("");
  for (const compressionType of CODECS) {
    const producer = portable.producer({ compressionType, batchSize: 8_000_000 });
    for (let i = 0; i < 5; i++) producer.enqueue({ topic: "large", value: `${i}${value}` });
    await producer.close();
  }
  const read = await readBack(kafka, "large", 20);
  assert.ok(read.every((got, i) => got === `${i % 5}${value}`));
  const out = await consoleConsumer("large", 20);
  assert.ok(
    out.length === 20 &&
      out.every((line, i) => line.length === `${i % 5}${value}`.trimEnd().length || line === `${i % 5}${value}`),
  );
});
