// The real client under seeded faults: a fixed corpus, and some seeds that no run had before.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { runWorkload } from "../../src/cli/workload.ts";
import { parseFailure } from "../../src/simulation/failure-file.ts";
import { root } from "../house/root.ts";
import { CORPUS } from "./corpus.ts";

const FRESH = 10;

async function check(seed: number): Promise<void> {
  const { violations } = await runWorkload(seed);
  assert.deepEqual(violations.slice(0, 5), [], `replay it: npx odradek simulate --from ${seed} --seeds 1`);
}

for (const seed of CORPUS) test(`seed ${seed} of the corpus breaks no invariant`, () => check(seed));

// What failed once, with its faults: seeds alone mean something else when the code changes. `npm run simulate` writes here.
const corpus = join(root, "test", "simulation", "corpus");
for (const file of readdirSync(corpus).filter((name) => name.endsWith(".json"))) {
  test(`${file} breaks no invariant any more`, async () => {
    const path = join(corpus, file);
    const { seed, plan } = parseFailure(readFileSync(path, "utf8"), path);
    const { violations } = await runWorkload(seed, plan === undefined ? {} : { plan });
    assert.deepEqual(violations.slice(0, 5), [], `replay it: npx odradek simulate replay ${path}`);
  });
}

const first = Number(BigInt.asUintN(31, process.hrtime.bigint()));
for (let seed = first; seed < first + FRESH; seed++) test(`the fresh seed ${seed} breaks no invariant`, () => check(seed));
