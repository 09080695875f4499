// scripts/without-test-hooks.mjs, under which every test file runs: the behaviour of node:test without its async hooks.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./root.ts";

/** Runs a test file as scripts/test.mjs does. */
function runFile(text: string): { readonly status: number | null; readonly out: string } {
  const folder = mkdtempSync(join(tmpdir(), "odradek-hooks-"));
  const file = join(folder, "some.test.mjs");
  writeFileSync(file, text);
  const preload = join(root, "scripts", "without-test-hooks.mjs");
  // The variable would make node:test report in its own binary format.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = [`--import=${preload}`, "--test-reporter=tap", file];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env, timeout: 60_000 });
  rmSync(folder, { recursive: true });
  return { status, out: stdout + stderr };
}

test("the hooks of a describe() run around its tests, and its after() ends what would keep the process alive", () => {
  const { status, out } = runFile(`
    import { after, before, describe, test } from "node:test";
    for (const name of ["first", "second"])
      describe(name, () => {
        let timer;
        before(() => { console.log(name, "began"); timer = setInterval(() => {}, 1000); });
        after(() => { clearInterval(timer); console.log(name, "ended"); });
        test("waits", async () => { await new Promise((resolve) => setTimeout(resolve, 20)); console.log(name, "ran"); });
      });`);
  assert.equal(status, 0, out);
  assert.deepEqual(
    [...out.matchAll(/^(?:first|second) \w+$/gm)].map(([line]) => line),
    ["first began", "first ran", "first ended", "second began", "second ran", "second ended"],
  );
});

test("an error that nobody caught ends the file, where a test waits for what will not come", () => {
  for (const lost of ["Promise.reject(new Error('lost'))", "setTimeout(() => { throw new Error('lost'); })"]) {
    const { status, out } = runFile(`
      import { test } from "node:test";
      test("good", () => {});
      test("waits", () => { ${lost}; return new Promise(() => setInterval(() => {}, 1000)); });`);
    assert.equal(status, 1, out);
    assert.match(out, /^an error that nobody caught ended this file: Error: lost$/m);
    assert.match(out, /^ok 1 - good$/m);
  }
});
