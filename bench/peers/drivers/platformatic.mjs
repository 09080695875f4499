import { pathToFileURL } from "node:url";
import { main, requireFrom, versionOf } from "./main.mjs";
import { security } from "./security.mjs";

const { Producer, Consumer } = await import(
  pathToFileURL(requireFrom("platformatic").resolve("@platformatic/kafka")).href
);
const idempotent = process.env.IDEMPOTENT !== "0";
const secured = {
  ...(security === undefined ? {} : { tls: { ca: [security.ca] } }),
  ...(security?.user === undefined
    ? {}
    : { sasl: { mechanism: "PLAIN", username: security.user, password: security.password } }),
};

await main({
  name: idempotent ? "platformatic" : "platformatic-noidem",
  version: versionOf("platformatic", "@platformatic/kafka"),
  async producer({ bootstrap, topic, compression = "none", size, kind }) {
    const bootstrapBrokers = bootstrap.split(",");
    const producer = new Producer({
      clientId: "bench",
      bootstrapBrokers,
      acks: -1,
      idempotent,
      autocreateTopics: false,
      strict: false,
      maxInflights: kind === "single" ? 1000 : undefined,
      ...secured,
    });
    const arraySize = size > 2000 ? 100 : idempotent ? 1000 : 5000;
    const concurrency = idempotent ? 1 : 4; // with idempotence concurrent sends lost records (1.35)
    const how = idempotent ? "idempotent" : "acks=all only";
    return {
      arraySize,
      concurrency,
      shape: `arrays of ${arraySize}, ${concurrency} at a time, ${how}`,
      singleShape: how,
      message: (value, key) => (key === undefined ? { topic, value } : { topic, key, value }),
      sendArray: (messages) => producer.send({ messages, compression }),
      send: (value) => producer.send({ messages: [{ topic, value }] }),
      close: () => producer.close(),
    };
  },
  async consume({ bootstrap, topic, group, onRecord }) {
    // With its default of 10 MiB it is half as fast as with 1 MiB.
    const consumer = new Consumer({
      clientId: "bench",
      groupId: group,
      bootstrapBrokers: bootstrap.split(","),
      autocommit: 5000,
      maxWaitTime: 500,
      maxBytes: 1 << 20,
      ...secured,
    });
    const stream = await consumer.consume({ topics: [topic], mode: "earliest", highWaterMark: 1024 });
    stream.on("data", (message) => onRecord(message.value));
    return { shape: "stream 'data'", close: () => consumer.close(true) };
  },
});
