// Code that clients load late is loaded before virtual time begins, whatever the options of the client are. A program
// that loaded it meanwhile ended with "deadlock" or a timeout, or had another trace in its first run than in the next.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { root } from "./root.ts";

/** Files whose late code no simulated client has, and why. */
const OUTSIDE: readonly (readonly [path: string, why: string])[] = [
  ["src/platform/", "hosts have sockets, timers and TLS of their own"],
  ["src/cli/", "the command is not simulated"],
  ["src/browser.ts", "starts an embedded cluster in a page"],
];

const LATE_CODE = "src/late-code.ts";
/** Loads it with the test file. */
const LATE_CODE_OF_TESTS = "test/client/late-code.ts";
/** Files that run virtual time, and load nothing by themselves. */
const BARE = ["world", "simulated-platform", "scheduler"].map((name) => `src/simulation/${name}.ts`);

const codes = new Map<string, string>();
for (const folder of ["src", "test", "packages/kafkajs/src"])
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    if (entry.isFile() && entry.name.endsWith(".ts")) {
      const path = join(entry.parentPath, entry.name);
      codes.set(path.slice(root.length + 1), readFileSync(path, "utf8"));
    }

/** The modules of this repository that a file imports when it is loaded: neither types nor what it loads late. */
function importsOf(path: string): readonly string[] {
  const found = (codes.get(path) ?? "").matchAll(/^(?:im|ex)port (?!type )(?:[^;"]* from )?"(\.[^"]+)";$/gm);
  return Array.from(found, ([, name = ""]) => posix.join(posix.dirname(path), name));
}

function allImportsOf(path: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const imported of importsOf(path)) allImportsOf(imported, found);
  return found;
}

const late = [...codes.keys()]
  .filter((path) => path.startsWith("src/") && !path.endsWith(".test.ts"))
  .filter((path) => /\bimport\("/.test((codes.get(path) ?? "").replace(/^\s*(\/\/|\/?\*).*$/gm, "")))
  .filter((path) => !OUTSIDE.some(([outside]) => path.startsWith(outside)));

test("loadLateCode() knows each file of src that loads code late", () => {
  assert.deepEqual([...importsOf(LATE_CODE)].sort(), [...late].sort());
  assert.ok(late.length >= 12, `${late.length} files`);
});

test("a test with a client on a bare simulated platform has loaded the late code", () => {
  const isOfTests = (path: string): boolean => path.startsWith("test/") || path.endsWith(".test.ts");
  const wrong = [...codes.keys()]
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => {
      const all = allImportsOf(path);
      const onBare = [...all].some((file) => isOfTests(file) && importsOf(file).some((name) => BARE.includes(name)));
      return onBare && late.some((file) => all.has(file)) && !all.has(LATE_CODE_OF_TESTS);
    });
  assert.deepEqual(wrong, []);
});
