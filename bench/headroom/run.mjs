// node bench/headroom/run.mjs [ROUNDS] [COUNT]: the client beside the raw prototypes on a real Apache Kafka, in turn,
// each in a process of its own.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runJava } from "../../build/test/kafka/jars.js";
import { startKafka } from "../../build/test/kafka/kafka-cluster.js";

const here = dirname(fileURLToPath(import.meta.url));
const rounds = Number(process.argv[2] ?? 3);
const count = Number(process.argv[3] ?? 3_000_000);
const size = 100;
const kafka = await startKafka();
const [host, port] = kafka.bootstrapServers.split(":");

async function topic(name) {
  const made = await runJava("org.apache.kafka.tools.TopicCommand", [
    "--bootstrap-server",
    kafka.bootstrapServers,
    "--create",
    "--topic",
    name,
    "--partitions",
    "3",
    "--config",
    "retention.bytes=-1",
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  return name;
}
async function records(name) {
  const { stdout } = await runJava("org.apache.kafka.tools.GetOffsetShell", [
    "--bootstrap-server",
    kafka.bootstrapServers,
    "--topic",
    name,
  ]);
  return stdout
    .trim()
    .split("\n")
    .reduce((sum, line) => sum + Number(line.split(":")[2]), 0);
}
function run(script, args) {
  const result = spawnSync(process.execPath, [join(here, script), ...args.map(String)], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${script}: ${result.stderr}`);
  return JSON.parse(result.stdout.trim().split("\n").at(-1));
}
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const kinds = {
  "produce: raw, enqueue": (t) => run("raw-produce.mjs", [host, port, t, count, size, "enqueue", 1_000_000]),
  "produce: odradek, enqueue": (t) => run("odradek-produce.mjs", [kafka.bootstrapServers, t, count, size]),
  "consume: raw, batch": (t) => run("raw-fetch.mjs", [host, port, t, count, "batch"]),
  "consume: odradek, batches()": (t) => run("odradek-fetch.mjs", [kafka.bootstrapServers, t, count, "batch"]),
  "consume: raw, record by record": (t) => run("raw-fetch.mjs", [host, port, t, count, "next"]),
  "consume: odradek, for await": (t) => run("odradek-fetch.mjs", [kafka.bootstrapServers, t, count, "next"]),
};
const results = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
try {
  for (let round = 0; round < rounds; round++) {
    let filled;
    for (const [kind, measure] of Object.entries(kinds)) {
      const produces = kind.startsWith("produce");
      const name = produces ? await topic(`${kind.includes("raw") ? "raw" : "odradek"}-${round}`) : filled;
      const result = measure(name);
      if (produces) {
        const found = await records(name);
        if (found < count) throw new Error(`${kind}: ${found} of ${count} records are in the log`);
        filled = name;
      } else if (result.msgs < count) throw new Error(`${kind}: ${result.msgs} of ${count} came`);
      results[kind].push(result);
      console.error(`round ${round + 1}: ${kind}: ${result.msgps} msg/s, ${result.cpuUsPerMsg} µs, ${result.rss} MB`);
    }
  }
} finally {
  await kafka.stop();
}
console.log(`\n${rounds} rounds of ${count} records of ${size} bytes, Node ${process.versions.node}; medians\n`);
const names = Object.keys(kinds);
for (let i = 0; i < names.length; i += 2) {
  const cpu = names.slice(i, i + 2).map((kind) => median(results[kind].map((r) => r.cpuUsPerMsg)));
  const rate = names.slice(i, i + 2).map((kind) => median(results[kind].map((r) => r.msgps)));
  console.log(`${names[i].padEnd(32)} ${String(rate[0]).padStart(9)} msg/s  ${cpu[0].toFixed(3)} µs CPU`);
  console.log(
    `${names[i + 1].padEnd(32)} ${String(rate[1]).padStart(9)} msg/s  ${cpu[1].toFixed(3)} µs CPU   ` +
      `${(cpu[1] / cpu[0]).toFixed(2)} times raw`,
  );
}
