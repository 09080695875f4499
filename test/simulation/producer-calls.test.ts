// Every call of a producer, with every `acks`, while topics are deleted and created again: a corpus, and seeds of the
// commit (see seeds.ts).
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { producerCallsScenario } from "../../src/scenarios/producer-calls-scenario.ts";
import { seedsOf, upTo } from "./seeds.ts";

for (const seed of seedsOf(upTo(10))) {
  test(`seed ${seed}: a producer keeps its promises in every call, and to topics that are recreated`, async () => {
    const { violations, plan } = await runScenario(producerCallsScenario(), { seed });
    assert.deepEqual(violations.slice(0, 5), [], JSON.stringify(plan));
  });
}
