// `count` records enqueued in one go: before any metadata came (`cold`), or after one awaited send (`warm`).
import { emit, snap } from "../../peers/drivers/measure.mjs";
import { Kafka, job } from "./client.mjs";

const { scenario, bootstrap, topic, count, size } = job;
const kafka = new Kafka({ bootstrapServers: bootstrap });
// The default, 32 MiB, has no room for a million records of 10 B, and `enqueue` would wait for metadata after all.
const producer = kafka.producer({ bufferMemory: 2 ** 26 });
const value = new Uint8Array(size);
if (scenario === "warm") await producer.send({ topic, value });
/** Enqueued before anything else of this process could run. */
let inOneGo;
const from = snap();
for (let i = 0; i < count;) {
  if (producer.enqueue({ topic, value })) i++;
  else {
    inOneGo ??= i;
    await producer.ready();
  }
}
await producer.flush();
const to = snap();
const wanted = count + (scenario === "warm" ? 1 : 0);
if (producer.counters.acknowledged !== wanted)
  throw new Error(`${producer.counters.acknowledged} of ${wanted} records`);
emit({ adapter: { name: "odradek" }, ...job }, from, to, { inOneGo: inOneGo ?? count });
await kafka.close();
process.exit(0);
