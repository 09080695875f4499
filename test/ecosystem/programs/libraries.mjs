// Packages that stand on kafkajs, each used as its README says. BOOTSTRAP PREFIX PART: prints what came of it.
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { fakeRegistry } from "./fake-registry.mjs";

const [bootstrap, prefix, part, extra] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const kafkajs = require("kafkajs");
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
const topic = (name) => `${prefix}-${name}`;
const QUICK = { heartbeatInterval: 300, sessionTimeout: 6000, rebalanceTimeout: 6000, maxWaitTimeInMs: 100 };

function client(more = {}) {
  return new Kafka({ clientId: "libraries", brokers: bootstrap.split(","), logLevel: logLevel.NOTHING, ...more });
}

async function connected(thing) {
  await thing.connect();
  return thing;
}

async function until(condition) {
  for (let i = 0; i < 1500 && !condition(); i++) await sleep(10);
}

/** Sends to a topic, and reads them again. `how`: of send. */
async function roundTrip(name, messages, how = {}) {
  const kafka = client();
  const producer = await connected(kafka.producer());
  await producer.send({ topic: topic(name), messages, ...how });
  await producer.disconnect();
  const consumer = await connected(kafka.consumer({ groupId: topic(name), ...QUICK }));
  await consumer.subscribe({ topics: [topic(name)], fromBeginning: true });
  const read = [];
  await consumer.run({ eachMessage: async ({ message }) => void read.push(message) });
  await until(() => read.length >= messages.length);
  await consumer.disconnect();
  return read;
}

async function prometheus() {
  const { monitorKafkaJSAdmin, monitorKafkaJSConsumer, monitorKafkaJSProducer } =
    await import("@christiangalsterer/kafkajs-prometheus-exporter");
  const { Registry } = await import("prom-client");
  const register = new Registry();
  const kafka = client();
  const [admin, producer, consumer] = [
    kafka.admin(),
    kafka.producer(),
    kafka.consumer({ groupId: topic("prom"), ...QUICK }),
  ];
  monitorKafkaJSAdmin(admin, register);
  monitorKafkaJSProducer(producer, register);
  monitorKafkaJSConsumer(consumer, register);
  for (const each of [admin, producer, consumer]) await each.connect();
  await admin.listTopics();
  await producer.send({ topic: topic("prom"), messages: [{ value: "1" }, { value: "2" }, { value: "3" }] });
  await consumer.subscribe({ topics: [topic("prom")], fromBeginning: true });
  let read = 0;
  await consumer.run({
    async eachMessage() {
      read++;
    },
  });
  await until(() => read >= 3);
  // Some heartbeats.
  await sleep(1500);
  const metrics = await register.getMetricsAsJSON();
  for (const each of [admin, producer, consumer]) await each.disconnect();
  const sum = (values) => values.reduce((total, { value }) => total + value, 0);
  return Object.fromEntries(
    metrics.map(({ name, type, values }) => [
      name,
      {
        type,
        isUsed: sum(values) > 0,
        labels: [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))].sort().join(),
      },
    ]),
  );
}

async function schemaRegistry() {
  const { SchemaRegistry, SchemaType } = await import("@kafkajs/confluent-schema-registry");
  const server = await fakeRegistry();
  const registry = new SchemaRegistry({ host: server.url });
  const schema = JSON.stringify({
    type: "record",
    name: "Order",
    namespace: "test",
    fields: [{ name: "n", type: "int" }],
  });
  const { id } = await registry.register({ type: SchemaType.AVRO, schema });
  const values = await Promise.all([1, 2, 3].map((n) => registry.encode(id, { n })));
  const read = await roundTrip(
    "schema",
    values.map((value) => ({ value, partition: 0 })),
  );
  const decoded = [];
  for (const { value } of read) decoded.push(await registry.decode(value));
  server.close();
  return { id, decoded, buffers: read.every(({ value }) => Buffer.isBuffer(value)) };
}

