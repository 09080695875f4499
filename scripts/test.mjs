// Runs the compiled tests with node:test. `--kafka` runs those that need a real Apache Kafka, and only them.
import { readdirSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";

const kafka = process.argv.includes("--kafka");
const names = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");

function collect(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? collect(path) : path.endsWith(".test.js") ? [path] : [];
  });
}

const files = collect(join(root, "build"))
  .filter((path) => path.includes(join("build", "test", "kafka")) === kafka)
  .filter((path) => names.length === 0 || names.some((name) => path.includes(name)))
  .map((path) => relative(root, path))
  .sort();
if (files.length === 0) {
  console.error("no test file matches; has `npm run build:tests` run?");
  process.exit(1);
}
const result = spawnSync(process.execPath, ["--test", "--enable-source-maps", ...files], { cwd: root, stdio: "inherit" });
process.exit(result.status ?? 1);
