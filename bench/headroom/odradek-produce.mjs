// `enqueue` path: node odradek-produce.mjs BOOTSTRAP TOPIC COUNT SIZE. The same work and the same JSON line as
// raw-produce.mjs.
import { Kafka } from "odradek";
const [bootstrapServers, topic, count, size] = process.argv.slice(2);
const N = Number(count),
  S = Number(size);
const kafka = new Kafka({ bootstrapServers });
const producer = kafka.producer();
await producer.send({ topic, value: "warm" });
const value = new Uint8Array(S).fill(120);
const record = { topic, value };
const t0 = performance.now(),
  c0 = process.cpuUsage();
for (let i = 0; i < N;) {
  if (producer.enqueue(record)) i++;
  else await producer.ready();
}
await producer.flush();
const dt = (performance.now() - t0) / 1000,
  c = process.cpuUsage(c0);
console.log(
  JSON.stringify({
    client: "odradek",
    mode: "enqueue",
    S,
    msgs: N,
    sec: +dt.toFixed(2),
    msgps: Math.round(N / dt),
    MBps: +((N * S) / dt / 1e6).toFixed(1),
    cpuUsPerMsg: +((c.user + c.system) / N).toFixed(3),
    rss: Math.round(process.memoryUsage().rss / 1e6),
  }),
);
await kafka.close();
