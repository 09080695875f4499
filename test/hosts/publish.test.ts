// The registries' own tools check the package before it is published: npm's, and Deno's for JSR, which reads the
// sources and their types.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { root } from "../house/root.ts";

/** The output of a command, without colours. */
function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    // JSR has no package.json. With it Deno finds the types of Node in node_modules, and does not know `console` then.
    env: { ...process.env, NO_COLOR: "1", DENO_NO_PACKAGE_JSON: "1" },
  });
  assert.equal(error, undefined);
  assert.equal(status, 0, `${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

test("npm publish --dry-run ends without a warning about the package", () => {
  // A missing login is no fault of the package.
  const warnings = run("npm", "publish", "--dry-run", "--ignore-scripts", "--loglevel=warn")
    .split("\n")
    .filter((line) => /warn|error/i.test(line) && !/requires you to be logged in/.test(line));
  assert.deepEqual(warnings, []);
});

test("deno publish --dry-run ends without a warning: the sources have types that JSR can read", () => {
  const commands = JSON.parse(
    execFileSync(process.execPath, [join(root, "scripts", "runtimes.mjs")], { encoding: "utf8" }),
  ) as Readonly<Record<string, readonly string[]>>;
  const deno = Object.entries(commands).find(([name]) => name.startsWith("deno@"))?.[1][0] ?? "";
  const text = run(deno, "publish", "--dry-run", "--allow-dirty", "--no-lock");
  assert.match(text, /Dry run complete/);
  // Without the list of the files.
  const lines = text.split("\n").filter((line) => !line.trimStart().startsWith("file://"));
  assert.deepEqual(
    lines.filter((line) => /warning|error/i.test(line)),
    [],
  );
});

test("jsr.json names the version, the licence and the subpaths of package.json", () => {
  const read = (
    name: string,
  ): { readonly version: string; readonly license: string; readonly exports: Readonly<Record<string, unknown>> } =>
    JSON.parse(readFileSync(join(root, name), "utf8")) as never;
  const npm = read("package.json");
  const jsr = read("jsr.json");
  assert.deepEqual([jsr.version, jsr.license], [npm.version, npm.license]);
  assert.deepEqual(
    Object.keys(jsr.exports),
    Object.keys(npm.exports).filter((name) => name !== "./package.json"),
  );
});
