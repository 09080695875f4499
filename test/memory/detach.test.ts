// Measures which objects keep which buffers alive, as docs/records.md says. It runs in its own process, where the test
// can start the garbage collector.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../house/root.ts";

const MIB = 1_048_576;

function heldBy(keep: string, codec: string): number {
  const child = spawnSync(
    process.execPath,
    ["--expose-gc", join(root, "build", "test", "memory", "hold-records.js"), keep, codec],
    { encoding: "utf8" },
  );
  assert.equal(child.status, 0, child.stderr);
  return Number(child.stdout);
}

for (const codec of ["none", "gzip", "zstd"]) {
  test(
    `one record of each of 100 fetches (${codec}): held as it came it holds its megabyte, detached only itself, ` +
      "its value alone all the same",
    () => {
      const [record, detached, value, detachedValue] = ["record", "detached", "value", "detached-value"].map((keep) =>
        heldBy(keep, codec),
      );
      assert.ok((record ?? 0) > 80 * MIB, `${record ?? -1} bytes are held by 100 records`);
      assert.ok((value ?? 0) > 80 * MIB, `${value ?? -1} bytes are held by 100 values`);
      assert.ok((detached ?? MIB) < MIB, `${detached ?? -1} bytes are held by 100 detached records`);
      assert.ok(
        (detachedValue ?? MIB) < MIB,
        `${detachedValue ?? -1} bytes are held by 100 values of detached records`,
      );
    },
  );
}
