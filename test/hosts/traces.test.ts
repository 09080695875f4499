// One seed, one trace, on every runtime that there is. The runtimes come from npm, into a cache (scripts/runtimes.mjs).
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { root } from "../house/root.ts";
import type { HostReport } from "./trace-child.ts";

/** Between them: every compression, slow and fast links, idle connections, tiny buffers, one-byte segments, crashes of brokers. */
const SEEDS = [1, 2, 6, 9, 18, 22, 29, 30, 36, 37];
const FEW = [18, 22, 30];

const child = fileURLToPath(new URL("trace-child.js", import.meta.url));

function run([command = "", ...args]: readonly string[], seeds: readonly number[], env: NodeJS.ProcessEnv = {}): HostReport {
  return JSON.parse(execFileSync(command, [...args, child, ...seeds.map(String)], { encoding: "utf8", cwd: root, env: { ...process.env, ...env } })) as HostReport;
}

let commands: Readonly<Record<string, readonly string[]>> = {};
let expected: HostReport = { isStrict: false, depths: [], traces: {}, byTurns: {}, broken: [] };

before(() => {
  commands = JSON.parse(execFileSync(process.execPath, [join(root, "scripts", "runtimes.mjs")], { encoding: "utf8" })) as typeof commands;
  expected = run([process.execPath], SEEDS);
});

test("no two seeds have one trace, and no invariant is broken", () => {
  assert.equal(new Set(Object.values(expected.traces)).size, SEEDS.length);
  assert.deepEqual(expected.broken, []);
});

for (const name of ["node-20", "node-22", "node-24", "node-26", "bun", "deno"]) {
  test(`${name}: the same traces, by turns and strictly; a chain of 10,000 awaits is over before virtual time goes on`, (t) => {
    const [version = "", command = []] = Object.entries(commands).find(([key]) => key.startsWith(`${name}@`)) ?? [];
    t.diagnostic(version);
    const report = run(command, SEEDS, { TZ: "Pacific/Chatham", LC_ALL: "tr_TR.UTF-8" });
    assert.deepEqual(report.traces, expected.traces);
    assert.deepEqual(report.byTurns, expected.traces);
    assert.deepEqual(report.depths, [10_000, 10_000]);
    assert.equal(report.isStrict, true);
  });
}

for (const flags of [["--jitless"], ["--max-semi-space-size=1", "--max-old-space-size=200"]]) {
  test(`node ${flags.join(" ")}: the same traces`, () => {
    const report = run([process.execPath, ...flags], FEW);
    for (const seed of FEW) assert.equal(report.traces[seed], expected.traces[seed]);
  });
}
