// One seed has one trace: twice in a process, and in a new one.
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import assert from "node:assert/strict";
import { runWorkload } from "../../src/cli/workload.ts";

const SEEDS = [2, 4, 6];

test("one seed gives one trace hash and one history, twice in a process and in a fresh process", async () => {
  const hashes: string[] = [];
  for (const seed of SEEDS) {
    const [first, second] = [await runWorkload(seed), await runWorkload(seed)];
    assert.equal(first.traceHash, second.traceHash);
    assert.deepEqual(first.history, second.history);
    hashes.push(first.traceHash);
  }
  assert.equal(new Set(hashes).size, SEEDS.length);
  const child =
    `import { runWorkload } from ${JSON.stringify(new URL("../../src/cli/workload.js", import.meta.url).href)}; ` +
    `for (const seed of ${JSON.stringify(SEEDS)}) console.log((await runWorkload(seed)).traceHash);`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", child], {
    encoding: "utf8",
    env: { ...process.env, TZ: "Pacific/Chatham", LC_ALL: "tr_TR.UTF-8" },
  });
  assert.deepEqual(printed.trim().split("\n"), hashes);
});
