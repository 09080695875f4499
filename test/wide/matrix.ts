import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../house/root.ts";

/** The result of one test of a host or a tool: a row of docs/MATRIX.md. */
export interface Row {
  readonly what: string;
  /** The packages, and the Node, that were used. */
  readonly versions: string;
  /** Undefined: it works. */
  readonly failure: string | undefined;
  /** In a table that has a column for each thing that was tried: the results, by column. */
  readonly cells?: Readonly<Record<string, string>>;
}

/** Leaves the rows for scripts/wide.mjs, which puts them into the page. */
export function writeRows(part: string, rows: readonly Row[]): void {
  const folder = join(root, "build", "wide");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${part}.json`), JSON.stringify(rows));
}
