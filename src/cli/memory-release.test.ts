import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryRelease } from "./memory-release.ts";

test("memory is released once, when many connections have closed and their number stays the same", () => {
  for (const [what, counts, due] of [
    ["few connections", [0, 199, 199, 0, 0, 0], []],
    ["all close", [0, 3000, 3000, 1000, 0, 0, 0], [5]],
    ["half of them stay", [3000, 1500, 1500, 1500], [2]],
    ["more than half of them stay", [3000, 1501, 1501, 1501], []],
    ["they close bit by bit", [3000, 2900, 2000, 1400, 900, 900, 900], [5]],
    ["they come again", [3000, 0, 3000, 0, 3000, 3000], []],
    ["a second time", [3000, 0, 0, 3000, 3000, 0, 0], [2, 6]],
  ] as const) {
    const release = new MemoryRelease();
    const found = counts.flatMap((count, i) => (release.isDue(count) ? [i] : []));
    assert.deepEqual(found, due, what);
  }
});
