// node bench/scale/run.mjs [--partitions 3,100,1000,5000] [--works lz4,none,…] [--clients odradek,franz-go,…]
// [--rounds 3] [--scale 1] [--out FILE.jsonl] [--profile FOLDER]: what a record costs at many partitions, beside
// franz-go and rust-rdkafka. README.md says what each row means.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createTopic, deleteTopic, endOffsets } from "../peers/admin.mjs";
import { startBroker } from "../peers/broker.mjs";
import { missing } from "../peers/clients.mjs";
import { drive } from "../peers/drive.mjs";
import { peers } from "../peers/folders.mjs";
import { BUILDS, NATIVES, clientOf } from "./builds.mjs";
import { profiled, topFunctions } from "./cpu-profile.mjs";
import { startOdradekBroker } from "./odradek-broker.mjs";
import { table } from "./table.mjs";
import { FILLED, SIZE, WORKS } from "./works.mjs";

const { values: options } = parseArgs({
  options: {
    partitions: { type: "string", default: "3,100,1000,5000" },
    works: { type: "string", default: Object.keys(WORKS).join() },
    clients: { type: "string", default: [...BUILDS, ...NATIVES].join() },
    rounds: { type: "string", default: "3" },
    scale: { type: "string", default: "1" },
    out: { type: "string" },
    profile: { type: "string" },
  },
});
/** Up to here on a real Kafka; one on a shared machine does not bear more. Above on `odradek broker`. */
const MOST_ON_KAFKA = 1000;
/** What every size is compared with. */
const FEWEST = 3;
const TOPIC = { "max.message.bytes": 16_777_216, "file.delete.delay.ms": 1000, "retention.bytes": -1 };
/** The part of a work that the broker is warmed up with before anybody is measured. */
const WARM_UP = 0.25;
const scale = Number(options.scale);
const works = chosen(options.works, Object.keys(WORKS), "work");
const asked = chosen(options.clients, [...BUILDS, ...NATIVES], "client");
const sizes = options.partitions.split(",").map(Number);
const stateFile = join(peers, "installed.json");
const installed = existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : {};
const left = asked.map((name) => [name, missing(name, installed)]).filter(([, why]) => why !== undefined);
const clients = asked.filter((name) => !left.some(([gone]) => gone === name));

function chosen(text, all, what) {
  const names = text.split(",");
  const wrong = names.find((name) => !all.includes(name));
  if (wrong !== undefined) throw new Error(`there is no ${what} ${wrong}: ${all.join(", ")}`);
  return names;
}

const countOf = (work) => Math.round((WORKS[work].count ?? FILLED) * scale);

function runs(name, work, partitions) {
  const client = clientOf(name, work);
  const env = { ...client.env, ...WORKS[work].env, PARTITIONS: String(partitions) };
  const asIs = { ...client, env };
  return options.profile === undefined || !client.isJs
    ? asIs
    : profiled(asIs, join(options.profile, `${name}-${work}-${partitions}`));
}

/** A topic for the consumers of one size, written by this checkout's build and counted over a raw socket. */
async function fill(where, partitions) {
  const topic = `scale-filled-${partitions}`;
  const count = countOf("consume");
  await createTopic(where.bootstrap, topic, partitions, TOPIC);
  const client = { ...clientOf("odradek"), env: { PARTITIONS: String(partitions) } };
  const result = await drive(client, { ...where, scenario: "spread", topic, count: count - 1, size: SIZE });
  const got = await endOffsets(where.bootstrap, topic, partitions);
  if (got !== count) throw new Error(`${topic}: ${got} records, not ${count}: ${result.error ?? "no error"}`);
  return topic;
}

/**
 * The topic to write to. One for all runs on a real Kafka, which takes half a minute for a thousand new partitions; a
 * new one for each run where the log is memory.
 */
async function written(where, partitions) {
  const topic = `scale-written-${partitions}`;
  const isThere = where.written.has(topic);
  if (isThere && !where.isInMemory) return topic;
  if (isThere) await deleteTopic(where.bootstrap, topic);
  where.written.add(topic);
  await createTopic(where.bootstrap, topic, partitions, TOPIC);
  return topic;
}

