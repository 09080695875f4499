import { spawnSync } from "node:child_process";
import { test } from "node:test";
import assert from "node:assert/strict";
import { nodeAllocate } from "./allocate.ts";

test("memory has a buffer of its own, of the length that was asked for", () => {
  const allocate = nodeAllocate();
  for (const bytes of [0, 1, 4096, 131_072, 300_000]) {
    const memory = allocate(bytes);
    assert.deepEqual([memory.byteLength, memory.byteOffset, memory.buffer.byteLength], [bytes, 0, bytes]);
  }
});

// In a process of its own, where nothing else makes garbage. Without the scrap Node 20 makes 27 quick collections and
// none of the whole heap, Node 24 none and 11. A young generation of 16 MB is that of a process that has run for a while.
for (const [options, atLeast] of [
  [[], 100],
  [["--min-semi-space-size=16"], 28],
] as const)
  test(`large buffers are freed by quick collections, not by markings of the whole heap ${options.join("")}`, () => {
    const code = `
      const { nodeAllocate } = await import(${JSON.stringify(new URL("./allocate.js", import.meta.url).href)});
      const allocate = nodeAllocate();
      for (let i = 0; i < 300; i++) allocate(3_000_000);`;
    const child = spawnSync(process.execPath, ["--trace-gc", ...options, "--input-type=module", "-e", code], {
      encoding: "utf8",
    });
    assert.equal(child.status, 0, child.stderr);
    const count = (kind: RegExp): number => child.stdout.match(kind)?.length ?? 0;
    const [quick, whole] = [count(/ms: Scavenge /g), count(/ms: Mark-Compact /g)];
    assert.ok(quick >= atLeast && whole <= 2, `${quick} quick collections, ${whole} of the whole heap`);
  });
