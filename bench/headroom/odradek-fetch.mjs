// Reading: node odradek-fetch.mjs BOOTSTRAP TOPIC COUNT [batch|next]. The same work and the same JSON line as
// raw-fetch.mjs.
import { Kafka } from "odradek";
const [bootstrapServers, topic, count, mode = "batch"] = process.argv.slice(2);
const N = Number(count);
const kafka = new Kafka({ bootstrapServers });
const consumer = kafka.consumer({ assign: [0, 1, 2].map((partition) => ({ topic, partition, offset: "earliest" })) });
let got = 0,
  bytes = 0;
const t0 = performance.now(),
  c0 = process.cpuUsage();
if (mode === "batch") {
  for await (const batch of consumer.batches()) {
    for (const record of batch.records) {
      bytes += record.value.length;
      got++;
    }
    if (got >= N) break;
  }
} else {
  for await (const record of consumer) {
    bytes += record.value.length;
    if (++got >= N) break;
  }
}
const dt = (performance.now() - t0) / 1000,
  c = process.cpuUsage(c0);
console.log(
  JSON.stringify({
    client: "odradek",
    mode,
    msgs: got,
    sec: +dt.toFixed(2),
    msgps: Math.round(got / dt),
    MBps: +(bytes / dt / 1e6).toFixed(1),
    cpuUsPerMsg: +((c.user + c.system) / got).toFixed(3),
    rss: Math.round(process.memoryUsage().rss / 1e6),
  }),
);
await kafka.close();
