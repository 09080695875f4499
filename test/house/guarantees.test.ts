// Each public method of a client has its place in docs/guarantees.md, and the page names no others.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { root } from "./root.ts";

const CLASSES: Readonly<Record<string, string>> = {
  Producer: "src/producer/producer.ts",
  Transaction: "src/producer/transaction.ts",
  Consumer: "src/consumer/consumer.ts",
  PartitionStream: "src/consumer/reading/partition-stream.ts",
  Admin: "src/admin/admin.ts",
  Kafka: "src/kafka.ts",
};

/** The names of the methods that users call. */
function methodsOf(name: string, file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.ES2022, true);
  const declared = source.statements.find((one) => ts.isClassDeclaration(one) && one.name?.text === name);
  assert.ok(declared !== undefined && ts.isClassDeclaration(declared), `${file} has no class ${name}`);
  return declared.members.flatMap((member) => {
    const isHidden = member.getFullText(source).includes("@internal");
    return ts.isMethodDeclaration(member) && ts.isIdentifier(member.name) && !isHidden ? [member.name.text] : [];
  });
}

const PAGE = readFileSync(join(root, "docs", "guarantees.md"), "utf8");
const METHODS = Object.entries(CLASSES).flatMap(([name, file]) => methodsOf(name, file));

test("each method of a client is on the page of guarantees", () => {
  assert.ok(METHODS.length > 50, String(METHODS.length));
  assert.deepEqual(
    METHODS.filter((name) => !PAGE.includes(`\`${name}\``)),
    [],
  );
});

test("each call in the tables of guarantees is a method of a client", () => {
  const rows = PAGE.split("\n").filter((line) => line.startsWith("| `"));
  assert.ok(rows.length > 20, String(rows.length));
  const named = rows.flatMap((row) => [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map((found) => found[1]));
  assert.deepEqual(
    named.filter((name) => name !== "for await" && !METHODS.includes(name ?? "")),
    [],
  );
});
