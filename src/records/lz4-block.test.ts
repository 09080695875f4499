import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { portableLz4 } from "./lz4.ts";
import { fastTable } from "./lz4-block.ts";

test("compressing a few records cleared a table for 64 KiB: its size is that of the input", () => {
  const sizes = [0, 1, 200, 256, 257, 1000, 4096, 4097, 8192, 65_536, 1_000_000];
  assert.deepEqual(
    sizes.map((bytes) => fastTable(bytes).length),
    [256, 256, 256, 256, 512, 1024, 4096, 8192, 8192, 8192, 8192],
  );
});

test("inputs of every size of the table, and of several blocks, come back as they were", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 200_000 }),
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 1000 }),
      (size, pattern, every) => {
        const bytes = new Uint8Array(size);
        for (let i = 0; i < size; i++)
          bytes[i] = i % every === 0 ? Math.imul(i, 0x9e3779b1) >>> 24 : (pattern[i % pattern.length] ?? 0);
        assert.deepEqual(portableLz4.decompress(portableLz4.compress(bytes), size), bytes);
      },
    ),
    { numRuns: 60 },
  );
});
