// Measures the memory of waiting records, in its own process, where the test can start the garbage collector.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../house/root.ts";

for (const waitsFor of ["room", "metadata"]) {
  test(
    `records with a thousand headers that wait for ${waitsFor} held eleven times their bytes: now at most three ` +
      "times",
    () => {
      const child = spawnSync(
        process.execPath,
        ["--expose-gc", join(root, "build", "test", "memory", "waiting-sends.js"), waitsFor],
        { encoding: "utf8" },
      );
      assert.equal(child.status, 0, child.stderr);
      const times = Number(child.stdout);
      assert.ok(times > 0.5 && times < 3, `they hold ${child.stdout.trim()} times their bytes`);
    },
  );
}
