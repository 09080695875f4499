import assert from "node:assert/strict";
import { test } from "node:test";
import { runWorkload } from "../../src/cli/workload.ts";

/** A test for each seed: the workload of `odradek simulate`. `what` says where the seeds come from. */
export function testWorkload(seeds: readonly number[], what: string): void {
  for (const seed of seeds) {
    test(`${what} ${seed} breaks no invariant`, async () => {
      const { violations } = await runWorkload(seed);
      assert.deepEqual(violations.slice(0, 5), [], `replay it: npx odradek simulate --from ${seed} --seeds 1`);
    });
  }
}
