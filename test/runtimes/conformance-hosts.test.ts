// odradek conformance on Bun and Deno: it names the host, and passes a good runtime and fails a bad one.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../house/root.ts";
import { runtime } from "../package/tools/runtimes.ts";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

for (const name of ["bun", "deno"] as const) {
  const { version, command } = runtime(name);
  const [program, ...args] = command;
  const measure = (
    path: string,
    ...more: readonly string[]
  ): { readonly code: number | null; readonly text: string } => {
    const { status, stdout, stderr } = spawnSync(
      program,
      [...args, join(root, "dist", "cli", "main.js"), "conformance", file(path), ...more],
      { encoding: "utf8" },
    );
    return { code: status, text: `${stdout}${stderr}` };
  };

  test(`on ${version} the default runtime keeps every law that can be measured there`, () => {
    let { code, text } = measure("./default-runtime.js", "--delays", "100000");
    // As in conformance.test.ts: on a busy machine a timer may be late, and a law that is broken fails each time.
    for (let again = 0; again < 2 && code !== 0; again++)
      ({ code, text } = measure("./default-runtime.js", "--delays", "100000"));
    assert.equal(code, 0, text);
    assert.match(text, new RegExp(` on ${version.replace("@", " ")}: 38 laws\n`, "i"));
    assert.match(text, /3\d laws hold, 0 are broken/);
  });

  test(`on ${version} a bare setTimeout is caught`, () => {
    const { code, text } = measure("../cli/naive-runtime.js", "--laws", "S1,D5,D6,D12");
    assert.equal(code, 1, text);
    assert.match(text, /FAIL D5 .*\n.*\n +Split long delays/);
    assert.match(text, /2 laws hold, 2 are broken, 0 were not measured/);
  });
}
