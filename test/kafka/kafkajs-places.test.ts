// The drop-in for kafkajs on a real Apache Kafka: offsets of transactions, seeks, records that are gone, and every
// codec of Java.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer, Kafka as KafkaJs } from "kafkajs";
import { Kafka } from "../../src/node.ts";
import { take, text } from "../client/world.ts";
import { shipped } from "../kafkajs/real-kafkajs.ts";
import { pause, until } from "../kafkajs/tcp-cluster.ts";
import { runJava } from "./jars.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  cluster = await startKafka({
    properties: { "group.initial.rebalance.delay.ms": "0", "log.cleaner.backoff.ms": "200" },
  });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

const client = (): KafkaJs =>
  new shipped.Kafka({ brokers: cluster.bootstrapServers.split(","), logCreator: () => () => undefined });

async function create(topic: string, numPartitions = 1, configs: Record<string, string> = {}): Promise<void> {
  (await kafka.admin().createTopics([{ topic, numPartitions, configs }])).orThrow();
}

async function write(topic: string, count: number, partitions = 1, first = 0): Promise<void> {
  const producer = kafka.producer();
  for (let i = first; i < first + count; i++)
    producer.enqueue({ topic, partition: i % partitions, key: `k${i}`, value: String(i) });
  await producer.close();
}

async function committed(groupId: string, topic: string, partition = 0): Promise<number | undefined> {
  const tool = kafka.consumer({ groupId, assign: [] });
  const [found] = await tool.committed([{ topic, partition }]);
  await tool.close();
  return found?.offset;
}

/** A consumer that fails the test when it crashes. */
function careful(of: KafkaJs, groupId: string, options: object = {}): Consumer {
  const consumer = of.consumer({ groupId, maxWaitTimeInMs: 100, ...options });
  consumer.on(consumer.events.CRASH, ({ payload }) => assert.fail(payload.error));
  return consumer;
}

test("read, process, write with sendOffsets over two partitions: each message once, no commit over the transactions", async () => {
  await create("in", 2);
  await create("out");
  await write("in", 60, 2);
  const own = client();
  // A producer for each partition: the batch of one ends while the transaction of the other is open.
  const producers = [0, 1].map((n) =>
    own.producer({ transactionalId: `eos-${n}`, idempotent: true, maxInFlightRequests: 1 }),
  );
  for (const producer of producers) await producer.connect();
  let handled = 0;
  let commits = 0;
  const read = async (stopAt: number): Promise<void> => {
    const consumer = careful(own, "eos", { maxBytesPerPartition: 300 });
    consumer.on(consumer.events.COMMIT_OFFSETS, () => commits++);
    await consumer.connect();
    await consumer.subscribe({ topic: "in", fromBeginning: true });
    await consumer.run({
      partitionsConsumedConcurrently: 2,
      eachMessage: async ({ partition, message }) => {
        const transaction = await producers[partition]!.transaction();
        await transaction.send({ topic: "out", messages: [{ value: message.value }] });
        const offset = String(Number(message.offset) + 1);
        await transaction.sendOffsets({
          consumerGroupId: "eos",
          topics: [{ topic: "in", partitions: [{ partition, offset }] }],
        });
        await pause(partition === 0 ? 20 : 5);
        await transaction.commit();
        handled++;
      },
    });
    await until(() => handled >= stopAt);
    await consumer.disconnect();
  };
  await read(25);
  await read(60);
  for (const producer of producers) await producer.disconnect();
  assert.equal(commits, 0);
  assert.deepEqual([await committed("eos", "in", 0), await committed("eos", "in", 1)], [30, 30]);
  const reader = kafka.consumer({ topics: ["out"], isolationLevel: "read_committed" });
  const values = (await take(reader, 60)).map(({ value }) => Number(text(value)));
  await reader.close();
  assert.deepEqual(
    values.sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, i) => i),
  );
});

test("uncommittedOffsets() as the offsets of a transaction", async () => {
  await create("batches");
  await write("batches", 5);
  const own = client();
  const producer = own.producer({ transactionalId: "batches", idempotent: true });
  const consumer = careful(own, "batches");
  let commits = 0;
  let isDone = false;
  consumer.on(consumer.events.COMMIT_OFFSETS, () => commits++);
  await producer.connect();
  await consumer.subscribe({ topic: "batches", fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch, resolveOffset, uncommittedOffsets }) => {
      for (const { offset } of batch.messages) resolveOffset(offset);
      const transaction = await producer.transaction();
      await transaction.sendOffsets({ consumerGroupId: "batches", ...uncommittedOffsets() });
      await transaction.commit();
      isDone ||= batch.lastOffset() === "4";
    },
  });
  await until(() => isDone);
  await consumer.disconnect();
  await producer.disconnect();
  assert.equal(commits, 0);
  assert.equal(await committed("batches", "batches"), 5);
});

