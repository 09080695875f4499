import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("./pool-child.js", import.meta.url));

/** By how many bytes the heap grows over a million delays, and how often it was collected meanwhile. */
function measure(name: string): { readonly grown: number; readonly collections: number } {
  const child = spawnSync(
    process.execPath,
    ["--min-semi-space-size=128", "--max-semi-space-size=128", "--expose-gc", CHILD, name],
    { encoding: "utf8" },
  );
  assert.equal(child.status, 0, child.stderr);
  return JSON.parse(child.stdout) as { grown: number; collections: number };
}

test(
  "the wheel runtime allocates nothing per delay: a million of them grow the heap by less than 1 MiB, and nothing " +
    "is collected",
  () => {
    const { grown, collections } = measure("wheel");
    assert.equal(collections, 0);
    assert.ok(grown < 1_048_576, `${grown} bytes`);
  },
);

test("the measurement bites: a runtime without a pool fails it", () => {
  const { grown, collections } = measure("boxed");
  assert.ok(grown >= 1_048_576 || collections > 0, `${grown} bytes, ${collections} collections`);
});
