import { spawnSync } from "node:child_process";
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeAllocate, scrapFor } from "./allocate.ts";

test("memory has a buffer of its own, of the length that was asked for", () => {
  const allocate = nodeAllocate();
  for (const bytes of [0, 1, 4096, 131_072, 300_000]) {
    const memory = allocate(bytes);
    assert.deepEqual([memory.byteLength, memory.byteOffset, memory.buffer.byteLength], [bytes, 0, bytes]);
  }
});

// In a process of its own, where nothing else makes garbage. Without the scrap Node 20 makes 27 quick collections and
// none of the whole heap, Node 24 none and 11. A process that has run for a while has a young generation of 16 MB.
for (const options of [[], ["--min-semi-space-size=16"]])
  test(`large buffers are freed by quick collections, not by marking the whole heap; ${options.join("")}`, () => {
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
    assert.ok(quick >= 45 && whole <= 4, `${quick} quick collections, ${whole} of the whole heap`);
  });

test("the scrap of 12 MB of buffers fills the young generation once, and is never more than the buffers", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), (megabytes) => {
      const every = scrapFor(megabytes * 1_048_576);
      const scrapOfTwelve = (12 / every) * 16_384;
      assert.ok(every === 16_384 || Math.abs(scrapOfTwelve - 0.8 * megabytes) < 0.001, `${every}`);
    }),
  );
  assert.equal(scrapFor(64 * 1_048_576), 16_384);
});

test("a host that does not tell its young generation gets no scrap after the first 12 MB", () => {
  for (const unknown of [undefined, 0, NaN]) assert.equal(scrapFor(unknown), Infinity);
  let looks = 0;
  const allocate = nodeAllocate(() => {
    looks++;
    return undefined;
  });
  for (let i = 0; i < 50; i++) allocate(1_048_576);
  assert.equal(looks, 4);
});
