import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeOf, SEEDED } from "./seeded-scenarios.ts";

/** A test for each run of a scenario with these seeds. */
export function testSeeds(name: string, seeds: readonly number[]): void {
  const scenariosOf = SEEDED[name];
  assert.ok(scenariosOf !== undefined, `there is no scenario ${name}`);
  for (const seed of seeds)
    for (const seeded of scenariosOf(seed))
      test(seeded.what, async () => {
        const { violations, plan } = await outcomeOf(seeded, seed);
        assert.deepEqual(violations, [], plan);
      });
}
