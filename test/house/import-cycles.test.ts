// No file of src or packages imports itself, directly or through other files, imports of types included. Not a rule of
// lint: import-x/no-cycle parses every file once more, and ignores imports of types.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { root } from "./root.ts";

/** The modules that a file imports or re-exports from, types included, as it writes them. */
function importsOf(code: string): readonly string[] {
  return ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** The imports of each file, by path; imports of packages and of files that are not in `files` are left out. */
function importGraph(files: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Array.from(files, ([path, code]) => [
      path,
      importsOf(code)
        .filter((name) => name.startsWith("."))
        .map((name) => posix.join(posix.dirname(path), name))
        .filter((imported) => files.has(imported)),
    ]),
  );
}

/** Each cycle that a walk through the graph runs into, as the files on it. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const done = new Set<string>();
  const walk = (path: string, way: readonly string[]): void => {
    const from = way.indexOf(path);
    if (from >= 0) {
      cycles.push([...way.slice(from), path]);
      return;
    }
    if (done.has(path)) return;
    for (const imported of graph.get(path) ?? []) walk(imported, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return cycles;
}

function sources(folder: string): readonly (readonly [path: string, code: string])[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(path);
    const isSource = path.endsWith(".ts") && !path.endsWith(".test.ts");
    return isSource ? [[path, readFileSync(join(root, path), "utf8")] as const] : [];
  });
}

test("no file of src, or of the drop-in for kafkajs, imports itself by way of others, type imports included", () => {
  const graph = importGraph(new Map(["src", "packages/kafkajs/src"].flatMap(sources)));
  assert.ok((graph.get("src/kafka.ts")?.length ?? 0) > 5, "the graph has the imports of src/kafka.ts");
  assert.deepEqual(
    cyclesOf(graph).map((cycle) => cycle.join(" -> ")),
    [],
  );
});

const CYCLES: readonly (readonly [what: string, closing: string])[] = [
  ["an import of a value", 'import { a } from "../a.ts";'],
  ["an import of types", 'import type { A } from "../a.ts";'],
  ["an import of one type", 'import { type A } from "../a.ts";'],
  ["a re-export of everything", 'export * from "../a.ts";'],
  ["a re-export of a type", 'export type { A } from "../a.ts";'],
  ["an import in a function", 'export const a = (): unknown => import("../a.ts");'],
  ["a type that names the file", 'export type B = import("../a.ts").A;'],
];

for (const [what, closing] of CYCLES)
  test(`a planted cycle that is closed by ${what} is found`, () => {
    const files = new Map([
      ["src/z.ts", 'import "./a.ts";'],
      ["src/a.ts", 'import type { B } from "./room/b.ts";\nimport "some-package";'],
      ["src/room/b.ts", 'import { c } from "./c.ts";'],
      ["src/room/c.ts", `${closing}\nexport const c = 1;`],
    ]);
    assert.deepEqual(cyclesOf(importGraph(files)), [["src/a.ts", "src/room/b.ts", "src/room/c.ts", "src/a.ts"]]);
  });

test("two files that import a third are no cycle", () => {
  const files = new Map([
    ["src/a.ts", 'import "./b.ts";\nimport "./c.ts";'],
    ["src/b.ts", 'import "./c.ts";'],
    ["src/c.ts", ""],
  ]);
  assert.deepEqual(cyclesOf(importGraph(files)), []);
});
