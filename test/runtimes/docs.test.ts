// docs/runtimes.md, followed to the letter: its programs run, and its runtime keeps every law.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = readFileSync(join(root, "docs", "runtimes.md"), "utf8");
const blocks = [...page.matchAll(/```js\n([^]*?)```/g)].map((match) => match[1] ?? "");

/** Writes a file where `odradek` means this package, and runs node on it. */
function run(
  name: string,
  code: string,
  args: (file: string) => readonly string[],
): { readonly status: number | null; readonly text: string } {
  const folder = join(root, "build", "docs-run");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, code);
  const { status, stdout, stderr } = spawnSync(process.execPath, args(file), { encoding: "utf8", cwd: folder });
  rmSync(file);
  return { status, text: `${stdout}${stderr}` };
}

const programs = blocks.filter((block) => block.startsWith("// run"));
for (const [i, code] of programs.entries()) {
  test(`program ${i + 1} of docs/runtimes.md runs to its end`, () => {
    const { status, text } = run(`program-${i}.mjs`, code, (file) => [file]);
    assert.deepEqual([status, text], [0, ""]);
  });
}

test("the runtime that docs/runtimes.md writes keeps every law, by the command that the page gives", () => {
  assert.equal(programs.length, 3);
  const code = blocks.find((block) => block.startsWith("// tick-runtime.js")) ?? "";
  const measured = (): ReturnType<typeof run> =>
    run("tick-runtime.mjs", code, (file) => [
      join(root, "dist", "cli", "main.js"),
      "conformance",
      file,
      "--delays",
      "100000",
    ]);
  // As in conformance.test.ts: on a busy machine a timer may be late, and a law that is broken fails each time.
  let { status, text } = measured();
  for (let again = 0; again < 2 && status !== 0; again++) ({ status, text } = measured());
  assert.equal(status, 0, text);
  assert.match(text, /38 laws hold, 0 are broken, 0 were not measured/);
});
