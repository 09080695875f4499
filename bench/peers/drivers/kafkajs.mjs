// kafkajs; with DROP_IN=1 @odradek/kafkajs as it is built here.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../folders.mjs";
import { main, requireFrom, versionOf } from "./main.mjs";
import { security } from "./security.mjs";

process.env.KAFKAJS_NO_PARTITIONER_WARNING = "1";
const isDropIn = process.env.DROP_IN === "1";
const dropIn = join(root, "packages", "kafkajs", "dist");
const { Kafka, CompressionTypes, logLevel } = isDropIn
  ? createRequire(import.meta.url)(dropIn)
  : requireFrom("kafkajs")("kafkajs");
const name = isDropIn ? "odradek-kafkajs" : "kafkajs";
const version = isDropIn
  ? JSON.parse(readFileSync(join(dropIn, "package.json"), "utf8")).version
  : versionOf("kafkajs", "kafkajs");
const idempotent = process.env.IDEMPOTENT !== "0";
const connect = (bootstrap) =>
  new Kafka({
    clientId: "bench",
    brokers: bootstrap.split(","),
    logLevel: logLevel.ERROR,
    ...(security === undefined ? {} : { ssl: { ca: [security.ca] } }),
    ...(security?.user === undefined
      ? {}
      : { sasl: { mechanism: "plain", username: security.user, password: security.password } }),
  });

await main({
  name: idempotent ? name : `${name}-noidem`,
  version,
  async producer({ bootstrap, topic, compression, size }) {
    const producer = connect(bootstrap).producer({ idempotent, allowAutoTopicCreation: false });
    await producer.connect();
    const codec = compression === undefined ? CompressionTypes.None : CompressionTypes[compression.toUpperCase()];
    const arraySize = size > 2000 ? 100 : 1000;
    const how = idempotent ? "idempotent" : "acks=all only";
    return {
      arraySize,
      concurrency: 4,
      shape: `arrays of ${arraySize}, 4 at a time, ${how}`,
      singleShape: how,
      message: (value, key) => (key === undefined ? { value } : { key, value }),
      sendArray: (messages) => producer.send({ topic, messages, acks: -1, compression: codec }),
      send: (value) => producer.send({ topic, messages: [{ value }], acks: -1 }),
      close: () => producer.disconnect(),
    };
  },
  async consume({ bootstrap, topic, group, mode, onRecord }) {
    const consumer = connect(bootstrap).consumer({ groupId: group });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const eachMessage = async ({ message }) => onRecord(message.value);
    const eachBatch = async ({ batch }) => {
      for (const message of batch.messages) onRecord(message.value);
    };
    await consumer.run(mode === "each" ? { eachMessage } : { eachBatch });
    return { shape: mode === "each" ? "eachMessage" : "eachBatch", close: () => consumer.disconnect() };
  },
});
