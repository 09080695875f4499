// The option `maxConnections` under faults: a corpus, and seeds of the commit (see seeds.ts).
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { maxConnectionsScenario } from "./max-connections-scenario.ts";
import { seedsOf, upTo } from "./seeds.ts";
import { testSeeds } from "./test-seeds.ts";

testSeeds("max-connections", seedsOf(upTo(4), 1));

test("without the limit, the same clients have more than six connections: the check is sharp", async () => {
  const { violations } = await runScenario(maxConnectionsScenario(100), { seed: 1 });
  assert.deepEqual([...new Set(violations.map(({ invariant }) => invariant))], ["max-connections"]);
});
