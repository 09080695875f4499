// scripts/without-test-hooks.mjs, under which every test file runs: the behaviour of node:test without its async hooks.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./root.ts";

const folder = mkdtempSync(join(tmpdir(), "odradek-hooks-"));
after(() => rmSync(folder, { recursive: true }));
// The variable would make node:test report in its own binary format.
const { NODE_TEST_CONTEXT: _, ...env } = process.env;

/** The arguments with which scripts/test.mjs runs a test file. */
function argumentsFor(text: string): readonly string[] {
  const file = join(folder, "some.test.mjs");
  writeFileSync(file, text);
  return [`--import=${join(root, "scripts", "without-test-hooks.mjs")}`, "--test-reporter=tap", file];
}

function runFile(text: string): { readonly status: number | null; readonly out: string } {
  const options = { encoding: "utf8", env, timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, argumentsFor(text), options);
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
        test("waits", async () => { await new Promise(setImmediate); console.log(name, "ran"); });
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

test("a file that is ended for its time kills the processes that it started", async () => {
  const args = argumentsFor(`
    import { test } from "node:test";
    process.once("exit", () => console.error("killed its brokers"));
    test("waits", () => { console.error("began"); return new Promise(() => setInterval(() => {}, 1000)); });`);
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let out = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (text.includes("began")) child.kill("SIGTERM");
  });
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 143);
  assert.match(out, /killed its brokers/);
});
