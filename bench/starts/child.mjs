// child.mjs CLIENT MODULE BOOTSTRAP TOPIC: sends one record, as a user's first program does, and prints the CPU of this
// process in ms from its start to the acknowledgement. Runs on Node, Bun and Deno.
import { createRequire } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [client, module, bootstrap, topic] = process.argv.slice(2);
process.env.KAFKAJS_NO_PARTITIONER_WARNING = "1";

const CLIENTS = {
  async odradek() {
    const { Kafka } = await import(pathToFileURL(module).href);
    const kafka = new Kafka({ bootstrapServers: bootstrap });
    await kafka.producer().send({ topic, value: "first" });
    return () => kafka.close();
  },
  async kafkajs() {
    const { Kafka } = createRequire(module)(module);
    const producer = new Kafka({ brokers: [bootstrap] }).producer({ idempotent: true, allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, messages: [{ value: "first" }], acks: -1 });
    return () => producer.disconnect();
  },
  async platformatic() {
    const { Producer, stringSerializers } = await import(pathToFileURL(module).href);
    const producer = new Producer({
      clientId: "starts",
      bootstrapBrokers: [bootstrap],
      acks: -1,
      idempotent: true,
      serializers: stringSerializers,
    });
    await producer.send({ messages: [{ topic, value: "first" }] });
    return () => producer.close();
  },
};

const close = await CLIENTS[client]();
const { user, system } = process.cpuUsage();
console.log(`cpu ${(user + system) / 1000}`);
await close();