async function once(where, name, work, partitions, filled, part = 1) {
  const { scenario, reads } = WORKS[work];
  const topic = reads ? filled.get(partitions) : await written(where, partitions);
  const count = Math.round(countOf(work) * part);
  const before = reads ? 0 : await endOffsets(where.bootstrap, topic, partitions);
  const result = await drive(runs(name, work, partitions), { ...where, scenario, topic, count, size: SIZE });
  if (!reads && result.error === undefined) {
    const got = (await endOffsets(where.bootstrap, topic, partitions)) - before;
    const wanted = count + (result.extraRecords ?? 0);
    if (got !== wanted) result.error = `${got} records came into the log, not ${wanted}`;
  }
  return { ...result, client: name, row: work, partitions, broker: where.name };
}

function tell({ client, row, partitions, rate, cpuUs, others, steal, error }) {
  const figures = `${rate}/s  CPU ${cpuUs} µs  others ${others} steal ${steal}%`;
  console.error(
    `${String(partitions).padStart(6)} ${row.padEnd(14)} ${client.padEnd(14)} ` +
      `${error === undefined ? figures : `FAILED: ${error}`}`,
  );
}

/** Every client on one broker, in another order each round. `list`: sizes, and the clients measured at each. */
async function measureOn(where, list, lines) {
  const filled = new Map();
  if (works.some((work) => WORKS[work].reads))
    for (const { partitions } of list) filled.set(partitions, await fill(where, partitions));
  // The first to write lz4, or to a new partition, pays for the broker's compiler and its files, else.
  for (const work of works.filter((work) => !WORKS[work].reads))
    for (const { partitions } of list) await once(where, "odradek", work, partitions, filled, WARM_UP);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const work of works) {
      for (const { partitions, names } of list) {
        const able = names.filter((name) => WORKS[work].natives === undefined || !NATIVES.includes(name));
        const turn = able.length === 0 ? 0 : round % able.length;
        for (const name of [...able.slice(turn), ...able.slice(0, turn)]) {
          const line = { ...(await once(where, name, work, partitions, filled)), round };
          lines.push(line);
          tell(line);
          if (options.out !== undefined) appendFileSync(options.out, `${JSON.stringify(line)}\n`);
        }
      }
    }
  }
}

async function measure() {
  const lines = [];
  const few = sizes.filter((partitions) => partitions <= MOST_ON_KAFKA);
  const many = sizes.filter((partitions) => partitions > MOST_ON_KAFKA);
  const builds = clients.filter((name) => BUILDS.includes(name));
  const brokers = [
    { name: "Kafka", start: startBroker, list: few.map((partitions) => ({ partitions, names: clients })) },
    {
      name: "odradek broker",
      start: startOdradekBroker,
      list: [{ partitions: FEWEST, names: builds }, ...many.map((partitions) => ({ partitions, names: clients }))],
    },
  ];
  for (const { name, start, list } of brokers) {
    if (!list.some(({ partitions }) => sizes.includes(partitions)) || (name !== "Kafka" && many.length === 0)) continue;
    const where = { ...(await start()), name, isInMemory: name !== "Kafka", written: new Set() };
    try {
      await measureOn(where, list, lines);
    } finally {
      await where.stop();
    }
  }
  return lines;
}

if (options.out !== undefined) writeFileSync(options.out, "");
for (const [name, why] of left) console.error(`${name} is left out: ${why}`);
const lines = await measure();
console.log(table(lines, { clients, rounds: options.rounds }));
if (options.profile !== undefined)
  for (const { client, row, partitions, error } of lines.filter(({ client }) => BUILDS.includes(client)))
    if (error === undefined)
      console.log(
        `\n${client}, ${WORKS[row].title}, ${partitions} partitions: own time\n` +
          topFunctions(join(options.profile, `${client}-${row}-${partitions}`)).join("\n"),
      );
process.exitCode = lines.some(({ client, error }) => client === "odradek" && error !== undefined) ? 1 : 0;
