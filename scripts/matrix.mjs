// docs/MATRIX.md as data: a section for each part of `npm run test:wide`, a row for each thing that was tried.
import { spawnSync } from "node:child_process";

const RESULT = ["result"];
const MAX_CELL = 200;
const WORKS = "works";
const FAILED = "**failed**";

/** The columns of a part: one result, or a cell for each of its `cells`. */
const columnsOf = ({ cells = RESULT }) => ["what", "versions", ...cells, "commit", "date"];

/**
 * What a table with a column for each thing may say: that it ran, or why it cannot, with a link to the host's own page.
 * "Not tried" is no result.
 */
const IS_RESULT = /^(works|as Node's$|no: .*\]\(https:)/;

/** Whether a row reports a failure. */
export const isFailed = (row) => Object.values(row).some((cell) => cell?.startsWith(FAILED));

export const INTRODUCTION = `# Where the package was tried

\`npm run test:wide\` writes this page, part by part (\`--part=NAME\`); \`.ci/run\` fails when a part has no row here,
or a row that failed, or an empty cell.

The first part has a row for each host and a column for each thing. Each cell is the result of a program that ran there:
over TCP and TLS with a real Kafka; the embedded cluster and the simulator, in virtual time, by one program whose trace
is compared with Node's. A web page has no TCP and goes [through a tunnel](browser.md). QuickJS has none either, and uses
the [sockets of the program that embeds it](platforms.md). The platforms of GJS and QuickJS have no \`crypto\`, so their
login is PLAIN, over TLS; elsewhere it is SCRAM-SHA-512, over TLS.

In the second part the packed tarball is installed in an empty folder, on each host and with each tool. The same
application runs each time: it sends a gzip and a zstd record and reads them, on the embedded cluster and then over TCP
on \`odradek broker\`. Bundles and executables run in a folder that has no \`node_modules\`, bundles on the Node of the
row and on Node 20.0.0. [tools.md](tools.md) says which settings tools need.
`;

/** The rows of each part, by its name. */
export function readMatrix(text) {
  const sections = text.split(/^## /m).slice(1);
  return new Map(sections.map((section) => [/^.*\((.*)\)/.exec(section)?.[1] ?? "", rowsOf(section)]));
}

function rowsOf(section) {
  const [columns, ...rows] = section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .trim()
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  return rows.map((cells) => Object.fromEntries(columns.map((column, i) => [column, cells[i]])));
}

/** The page, with the parts in the order of the table. */
export function writeMatrix(matrix, parts) {
  const sections = Object.entries(parts).map(([name, part]) => {
    const columns = columnsOf(part);
    const line = (cells) => `| ${cells.join(" | ")} |`;
    const rows = (matrix.get(name) ?? []).map((row) => line(columns.map((column) => row[column] ?? "")));
    const head = [line(columns), `|${columns.map(() => "---|").join("")}`];
    return `## ${part.title} (${name})\n\n${[...head, ...rows].join("\n")}\n`;
  });
  return [INTRODUCTION, ...sections].join("\n");
}

/** A row, as a run of today gives it. `failure`: undefined where all is well. */
export function rowOf({ what, versions, result = WORKS, failure, cells }, commit, date) {
  const cell = (text) => text.replaceAll("|", "/").replace(/\s+/g, " ").slice(0, MAX_CELL);
  const results = cells ?? { result: failure === undefined ? result : `${FAILED}: ${failure}` };
  return {
    what: cell(what),
    versions: cell(versions),
    ...Object.fromEntries(Object.entries(results).map(([column, text]) => [column, cell(text)])),
    commit,
    date,
  };
}

/** The faults of the page: parts without rows, rows that are missing or failed, cells that are empty or no result. */
export function faultsOf(matrix, parts) {
  return Object.entries(parts).flatMap(([name, part]) => {
    const rows = matrix.get(name) ?? [];
    if (rows.length === 0) return [`${name}: never ran`];
    const missing = (part.expected ?? []).filter((what) => !rows.some((row) => row.what === what));
    const bad = rows.flatMap((row) => {
      const columns = columnsOf(part).filter((column) => isBad(part, column, row[column]));
      return columns.map((column) => `${name}: ${row.what} (${row.versions}): ${column}: ${row[column] || "is empty"}`);
    });
    return [...missing.map((what) => `${name}: ${what} has no row`), ...bad];
  });
}

function isBad({ cells }, column, cell) {
  return !cell || cell.startsWith(FAILED) || (cells?.includes(column) === true && !IS_RESULT.test(cell));
}

/** Parts whose files were touched after the commit that they last ran on, each with that commit. */
export function oldParts(matrix, parts, root) {
  return Object.entries(parts).flatMap(([name, { files }]) => {
    const commits = [...new Set((matrix.get(name) ?? []).map(({ commit }) => commit))];
    return commits.filter((commit) => isOlder(commit, files, root)).map((commit) => ({ name, commit }));
  });
}

function isOlder(commit, files, root) {
  if (!/^[0-9a-f]+$/.test(commit)) return true;
  const { status, stdout } = spawnSync("git", ["log", "-1", "--format=%h", `${commit}..HEAD`, "--", ...files], {
    cwd: root,
    encoding: "utf8",
  });
  return status !== 0 || stdout.trim() !== "";
}
