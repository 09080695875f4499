// A program of a user of kafkajs, in a process of its own: node life-program.js MODULE BROKER,BROKER,BROKER. It prints
// `kill` when a broker may be stopped, and at its end, as JSON, what is left. It must end by itself.
import { createRequire } from "node:module";
import type * as KafkaJs from "kafkajs";

const [, , path = "", brokers = ""] = process.argv;
const { Kafka } = createRequire(import.meta.url)(path) as typeof KafkaJs;

const TOPIC = "orders";
const BEFORE = 30;
const AFTER = 30;

const rejections: string[] = [];
const warnings: string[] = [];
process.on("unhandledRejection", (error) => rejections.push(String(error)));
process.on("warning", ({ name, message }) => warnings.push(`${name}: ${message}`));

const kafka = new Kafka({
  brokers: brokers.split(","),
  logCreator: () => () => undefined,
  retry: { retries: 10, initialRetryTime: 50 },
});
const producer = kafka.producer({ allowAutoTopicCreation: false });
const sender = kafka.producer({ transactionalId: "t", maxInFlightRequests: 1, idempotent: true });
const consumers = [1, 2].map(() => kafka.consumer({ groupId: "g", maxWaitTimeInMs: 100, heartbeatInterval: 500 }));
const admin = kafka.admin();
const read = new Set<string>();
let sent = 0;

async function send(count: number): Promise<void> {
  for (let i = 0; i < count; i++, sent++)
    if (sent % 3 === 0) {
      const transaction = await sender.transaction();
      await transaction.send({ topic: TOPIC, messages: [{ key: `k${sent}`, value: String(sent) }] });
      await transaction.commit();
    } else await producer.send({ topic: TOPIC, messages: [{ key: `k${sent}`, value: String(sent) }] });
}

/** Waits until it is so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

await Promise.all([producer.connect(), sender.connect(), admin.connect(), ...consumers.map((one) => one.connect())]);
for (const consumer of consumers) {
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message, heartbeat }) => {
      read.add(String(message.value));
      await heartbeat();
    },
  });
}
await send(BEFORE);
await until(() => read.size === BEFORE);
await admin.fetchTopicOffsets(TOPIC);
console.log("kill");
await until(async () => (await admin.describeCluster()).brokers.length === 2);
await send(AFTER);
await until(() => read.size === BEFORE + AFTER);
const clients = [producer, sender, admin, ...consumers];
await Promise.all(clients.map((client) => client.disconnect()));
await Promise.all(clients.map((client) => client.disconnect()));
// A socket that was destroyed is closed in the host's next turns.
for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
const left = process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|TLS|Connect|GetAddr/i.test(name));
console.log(JSON.stringify({ left, rejections, warnings, read: read.size, version: process.version }));
// Whatever were to come later is printed too: a rejection, a warning, or an end that must be forced.
process.on("exit", () => {
  if (rejections.length + warnings.length > 0) console.log(JSON.stringify({ rejections, warnings }));
});
