// A kind of fault is one file, and the table of docs/simulation.md says of each what its file says.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { FaultDefinition } from "../../src/simulation/fault-definition.ts";
import { FAULT_KINDS } from "../../src/simulation/fault-kinds.ts";
import { FAULTS } from "../../src/simulation/fault-table.ts";
import { root } from "./root.ts";

const folder = join(root, "src", "simulation", "faults");

/** The comment of the definition in a file, on one line. */
function commentOf(file: string): string {
  const comment = /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport const \w+: FaultDefinition</.exec(
    readFileSync(file, "utf8"),
  )?.[1];
  assert.ok(comment !== undefined, `${file} has no comment above its definition`);
  return comment
    .replaceAll(/^ *\* /gm, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** The row of a kind, with one bar between two cells. */
function rowOf({ kind, amount, onlyWhenAsked }: FaultDefinition): string {
  const range = amount === undefined ? "–" : `${amount.least} to ${amount.greatest} ${amount.unit}`.trim();
  const does = commentOf(join(folder, `${kind}.ts`));
  return `\`${kind}\`|${range}|${does}${onlyWhenAsked === true ? " Drawn only when `kinds` names it." : ""}`;
}

/** The rows of the table of faults, without the white space that pads them. */
function tableOf(page: string): readonly string[] {
  const lines = page.split("\n");
  const head = lines.findIndex((line) => /^\| kind +\| `amount` +\| what it does +\|$/.test(line));
  assert.ok(head >= 0, "docs/simulation.md has no table of faults");
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((line) => line.replaceAll(/ *\| */g, "|").slice(1, -1));
}

test("each file of src/simulation/faults is a kind of fault, and each kind has its file", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  assert.deepEqual(files.sort(), FAULT_KINDS.map((kind) => `${kind}.ts`).sort());
});

test("the table of faults in docs/simulation.md has a row for each kind, which says what its file says", () => {
  assert.deepEqual(
    tableOf(readFileSync(join(root, "docs", "simulation.md"), "utf8")),
    FAULT_KINDS.map((kind) => rowOf(FAULTS[kind])),
  );
});
