// Runs the clients beside each other on a real Apache Kafka, and writes the page.
//   node bench/peers/run.mjs --quick|--full [--write docs/BENCHMARKS.md] [--works 10B,single] [--clients
//   odradek,franz-go] [--rounds 3] [--scale 0.1]
//                            [--consume] [--secured] [--bootstrap HOST:PORT] [--out FILE.jsonl] [--report FILE.jsonl]
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createTopic, deleteTopic, endOffsets } from "./admin.mjs";
import { startBroker } from "./broker.mjs";
import { CLIENTS, does, missing } from "./clients.mjs";
import { drive } from "./drive.mjs";
import { peers } from "./folders.mjs";
import { machine } from "./machine.mjs";
import { report } from "./report.mjs";
import { CONSUMING, FILLED, PRODUCING, SECURED, WORKS, countFor } from "./works.mjs";

const PARTITIONS = 3;
const TOPIC = { "max.message.bytes": 16_777_216, "file.delete.delay.ms": 1000, "retention.bytes": -1 };
const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean" },
    full: { type: "boolean" },
    consume: { type: "boolean" },
    secured: { type: "boolean" },
    write: { type: "string" },
    works: { type: "string" },
    clients: { type: "string" },
    rounds: { type: "string" },
    scale: { type: "string" },
    bootstrap: { type: "string" },
    out: { type: "string" },
    report: { type: "string" },
  },
});
const scale = Number(options.scale ?? (options.full ? 1 : 0.2));
const rounds = Number(options.rounds ?? (options.full ? 3 : 1));
const known = (asked, all, what) => {
  for (const name of asked)
    if (!(name in all)) throw new Error(`there is no ${what} ${name}: ${Object.keys(all).join(", ")}`);
  return asked;
};
const works = known(options.works?.split(",") ?? ofKind(), WORKS, "work");
if (options.bootstrap !== undefined && works.some((id) => WORKS[id].security !== undefined))
  throw new Error(`${SECURED.join(", ")} need the listeners of a broker that is started here: leave out --bootstrap`);
const asked = known(options.clients?.split(",") ?? Object.keys(CLIENTS), CLIENTS, "client");
const stateFile = join(peers, "installed.json");
const installed = existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : {};
const left = asked.map((name) => [name, missing(name, installed)]).filter(([, why]) => why !== undefined);
const clients = asked.filter((name) => !left.some(([gone]) => gone === name));

function ofKind() {
  if (options.secured) return SECURED;
  if (options.consume) return CONSUMING;
  if (!options.full) return PRODUCING;
  return [...PRODUCING, ...CONSUMING, ...(options.bootstrap === undefined ? SECURED : [])];
}

/** A topic of so many records, by a client that is surely there. */
async function fill(where, name) {
  const topic = `bench-${name}`;
  const { count, size } = FILLED[name];
  const wanted = Math.max(100, Math.round(count * scale));
  await createTopic(where.bootstrap, topic, PARTITIONS, TOPIC);
  await drive(CLIENTS.odradek, { ...where, scenario: "produce", topic, count: wanted - 1, size });
  const got = await endOffsets(where.bootstrap, topic, PARTITIONS);
  if (got !== wanted) throw new Error(`${topic}: ${got} records, not ${wanted}`);
  return topic;
}

let serial = 0;
async function once(where, id, name, filled) {
  const { scenario, size, topic: source, security } = WORKS[id];
  const count = countFor(id, CLIENTS[name], scale);
  const topic = source === undefined ? `bench-${process.pid}-${serial++}` : filled.get(source);
  if (source === undefined) await createTopic(where.bootstrap, topic, PARTITIONS, TOPIC);
  // The harness itself asks the plain listener; the topics are the same.
  const result = await drive(CLIENTS[name], { ...where, ...where.secured?.[security], scenario, topic, count, size });
  if (source === undefined) {
    const got = await endOffsets(where.bootstrap, topic, PARTITIONS);
    const wanted = count + (result.extraRecords ?? 0);
    if (result.error === undefined && result.noOffsets !== true && got !== wanted)
      result.error = `${got} records are in the log, not ${wanted}`;
    await deleteTopic(where.bootstrap, topic);
  }
  return { ...result, work: id, client: name };
}

function tell(line) {
  const { work, client, error } = line;
  const time =
    line.startMs === undefined
      ? `${line.rate}/s ${line.mbps?.toFixed(1)} MB/s  CPU ${line.cpuUs} µs`
      : `start ${line.startMs} ms  CPU ${line.startCpuMs} ms`;
  const percentiles =
    line.p50us === undefined ? "" : `  p50 ${(line.p50us / 1000).toFixed(2)} p99 ${(line.p99us / 1000).toFixed(2)} ms`;
  console.error(
    `${work.padEnd(12)} ${client.padEnd(20)} ` +
      `${error === undefined ? `${time}${percentiles}  ${line.rssMb} MB  others ${line.others} steal ${line.steal}%` : `FAILED: ${error}`}`,
  );
}

async function measure() {
  mkdirSync(peers, { recursive: true });
  const out = options.out ?? join(peers, "results.jsonl");
  if (options.out === undefined) writeFileSync(out, "");
  for (const [name, why] of left) console.error(`${name} is left out: ${why}`);
  const where = await startBroker(options.bootstrap);
  const lines = [];
  try {
    const filled = new Map();
    for (const source of new Set(works.map((id) => WORKS[id].topic).filter((name) => name !== undefined)))
      filled.set(source, await fill(where, source));
    // The broker's own compiler has to see some load before anybody is measured.
    if (options.bootstrap === undefined) for (let i = 0; i < 2; i++) await once(where, "100B", "odradek", filled);
    for (let round = 0; round < rounds; round++) {
      for (const id of works) {
        const able = clients.filter((name) => does(CLIENTS[name], id));
        const turn = able.length === 0 ? 0 : (round * 3) % able.length;
        for (const name of [...able.slice(turn), ...able.slice(0, turn)]) {
          const line = { ...(await once(where, id, name, filled)), round };
          lines.push(line);
          appendFileSync(out, `${JSON.stringify(line)}\n`);
          tell(line);
        }
      }
    }
  } finally {
    await where.stop();
  }
  return lines;
}

const lines =
  options.report === undefined
    ? await measure()
    : readFileSync(options.report, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
const command = `node bench/peers/run.mjs ${options.full ? "--full" : "--quick"} --write docs/BENCHMARKS.md`;
const page = report(lines, { machine: machine(), command, left });
if (options.write === undefined) console.log(page);
else writeFileSync(options.write, page);
process.exitCode = lines.some((line) => line.client === "odradek" && line.error !== undefined) ? 1 : 0;
