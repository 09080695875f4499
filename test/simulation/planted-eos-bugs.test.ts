// Plants bugs of consumeTransformProduce in copies of the client: T3 finds each within a few seeds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { exactlyOnceScenario } from "../../src/scenarios/exactly-once-scenario.ts";
import { type Patch, patchedCopy } from "./mutants/patched-copy.ts";

const PLANTED: readonly { readonly what: string; readonly patches: readonly Patch[] }[] = [
  {
    what: "offsets that are committed outside of the transaction",
    patches: [
      {
        file: "exactly-once/attempt",
        from: "await producer.sendOffsets(this.batch.offsets(), reader.metadata(), { signal: closing });",
        to: "",
      },
      {
        file: "exactly-once/pipeline",
        from: "enableAutoCommit: false",
        to: "enableAutoCommit: true, autoCommitIntervalMs: 500",
      },
    ],
  },
  {
    what: "the output of a try that is to be aborted, kept",
    patches: [
      {
        file: "exactly-once/attempt",
        from: "await producer.abort({ signal: expired });",
        to: "await producer.commit({ signal: expired });",
      },
    ],
  },
];
const MOST_SEEDS = 10;

for (const [i, { what, patches }] of PLANTED.entries()) {
  test(`T3 finds ${what}`, async (t) => {
    const { Kafka, consumeTransformProduce, remove } = await patchedCopy(`eos-${i}`, patches);
    try {
      const told = new Set<string>();
      let seed = 0;
      while (!told.has("T3") && seed < MOST_SEEDS)
        for (const violation of (
          await runScenario(
            exactlyOnceScenario({
              transactionVersion: ++seed % 2 === 0 ? 2 : 1,
              Client: Kafka,
              consumeTransformProduce,
            }),
            { seed },
          )
        ).violations)
          told.add(violation.invariant);
      t.diagnostic(`seed ${seed}: ${[...told].join()}`);
      assert.ok(told.has("T3"), `none of ${MOST_SEEDS} seeds finds it; what was told: ${[...told].join()}`);
    } finally {
      remove();
    }
  });
}
