// One process with kafkajs and the alias, under two names. BOOTSTRAP TOPIC: each reads what both have sent.
import { createRequire } from "node:module";

// `import` of kafkajs itself does not see its error classes.
const require = createRequire(import.meta.url);
const theirs = require("kafkajs-original");
const ours = require("kafkajs");

const [bootstrap, topic] = process.argv.slice(2);
const clients = { ours, theirs };
const read = {};
for (const [name, { Kafka, logLevel }] of Object.entries(clients)) {
  const kafka = new Kafka({ clientId: name, brokers: bootstrap.split(","), logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ key: "k", value: name }] });
  await producer.disconnect();
}
for (const [name, { Kafka, logLevel }] of Object.entries(clients)) {
  const kafka = new Kafka({ clientId: name, brokers: bootstrap.split(","), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topic}-${name}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const values = [];
  await new Promise((resolve) => {
    void consumer.run({
      async eachMessage({ message }) {
        values.push(String(message.value));
        if (values.length === 2) resolve();
      },
    });
  });
  read[name] = values;
  await consumer.disconnect();
}
console.log(
  JSON.stringify({
    read,
    // An error of one is no instance of the other's class: whoever looks at errors must take names from one of both.
    crosswise: new ours.KafkaJSError("x") instanceof theirs.KafkaJSError,
    registry: ours.CompressionCodecs === theirs.CompressionCodecs,
  }),
);
