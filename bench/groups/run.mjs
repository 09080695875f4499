// node bench/groups/run.mjs [--members 50] [--partitions 100] [--heartbeat 1000] [--protocols classic,consumer]
// [--sides odradek,java,mixed] [--out FILE.md] Rebalances of many members on the embedded cluster, ours and Java's:
// what requests they take, and which partitions change hands.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { EmbeddedCluster } from "odradek/embedded";
import { kafkaJars } from "../../build/test/kafka/jars.js";
import { Holdings } from "./holdings.mjs";
import { table } from "./table.mjs";

const { values: options } = parseArgs({
  options: {
    members: { type: "string", default: "50" },
    partitions: { type: "string", default: "100" },
    heartbeat: { type: "string", default: "1000" },
    protocols: { type: "string", default: "classic,consumer" },
    sides: { type: "string", default: "odradek,java,mixed" },
    out: { type: "string" },
  },
});
const members = Number(options.members);
const partitions = Number(options.partitions);
const heartbeat = Number(options.heartbeat);
const TOPIC = "shared-out";
/** So long nothing may change before a group is taken for settled: a few heartbeats. */
const QUIET_MS = 3 * heartbeat + 1000;
const LIMIT_MS = 60_000;
/**
 * Sent because something happens: all of a step count, also those after the last hook (Java's hooks come before it asks
 * for offsets, ours after).
 */
const ONCE = new Set(["JoinGroup", "SyncGroup", "LeaveGroup", "OffsetFetch", "FindCoordinator"]);
/** Sent by the clock as well: those up to the last change of hands. */
const REPEATED = new Set(["ConsumerGroupHeartbeat", "Heartbeat", "OffsetCommit"]);
const COMMANDS = {
  odradek: [process.execPath, join(import.meta.dirname, "members.mjs")],
  java: ["java", "-Xmx1g", "-cp", join(kafkaJars(), "*"), join(import.meta.dirname, "Members.java")],
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A process with members of one client, which tells what they hold. */
function start(kind, args, onEvent) {
  const [program, ...first] = COMMANDS[kind];
  const child = spawn(program, [...first, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (errors = (errors + text).slice(-2000)));
  const ended = new Promise((resolve) => child.on("close", resolve));
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("{")) onEvent(JSON.parse(line));
  });
  return {
    tell: (what, name) => child.stdin.write(`${what} ${name}\n`),
    get said() {
      return errors.trim();
    },
    get errors() {
      return child.exitCode === null ? "" : `${kind} ended with ${child.exitCode}: ${errors}`;
    },
    async stop() {
      child.stdin.end();
      const limit = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(limit);
    },
  };
}

/** One group from its first member on, in three steps. */
async function measure(cluster, side, protocol) {
  const group = `${side}-${protocol}`;
  const holdings = new Holdings(partitions);
  const requests = [];
  const handle = cluster.intercept(({ apiName, clientId }) => {
    if ((ONCE.has(apiName) || REPEATED.has(apiName)) && clientId?.startsWith(`${group}-`))
      requests.push({ at: Date.now(), apiName });
    return undefined;
  });
  const kinds = side === "mixed" ? ["odradek", "java"] : [side];
  const processes = kinds.map((kind) =>
    start(kind, [cluster.bootstrapServers, TOPIC, group, protocol, options.heartbeat], (event) => holdings.take(event)),
  );
  // A compiler or a runtime that starts is no part of a rebalance: what is counted begins at the members' first
  // request.
  const of = (i) => processes[i % processes.length];
  const lines = [];
  const step = async (name, act) => {
    const before = holdings.begin();
    const from = requests.length;
    act();
    const began = Date.now();
    while (!holdings.isSettled || Date.now() - holdings.lastAt < QUIET_MS || holdings.lastAt < began) {
      const failed = processes.map(({ errors }) => errors).find((text) => text !== "");
      if (failed !== undefined) throw new Error(failed);
      if (Date.now() - began > LIMIT_MS)
        throw new Error(
          `${group}, ${name}: not settled within ${LIMIT_MS} ms: ${holdings}; ` +
            `${processes.map(({ said }) => said).join(" ")}`,
        );
      await pause(50);
    }
    const counted = requests.slice(from).filter(({ at, apiName }) => at <= holdings.lastAt || ONCE.has(apiName));
    const line = {
      protocol,
      side,
      step: name,
      ms: holdings.lastAt - (counted[0]?.at ?? began),
      requests: tally(counted),
      ...holdings.since(before),
    };
    lines.push(line);
    console.error(`${protocol} ${side}, ${name}: ${JSON.stringify(line)}`);
  };
  try {
    const join = (i) => {
      holdings.joins(`${group}-${i}`);
      of(i).tell("add", `${group}-${i}`);
    };
    await step(`${members} join at once`, () => {
      for (let i = 0; i < members; i++) join(i);
    });
    await step("one more joins", () => join(members));
    await step("one leaves", () => {
      holdings.leaves(`${group}-0`);
      of(0).tell("remove", `${group}-0`);
    });
  } finally {
    handle();
    await Promise.all(processes.map((one) => one.stop()));
  }
  return lines;
}

function tally(requests) {
  const counts = {};
  for (const { apiName } of requests) counts[apiName] = (counts[apiName] ?? 0) + 1;
  return counts;
}

const cluster = await EmbeddedCluster.start({
  brokers: 3,
  ports: [0, 0, 0],
  topics: { [TOPIC]: partitions },
  groups: { consumerHeartbeatIntervalMs: heartbeat },
});
const lines = [];
try {
  for (const protocol of options.protocols.split(","))
    for (const side of options.sides.split(",")) lines.push(...(await measure(cluster, side, protocol)));
} finally {
  await cluster.close();
}
const text = table(lines, { members, partitions, heartbeat });
if (options.out === undefined) console.log(text);
else writeFileSync(options.out, text);
