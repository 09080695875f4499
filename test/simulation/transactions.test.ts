// Transactions under faults: a corpus, and seeds of the commit (see seeds.ts).
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { transactionScenario } from "../../src/scenarios/transaction-scenario.ts";
import { seedsOf, upTo } from "./seeds.ts";

for (const transactionVersion of [1, 2] as const) {
  for (const seed of seedsOf(upTo(7))) {
    test(
      `transaction.version ${transactionVersion}, seed ${seed}: transactions are whole or not at all, once and in ` +
        "order",
      async () => {
        const { violations, plan } = await runScenario(transactionScenario({ transactionVersion }), { seed });
        assert.deepEqual(violations, [], JSON.stringify(plan));
      },
    );
  }
}
