// Runs the compiled tests with node:test, and holds their number against test/floors.json.
//   node scripts/test.mjs [NAME …]          everything that needs only Node, or the files whose path has a NAME
//   node scripts/test.mjs --suite=kafka     those that need a real Apache Kafka
//   node scripts/test.mjs --suite=package   those that pack and install (they ask the npm registry)
//   node scripts/test.mjs --suite=wide      every host, bundler and test runner; writes docs/MATRIX.md (ODRADEK_WIDE=REGEX: tools by name, no page)
//   node scripts/test.mjs --suite=runtimes  those that run on other runtimes (fetched from the npm registry once, into a cache)
//   node scripts/test.mjs --suite=interop   those that need other clients too: Go and Rust build them, once, into a cache
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { failures } from "./failures.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const suite = process.argv.find((a) => a.startsWith("--suite="))?.slice(8) ?? "unit";
const names = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const floors = JSON.parse(readFileSync(join(root, "test", "floors.json"), "utf8"));

function collect(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? collect(path) : path.endsWith(".test.js") ? [path] : [];
  });
}

/** Suites of folders of their own; everything else is the unit suite, to which the vectors belong too. */
const FOLDERS = { kafka: "kafka", package: "package", wide: "wide", runtimes: "hosts", interop: "interop" };
const suiteOf = (path) => Object.keys(FOLDERS).find((name) => path.includes(join("test", FOLDERS[name]))) ?? "unit";

const build = join(root, "build");
const files = [...collect(join(build, "src")), ...collect(join(build, "test"))]
  .filter((path) => suiteOf(path) === (suite === "vectors" ? "unit" : suite))
  .filter((path) => names.length === 0 || names.some((name) => path.includes(name)))
  .map((path) => relative(root, path))
  .sort();
if (files.length === 0) {
  console.error("no test file matches; has `npm run build:tests` run?");
  process.exit(1);
}
const log = join(build, `${suite}.tap`);
mkdirSync(build, { recursive: true });
const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap", `--test-reporter-destination=${log}`];
// Brokers need the cores for themselves: one Kafka suite after the other.
const result = spawnSync(process.execPath, ["--test", ...(["kafka", "runtimes", "interop"].includes(suite) ? ["--test-concurrency=1"] : []), "--enable-source-maps", ...reporters, ...files], { cwd: root, stdio: "inherit" });
const tap = readFileSync(log, "utf8");
const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
console.log(`${suite}: ${count("pass")} passed, ${count("fail")} failed, ${count("skipped")} skipped`);
for (const failure of failures(tap)) console.log(failure);
const isWhole = (names.length === 0 && process.env["ODRADEK_WIDE"] === undefined) || suite === "vectors";
const floor = floors[suite];
if (isWhole && (floor === undefined || count("pass") < floor)) {
  console.error(`${suite}: at least ${floor ?? "?"} tests must pass (test/floors.json)`);
  process.exit(1);
}
if (count("skipped") + count("todo") > 0) {
  console.error(`${suite}: a skipped test is a failure`);
  process.exit(1);
}
process.exit(result.status ?? 1);
