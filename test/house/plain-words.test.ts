// Prose is plain English: comments, error texts, log lines and pages have none of the words of plain-words.ts.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { hardWordsIn } from "./plain-words.ts";
import { commentProse, markdownProse, messageProse, type Prose } from "./prose.ts";
import { root } from "./root.ts";

/**
 * Folders and files that have not been rewritten yet. The list only gets shorter: an entry without a hit fails the
 * test. A file belongs to the longest entry that is its path or a folder above it.
 */
const NOT_YET: readonly string[] = [];

/** Pages and sources that are generated. */
const GENERATED: readonly string[] = [
  "docs/MATRIX.md",
  "src/protocol/messages",
  "src/errors/error-table.ts",
  "src/errors/error-code.ts",
];

function filesIn(path: string): readonly string[] {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const child = `${path}/${entry.name}`;
    if (GENERATED.includes(child) || entry.name === "node_modules") return [];
    return entry.isDirectory() ? filesIn(child) : [child];
  });
}

const PAGES = ["CHANGELOG.md", "packages/kafkajs/README.md", ...filesIn("docs").filter((path) => path.endsWith(".md"))];
const SOURCES = ["src", "packages/kafkajs/src", "packages/kafkajs/types", "test"]
  .flatMap(filesIn)
  .filter((path) => path.endsWith(".ts"));

/** The prose of a file: its comments and, in src, its messages; or a whole page. */
function proseOf(path: string, text: string): readonly Prose[] {
  if (path.endsWith(".md")) return markdownProse(text);
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const isClientCode = /^(src|packages\/kafkajs\/src)\//.test(path) && !path.endsWith(".test.ts");
  return isClientCode ? [...commentProse(source), ...messageProse(source)] : commentProse(source);
}

/** The hard words of a file, each with its line and the words to use instead. */
function complaints(path: string, text: string): readonly string[] {
  return proseOf(path, text).flatMap(({ start, text: prose }) =>
    hardWordsIn(prose).map(({ at, found, better }) => {
      const line = text.slice(0, start + at).split("\n").length;
      return `${path}:${String(line)}: "${found}": write ${better}`;
    }),
  );
}

/** The longest of the entries that contain a file; undefined when none does. */
function entryOf(path: string, entries: readonly string[]): string | undefined {
  return entries
    .filter((entry) => path === entry || path.startsWith(`${entry}/`))
    .sort((a, b) => b.length - a.length)[0];
}

const FOUND = [...PAGES, ...SOURCES].map((path) => ({
  path,
  complaints: complaints(path, readFileSync(join(root, path), "utf8")),
}));

test("no comment, error text, log line or page has a word that plain-words.ts lists", () => {
  assert.ok(PAGES.length > 15, String(PAGES.length));
  assert.ok(SOURCES.length > 300, String(SOURCES.length));
  const left = FOUND.filter(({ path }) => entryOf(path, NOT_YET) === undefined).flatMap((one) => one.complaints);
  assert.ok(left.length === 0, left.join("\n"));
});

test("a folder whose words are all plain is taken off the list of those not yet rewritten", () => {
  const rotten = NOT_YET.filter(
    (entry) => !FOUND.some((one) => one.complaints.length > 0 && entryOf(one.path, NOT_YET) === entry),
  );
  assert.deepEqual(rotten, []);
  assert.deepEqual(
    NOT_YET.filter((entry) => !existsSync(join(root, entry))),
    [],
  );
});

test("a hard word is found with its line, also where it wraps", () => {
  const page =
    "# What it is\n\nRead this. What a hook throws the loop throws.\n\n- made\n  anew, beside\n  each other\n";
  assert.deepEqual(
    complaints("docs/x.md", page).map((one) => one.split(": write")[0]),
    ['docs/x.md:6: "anew"', 'docs/x.md:3: "What"', 'docs/x.md:6: "beside each other"'],
  );
  const code = "const a = 1; // so\n// many\n/** Tell.\n * Who awaits it waits.\n */\nf(() => {\n  // nobody\n});\n";
  assert.deepEqual(
    complaints("test/x.ts", code).map((one) => one.split(": write")[0]),
    ['test/x.ts:1: "so many"', 'test/x.ts:4: "Who"', 'test/x.ts:7: "nobody"'],
  );
});

test("the texts of errors and log lines are read, other strings and code are not", () => {
  const code = [
    'throw new KafkaError("config", `topic ${name} was told`);',
    'this.#log.warn(isDone ? "made anew" : "x");',
    'const nobody = "told";',
    'throw brokerError(code, "lest");',
  ].join("\n");
  assert.deepEqual(
    complaints("src/x.ts", code).map((one) => one.split(": write")[0]),
    ['src/x.ts:1: "told"', 'src/x.ts:2: "anew"', 'src/x.ts:4: "lest"'],
  );
  assert.deepEqual(complaints("test/x.ts", code), []);
  assert.deepEqual(complaints("docs/x.md", "Use `nobody`.\n\n```ts\n// told\n```\n\n[a](told.md)\n"), []);
});

test("questions, and words inside other words, are no hits", () => {
  assert.deepEqual(hardWordsIn("What does it return? Who calls it? The user, who calls it. Untold. Janewa."), []);
  for (const sentence of [
    "The reader answers null.",
    "It answers whether it is open.",
    "The log is told.",
    "It is passed over.",
    "Whoever calls it waits.",
    "The one in which a batch stands.",
    "Ends it; who waits is woken.",
    "An error of its own kind.",
    "Asked again, if need be.",
  ])
    assert.ok(hardWordsIn(sentence).length > 0, sentence);
});