async function snappy() {
  let used = 0;
  const factory = require("kafkajs-snappy");
  CompressionCodecs[CompressionTypes.Snappy] = () => {
    used++;
    return factory();
  };
  const value = "snappy ".repeat(100);
  const read = await roundTrip("snappy", [{ value }, { value }], { compression: CompressionTypes.Snappy });
  return { same: read.every((message) => String(message.value) === value), count: read.length, isUsed: used >= 2 };
}

/** Factories of the shape of kafkajs-lz4 and @kafkajs/zstd, whose native parts do not build everywhere. */
async function shapes() {
  class LZ4 {
    get codec() {
      return () => ({ compress: async ({ buffer }) => buffer, decompress: async (buffer) => buffer });
    }
  }
  const zlib = await import("node:zlib");
  let used = 0;
  const zstd =
    (params = {}) =>
    () => {
      used++;
      return {
        compress: async (encoder) => zlib.zstdCompressSync(encoder.buffer, params),
        decompress: async (buffer) => zlib.zstdDecompressSync(buffer),
      };
    };
  const lz4 = new LZ4().codec;
  CompressionCodecs[CompressionTypes.LZ4] = lz4;
  CompressionCodecs[CompressionTypes.ZSTD] = zstd({});
  const isKept = CompressionCodecs[CompressionTypes.LZ4] === lz4;
  // Node has zstd since 22.15.
  if (zlib.zstdCompressSync === undefined) return { isKept };
  const value = "zstd ".repeat(100);
  const read = await roundTrip("zstd", [{ value }], { compression: CompressionTypes.ZSTD });
  return { isKept, same: String(read[0]?.value) === value, isUsed: used >= 2 };
}

/** A message that fails once is tried again from a topic, one that fails for ever ends in the dead letters. */
async function asyncRetry() {
  const { default: AsyncRetryHelper } = require("kafkajs-async-retry");
  const kafka = client({ retry: { initialRetryTime: 50 } });
  const producer = await connected(kafka.producer());
  const groupId = topic("retried");
  const helper = new AsyncRetryHelper({ producer, groupId, maxRetries: 2, retryDelays: [1, 1] });
  const consumer = await connected(kafka.consumer({ groupId, ...QUICK }));
  await consumer.subscribe({ topics: [topic("work")], fromBeginning: true });
  await consumer.subscribe({ topics: [helper.retryTopicPattern], fromBeginning: true });
  const tried = [];
  await consumer.run({
    eachMessage: helper.eachMessage(async ({ message, previousAttempts, originalTopic }) => {
      const value = String(message.value);
      tried.push(`${value} ${previousAttempts} ${originalTopic.slice(prefix.length + 1)}`);
      if (value === "never" || (value === "later" && previousAttempts === 0)) throw new Error("not now");
    }),
  });
  const dead = [];
  const letters = await connected(kafka.consumer({ groupId: topic("letters"), ...QUICK }));
  await letters.subscribe({ topics: [`${groupId}-dlq`], fromBeginning: true });
  await letters.run({ eachMessage: async ({ message }) => void dead.push(String(message.value)) });
  await producer.send({ topic: topic("work"), messages: ["now", "later", "never"].map((value) => ({ value })) });
  await until(() => dead.length > 0 && tried.some((text) => text.startsWith("later 1")));
  for (const each of [consumer, letters, producer]) await each.disconnect();
  return { tried: tried.sort(), dead };
}

async function avro() {
  const { AvroKafka, SchemaRegistry } = require("@ovotech/avro-kafkajs");
  const server = await fakeRegistry();
  const kafka = new AvroKafka(new SchemaRegistry({ uri: server.url }), client());
  const schema = { type: "record", name: "Order", fields: [{ name: "n", type: "int" }] };
  const producer = await connected(kafka.producer({ transactionalId: topic("avro"), idempotent: true }));
  await producer.send({ topic: topic("avro"), schema, messages: [{ value: { n: 1 }, partition: 0 }] });
  const transaction = await producer.transaction();
  await transaction.send({ topic: topic("avro"), schema, messages: [{ value: { n: 2 }, partition: 0 }] });
  await transaction.commit();
  const read = {};
  for (const way of ["eachMessage", "eachBatch"]) {
    const consumer = await connected(kafka.consumer({ groupId: topic(`avro-${way}`), ...QUICK }));
    await consumer.subscribe({ topic: topic("avro"), fromBeginning: true });
    const values = (read[way] = []);
    await consumer.run({
      [way]: async ({ message, batch }) => {
        for (const each of batch?.messages ?? [message]) values.push(each.value);
      },
    });
    await until(() => values.length >= 2);
    await consumer.disconnect();
  }
  await producer.disconnect();
  server.close();
  return read;
}

