// The real client under seeded faults: quick seeds, and failures of the past. More of the corpus, and the seeds of the
// commit, are in long/.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { runWorkload } from "../../src/cli/workload.ts";
import { parseFailure } from "../../src/simulation/failure-file.ts";
import { root } from "../house/root.ts";
import { QUICK } from "./corpus.ts";
import { testWorkload } from "./workload-seeds.ts";

testWorkload(QUICK, "the corpus's seed");

// Past failures, with their faults: a seed alone means something else when the code changes. `npm run simulate` writes
// them.
const corpus = join(root, "test", "simulation", "corpus");
for (const file of readdirSync(corpus).filter((name) => name.endsWith(".json"))) {
  test(`${file} breaks no invariant any more`, async () => {
    const path = join(corpus, file);
    const { seed, plan } = parseFailure(readFileSync(path, "utf8"), path);
    const { violations } = await runWorkload(seed, plan === undefined ? {} : { plan });
    assert.deepEqual(violations.slice(0, 5), [], `replay it: npx odradek simulate replay ${path}`);
  });
}
