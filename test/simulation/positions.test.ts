// Positions under faults, by seed: a corpus; with ODRADEK_SEEDS=400 so many more, from ODRADEK_SEED on or from anywhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { positions } from "./position-scenario.ts";

const FRESH = Number(process.env["ODRADEK_SEED"] ?? Math.floor(Math.random() * 1e9));
const SEEDS = Number(process.env["ODRADEK_SEEDS"] ?? 0);

for (const seed of [...Array.from({ length: 10 }, (_, i) => i + 1), ...Array.from({ length: SEEDS }, (_, i) => FRESH + i)]) {
  test(`seed ${seed}: positions go where they are told, and tell where they cannot`, async () => {
    const { violations, plan } = await runScenario(positions(), { seed });
    assert.deepEqual(violations.slice(0, 5), [], JSON.stringify(plan));
  });
}
