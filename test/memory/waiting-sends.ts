// node --expose-gc waiting-sends.js room|metadata: how many bytes are held for each byte of records that wait for room,
// or for metadata.
import { setImmediate } from "node:timers/promises";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";

const COUNT = 500;
const HEADERS = 1000;
const [, , waitsFor] = process.argv;

const cluster = await EmbeddedCluster.start({ topics: { t: 1 } });
const kafka = new Kafka({ cluster, onLog: () => undefined });
const producer = kafka.producer({
  maxBlockMs: 600_000,
  maxRequestSize: 100_000,
  bufferMemory: waitsFor === "room" ? 100_000 : 64_000_000,
});
if (waitsFor === "room") {
  await producer.send({ topic: "t", value: "x" });
  cluster.intercept("Produce", "hang");
} else cluster.intercept("Metadata", "hang");

function held(): number {
  (globalThis as { readonly gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** 26 bytes for each header, and what it takes to write them. */
function record(): { readonly topic: string; readonly value: string; readonly headers: [string, Uint8Array][] } {
  return {
    topic: "t",
    value: "v",
    headers: Array.from({ length: HEADERS }, (_, i) => [`h${String(i).padStart(5, "0")}`, new Uint8Array(18).fill(i)]),
  };
}

const sending: Promise<unknown>[] = [];
for (let i = 0; i < 20; i++) sending.push(producer.send(record()).catch(() => undefined));
await setImmediate();
const before = held();
for (let i = 0; i < COUNT; i++) sending.push(producer.send(record()).catch(() => undefined));
await setImmediate();
console.log((held() - before) / (COUNT * HEADERS * 26));
process.exit(0);
