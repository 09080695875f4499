// The consumer of the drop-in for kafkajs, as shipped, on a real Apache Kafka: also beside kafkajs itself.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer, Kafka as KafkaJs } from "kafkajs";
import { Kafka } from "../../src/node.ts";
import { shipped, theirs } from "../kafkajs/real-kafkajs.ts";
import { type Module, pause, until } from "../kafkajs/tcp-cluster.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  cluster = await startKafka({
    properties: { "group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "1000" },
  });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

const client = ({ Kafka: Client }: Module): KafkaJs =>
  new Client({ brokers: cluster.bootstrapServers.split(","), logCreator: () => () => undefined });

async function topicOf(name: string, numPartitions: number): Promise<string> {
  (await kafka.admin().createTopics([{ topic: name, numPartitions }])).orThrow();
  return name;
}

async function write(topic: string, count: number, partitions: number, first = 0): Promise<void> {
  const producer = kafka.producer();
  for (let i = first; i < first + count; i++)
    producer.enqueue({ topic, partition: i % partitions, key: `k${i}`, value: String(i), headers: [["h", "x"]] });
  await producer.close();
}

async function committed(groupId: string, topic: string, partition = 0): Promise<number | undefined> {
  const tool = kafka.consumer({ groupId, assign: [] });
  const [found] = await tool.committed([{ topic, partition }]);
  await tool.close();
  return found?.offset;
}

/** A consumer that fails the test when it crashes. */
function careful(module: Module, groupId: string, options: object = {}): Consumer {
  const consumer = client(module).consumer({ groupId, heartbeatInterval: 200, maxWaitTimeInMs: 200, ...options });
  consumer.on(consumer.events.CRASH, ({ payload }) => assert.fail(payload.error));
  return consumer;
}

test("every message once, in order in its partition, committed; then stop, and on from there", async () => {
  const topic = await topicOf("once", 3);
  await write(topic, 3000, 3);
  const consumer = careful(shipped, "once");
  const seen: number[][] = [[], [], []];
  const count = (): number => seen.reduce((sum, of) => sum + of.length, 0);
  const run = (): Promise<void> =>
    consumer.run({
      partitionsConsumedConcurrently: 3,
      eachMessage: async ({ partition, message }) => void seen[partition]?.push(Number(String(message.value))),
    });
  await consumer.subscribe({ topic, fromBeginning: true });
  await run();
  await until(() => count() === 3000);
  await consumer.stop();
  for (let partition = 0; partition < 3; partition++) assert.equal(await committed("once", topic, partition), 1000);
  await write(topic, 30, 3, 3000);
  await run();
  await until(() => count() === 3030);
  await consumer.disconnect();
  for (const [partition, of] of seen.entries())
    assert.deepEqual(
      of,
      Array.from({ length: 1010 }, (_, i) => i * 3 + partition),
    );
});

test("transactions: aborted ones are left out, the committed offset passes their markers", async () => {
  const topic = await topicOf("transactions", 1);
  const producer = kafka.producer({ transactionalId: "t" });
  await producer.transaction((tx) => tx.send({ topic, value: "yes" }));
  await producer
    .transaction(async (tx) => {
      await tx.send({ topic, value: "no" });
      throw new Error("abort");
    })
    .catch(() => undefined);
  await producer.close();
  const consumer = careful(shipped, "transactions");
  const seen: string[] = [];
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  await until(() => seen.length > 0);
  while ((await committed("transactions", topic)) !== 4) await pause(50);
  assert.deepEqual(seen, ["yes"]);
  await consumer.disconnect();
});

test("a long handler learns of a member that joins, and the same message comes again", async () => {
  const topic = await topicOf("long", 2);
  await write(topic, 2, 2);
  const first = careful(shipped, "long", { sessionTimeout: 10_000 });
  const seen: string[] = [];
  const errors: unknown[] = [];
  await first.subscribe({ topic, fromBeginning: true });
  await first.run({
    eachMessage: async ({ message, heartbeat }) => {
      seen.push(String(message.value));
      while (errors.length === 0) {
        await pause(50);
        await heartbeat().catch((error: unknown) => {
          errors.push((error as { readonly type: string }).type);
          throw error;
        });
      }
    },
  });
  await until(() => seen.length === 1);
  const second = careful(shipped, "long", { sessionTimeout: 10_000 });
  await second.subscribe({ topic, fromBeginning: true });
  await second.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  await until(() => new Set(seen).size === 2 && seen.length === 3);
  assert.deepEqual(errors, ["REBALANCE_IN_PROGRESS"]);
  await first.disconnect();
  await second.disconnect();
});

test("a topic that the broker creates: subscribe waits for it", async () => {
  const consumer = careful(shipped, "created");
  const seen: string[] = [];
  await consumer.subscribe({ topic: "created", fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  await write("created", 1, 1);
  await until(() => seen.length === 1);
  await consumer.disconnect();
  const strict = client(shipped).consumer({ groupId: "strict", allowAutoTopicCreation: false });
  await assert.rejects(strict.subscribe({ topic: "missing" }), {
    name: "KafkaJSProtocolError",
    type: "UNKNOWN_TOPIC_OR_PARTITION",
  });
  await strict.disconnect();
});

for (const options of [{ groupInstanceId: "one" }, { groupProtocol: "consumer" }, { groupProtocol: "classic" }])
  test(`two members with ${JSON.stringify(options)}`, async () => {
    const name = `two-${Object.values(options).join("")}`;
    const topic = await topicOf(name, 4);
    const seen: string[] = [];
    const members = [0, 1].map((n) => {
      const isStatic = "groupInstanceId" in options;
      return careful(shipped, name, isStatic ? { groupInstanceId: `one-${n}` } : options);
    });
    for (const consumer of members) {
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    }
    await write(topic, 400, 4);
    await until(() => new Set(seen).size === 400);
    for (const consumer of members) await consumer.disconnect();
    assert.equal(seen.length, 400);
  });

test("a group moves from kafkajs to the drop-in and back, member by member, while messages are written", async () => {
  const topic = await topicOf("moves", 4);
  const seen: string[] = [];
  let sent = 0;
  let isOver = false;
  const writing = (async () => {
    for (; !isOver; sent += 20) await write(topic, 20, 4, sent);
  })();
  const join = async (module: Module): Promise<Consumer> => {
    const consumer = careful(module, "moves", { sessionTimeout: 10_000 });
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    return consumer;
  };
  let now = [await join(theirs), await join(theirs)];
  for (const to of [shipped, shipped, theirs, theirs]) {
    const joined = await join(to);
    await now[0]?.disconnect();
    now = [...now.slice(1), joined];
    const at = sent;
    await until(() => new Set(seen).size > at);
  }
  isOver = true;
  await writing;
  await until(() => new Set(seen).size === sent);
  for (const consumer of now) await consumer.disconnect();
});

test("the broker restarts: reading goes on, nothing is lost, no CRASH", async () => {
  const topic = await topicOf("restart", 1);
  await write(topic, 100, 1);
  const consumer = careful(shipped, "restart");
  const seen: string[] = [];
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  await until(() => seen.length === 100);
  const [broker] = cluster.brokers;
  await broker?.shutDown();
  await broker?.restart();
  await write(topic, 100, 1, 100);
  await until(() => new Set(seen).size === 200);
  await consumer.disconnect();
  assert.equal(await committed("restart", topic), 200);
});
