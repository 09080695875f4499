// Broker error codes have one vocabulary: ErrorCode of src/errors. No other file of src writes a code as a number.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { type NumberCode, numberCodesIn } from "./number-codes.ts";
import { root } from "./root.ts";

/** Files and folders that still have numbers. The list only gets shorter. */
const NOT_YET: readonly string[] = [
  "src/cluster/metadata-refresh.ts",
  "src/cluster/metadata.ts",
  "src/consumer",
  "src/producer",
  "src/scenarios",
];

const SOURCES = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .map((path) => `src/${path}`)
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
  .filter((path) => !path.startsWith("src/errors/") && !path.startsWith("src/protocol/messages/"));

function codesIn(path: string, text: string): readonly NumberCode[] {
  return numberCodesIn(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
}

const FOUND = SOURCES.map((path) => ({ path, codes: codesIn(path, readFileSync(join(root, path), "utf8")) }));

function isIn(path: string, entry: string): boolean {
  return path === entry || path.startsWith(`${entry}/`);
}

test("no file of src writes a broker error code as a number", () => {
  assert.ok(SOURCES.length > 300, String(SOURCES.length));
  const left = FOUND.filter(({ path }) => !NOT_YET.some((entry) => isIn(path, entry))).flatMap(({ path, codes }) =>
    codes.map(({ line, text }) => `${path}:${String(line)}: ${text}: use ErrorCode of src/errors`),
  );
  assert.ok(left.length === 0, left.join("\n"));
});

test("a folder without such numbers is taken off the list", () => {
  const rotten = NOT_YET.filter((entry) => !FOUND.some(({ path, codes }) => codes.length > 0 && isIn(path, entry)));
  assert.deepEqual(rotten, []);
});

test("each form of a code as a number is found", () => {
  for (const code of [
    "if (answer.errorCode !== 0) f();",
    "if ((found?.code ?? 0) === ErrorCode.NONE) f();",
    "if ((found?.code ?? NONE) === -1) f();",
    'if (body["errorCode"] === 3) f();',
    "const one = { index, errorCode: 6 };",
    "switch (error.code) { case 25: f(); }",
    "const RETRIED_ERRORS = [14, 15];",
    "const ERRORS = { JoinGroup: [14, 15] };",
    "const codes: ReadonlySet<number> = new Set([22]);",
    "if ([22, 25, 82].includes(error.code)) f();",
    'throw brokerError(22, "cannot commit");',
  ])
    assert.equal(codesIn("src/x.ts", code).length, 1, code);
});

test("other numbers are no codes", () => {
  for (const code of [
    "if (answer.errorCode !== ErrorCode.NONE) f();",
    "if (count === 0 || statusCode === 404) f();",
    "const sizes = [1, 2];",
    "if ([1, 2].includes(count)) f();",
    "const one = { errorCode: ErrorCode.NONE, baseOffset: -1 };",
    'f(new KafkaError("config", "x"), 3);',
  ])
    assert.deepEqual(codesIn("src/x.ts", code), [], code);
});
