// The shipped drop-in's producer against a real Apache Kafka, beside kafkajs itself.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { Message } from "kafkajs";
import { Kafka } from "../../src/node.ts";
import { take, text } from "../client/world.ts";
import { shipped, theirs } from "../kafkajs/real-kafkajs.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

const { CompressionTypes, Partitioners } = shipped;
const options = { createPartitioner: Partitioners.DefaultPartitioner };

let cluster: KafkaCluster;
let odradek: Kafka;
let kafka: InstanceType<typeof shipped.Kafka>;

before(async () => {
  cluster = await startKafka();
  odradek = new Kafka({ bootstrapServers: cluster.bootstrapServers });
  kafka = new shipped.Kafka({ brokers: cluster.bootstrapServers.split(","), logLevel: 0 });
});

after(async () => {
  await odradek.close();
  await cluster.stop();
});

async function create(topic: string, numPartitions: number, configs: Record<string, string> = {}): Promise<void> {
  (await odradek.admin().createTopics([{ topic, numPartitions, configs }])).orThrow();
}

/** The values of a topic's committed records. */
async function valuesOf(topic: string, count: number): Promise<string[]> {
  const consumer = odradek.consumer({ topics: [topic], isolationLevel: "read_committed" });
  const values = (await take(consumer, count)).map(({ value }) => text(value) ?? "null");
  await consumer.close();
  return values;
}

test("10,000 messages over 12 partitions, once; LogAppendTime; an auto-created topic", async () => {
  await create("twelve", 12);
  await create("appended", 1, { "message.timestamp.type": "LogAppendTime" });
  const producer = kafka.producer(options);
  await producer.connect();
  const messages = Array.from({ length: 10_000 }, (_, i) => ({ key: i % 2 === 0 ? `k${i}` : null, value: `${i}` }));
  const results = await producer.send({ topic: "twelve", messages });
  assert.deepEqual(
    results.map(({ partition }) => partition).sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, i) => i),
  );
  for (const { baseOffset, errorCode, logAppendTime, logStartOffset } of results)
    assert.deepEqual([errorCode, baseOffset, logAppendTime, logStartOffset], [0, "0", "-1", "0"]);
  const values = await valuesOf("twelve", 10_000);
  assert.equal(new Set(values).size, 10_000);
  const [appended] = await producer.send({ topic: "appended", messages: [{ value: "a", timestamp: "1000" }] });
  assert.ok(Number(appended?.logAppendTime) > 1_700_000_000_000, appended?.logAppendTime);
  assert.equal((await producer.send({ topic: "just-created", messages: [{ value: "a" }] })).length, 1);
  await producer.disconnect();
});

test("every codec, acks and timeout in parallel; kafkajs reads what it can read", async () => {
  await create("codecs", 1);
  const producer = kafka.producer(options);
  await producer.connect();
  const messages: Message[] = [{ key: "k", value: "a".repeat(1000), headers: { h: ["1", "2"], none: undefined } }];
  const topic = "codecs";
  const lengths = await Promise.all([
    ...Object.values(CompressionTypes).map((compression) =>
      producer.send({ topic, messages, compression: compression as never }),
    ),
    producer.send({ topic, messages, acks: 0 }),
    producer.send({ topic, messages, acks: 1, timeout: 500 }),
  ]);
  assert.deepEqual(
    lengths.map(({ length }) => length),
    [1, 1, 1, 1, 1, 0, 1],
  );
  await producer.disconnect();
  assert.deepEqual(new Set(await valuesOf(topic, 7)), new Set(["a".repeat(1000)]));
});

