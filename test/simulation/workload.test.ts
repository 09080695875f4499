// The real client under seeded faults: a fixed corpus, and some seeds that no run had before.
import { test } from "node:test";
import assert from "node:assert/strict";
import { runWorkload } from "../../src/cli/workload.ts";
import { CORPUS } from "./corpus.ts";

const FRESH = 10;

async function check(seed: number): Promise<void> {
  const { violations } = await runWorkload(seed);
  assert.deepEqual(violations.slice(0, 5), [], `replay it: npx odradek simulate --from ${seed} --seeds 1`);
}

for (const seed of CORPUS) test(`seed ${seed} of the corpus breaks no invariant`, () => check(seed));

const first = Number(BigInt.asUintN(31, process.hrtime.bigint()));
for (let seed = first; seed < first + FRESH; seed++) test(`the fresh seed ${seed} breaks no invariant`, () => check(seed));
