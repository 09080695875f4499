// docs/MATRIX.md as data: a section for each part of `npm run test:wide`, a row for each thing that was tried.
import { spawnSync } from "node:child_process";

const HEAD = "| what | versions | result | commit | date |\n|---|---|---|---|---|";
const MAX_CELL = 200;
const WORKS = "works";

export const INTRODUCTION = `# Where the package was tried

\`npm run test:wide\` writes this page, part by part (\`--part=NAME\`); \`.ci/run\` fails when a part has no row here,
or a row that failed.

In the first part the packed tarball is installed in an empty folder, on each host and with each tool. The same
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
  return section
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| what |"))
    .map((line) =>
      line
        .slice(2, -2)
        .split(/ \| /)
        .map((cell) => cell.trim()),
    )
    .map(([what, versions, result, commit, date]) => ({ what, versions, result, commit, date }));
}

/** The page, with the parts in the order of the table. */
export function writeMatrix(matrix, parts) {
  const sections = Object.entries(parts).map(([name, { title }]) => {
    const rows = matrix.get(name) ?? [];
    const lines = rows.map(
      ({ what, versions, result, commit, date }) => `| ${[what, versions, result, commit, date].join(" | ")} |`,
    );
    return `## ${title} (${name})\n\n${[HEAD, ...lines].join("\n")}\n`;
  });
  return [INTRODUCTION, ...sections].join("\n");
}

/** A row, as a run of today gives it. `failure`: undefined where all is well. */
export function rowOf({ what, versions, result = WORKS, failure }, commit, date) {
  const cell = (text) => text.replaceAll("|", "/").replace(/\s+/g, " ").slice(0, MAX_CELL);
  return {
    what: cell(what),
    versions: cell(versions),
    result: failure === undefined ? cell(result) : `**failed**: ${cell(failure)}`,
    commit,
    date,
  };
}

/** What is wrong with the page: parts without rows, rows that failed, empty cells. */
export function faultsOf(matrix, parts) {
  return Object.keys(parts).flatMap((name) => {
    const rows = matrix.get(name) ?? [];
    if (rows.length === 0) return [`${name}: never ran`];
    const bad = rows.filter(
      (row) =>
        Object.values(row).some((cell) => cell === undefined || cell === "") || row.result.startsWith("**failed**"),
    );
    return bad.map(({ what, versions, result }) => `${name}: ${what} (${versions}): ${result}`);
  });
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
