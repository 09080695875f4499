// One record to each of `count` partitions, and what is held 2 s after the flush. Needs --expose-gc.
import { Kafka, end, job, pause, peakRssMb } from "./client.mjs";

const AFTER_MS = 2000;
const { bootstrap, topic, count, size } = job;
const kafka = new Kafka({ bootstrapServers: bootstrap });
const producer = kafka.producer();
const value = new Uint8Array(size);
for (let partition = 0; partition < count;) {
  if (producer.enqueue({ topic, partition, value })) partition++;
  else await producer.ready();
}
await producer.flush();
await pause(AFTER_MS);
// Twice, with a turn between: what the first finds unreachable may hold buffers that the second lets go.
for (let i = 0; i < 2; i++) {
  globalThis.gc();
  await pause(10);
}
const { heapUsed, external } = process.memoryUsage();
if (producer.counters.acknowledged !== count) throw new Error(`${producer.counters.acknowledged} of ${count} records`);
end({ heap: heapUsed, external, peakRssMb: peakRssMb() });
