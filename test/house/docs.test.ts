import { test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const folders = (path: string): string[] =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .map((e) => `${path}/${e.name}`);

/** The folders of src that a File Map leaves out. */
function missingFromMap(map: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => !map.includes(`\`${name}/\``));
}

/** The folders that a File Map names and that are not there. */
function notThere(map: string): readonly string[] {
  const named = [...map.matchAll(/^\| `(src\/[a-z/-]+)\/`/gm)].map(([, path = ""]) => path);
  return named.filter((path) => !existsSync(join(root, path)));
}

test("every folder of src, and every room in one, is in the File Map of docs/DESIGN.md, and no other", () => {
  const map = read("docs/DESIGN.md").split("## 9. File Map")[1] ?? "";
  const withRooms = ["src", "src/cluster", "src/producer", "src/consumer"];
  const all = withRooms.flatMap(folders);
  assert.deepEqual(missingFromMap(map, all), []);
  assert.deepEqual(missingFromMap(map.replace("`src/wire/`", ""), all), ["src/wire"]);
  assert.deepEqual(notThere(map), []);
  assert.deepEqual(notThere("| `src/nowhere/` | nothing |"), ["src/nowhere"]);
});

test("there is no dependency at run time; every package of development has its reason in docs/DEPENDENCIES.md", () => {
  const { dependencies = {}, devDependencies } = JSON.parse(read("package.json")) as {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  assert.deepEqual(Object.keys(dependencies), []);
  const page = read("docs/DEPENDENCIES.md");
  assert.deepEqual(
    Object.keys(devDependencies).filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

test("every file that the export map names is built", () => {
  const { exports, main, module, types } = JSON.parse(read("package.json")) as Readonly<Record<string, unknown>>;
  const files = (target: unknown): readonly string[] =>
    typeof target === "string" ? [target] : Object.values(target as object).flatMap(files);
  const named = [...files(exports), ...files([main, module, types])];
  assert.ok(named.length > 40, String(named.length));
  assert.deepEqual(
    named.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

test("the two commands of the README are scripts of package.json", () => {
  const readme = read("README.md");
  assert.ok(readme.includes("npm install && npm start"));
  assert.ok(readme.includes("npm install && npm test"));
});

test("the ten lines of docs/embedded.md are a test that runs", () => {
  const block = /```js\n([\s\S]*?)```/.exec(read("docs/embedded.md"))?.[1] ?? "";
  const file = read("test/embedded/unit-test-example.test.ts")
    .replace('"../../src/embedded.ts"', '"odradek/embedded"')
    .replace('"../../src/node.ts"', '"odradek"');
  assert.equal(file.slice(file.indexOf("import")), block);
  assert.equal(block.slice(block.indexOf("test(")).trim().split("\n").length, 10);
});

/** Hand-written source files and how long they are. */
function sourceSizes(path: string): readonly number[] {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const child = `${path}/${entry.name}`;
    if (child === "src/protocol/messages" || child === "src/errors/error-table.ts") return [];
    if (entry.isDirectory()) return sourceSizes(child);
    return child.endsWith(".ts") && !child.endsWith(".test.ts") ? [read(child).split("\n").length] : [];
  });
}

test("source files are small: the median has at most 140 lines", () => {
  const sizes = [...sourceSizes("src")].sort((a, b) => a - b);
  assert.ok(sizes.length > 50);
  assert.ok((sizes[sizes.length >> 1] ?? 0) <= 140, `the median is ${sizes[sizes.length >> 1] ?? 0}`);
});
