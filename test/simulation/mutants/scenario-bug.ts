import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kafka } from "../../../src/kafka.ts";
import { type Scenario, runScenario } from "../../../src/simulation.ts";
import { type Patch, patchedCopy } from "./patched-copy.ts";

const MOST_SEEDS = 100;

/** A bug, and the invariant of a scenario that must find it. */
export interface ScenarioBug {
  readonly what: string;
  readonly invariant: string;
  readonly patches: readonly Patch[];
}

/**
 * A test: plants a bug in a copy of the client, runs seeds until the invariant is broken, and the same seed without the
 * bug.
 */
export function testScenarioBug(
  { what, invariant, patches }: ScenarioBug,
  scenario: (Client: typeof Kafka | undefined) => Scenario,
): void {
  test(`${invariant} finds ${what}`, async (t) => {
    const { Kafka: Client, remove } = await patchedCopy(what.replaceAll(/\W+/g, "-").slice(0, 40), patches);
    try {
      let found = "";
      let seed = 0;
      while (found === "" && seed < MOST_SEEDS)
        found =
          (await runScenario(scenario(Client), { seed: ++seed })).violations.find(
            (violation) => violation.invariant === invariant,
          )?.message ?? "";
      t.diagnostic(`seed ${seed}: ${found}`);
      assert.notEqual(found, "", `none of ${MOST_SEEDS} seeds finds it`);
      assert.deepEqual(
        (await runScenario(scenario(undefined), { seed })).violations,
        [],
        "the same seed without the bug",
      );
    } finally {
      remove();
    }
  });
}
