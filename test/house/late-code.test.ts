// Code that clients load late is loaded before virtual time begins, whatever the options of the client are. A program
// that loaded it meanwhile ended with "deadlock", or had another trace in its first run than in its second.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { root } from "./root.ts";

/** Files whose late code no simulated client has, and why. */
const OUTSIDE: readonly (readonly [path: string, why: string])[] = [
  ["src/platform/", "hosts have sockets, timers and TLS of their own"],
  ["src/cli/", "the command is not simulated"],
  ["src/browser.ts", "starts an embedded cluster in a page"],
  ["src/security/token-providers.ts", "tokens of clouds come over HTTP, which no simulation has"],
];

const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
  .map((entry) => posix.join(entry.parentPath.slice(root.length), entry.name).replace(/^\//, ""));

/** Whether the file loads one of ours with `import()`. */
function loadsLate(path: string): boolean {
  const file = ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest);
  const found = (node: ts.Node): boolean =>
    (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) ||
    ts.forEachChild(node, (child) => (found(child) ? true : undefined)) === true;
  return found(file);
}

test("loadLateCode() knows each file of src that loads code late", () => {
  const late = sources.filter(loadsLate).filter((path) => !OUTSIDE.some(([outside]) => path.startsWith(outside)));
  const known = ts
    .preProcessFile(readFileSync(join(root, "src/late-code.ts"), "utf8"))
    .importedFiles.map(({ fileName }) => posix.join("src", fileName));
  assert.deepEqual(known.sort(), late.sort());
  assert.ok(late.length >= 11, `${late.length} files`);
});
