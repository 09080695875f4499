// Each public method of a client has its place in docs/guarantees.md, and the page names no others. The doc comment of
// each call in its tables says the same things as its row: acceptance, deadline, signal, and the effect of close().
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
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

/** The interfaces of the calls that a class has besides its own methods. */
const INTERFACES: Readonly<Record<string, readonly string[]>> = {
  Admin: readdirSync(join(root, "src/admin"), { recursive: true, encoding: "utf8" })
    .filter((file) => /^(\w[\w-]*)\/(?!loaded-)[\w-]+-calls\.ts$/.test(file))
    .map((file) => `src/admin/${file}`),
};

type Declared = ts.ClassDeclaration | ts.InterfaceDeclaration;

/** The declarations of a client: its class, and the interfaces of its calls. */
function declarationsOf(name: string, file: string): readonly Declared[] {
  return [file, ...(INTERFACES[name] ?? [])].map((one) => {
    const source = ts.createSourceFile(one, readFileSync(join(root, one), "utf8"), ts.ScriptTarget.ES2022, true);
    const declared = source.statements.find((node): node is Declared =>
      one === file ? ts.isClassDeclaration(node) && node.name?.text === name : ts.isInterfaceDeclaration(node),
    );
    assert.ok(declared !== undefined, `${one} has no ${name}`);
    return declared;
  });
}

/** The names of the methods that users call. */
function methodsOf(name: string, file: string): readonly string[] {
  return declarationsOf(name, file)
    .flatMap(({ members }) => [...members])
    .flatMap((member) => {
      const isHidden = member.getFullText().includes("@internal");
      const isMethod = ts.isMethodDeclaration(member) || ts.isMethodSignature(member);
      return isMethod && ts.isIdentifier(member.name) && !isHidden ? [member.name.text] : [];
    });
}

/** The doc comments of a client's methods by their names, and that of its class by its own. */
function commentsOf(declarations: readonly Declared[]): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  for (const node of declarations.flatMap((declared) => [declared, ...declared.members])) {
    const text = ts.getJSDocCommentsAndTags(node).map((doc) => doc.getText().replaceAll(/\s*\n\s*\*?\s*/g, " "));
    const name = node.name?.getText() ?? "";
    if (text.length > 0) comments.set(name, [comments.get(name) ?? "", ...text].join(" "));
  }
  return comments;
}

/** A comment with those that it refers to: `as for {@link send}`, `see {@link Admin}`. */
function inFull(comments: ReadonlyMap<string, string>, name: string, seen: readonly string[] = []): string {
  const own = comments.get(name) ?? "";
  const others = [...own.matchAll(/(?:as for|as|see) \{@link (\w+)\}/g)].map((found) => found[1] ?? "");
  const next = others.filter((other) => !seen.includes(other) && other !== name);
  return [own, ...next.map((other) => inFull(comments, other, [...seen, name]))].join(" ");
}

/** One call of a row: its client, its name, and the other columns by their names. */
interface Promised {
  readonly client: string;
  readonly call: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** The rows of all tables below the heading of a client. */
function promises(page: string): readonly Promised[] {
  return page.split(/^## /m).flatMap((section) => {
    const lines = section.split("\n");
    const cells = (line: string): readonly string[] => line.split("|").map((cell) => cell.trim());
    const titles = cells(lines.find((line) => /^\| calls? /.test(line)) ?? "");
    return lines
      .filter((line) => line.startsWith("| `"))
      .flatMap((line) => {
        const columns = Object.fromEntries(cells(line).map((cell, i) => [titles[i] ?? "", cell]));
        const calls = [...(columns["call"] ?? "").matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? "");
        return calls.map((call) => ({ client: lines[0]?.trim() ?? "", call, columns }));
      });
  });
}

/** The parts of a row that the comment of its call does not mention. */
function unsaid({ call, columns }: Promised, comment: string): readonly string[] {
  const deadline = columns["deadline"] ?? "";
  const needs: readonly (readonly [string, boolean, RegExp])[] = [
    ["accepted", columns["accepted"] !== "–", /accepted/i],
    ["deadline", true, /^(?:none|–)/.test(deadline) ? /deadline/i : /timeout|deadline/i],
    ["signal", columns["signal"] !== "none", /signal/],
    ["close()", true, call === "close" ? /idempotent|second call|same promise/i : /`close\(\)`|`closed`/],
  ];
  return needs.flatMap(([name, isNeeded, pattern]) => (isNeeded && !pattern.test(comment) ? [name] : []));
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

const PROMISES = promises(PAGE).filter(({ call }) => call !== "for await");

test("the doc comment of each call says when it is accepted, its deadline, its signal, and the effect of close()", () => {
  assert.ok(PROMISES.length > 25, String(PROMISES.length));
  const comments = new Map(
    Object.entries(CLASSES).map(([name, file]) => [name, commentsOf(declarationsOf(name, file))]),
  );
  assert.deepEqual(
    PROMISES.flatMap((promised) => {
      const { client, call } = promised;
      const lacks = unsaid(promised, inFull(comments.get(client) ?? new Map(), call));
      return lacks.map((lack) => `${client}.${call}: ${lack}`);
    }),
    [],
  );
});

test("a comment that leaves out what its row says is found, and one that refers to another is not", () => {
  const [promised] = promises(
    "## A\n\n| call | accepted | deadline | signal | close() |\n| --- |\n| `a`, `b` | now | 1 s | ends | ends |\n",
  );
  assert.ok(promised !== undefined);
  assert.deepEqual([promised.client, promised.call], ["A", "a"]);
  assert.deepEqual(unsaid(promised, "Sends."), ["accepted", "deadline", "signal", "close()"]);
  const comments = new Map([
    ["a", "Sends. Accepted when it returns; otherwise as for {@link b}."],
    ["b", "Has a timeout. A `signal` ends it, as `close()` does; as {@link a}."],
  ]);
  assert.deepEqual(unsaid(promised, inFull(comments, "a")), []);
});
