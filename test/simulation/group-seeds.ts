import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { groupScenario } from "../../src/scenarios/group-scenario.ts";

/** A test for each seed: a group under faults. */
export function testGroups(seeds: readonly number[]): void {
  for (const seed of seeds) {
    test(
      `seed ${seed}: members of a group that come, go, crash and are stuck lose no record, and share the ` +
        "partitions again",
      async () => {
        const { violations, plan } = await runScenario(groupScenario(), { seed });
        assert.deepEqual(violations.slice(0, 5), [], JSON.stringify(plan));
      },
    );
  }
}
