// What a script prints: what it measured, on what, and one table.
import { machine } from "../peers/machine.mjs";
import { median, number, summarise } from "../peers/statistics.mjs";
import { BUILDS } from "./builds.mjs";

/** From here on figures of two runs do not compare. */
const QUIET_CORES = 0.5;

/** The machine, and how much of it others than client and broker used meanwhile. */
export function setting(lines) {
  const { cores, model, node, commit } = machine();
  const others = lines.map((line) => line.others ?? 0);
  return (
    `${cores} cores (${model}), ${node}, commit ${commit}; others used ${number(median(others))} cores ` +
    `meanwhile, up to ${number(Math.max(...others))}: ` +
    (median(others) > QUIET_CORES ? "a loaded machine, compare figures of this run only." : "a quiet machine.")
  );
}

/**
 * Prints a table with a line for each row and build. `columns`: name, and the cell's text by `value(field)`, the median
 * of the runs, and `other(row)`, the medians of another row of the same build.
 */
export function print(about, lines, columns) {
  const rows = summarise(lines.map((line) => ({ ...line, work: line.row, client: line.build })));
  const find = (row, build) => rows.find(({ work, client }) => work === row && client === build);
  const head = ["row", ...(BUILDS.length > 1 ? ["build"] : []), ...columns.map(([name]) => name)];
  console.log(`${about}\n${setting(lines)} Medians; a dash is a run that failed.\n`);
  console.log(
    `| ${head.join(" | ")} |\n|---|${head
      .slice(1)
      .map(() => "--:|")
      .join("")}`,
  );
  for (const { work, client, runs, failures, value } of rows) {
    const other = (row) => find(row, client)?.value ?? (() => undefined);
    const cells = columns.map(([, cell]) => (runs.length === 0 ? "-" : cell({ value, other, row: work })));
    console.log(`| ${[work, ...(BUILDS.length > 1 ? [client] : []), ...cells].join(" | ")} |`);
    if (failures.length > 0) console.error(`${work}, ${client}: ${failures.length} failed: ${failures[0]}`);
  }
}

/** A cell of a number, and whether it holds a goal. */
export function held(value, most, unit = "") {
  return value === undefined ? "" : `${number(value)}${unit} ${value < most ? "(reached)" : "(**missed**)"}`;
}
