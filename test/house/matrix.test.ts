// docs/MATRIX.md as data: a part that runs again replaces its own rows, and the check finds what is empty, failed or
// old.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./root.ts";

/** Runs a program that imports the functions of scripts/matrix.mjs, and returns its output as data. */
function evaluate(program: string): unknown {
  const imports = 'import { faultsOf, oldParts, readMatrix, rowOf, writeMatrix } from "./scripts/matrix.mjs";';
  const setup = 'const parts = { a: { title: "First", files: ["src"] }, b: { title: "Second", files: ["docs"] } };';
  const args = ["--input-type=module", "-e", `${imports}${setup}console.log(JSON.stringify(${program}));`];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: join(root), encoding: "utf8" })) as unknown;
}

const ROWS =
  'new Map([["a", [rowOf({ what: "x|y", versions: "v" }, "0123abc", "2026-01-01")]], ["b", [rowOf({ what: "z", ' +
  'versions: "v", failure: "broke\\nhere" }, "0123abc", "2026-01-01")]]])';

test("the page is read as it was written, whatever its cells have", () => {
  assert.equal(
    evaluate(
      `(() => { const page = writeMatrix(${ROWS}, parts); return writeMatrix(readMatrix(page), parts) === page; })()`,
    ),
    true,
  );
  assert.deepEqual(evaluate(`readMatrix(writeMatrix(${ROWS}, parts)).get("a")`), [
    { what: "x/y", versions: "v", result: "works", commit: "0123abc", date: "2026-01-01" },
  ]);
});

test("a part without rows, a row that failed and an empty cell are faults", () => {
  assert.deepEqual(evaluate(`faultsOf(${ROWS}, parts)`), ["b: z (v): result: **failed**: broke here"]);
  assert.deepEqual(evaluate("faultsOf(new Map(), parts)"), ["a: never ran", "b: never ran"]);
  assert.equal(
    (
      evaluate(
        'faultsOf(new Map([["a", [{ what: "x", versions: "", result: "works", commit: "c", date: "d" }]], ["b", ' +
          '[{ what: "x", versions: "v", result: "works", commit: "c", date: "d" }]]]), parts)',
      ) as readonly string[]
    ).length,
    1,
  );
});

test("a part with cells has a column for each; an empty cell, a failed one and a row that is missing are faults", () => {
  const cells =
    '{ c: { title: "Third", cells: ["produce", "trace hash"], expected: ["bun", "deno"], files: ["src"] } }';
  const rows = (produce: string): string =>
    `new Map([["c", [rowOf({ what: "bun", versions: "v", cells: { produce: "${produce}", "trace hash": "as Node's" } }, ` +
    '"c", "d")]]])';
  assert.equal(
    evaluate(
      `(() => { const page = writeMatrix(${rows("works")}, ${cells}); return writeMatrix(readMatrix(page), ${cells}) === page; })()`,
    ),
    true,
  );
  assert.deepEqual(evaluate(`faultsOf(${rows("works")}, ${cells})`), ["c: deno has no row"]);
  assert.deepEqual(evaluate(`faultsOf(${rows("")}, ${cells})`), [
    "c: deno has no row",
    "c: bun (v): produce: is empty",
  ]);
  assert.deepEqual(evaluate(`faultsOf(readMatrix(writeMatrix(${rows("")}, ${cells})), ${cells})`), [
    "c: deno has no row",
    "c: bun (v): produce: is empty",
  ]);
  const page = (produce: string): string =>
    `faultsOf(readMatrix(writeMatrix(${rows("works")}, ${cells}).replace("| works |", "|${produce}|")), ${cells})`;
  for (const [planted, fault] of [
    [" works, through the tunnel ", undefined],
    [" no: a page has no TCP ([its page](https://host.example)) ", undefined],
    ["", "is empty"],
    [" ", "is empty"],
    ["  ", "is empty"],
    [" - ", "-"],
    [" not tried here ", "not tried here"],
    [" no ", "no"],
    [" no: a page has no TCP ", "no: a page has no TCP"],
  ] as const)
    assert.deepEqual(
      evaluate(page(planted)),
      ["c: deno has no row", ...(fault === undefined ? [] : [`c: bun (v): produce: ${fault}`])],
      planted,
    );
  assert.deepEqual(evaluate(`faultsOf(${rows("**failed**: x")}, ${cells})`), [
    "c: deno has no row",
    "c: bun (v): produce: **failed**: x",
  ]);
});

test("a part is old when its files were touched after its commit, or when nobody knows that commit", () => {
  const head = execFileSync("git", ["rev-parse", "--short=10", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  const at = (commit: string): string =>
    `oldParts(new Map([["a", [rowOf({ what: "x", versions: "v" }, "${commit}", "d")]]]), parts, ".")`;
  assert.deepEqual(evaluate(at(head)), []);
  assert.deepEqual(evaluate(at("0000000000")), [{ name: "a", commit: "0000000000" }]);
  assert.deepEqual(evaluate(at(`${head} and changes`)), [{ name: "a", commit: `${head} and changes` }]);
  const first = execFileSync("git", ["log", "--format=%h", "--skip=1", "-1", "--", "src"], {
    cwd: root,
    encoding: "utf8",
  }).trim();
  assert.deepEqual(evaluate(at(first)), [{ name: "a", commit: first }]);
});
