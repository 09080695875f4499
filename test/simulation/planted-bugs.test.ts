// Bugs that were planted in the client's settings, the cluster or the network: each is found by its checker, and its plan shrinks.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { tellFailure } from "../../src/cli/simulate.ts";
import { type WorkloadOptions, runWorkload } from "../../src/cli/workload.ts";
import { type FaultPlan, parseFaultPlan } from "../../src/simulation.ts";

interface Bug {
  readonly what: string;
  readonly invariant: string;
  /** How many faults are left when its plan is shrunk, at the most. */
  readonly faults: number;
  readonly options: WorkloadOptions;
}

const MOST_SEEDS = 60;

const bugs: readonly Bug[] = [
  {
    what: "a broker that acknowledges before it appends, and then forgets",
    invariant: "P1",
    faults: 0,
    options: {
      plant: ({ cluster }) => {
        let requests = 0;
        cluster.intercept("Produce", ({ message }) =>
          ++requests !== 7 ? undefined : { answer: { responses: message.topicData.map(({ topicId, name, partitionData }) => ({ topicId, name, partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: 0, baseOffset: 7 })) })) } },
        );
      },
    },
  },
  { what: "a retry that the broker cannot recognise", invariant: "P2", faults: 1, options: { adjust: (drawn) => ({ ...drawn, producer: { ...drawn.producer, enableIdempotence: false } }) } },
  { what: "a delay that is leaked at close", invariant: "X2", faults: 0, options: { plant: (world) => void world.node("consumer-0").runtime.delayFor(1e9) } },
  { what: "a task that never ends", invariant: "X2", faults: 0, options: { plant: (world) => world.node("consumer-0").runtime.spawn(() => new Promise(() => undefined)) } },
  { what: "a task that fails unseen", invariant: "X4", faults: 0, options: { plant: (world) => world.node("consumer-0").runtime.spawn(() => Promise.reject(new Error("planted"))) } },
  { what: "a consumer that is never woken", invariant: "L", faults: 0, options: { plant: ({ cluster }) => void cluster.intercept("Fetch", ({ clientId }) => (clientId === "consumer-0" ? "hang" : undefined)) } },
  { what: "a producer that holds more than it may", invariant: "P6", faults: 0, options: { adjust: (drawn) => ({ ...drawn, bufferMemory: 1 }) } },
];

/** Bugs show in small runs too, and those are quick. */
function small(options: WorkloadOptions): WorkloadOptions {
  return {
    ...options,
    adjust: (drawn) => {
      const quiet = { ...drawn, consumers: 1, burst: 3, pauseMs: 300, partitions: 2, brokers: 2, link: {}, kafka: { ...drawn.kafka, requestTimeoutMs: 2000 }, consumer: {} };
      return options.adjust?.(quiet) ?? quiet;
    },
  };
}

async function find(options: WorkloadOptions, invariant: string): Promise<Awaited<ReturnType<typeof runWorkload>>> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const result = await runWorkload(seed, options);
    if (result.violations.some((violation) => violation.invariant === invariant)) return result;
  }
  return assert.fail(`${MOST_SEEDS} seeds did not find it`);
}

for (const { what, invariant, faults, options: bug } of bugs) {
  const options = small(bug);
  test(`${invariant} finds ${what}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "odradek-simulation-"));
    try {
      const found = await find(options, invariant);
      const violations = found.violations.filter((violation) => violation.invariant === invariant);
      const told = await tellFailure({ ...found, violations }, folder, options);
      t.diagnostic(`${what}: ${invariant}, seed ${found.seed}, ${found.plan.faults.length} faults; ${told}`);
      const file = /replay (\S+\.json)/.exec(told)?.[1] ?? "";
      const { seed, plan } = JSON.parse(readFileSync(file, "utf8")) as { readonly seed: number; readonly plan: FaultPlan };
      assert.ok(plan.faults.length <= faults, told);
      const again = await runWorkload(seed, { ...options, plan: parseFaultPlan(plan) });
      assert.ok(again.violations.some((violation) => violation.invariant === invariant));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test("odradek simulate runs seeds, and replays a file with the trace that it had", async () => {
  const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "odradek-simulation-"));
  try {
    assert.match(execFileSync(process.execPath, [main, "simulate", "--from", "2", "--seeds", "2", "--out", folder], { encoding: "utf8" }), /^2 seeds from 2: 0 failed; \d+ requests in [\d.]+ s, \d+ seeds a minute\n$/);
    const { plan, traceHash } = await runWorkload(2);
    const file = join(folder, "run.json");
    writeFileSync(file, JSON.stringify({ seed: 2, plan }));
    const replayed = execFileSync(process.execPath, [main, "simulate", "replay", file], { encoding: "utf8" });
    assert.match(replayed, new RegExp(`^seed 2, trace ${traceHash}, ${plan.faults.length} faults.*\nno invariant is broken\n$`));
    writeFileSync(file, "{}");
    const refused = spawnSync(process.execPath, [main, "simulate", "replay", file], { encoding: "utf8" });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /run\.json has no seed/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
