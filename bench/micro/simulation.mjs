// What the simulator costs: seeds a minute, and a virtual day of clients that wait.
//   npm run build:tests && node bench/micro/simulation.mjs [SEEDS]
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { runWorkload } from "../../build/src/cli/workload.js";
import { Kafka } from "../../build/src/node.js";
import { drawFaultPlan, simulate } from "../../build/src/simulation.js";
import { table } from "./measure.mjs";

/** A seed of this size: a virtual minute, five faults, at least 2,000 requests. */
const VIRTUAL_MS = 60_000;
const FAULTS = 5;
const REQUESTS = 2000;
const DAY_MS = 86_400_000;

function planOf(seed) {
  for (let draw = seed; ; draw += 1_000_003) {
    const { faults } = drawFaultPlan(draw, { untilMs: VIRTUAL_MS - 1000 });
    if (faults.length >= FAULTS) return { faults: faults.slice(0, FAULTS) };
  }
}

/**
 * The seeds from `from` on that are large enough, `count` of them; smaller ones are run too, and count as time only.
 */
async function runSeeds(from, step, count) {
  const sum = { seeds: 0, requests: 0, small: 0, failed: 0 };
  for (let seed = from; sum.seeds < count; seed += step) {
    const { requests, virtualMs, violations } = await runWorkload(seed, {
      plan: planOf(seed),
      adjust: (drawn) => ({
        ...drawn,
        sendMs: VIRTUAL_MS,
        burst: 3,
        pauseMs: 160,
        valueBytes: 100,
        workMs: 0,
        consumers: 1,
        link: {},
        consumer: { fetchMaxWaitMs: 500 },
      }),
    });
    if (violations.length > 0) sum.failed++;
    if (requests < REQUESTS || virtualMs < VIRTUAL_MS) sum.small++;
    else {
      sum.seeds++;
      sum.requests += requests;
    }
  }
  return sum;
}

const [, , mode, ...rest] = process.argv;
if (mode === "--part") {
  const [from, step, count] = rest.map(Number);
  console.log(JSON.stringify(await runSeeds(from, step, count)));
  process.exit(0);
}

function part(from, step, count) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "--part", from, step, count].map(String), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.once("error", reject);
    child.once("close", () => resolve(JSON.parse(text)));
  });
}

/** Seconds on the clock and on the processor. */
async function timed(work) {
  const [startMs, before] = [performance.now(), process.cpuUsage()];
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/**
 * Six clients that have done something, and wait: three producers, three consumers. `fetchMaxWaitMs` undefined: outside
 * of their loops.
 */
function waitingClients(durationMs, fetchMaxWaitMs) {
  return simulate({ seed: 1, brokers: 3, topics: { t: 6 } }, async (world) => {
    const clients = Array.from({ length: 6 }, (_, i) => new Kafka({ ...world.node(`client-${i}`).kafkaOptions }));
    for (const [i, kafka] of clients.entries()) {
      if (i % 2 === 0) {
        await kafka.producer().send({ topic: "t", value: "x" });
        continue;
      }
      const consumer = kafka.consumer({ topics: ["t"], ...(fetchMaxWaitMs === undefined ? {} : { fetchMaxWaitMs }) });
      const loop = (async () => {
        for await (const _ of consumer) if (fetchMaxWaitMs === undefined) break;
      })();
      if (fetchMaxWaitMs === undefined) await loop;
    }
    await world.sleep(durationMs);
    for (const kafka of clients) await kafka.close();
  });
}

const count = Number(mode ?? 60);
const cores = availableParallelism();
await runSeeds(1, 1, 3); // warm
const alone = await timed(() => runSeeds(1, 1, count));
const shared = await timed(() =>
  Promise.all(Array.from({ length: cores }, (_, i) => part(1 + i, cores, Math.ceil(count / cores)))),
);
const sharedSeeds = shared.value.reduce((sum, { seeds }) => sum + seeds, 0);
console.log(
  table([
    [
      "a virtual minute, 5 faults, 2,000 requests and more",
      "seeds",
      "requests a seed",
      "seconds",
      "of the processor",
      "seeds a minute",
    ],
    [
      "one process",
      alone.value.seeds,
      Math.round(alone.value.requests / alone.value.seeds),
      alone.seconds.toFixed(1),
      alone.cpuSeconds.toFixed(1),
      Math.round((alone.value.seeds * 60) / alone.seconds),
    ],
    [
      `${cores} processes`,
      sharedSeeds,
      "",
      shared.seconds.toFixed(1),
      "",
      Math.round((sharedSeeds * 60) / shared.seconds),
    ],
  ]),
);
console.log(`${alone.value.failed} failed, ${alone.value.small} were too small and cost time all the same`);
const rows = [["six clients that wait", "virtual", "seconds", "of the processor", "events"]];
for (const [what, durationMs, wait] of [
  ["producers idle, consumers outside of their loops", DAY_MS, undefined],
  ["consumers in their loops, a fetch waits up to 30 s", DAY_MS, 30_000],
  ["the same, 500 ms (the default)", DAY_MS / 24, 500],
]) {
  const { value, seconds, cpuSeconds } = await timed(() => waitingClients(durationMs, wait));
  rows.push([
    what,
    durationMs === DAY_MS ? "a day" : "an hour",
    seconds.toFixed(2),
    cpuSeconds.toFixed(2),
    value.events,
  ]);
}
console.log(table(rows));
