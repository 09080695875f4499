// Plants an old rule of the producer as a bug: one guard per broker in place of one per partition.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { patchedCopy, type Patch } from "./mutants/patched-copy.ts";
import { newPartitionsScenario } from "../../src/scenarios/new-partitions-scenario.ts";

const MOST_SEEDS = 100;

/** One request until the broker acknowledged one, of any partition; a success ends every retry. */
const ONE_GUARD_A_BROKER: readonly Patch[] = [
  {
    file: "producer/partition/partition-state",
    from: 'export const FRESH = { name: "fresh"',
    to: 'export const FRESH = { name: "flowing"',
  },
  {
    file: "producer/partition/partition-state",
    from: 'return inFlight > 0 ? undefined : { name: "fresh"',
    to: 'return inFlight > 0 ? undefined : { name: "flowing"',
  },
  {
    file: "producer/partition/partition-state",
    from: ': { name: "fresh", inFlight, lastSentMs };\n}\nfunction enlisted',
    to: ': { name: "flowing", inFlight, lastSentMs };\n}\nfunction enlisted',
  },
  {
    file: "producer/partition/partition-state",
    from: "const isOld = inFlight === 0 && nowMs >= lastSentMs + PROOF_MS;",
    to: "const isOld = false;",
  },
  {
    file: "producer/partition/partition-queue",
    from: "const at = this.#batches.indexOf(batch);\n        if (at <= 0) {",
    to: "const at = 0;\n        if (at <= 0) {",
  },
  {
    file: "producer/sending/sink",
    from: "if (connection === this.#connection)\n            return;",
    to: "if (connection !== undefined)\n            return;",
  },
];

test("P3 finds a producer with one guard for each broker in place of one for each partition", async (t) => {
  const { Kafka, remove } = await patchedCopy("one-guard", ONE_GUARD_A_BROKER);
  try {
    let found = "";
    let seed = 0;
    while (found === "" && seed < MOST_SEEDS)
      found =
        (await runScenario(newPartitionsScenario({ Client: Kafka, forgets: false }), { seed: ++seed })).violations.find(
          ({ invariant }) => invariant === "P3",
        )?.message ?? "";
    t.diagnostic(`seed ${seed}: ${found}`);
    assert.notEqual(found, "", `none of ${MOST_SEEDS} seeds finds it`);
    assert.deepEqual(
      (await runScenario(newPartitionsScenario({ forgets: false }), { seed })).violations,
      [],
      "the same seed without the bug",
    );
  } finally {
    remove();
  }
});
