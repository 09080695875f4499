// node bench/starts.mjs [--runs 5] [--hosts node-20,bun] [--bootstrap HOST:PORT] [--out FILE.md]
// CPU (user and system) of a process from its start to its first acknowledged record: Odradek, kafkajs and
// @platformatic/kafka on each host that has Node's API, on a real Kafka. Medians; the clients take turns, so that a
// busy machine slows down all of them. Needs a build, and `node bench/peers/install.mjs kafkajs platformatic`.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Kafka } from "odradek";
import { startBroker } from "./peers/broker.mjs";
import { peers, root } from "./peers/folders.mjs";
import { median } from "./peers/statistics.mjs";

const TOPIC = "starts";
const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    hosts: { type: "string" },
    bootstrap: { type: "string" },
    out: { type: "string" },
  },
});

/** The file of each client. A peer that is not installed is left out. */
const MODULES = {
  odradek: join(root, "dist", "node.js"),
  kafkajs: ofPeer("kafkajs", "kafkajs"),
  platformatic: ofPeer("platformatic", "@platformatic/kafka"),
};

function ofPeer(folder, name) {
  const from = join(peers, folder, "package.json");
  if (existsSync(from)) return createRequire(from).resolve(name);
  console.error(`${name} is not installed: node bench/peers/install.mjs ${folder}`);
  return undefined;
}

/** The commands of Node, Bun and Deno, by name and version. */
function hosts() {
  const { status, stdout } = spawnSync(process.execPath, [join(root, "scripts", "runtimes.mjs")], { encoding: "utf8" });
  if (status !== 0) throw new Error("the hosts cannot be fetched");
  const all = Object.entries(JSON.parse(stdout));
  const chosen = options.hosts?.split(",");
  return chosen === undefined ? all : all.filter(([name]) => chosen.includes(name.split("@")[0]));
}

/** CPU in ms, or why the client does not run there. */
function measure([command, ...args], client, bootstrap) {
  const child = [...args, join(root, "bench", "starts", "child.mjs"), client, MODULES[client], bootstrap, TOPIC];
  const { stdout, stderr } = spawnSync(command, child, { encoding: "utf8", timeout: 60_000 });
  const cpu = /^cpu (\S+)$/m.exec(stdout)?.[1];
  return cpu === undefined ? { why: `${stderr}${stdout}`.trim().split("\n")[0] } : { cpuMs: Number(cpu) };
}

const { bootstrap, stop } = await startBroker(options.bootstrap);
const lines = [
  "| host | Odradek | kafkajs | platformatic | Odradek is below both |",
  "| ---- | ------- | ------- | ------------ | --------------------- |",
];
try {
  const kafka = new Kafka({ bootstrapServers: bootstrap });
  (await kafka.admin().createTopics([{ topic: TOPIC, numPartitions: 1, replicationFactor: 1 }])).orThrow();
  await kafka.close();
  for (const [host, command] of hosts()) {
    const found = Object.fromEntries(Object.keys(MODULES).map((client) => [client, { cpuMs: [], why: undefined }]));
    // The first run of each fills the host's and the machine's caches, and does not count.
    for (let run = 0; run <= Number(options.runs); run++) {
      for (const [client, result] of Object.entries(found)) {
        if (MODULES[client] === undefined || result.why !== undefined) continue;
        const { cpuMs, why } = measure(command, client, bootstrap);
        if (why !== undefined) result.why = why;
        else if (run > 0) result.cpuMs.push(cpuMs);
      }
    }
    const cell = ({ cpuMs, why }) => (why === undefined && cpuMs.length > 0 ? median(cpuMs).toFixed(0) : "–");
    const peersMs = [found.kafkajs, found.platformatic].flatMap((r) => (r.cpuMs.length > 0 ? [median(r.cpuMs)] : []));
    const isBelow = peersMs.every((ms) => median(found.odradek.cpuMs) < ms) ? "yes" : "**no**";
    lines.push(`| ${[host, ...Object.values(found).map(cell), isBelow].join(" | ")} |`);
    console.log(lines.at(-1));
    for (const [client, { why }] of Object.entries(found)) if (why) console.log(`  ${client}: ${why}`);
  }
} finally {
  await stop();
}
if (options.out !== undefined) writeFileSync(options.out, `${lines.join("\n")}\n`);
