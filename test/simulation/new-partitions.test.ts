// Partitions that are new to a producer, with faults from the first millisecond: a corpus, and seeds of the commit (see
// seeds.ts).
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { newPartitionsScenario } from "../../src/scenarios/new-partitions-scenario.ts";
import { seedsOf, upTo } from "./seeds.ts";

for (const seed of seedsOf(upTo(10))) {
  test(`seed ${seed}: partitions that are new to a producer get its records once, and in order`, async () => {
    const { violations, plan } = await runScenario(newPartitionsScenario({ forgets: seed % 2 === 0 }), { seed });
    assert.deepEqual(violations.slice(0, 5), [], JSON.stringify(plan));
  });
}
