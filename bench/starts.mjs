// node bench/starts.mjs [--runs 5] [--hosts node-20,bun] [--bootstrap HOST:PORT] [--out FILE.md]
// CPU (user and system) of a process from its start to its first acknowledged record: Odradek, kafkajs and
// @platformatic/kafka on each host that has Node's API, and in workerd, on a real Kafka. Medians; the clients take
// turns, so that a busy machine slows down all of them. Needs a build, and
// `node bench/peers/install.mjs kafkajs platformatic`.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Kafka } from "odradek";
import { startBroker } from "./peers/broker.mjs";
import { peers, root } from "./peers/folders.mjs";
import { median } from "./peers/statistics.mjs";
import { workerdWith } from "./starts/workerd.mjs";

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

/** The commands of Node, Bun, Deno and workerd, by name and version. */
function hosts() {
  const all = [["runtimes.mjs"], ["hosts.mjs", "workerd"]].flatMap(([script, ...args]) => {
    const child = [join(root, "scripts", script), ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, child, { encoding: "utf8" });
    if (status !== 0) throw new Error(`the hosts cannot be fetched: ${stderr}`);
    return Object.entries(JSON.parse(stdout)).map(([name, found]) => [name, found.command ?? found]);
  });
  const chosen = options.hosts?.split(",");
  return chosen === undefined ? all : all.filter(([name]) => chosen.includes(name.split("@")[0]));
}

/** A function that starts the host with a client, and returns the CPU in ms, or why the client does not run there. */
async function starter(host, command, client, bootstrap) {
  if (!host.startsWith("workerd@"))
    return { measure: () => measure(command, client, bootstrap), remove: () => undefined };
  const module = client === "odradek" ? join(root, "dist", "workerd.js") : MODULES[client];
  return await workerdWith(command, client, module, { bootstrap, topic: TOPIC });
}

function measure([command, ...args], client, bootstrap) {
  const child = [...args, join(root, "bench", "starts", "child.mjs"), client, MODULES[client], bootstrap, TOPIC];
  const { stdout, stderr } = spawnSync(command, child, { encoding: "utf8", timeout: 60_000 });
  const cpu = /^cpu (\S+)$/m.exec(stdout)?.[1];
  return cpu === undefined ? { why: `${stderr}${stdout}`.trim().split("\n")[0] } : { cpuMs: Number(cpu) };
}

/** The CPU in ms of each client on a host, or why it does not run there. */
async function measureHost(host, command, bootstrap) {
  const clients = Object.keys(MODULES).filter((client) => MODULES[client] !== undefined);
  const found = Object.fromEntries(Object.keys(MODULES).map((client) => [client, { cpuMs: [], why: undefined }]));
  const starters = new Map();
  for (const client of clients) starters.set(client, await starter(host, command, client, bootstrap));
  // The first run of each fills the host's and the machine's caches, and does not count.
  for (let run = 0; run <= Number(options.runs); run++) {
    for (const [client, { measure }] of starters) {
      const result = found[client];
      if (result.why !== undefined) continue;
      const { cpuMs, why } = await measure();
      if (why !== undefined) result.why = why;
      else if (run > 0) result.cpuMs.push(cpuMs);
    }
  }
  for (const { remove } of starters.values()) remove();
  return found;
}

const ranged = (values) => `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`;

const { bootstrap, stop } = await startBroker(options.bootstrap);
const lines = [
  "| host | odradek | kafkajs | platformatic | odradek is below both | load |",
  "|---|--:|--:|--:|---|--:|",
];
try {
  const kafka = new Kafka({ bootstrapServers: bootstrap });
  (await kafka.admin().createTopics([{ topic: TOPIC, numPartitions: 1, replicationFactor: 1 }])).orThrow();
  await kafka.close();
  for (const [host, command] of hosts()) {
    const found = await measureHost(host, command, bootstrap);
    const cell = ({ cpuMs }) => (cpuMs.length > 0 ? `${median(cpuMs).toFixed(0)} (${ranged(cpuMs)})` : "–");
    const peersMs = [found.kafkajs, found.platformatic].flatMap((r) => (r.cpuMs.length > 0 ? [median(r.cpuMs)] : []));
    const isBelow = peersMs.every((ms) => median(found.odradek.cpuMs) < ms) ? "yes" : "**no**";
    const load = loadavg()[0].toFixed(0); // of the last minute
    lines.push(`| ${[host, ...Object.values(found).map(cell), isBelow, load].join(" | ")} |`);
    console.log(lines.at(-1));
    for (const [client, { why }] of Object.entries(found)) if (why) console.log(`  ${client}: ${why}`);
  }
} finally {
  await stop();
}
if (options.out !== undefined) writeFileSync(options.out, `${lines.join("\n")}\n`);
