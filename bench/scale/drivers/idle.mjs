// A client of `count` partitions that has nothing to do: its CPU time for 20 s, in percent of a core.
import { Kafka, end, job, pause, rounded } from "./client.mjs";

const SETTLE_MS = 10_000;
const WATCH_MS = 20_000;
const { scenario, bootstrap, topic, count } = job;
const kafka = new Kafka({ bootstrapServers: bootstrap });

async function startConsumer() {
  const consumer = kafka.consumer({ groupId: `idle-${process.pid}`, topics: [topic] });
  consumer.run({ eachRecord: () => undefined }).catch((error) => {
    console.error(error);
    process.exit(1);
  });
  while (consumer.assignment().length < count) await pause(50);
}

/** It has written one record to each partition, so that it knows all of them. */
async function startProducer() {
  const producer = kafka.producer();
  await Promise.all(Array.from({ length: count }, (_, partition) => producer.send({ topic, partition, value: "x" })));
}

await (scenario === "consumer" ? startConsumer() : startProducer());
await pause(SETTLE_MS);
const before = process.cpuUsage();
const from = performance.now();
await pause(WATCH_MS);
const { user, system } = process.cpuUsage(before);
end({ percent: rounded((100 * (user + system)) / 1000 / (performance.now() - from)) });
