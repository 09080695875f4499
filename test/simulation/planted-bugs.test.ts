// Plants bugs in copies of the program: its checker finds each, and its plan shrinks.
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runWorkload } from "../../src/cli/workload.ts";
import { MUTANTS } from "./mutants/mutants.ts";
import type { Caught } from "./mutants/run.ts";

/** All invariants that a run of the workload can break. */
const INVARIANTS = [
  "P1",
  "P2",
  "P3",
  "P4",
  "P5",
  "P6",
  "P8",
  "P9",
  "C4",
  "C8",
  "N1",
  "N2",
  "N3",
  "N4",
  "N5",
  "N6",
  "N7",
  "X1",
  "X2",
  "X3",
  "X4",
  "X5",
  "X6",
  "X7",
  "L",
];

const run = fileURLToPath(new URL("mutants/run.js", import.meta.url));
let caught: readonly Caught[] = [];

/** In their own process: some of the bugs are unhandled rejections. */
before(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [run, "--quick"]);
  caught = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Caught);
});

for (const { what, invariant, also = [], hint } of MUTANTS) {
  test(`${invariant} finds ${what}`, (t) => {
    const found = caught.find((other) => other.what === what);
    assert.ok(found !== undefined && found.seeds > 0, `no seed finds it; what else was told: ${String(found?.told)}`);
    t.diagnostic(`seed ${found.seeds}, ${found.faults} faults: ${found.message}`);
    // Each seed up to the one that finds it costs half a second, on every run.
    if (hint !== undefined && found.seeds !== hint)
      t.diagnostic(`the hint, seed ${hint}, does not find it: write ${found.seeds}`);
    assert.deepEqual(
      found.told.filter((other) => other !== invariant && !also.includes(other)),
      [],
    );
    assert.deepEqual(found.withoutBug, [], "the same run without the bug");
  });
}

test("each checker has a bug that it alone finds", () => {
  const alone = caught.filter(({ told }) => told.length === 1).map(({ invariant }) => invariant);
  assert.deepEqual(
    INVARIANTS.filter((invariant) => !alone.includes(invariant)),
    [],
  );
});

test("the plan of a planted bug shrinks to the faults that it needs", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    run,
    "--quick",
    "--shrink",
    "not idempotent",
    "a task that never ends",
  ]);
  const sizes = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Caught)
    .map(({ faults, shrunkTo }) => [faults > shrunkTo, shrunkTo]);
  assert.deepEqual(sizes, [
    [true, 1],
    [true, 0],
  ]);
});

test("odradek simulate runs seeds, and replays a file with the trace that it had", async () => {
  const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "odradek-simulation-"));
  try {
    assert.match(
      execFileSync(process.execPath, [main, "simulate", "--from", "2", "--seeds", "2", "--out", folder], {
        encoding: "utf8",
      }),
      /^2 seeds from 2: 0 failed; \d+ requests in [\d.]+ s, \d+ seeds a minute\n$/,
    );
    const { plan, traceHash } = await runWorkload(2);
    const file = join(folder, "run.json");
    writeFileSync(file, JSON.stringify({ seed: 2, plan }));
    const replayed = execFileSync(process.execPath, [main, "simulate", "replay", file], { encoding: "utf8" });
    assert.match(
      replayed,
      new RegExp(`^seed 2, trace ${traceHash}, ${plan.faults.length} faults.*\nno invariant is broken\n$`),
    );
    writeFileSync(file, "{}");
    const refused = spawnSync(process.execPath, [main, "simulate", "replay", file], { encoding: "utf8" });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /run\.json has no seed/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("odradek simulate shares seeds among processes: the same result, and all of them report a failure", () => {
  const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "odradek-simulation-"));
  const run = (...args: string[]): { readonly status: number | null; readonly stdout: string } =>
    spawnSync(process.execPath, [main, "simulate", "--out", folder, "--from", "21", ...args], { encoding: "utf8" });
  try {
    const alone = JSON.parse(run("--seeds", "3", "--jobs", "1", "--json").stdout) as { readonly seconds: number };
    const shared = JSON.parse(run("--seeds", "3", "--jobs", "2", "--json").stdout) as { readonly seconds: number };
    assert.deepEqual({ ...shared, seconds: 0 }, { ...alone, seconds: 0 });
    const scenario = join(folder, "scenario.mjs");
    writeFileSync(
      scenario,
      `export const scenario = { brokers: 1, run: async () => { throw new Error("planted"); } };\n`,
    );
    const failing = run("--seeds", "2", "--jobs", "2", "--scenario", scenario);
    assert.equal(failing.status, 1);
    assert.match(failing.stdout, /play it again: npx odradek simulate replay [^]*2 seeds from 21: 2 failed/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