/** A cluster that asks for AWS_MSK_IAM and checks the signature. */
async function msk() {
  const { createMechanism } = require("@jm18457/kafkajs-msk-iam-authentication-mechanism");
  const entries = [];
  const results = {};
  for (const secretAccessKey of [extra, "wrong"]) {
    const sasl = createMechanism({ region: "eu-west-1", credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey } });
    const before = JSON.stringify(sasl);
    const kafka = client({
      sasl,
      ...{
        logLevel: logLevel.INFO,
        logCreator:
          () =>
          ({ namespace, log }) =>
            entries.push(`${namespace}: ${log.message}`),
      },
      retry: { retries: 0 },
    });
    const admin = kafka.admin();
    const key = secretAccessKey === extra ? "right" : "wrong";
    results[key] = await admin.connect().then(
      async () => ((await admin.listTopics()).length > 0 ? "logged in" : "no topics"),
      (error) => `${error.name}: ${error.message}`,
    );
    results.unchanged = (results.unchanged ?? true) && JSON.stringify(sasl) === before;
    await admin.disconnect();
  }
  const lines = new Set(entries.filter((text) => text.includes("SaslAuthenticator")));
  // "Access denied" begins with the id of the request: it is left out of the order.
  return {
    ...results,
    lines: [...lines].sort((a, b) => (a.replace(/\[.*?\]: /, "") < b.replace(/\[.*?\]: /, "") ? -1 : 1)),
  };
}

/** The trigger of n8n: by hand through a batch, with heartbeats, as long as it runs and no seek waits. */
async function n8n() {
  const kafka = client();
  const producer = await connected(kafka.producer());
  const messages = Array.from({ length: 200 }, (_, i) => ({ value: String(i), partition: 0 }));
  await producer.send({ topic: topic("n8n"), messages });
  await producer.disconnect();
  const handled = [];
  const seen = { stale: 0, stopped: 0 };
  let seeks = 1;
  async function start(onMessage) {
    const consumer = await connected(kafka.consumer({ groupId: topic("n8n"), ...QUICK }));
    await consumer.subscribe({ topic: topic("n8n"), fromBeginning: true });
    await consumer.run({
      ...{ autoCommitInterval: 100, autoCommitThreshold: 10, partitionsConsumedConcurrently: 1 },
      eachBatchAutoResolve: false,
      async eachBatch({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, isRunning, isStale }) {
        for (const message of batch.messages) {
          if (!isRunning()) {
            seen.stopped++;
            break;
          }
          if (isStale()) {
            seen.stale++;
            break;
          }
          handled.push(Number(message.value));
          onMessage(consumer, Number(message.value));
          await sleep(1);
          resolveOffset(message.offset);
          await heartbeat();
          await commitOffsetsIfNecessary();
        }
      },
    });
    return consumer;
  }
  let stopping;
  const first = await start((consumer, n) => {
    if (n === 20 && seeks-- > 0) consumer.seek({ topic: topic("n8n"), partition: 0, offset: "10" });
    if (n === 100) stopping ??= consumer.stop();
  });
  await until(() => stopping !== undefined);
  await stopping;
  await first.disconnect();
  const at = handled.length;
  const second = await start(() => undefined);
  await until(() => handled.includes(199));
  await second.disconnect();
  return {
    ...seen,
    all: new Set(handled).size,
    // From the seek on, 10 to 20 a second time; then where the first one stopped.
    again: handled.filter((n, i) => handled.indexOf(n) !== i),
    begins: handled[at],
  };
}

const parts = { prometheus, schemaRegistry, snappy, shapes, asyncRetry, avro, msk, n8n };
console.log(JSON.stringify(await parts[part]()));
