import { execFileSync } from "node:child_process";
import { root } from "../house/root.ts";
import { OLDEST_NODE } from "../package/site.ts";

/** What came of one thing that was done with a host or a tool. */
export interface Row {
  readonly tool: string;
  readonly what: string;
  /** The packages, and the Node, that were used. */
  readonly versions: string;
  /** Undefined: it works. */
  readonly failure: string | undefined;
}

const INTRODUCTION = `# Where the package was tried

\`npm run test:wide\` writes this page: the packed tarball, installed in an empty folder, on each host and with each tool below. The same application each time:
it sends a gzip and a zstd record and reads them, on the embedded cluster and then over TCP on \`odradek broker\`. Bundles and executables run in a folder that
has no \`node_modules\`, bundles on the Node of the row and on Node ${OLDEST_NODE}. What tools need to be told is in [tools.md](tools.md).
`;

/** The commit that is checked out, and whether what the package is made of differs from it. */
export function checkedOut(): string {
  const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", "src", "scripts", "package.json");
  return `${git("rev-parse", "--short=10", "HEAD")}${changed === "" ? "" : " and changes"}`;
}

/** The page, one row for each, those that failed too. */
export function matrixPage(rows: readonly Row[], commit: string, today: string): string {
  const failed = rows.filter(({ failure }) => failure !== undefined).length;
  const lines = rows.map(({ tool, what, versions, failure }) => `| ${[tool, what, versions, failure === undefined ? "works" : `**failed**: ${oneCell(failure)}`, commit, today].join(" | ")} |`);
  return `${INTRODUCTION}
${rows.length} rows, ${failed} failed.

| host or tool | what was done | versions | result | commit | date |
|---|---|---|---|---|---|
${lines.join("\n")}
`;
}

const MAX_CELL = 200;

function oneCell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\s+/g, " ").slice(0, MAX_CELL);
}
