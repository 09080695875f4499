// Random calls find a planted bug, and together the seeds make every call of the table.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as core from "../../src/core.ts";
import { runScenario, simulate } from "../../src/simulation.ts";
import { patchedCopy } from "./mutants/patched-copy.ts";
import { HALF_CLOSED } from "./mutants/scenario-mutants.ts";
import { Stage } from "./random-calls/stage.ts";
import { type Table, tableOf } from "./random-calls/table.ts";
import { randomCalls } from "./random-calls-scenario.ts";

const MOST_SEEDS = 60;

test("a consumer that close(null) leaves half closed is found", async (t) => {
  const { Kafka, remove } = await patchedCopy("half-closed", HALF_CLOSED);
  try {
    const found = new Set<string>();
    let seed = 0;
    while (!found.has("throws") && seed < MOST_SEEDS)
      for (const { invariant } of (await runScenario(randomCalls({ Client: Kafka }), { seed: ++seed })).violations)
        found.add(invariant);
    t.diagnostic(`seed ${seed}: ${[...found].join()}`);
    assert.ok(found.has("throws"), `none of ${MOST_SEEDS} seeds finds it; what was found: ${[...found].join()}`);
  } finally {
    remove();
  }
});

test("each call of the table is made, right and wrong, by some seed", async () => {
  const tried = new Set<string>();
  let table: Table = {};
  await simulate({ seed: 1 }, async (world) => {
    const stage = new Stage(world, core.Kafka);
    table = tableOf(stage);
    await stage.kafka.close({ timeoutMs: 0 });
  });
  const wanted = Object.entries(table).flatMap(([name, members]) =>
    Object.entries(members).flatMap(([member, call]) =>
      typeof call === "string"
        ? []
        : [`${name}.${member} true`, `${name}.${member} false`].slice(call.args.length === 0 ? 1 : 0),
    ),
  );
  for (let seed = 1; seed <= 150 && wanted.some((one) => !tried.has(one)); seed++)
    await runScenario(randomCalls({ tried: (name, isWrong) => tried.add(`${name} ${String(isWrong)}`) }), { seed });
  assert.deepEqual(
    wanted.filter((one) => !tried.has(one)),
    [],
  );
});
