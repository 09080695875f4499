// Names of operations in error texts and log lines say "cannot commit offsets", not "committing offsets".
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { root } from "./root.ts";

/** Files and folders in which a text may begin with a participle, and why. */
const MAY: Readonly<Record<string, string>> = {
  "src/cluster/broker-pool.ts": "what is pending, in the middle of a line: `still connecting to …`",
  "src/consumer/consumer-loops.ts": "the end of `cannot begin …`",
  "src/errors/foreign-names.ts": "whole sentences of advice",
  "src/network": "`connecting to … took more than … ms`, and what is pending, in the middle of a line",
  "src/runtime/conformance": "titles of laws: whole sentences",
  "src/scenarios": "the beginning of `… did not end within … ms`, and notes in the picture",
};

/** Nouns and other words that end like participles. */
const NO_PARTICIPLE = ["nothing", "during", "string", "missing"];

function sourcesIn(path: string): readonly string[] {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const child = `${path}/${entry.name}`;
    if (child === "src/protocol/messages") return [];
    if (entry.isDirectory()) return sourcesIn(child);
    return child.endsWith(".ts") && !child.endsWith(".test.ts") ? [child] : [];
  });
}

/** The texts in a file that begin with a participle. */
function participles(path: string, text: string): readonly string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isText = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateHead(node);
    const first = isText ? (/^([a-z]+ing) /.exec(node.text)?.[1] ?? "") : "";
    if (isText && first !== "" && !NO_PARTICIPLE.includes(first)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const FOUND = sourcesIn("src").map((path) => ({
  path,
  texts: participles(path, readFileSync(join(root, path), "utf8")),
}));
const isIn = (path: string, entry: string): boolean => path === entry || path.startsWith(`${entry}/`);

test("no error text or log line begins with a participle", () => {
  assert.ok(FOUND.length > 300, String(FOUND.length));
  assert.deepEqual(
    FOUND.filter(({ path, texts }) => texts.length > 0 && !Object.keys(MAY).some((entry) => isIn(path, entry))),
    [],
  );
});

test("a file without such a text is not on the list of those that may have one", () => {
  assert.deepEqual(
    Object.keys(MAY).filter((entry) => !FOUND.some(({ path, texts }) => texts.length > 0 && isIn(path, entry))),
    [],
  );
});

test("a participle is found in strings and templates, and only at their beginning", () => {
  const code = [
    'retry("committing offsets", () => 1);',
    "retry(`leaving group ${id}`, () => 1);",
    'retry("cannot write while closing it", () => 1);',
    'const state = "joining";',
    'const text = "nothing is left";',
  ].join("\n");
  assert.deepEqual(participles("a.ts", code), ["committing offsets", "leaving group "]);
});
