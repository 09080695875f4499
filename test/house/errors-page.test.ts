// The texts in the tables of docs/errors.md and docs/security.md are those of the source: a text that is changed there
// must be changed here.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface Row {
  readonly texts: readonly string[];
  readonly kind: string;
}

/** The rows of the tables whose first column is a text. */
function rowsOf(page: string): readonly Row[] {
  const tables = page.split("| text | kind |").slice(1);
  return tables
    .flatMap((table) =>
      table
        .split("\n")
        .slice(2)
        .filter((line) => line.startsWith("| ")),
    )
    .map((line) => {
      const [first = "", kind = ""] = line.slice(2).split(" | ");
      return { texts: [...first.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text), kind: kind.replaceAll("`", "") };
    });
}

/**
 * The parts of a text between what varies; the source may put them together at punctuation, and names of error codes
 * have a table of their own.
 */
function partsOf(text: string): readonly string[] {
  return text
    .split(/[…;:,()]|\b([A-Z]+(?:_[A-Z]+)+)\b/)
    .map((part: string | undefined) => part?.trim() ?? "")
    .filter((part) => part.length > 1);
}

/** Hand-written and generated source of the clients, without tests; quotes as they are printed, texts in one piece. */
function sources(path: string): string {
  return readdirSync(join(root, path), { withFileTypes: true })
    .map((entry) => {
      const child = `${path}/${entry.name}`;
      if (["src/cli", "src/embedded", "src/simulation", "src/protocol/messages"].includes(child)) return "";
      if (entry.isDirectory()) return sources(child);
      return child.endsWith(".ts") && !child.endsWith(".test.ts")
        ? withoutComments(read(child))
            .replaceAll("\\", "")
            .replaceAll(/["`] \+\n\s*["`]/g, "")
        : "";
    })
    .join("\n");
}

/** Without lines that are comments: a text that stands only in one is printed nowhere. */
function withoutComments(code: string): string {
  return code
    .split("\n")
    .filter((line) => !/^\s*(\/\/|\/\*|\*)/.test(line))
    .join("\n");
}

/** The parts of texts that the source does not have. */
function missing(source: string, rows: readonly Row[]): readonly string[] {
  return rows
    .flatMap(({ texts }) => texts)
    .flatMap(partsOf)
    .filter((part) => !source.includes(part));
}

const SOURCE = sources("src");
/** The tables without the white space that lines their columns up. */
const page = (path: string): string => read(path).replaceAll(/ +\|/g, " |").replaceAll(/\| -+/g, "|---");
const PAGE = page("docs/errors.md");
const ROWS = [...rowsOf(PAGE), ...rowsOf(page("docs/security.md"))];

test("each text in the tables of docs/errors.md and docs/security.md is one of the source", () => {
  assert.ok(ROWS.length >= 25, String(ROWS.length));
  for (const { texts } of ROWS)
    assert.ok(
      texts.some((text) => partsOf(text).some((part) => part.length >= 10)),
      `${texts.join()} says too little to be looked up`,
    );
  assert.deepEqual(missing(SOURCE, ROWS), []);
});

test("a text that the source changes is found, in each row", () => {
  for (const row of ROWS) {
    const longest = row.texts.flatMap(partsOf).sort((a, b) => b.length - a.length)[0] ?? "";
    assert.deepEqual(new Set(missing(SOURCE.replaceAll(longest, "changed"), [row])).has(longest), true, longest);
  }
});

test("each kind in the tables of docs/errors.md, and each in its list, is a kind of KafkaError", () => {
  const declared = /export type KafkaErrorKind =([^;]*);/.exec(read("src/errors/kafka-error.ts"))?.[1] ?? "";
  const kinds = [...declared.matchAll(/"([a-z-]+)"/g)].map(([, kind = ""]) => kind);
  assert.ok(kinds.length > 10);
  assert.deepEqual(
    ROWS.map(({ kind }) => kind).filter((kind) => kind !== "warning" && !kinds.includes(kind)),
    [],
  );
  const list = PAGE.split("\n").find((line) => line.startsWith("| `kind` |")) ?? "";
  assert.deepEqual(
    [...list.matchAll(/`([a-z-]+)`/g)].slice(1).map(([, kind = ""]) => kind),
    kinds,
  );
});
