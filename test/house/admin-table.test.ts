// The table of calls in docs/admin.md is made from the code: from the rows of the table test, the doc comments, the
// tests on a real Kafka, and what the embedded cluster serves.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { handlers } from "../../src/embedded/handlers/registry.ts";
import type { CallRow } from "../client/admin-calls/call-row.ts";
import { ROWS } from "../client/admin-calls/rows.ts";
import { root } from "./root.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const filesIn = (folder: string, pattern: RegExp): string =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => pattern.test(file))
    .map((file) => read(`${folder}/${file}`))
    .join("\n");

const INTERFACES = filesIn("src/admin", /^\w[\w-]*\/(?!loaded-)[\w-]+-calls\.ts$/);
const ON_KAFKA = filesIn("test/kafka", /^admin-[\w-]+\.test\.ts$/);
const SERVED = handlers();

/** The first release whose brokers have the call, by its doc comment. */
function brokersOf(name: string): string {
  const comment = new RegExp(String.raw`/\*\*((?:(?!\*/)[^])*)\*/\s+${name}\(`).exec(INTERFACES)?.[1] ?? "";
  const text = comment.replaceAll(/\s*\n\s*\*\s?/g, " ");
  const said = /Brokers from Kafka (\d+(?:\.\d+)*)|Any broker/.exec(text);
  assert.ok(said !== null, `the doc comment of ${name} does not say which brokers have it`);
  return said[1] === undefined ? "any" : said[1];
}

function lineOf({ name, api }: CallRow): string {
  const isTried = ON_KAFKA.includes(`admin.${name}(`);
  const embedded = SERVED.has(api.key) ? "yes" : "no: kind `unsupported`";
  return `| \`${name}\` | ${api.name} (${api.key}) | ${brokersOf(name)} | ${isTried ? "yes" : "no"} | ${embedded} |`;
}

test("docs/admin.md has each call with its API, its brokers, and where it is tested", () => {
  const table = [
    "| call | API (key) | brokers from Kafka | tested on a real Kafka | embedded cluster |",
    "| --- | --- | --- | --- | --- |",
    ...ROWS.map(lineOf),
  ].join("\n");
  const page = read("docs/admin.md");
  const begin = page.indexOf("| call | API");
  const end = page.indexOf("\n\n", begin);
  assert.equal(page.slice(begin, end), table, `write this in docs/admin.md:\n${table}\n`);
});