test("seek: just after run, in a handler, to -1 and to -2", async () => {
  await create("sought");
  await write("sought", 6);
  const consumer = careful(client(), "sought");
  const seen: string[] = [];
  const seek = (offset: string): void => consumer.seek({ topic: "sought", partition: 0, offset });
  await consumer.subscribe({ topic: "sought" });
  const running = consumer.run({
    eachMessage: async ({ message }) => {
      seen.push(message.offset);
      if (seen.length === 2) seek("-2");
      if (seen.length === 5) {
        seek("3");
        seek("-1");
      }
    },
  });
  seek("4");
  await running;
  await until(() => seen.length === 5);
  await pause(1000);
  await write("sought", 1, 1, 6);
  await until(() => seen.length === 6);
  await consumer.disconnect();
  assert.deepEqual(seen, ["4", "5", "0", "1", "2", "6"]);
  assert.equal(await committed("sought", "sought"), 7);
});

test("a compacted partition: what is left comes once, the committed offset is the end, the lag 0", async () => {
  await create("compacted", 1, {
    "cleanup.policy": "compact",
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.001",
    "delete.retention.ms": "0",
  });
  const producer = kafka.producer();
  for (let i = 0; i < 12; i++) {
    await producer.send({ topic: "compacted", partition: 0, key: `k${i % 3}`, value: String(i) });
    await pause(150);
  }
  await producer.close();
  const left = async (): Promise<number> => {
    const reader = kafka.consumer({ assign: [{ topic: "compacted", partition: 0, offset: "earliest" }] });
    let count = 0;
    for await (const record of reader) {
      count++;
      if (record.offset === 11) break;
    }
    await reader.close();
    return count;
  };
  while ((await left()) >= 12) await pause(200);
  const consumer = careful(client(), "compacted");
  const seen: string[] = [];
  let lag = "";
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => void (lag = payload.offsetLag));
  await consumer.subscribe({ topic: "compacted", fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
  await until(() => seen.at(-1) === "11");
  while ((await committed("compacted", "compacted")) !== 12) await pause(50);
  await consumer.disconnect();
  assert.ok(seen.length < 12 && new Set(seen).size === seen.length, seen.join());
  assert.equal(lag, "0");
});

test("records are deleted under a slow reader: it goes on at the new beginning", async () => {
  await create("deleted");
  const producer = kafka.producer();
  for (let i = 0; i < 20; i++) await producer.send({ topic: "deleted", partition: 0, value: "x".repeat(1000) });
  await producer.close();
  const consumer = careful(client(), "deleted", { maxBytesPerPartition: 2000 });
  const seen: number[] = [];
  let isHeld = true;
  await consumer.subscribe({ topic: "deleted", fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      seen.push(Number(message.offset));
      while (isHeld) await pause(20);
    },
  });
  await until(() => seen.length === 1);
  await pause(500);
  await kafka.admin().deleteRecords([{ topic: "deleted", partition: 0, beforeOffset: 17 }]);
  isHeld = false;
  await until(() => seen.at(-1) === 19);
  while ((await committed("deleted", "deleted")) !== 20) await pause(50);
  await consumer.disconnect();
  assert.ok(seen.length < 20, seen.join());
  assert.deepEqual(seen.slice(-3), [17, 18, 19]);
});

test("messages that Kafka's console producer wrote with each codec", async () => {
  await create("java");
  const codecs = ["gzip", "snappy", "lz4", "zstd"];
  const lines = (codec: string): string[] =>
    Array.from({ length: 50 }, (_, i) => `${codec} ${i} ${"é".repeat(i * 20)}`);
  for (const codec of codecs) {
    const { code, stderr } = await runJava(
      "org.apache.kafka.tools.ConsoleProducer",
      ["--bootstrap-server", cluster.bootstrapServers, "--topic", "java", "--compression-codec", codec],
      { stdin: `${lines(codec).join("\n")}\n` },
    );
    assert.equal(code, 0, stderr);
  }
  const consumer = careful(client(), "java");
  const seen: string[] = [];
  await consumer.subscribe({ topic: "java", fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  await until(() => seen.length === 200);
  await consumer.disconnect();
  assert.deepEqual(seen, codecs.flatMap(lines));
});
