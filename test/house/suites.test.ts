// Every test file stands in one suite, every suite in a layer with a floor, and the parts of the wide layer name files
// that exist.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

interface Suite {
  readonly layer: string;
  readonly files: readonly string[];
}

interface Tables {
  readonly suites: Readonly<Record<string, Suite>>;
  readonly files: readonly (readonly [path: string, suite: string | null])[];
  readonly parts: Readonly<
    Record<string, { readonly files: readonly string[]; readonly suites?: readonly string[]; readonly rows?: string }>
  >;
}

/** The tables of the scripts, which are plain JavaScript. */
function tables(): Tables {
  const program = `
    import { SUITES, suiteOf, testFiles } from "./scripts/suites.mjs";
    import { PARTS } from "./scripts/wide-parts.mjs";
    const files = testFiles(".").map((path) => [path, suiteOf(path) ?? null]);
    console.log(JSON.stringify({ suites: SUITES, files, parts: PARTS }));`;
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: root, encoding: "utf8" }),
  ) as Tables;
}

const { suites, files, parts } = tables();
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("every test file belongs to a suite, and no prefix of a suite is without files", () => {
  assert.deepEqual(
    files.filter(([, suite]) => suite === null),
    [],
  );
  assert.ok(files.length > 250, String(files.length));
  const idle = Object.entries(suites).flatMap(([name, suite]) =>
    suite.files.filter((prefix) => !files.some(([path, of]) => of === name && path.startsWith(prefix))),
  );
  assert.deepEqual(idle, []);
});

test("every suite has a floor, and a command that runs it: npm test, .ci/run or a part of the wide layer", () => {
  const floors = JSON.parse(read("test/floors.json")) as Readonly<Record<string, number>>;
  assert.deepEqual(
    Object.keys(suites).filter((name) => !(floors[name] ?? 0)),
    [],
  );
  assert.deepEqual(
    Object.keys(floors).filter((name) => name !== "vectors" && suites[name] === undefined),
    [],
  );
  const commands = { test: read("scripts/check.mjs"), ci: read(".ci/run") };
  const runs = (name: string, layer: string): boolean => {
    if (layer === "wide")
      return Object.values(parts).some((part) => part.rows === name || part.suites?.includes(name) === true);
    const text = commands[layer as keyof typeof commands];
    return text.includes(`--suite=${name}`) || (name === "unit" && text.includes('["scripts/test.mjs"]'));
  };
  assert.deepEqual(
    Object.entries(suites)
      .filter(([name, { layer }]) => !runs(name, layer))
      .map(([name]) => name),
    [],
  );
});

test("the files that make a part of the wide layer old exist", () => {
  const missing = Object.entries(parts).flatMap(([name, part]) =>
    part.files.filter((file) => !existsSync(join(root, file))).map((file) => `${name}: ${file}`),
  );
  assert.deepEqual(missing, []);
});
