// A client of `count` topics of three partitions, whose metadata is fetched again every 3 s: how long it holds up the
// event loop each time. It has nothing else to do.
import { Kafka, end, job, pause, rounded } from "./client.mjs";
import { median } from "../../peers/statistics.mjs";
import { longestGap } from "./turn-gaps.mjs";

const AGE_MS = 3000;
const SETTLE_MS = 4000;
const REFRESHES = 5;
const PARTITIONS = 3;
const { scenario, bootstrap, count } = job;
const kafka = new Kafka({ bootstrapServers: bootstrap, metadataMaxAgeMs: AGE_MS });
const topics = Array.from({ length: count }, (_, i) => `many-topics-${i}`);

/** The broker makes a topic with its first record, of three partitions. */
async function startProducer() {
  const producer = kafka.producer();
  await Promise.all(topics.map((topic) => producer.send({ topic, value: "x" })));
}

async function startConsumer(enableAutoCommit) {
  const groupId = `metadata-${process.pid}`;
  const consumer = kafka.consumer({ groupId, autoOffsetReset: "latest", topics, enableAutoCommit });
  consumer.run({ eachRecord: () => undefined }).catch((error) => {
    console.error(error);
    process.exit(1);
  });
  while (consumer.assignment().length < count * PARTITIONS) await pause(50);
}

await (scenario === "producer" ? startProducer() : startConsumer(scenario === "committing"));
await pause(SETTLE_MS);
const gaps = [];
for (let i = 0; i < REFRESHES; i++) gaps.push(await longestGap(AGE_MS));
end({
  ms: rounded(median(gaps.map(({ ms }) => ms))),
  workMs: rounded(median(gaps.map(({ workMs }) => workMs))),
  longestWorkMs: rounded(Math.max(...gaps.map(({ workMs }) => workMs))),
});
