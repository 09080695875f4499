// Groups under faults, by seed: a corpus; with ODRADEK_SEEDS=400 so many more, from ODRADEK_SEED on or from anywhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { group } from "./group-scenario.ts";

const FRESH = Number(process.env["ODRADEK_SEED"] ?? Math.floor(Math.random() * 1e9));
const SEEDS = Number(process.env["ODRADEK_SEEDS"] ?? 0);

/**
 * Seeds that found something: topics that were created again under a group of KIP-848, and (the third) a member that
 * took the committed offset of such a topic for none, since it had last heard that the topic was deleted. The fourth:
 * a cooperative member joined again while it was giving partitions back, and kept them.
 */
const FOUND = [6033, 6106, 899198927, 899199183];

for (const seed of [...FOUND, ...Array.from({ length: 12 }, (_, i) => i + 1), ...Array.from({ length: SEEDS }, (_, i) => FRESH + i)]) {
  test(`seed ${seed}: members of a group that come, go, crash and are stuck lose no record, and share the partitions again`, async () => {
    const { violations, plan } = await runScenario(group(), { seed });
    assert.deepEqual(violations.slice(0, 5), [], JSON.stringify(plan));
  });
}
