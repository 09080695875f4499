import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { exactlyOnceScenario } from "../../src/scenarios/exactly-once-scenario.ts";

/**
 * A test for each seed: exactly once under faults. Even seeds use the transactions of Kafka 4 (transaction.version 2).
 */
export function testExactlyOnce(seeds: readonly number[]): void {
  for (const seed of seeds) {
    test(`seed ${seed}: under all faults of processes, brokers and the group, each input has exactly one output`, async () => {
      const { violations, plan } = await runScenario(
        exactlyOnceScenario({ transactionVersion: seed % 2 === 0 ? 2 : 1 }),
        { seed },
      );
      assert.deepEqual(violations.slice(0, 5), [], JSON.stringify(plan));
    });
  }
}