test("keys go to the partitions of kafkajs, with both partitioners", async () => {
  const keys = Array.from({ length: 200 }, (_, i) => `key-${i}-${"x".repeat(i % 9)}`);
  for (const name of ["DefaultPartitioner", "LegacyPartitioner"] as const) {
    const places: string[][] = [];
    for (const [i, module] of [theirs, shipped].entries()) {
      const topic = `keys-${name}-${i}`;
      await create(topic, 7);
      const client = new module.Kafka({ brokers: cluster.bootstrapServers.split(","), logLevel: 0 });
      const producer = client.producer({ createPartitioner: module.Partitioners[name] });
      await producer.connect();
      await producer.send({ topic, messages: keys.map((key) => ({ key, value: key })) });
      await producer.disconnect();
      const consumer = odradek.consumer({ topics: [topic] });
      places.push((await take(consumer, keys.length)).map(({ key, partition }) => `${text(key)} ${partition}`).sort());
      await consumer.close();
    }
    assert.deepEqual(places[1], places[0], name);
  }
});

test("errors of the broker: too large, an illegal name, a partition that there is not", async () => {
  await create("errors", 1);
  const producer = kafka.producer(options);
  await producer.connect();
  const send = (topic: string, message: Message): Promise<unknown> => producer.send({ topic, messages: [message] });
  await assert.rejects(send("errors", { value: Buffer.alloc(1_100_000) }), { type: "MESSAGE_TOO_LARGE" });
  await assert.rejects(send("a/b", { value: "a" }), { name: "KafkaJSNonRetriableError" });
  await assert.rejects(send("errors", { value: "a", partition: 3 }), /partition 3 of topic "errors"/);
  await producer.disconnect();
});

test("transactions: commit, abort, offsets, a message outside, and a producer that is fenced", async () => {
  await create("transactions", 1);
  const one = (value: string): { topic: string; messages: Message[] } => ({
    topic: "transactions",
    messages: [{ value }],
  });
  const producer = kafka.producer({ ...options, transactionalId: "x", maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const first = await producer.transaction();
  await first.send(one("in 1"));
  await producer.send(one("outside"));
  const partitions = [{ partition: 0, offset: "2" }];
  await first.sendOffsets({ consumerGroupId: "g", topics: [{ topic: "transactions", partitions }] });
  await first.commit();
  const second = await producer.transaction();
  await second.send(one("aborted"));
  await second.abort();
  const fenced = await producer.transaction();
  await fenced.send(one("fenced"));
  const other = kafka.producer({ ...options, transactionalId: "x", maxInFlightRequests: 1, idempotent: true });
  await other.connect();
  const third = await other.transaction();
  await assert.rejects(fenced.send(one("late")), { type: "INVALID_PRODUCER_EPOCH" });
  await assert.rejects(fenced.commit(), { type: "INVALID_PRODUCER_EPOCH" });
  await third.send(one("in 2"));
  await third.commit();
  assert.deepEqual(await valuesOf("transactions", 3), ["in 1", "outside", "in 2"]);
  const admin = new theirs.Kafka({ brokers: cluster.bootstrapServers.split(","), logLevel: 0 }).admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId: "g", topics: ["transactions"] });
  assert.deepEqual(offsets?.partitions[0]?.offset, "2");
  await admin.disconnect();
  await Promise.all([producer.disconnect(), other.disconnect()]);
});

test("a broker that restarts while messages are sent: each is written once", async () => {
  await create("restarts", 3);
  const producer = kafka.producer(options);
  await producer.connect();
  const sent: string[] = [];
  const calls: Promise<unknown>[] = [];
  const send = (): void => {
    const messages = Array.from({ length: 20 }, (_, i) => ({ value: `${calls.length}-${i}` }));
    sent.push(...messages.map(({ value }) => value));
    calls.push(producer.send({ topic: "restarts", messages }));
  };
  for (let i = 0; i < 10; i++) send();
  await cluster.brokers[0]?.kill();
  for (let i = 0; i < 10; i++) send();
  await cluster.brokers[0]?.restart();
  for (let i = 0; i < 10; i++) send();
  await Promise.all(calls);
  await producer.disconnect();
  assert.deepEqual((await valuesOf("restarts", sent.length)).sort(), sent.sort());
});
