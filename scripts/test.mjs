// Runs the compiled tests with node:test, and holds their number against test/floors.json.
//   node scripts/test.mjs [NAME …]         the unit suite, or the files of the first two layers whose path has a NAME
//   node scripts/test.mjs --suite=NAME …   another suite of scripts/suites.mjs, or its files with a NAME
//   --spec      prints each test, also where the whole suite runs
import { spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { run } from "node:test";
import { spec, tap } from "node:test/reporters";
import { failures } from "./failures.mjs";
import { grouped, longestFirst, writeDurations } from "./grouped-files.mjs";
import { RunningTests } from "./running-tests.mjs";
import { AT_LEAST_MS, SLOWEST_FILE_MS, SLOWEST_WIDE_FILE_MS, SUITES, suiteOf, testFiles } from "./suites.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const build = join(root, "build");
const options = process.argv.slice(2);
const chosen = options.find((a) => a.startsWith("--suite="))?.slice(8);
const suite = chosen ?? "unit";
const names = options.filter((a) => !a.startsWith("--"));
const floors = JSON.parse(readFileSync(join(root, "test", "floors.json"), "utf8"));
/** The golden tests with vectors that scripts/vectors.mjs made: files of the unit suite. */
const of = suite === "vectors" ? "unit" : suite;
if (SUITES[of] === undefined) {
  console.error(`there is no suite ${suite}; there are ${Object.keys(SUITES).join(", ")}`);
  process.exit(1);
}

/** Without Kafka, other clients and the registry: what a NAME without a suite chooses from. */
const NODE_ALONE = ["unit", "alone", "long", "laws"];
const isChosen = (path) =>
  chosen === undefined && names.length > 0 ? NODE_ALONE.includes(suiteOf(path)) : suiteOf(path) === of;
const files = testFiles(root)
  .filter(isChosen)
  .map((path) => join("build", path.replace(/\.ts$/, ".js")))
  .filter((path) => names.length === 0 || names.some((name) => path.includes(name)));
if (files.length === 0) {
  console.error(`no test file of the suite ${suite} matches ${names.join(", ")}`);
  process.exit(2);
}

/** The first of the seeds that this commit alone has: test/simulation/seeds.ts draws it in the same way. */
function drawnSeed() {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" });
  return status === 0 ? Number.parseInt(stdout.slice(0, 8), 16) % 1_000_000_000 : 1_000_000;
}

if (files.some((path) => path.includes("/simulation/"))) {
  process.env["ODRADEK_SEED"] ??= String(drawnSeed());
  const drawn = Object.entries(process.env)
    .filter(([name]) => /^ODRADEK_SEEDS?$/.test(name))
    .map((pair) => pair.join("="));
  console.log(`seeds of the commit; again: ${drawn.join(" ")} node scripts/test.mjs simulation/`);
}
process.chdir(root);
mkdirSync(build, { recursive: true });
const isAlone =
  SUITES[of].alone === true ||
  (names.length > 0 && files.some((path) => SUITES[suiteOf(path.slice(6).replace(/\.js$/, ".ts"))].alone === true));
/** Of this process alone: another may run tests of the same suite. */
const groups = join(build, "groups", String(process.pid));
const { waiting } = SUITES[of];
const known = { build, folder: groups, atLeastMs: AT_LEAST_MS };
const inProcesses = waiting === undefined ? grouped : longestFirst;
const ordered = isAlone ? files : inProcesses(files, known);
// Once, before several files at once would.
if (of === "kafka") await (await import("../build/test/kafka/prepare.js")).prepareKafka();
// node:test starts the processes of the files with the arguments of this one.
process.execArgv.push(`--import=${new URL("without-test-hooks.mjs", import.meta.url).href}`);
const began = performance.now();
const events = run({
  files: ordered.map((file) => join(root, file)),
  concurrency: isAlone ? 1 : (waiting ?? availableParallelism()),
  // Of a file. A test that waits for what does not come would end .ci/run, and nobody would know which it was.
  timeout: SUITES[of].layer === "wide" ? SLOWEST_WIDE_FILE_MS : SLOWEST_FILE_MS,
});
const running = new RunningTests(root);

/** Runs of a few names leave the report of the whole suite alone. */
const report = names.length > 0 && suite !== "vectors" ? "named" : suite;
const log = join(build, `${report}.tap`);
const toTap = new PassThrough({ objectMode: true });
const toSpec = new PassThrough({ objectMode: true });
const written = toTap.compose(tap).pipe(createWriteStream(log));
toSpec
  .compose(new spec())
  .pipe(
    names.length > 0 || options.includes("--spec") ? process.stdout : createWriteStream(join(build, `${report}.log`)),
  );
const durations = {};
let failed = false;
const early = [];
for await (const event of events) {
  const at = running.saw(event);
  if (at !== undefined) early.push(`✖ ${relative(root, event.data.file)}: ${at}`);
  toTap.write(event);
  toSpec.write(event);
  if (event.type === "test:fail" && event.data.todo === undefined) failed = true;
  if (event.type !== "test:pass" && event.type !== "test:fail") continue;
  const { nesting, file, details } = event.data;
  if (nesting !== 0 || file === undefined) continue;
  const path = relative(root, file);
  durations[path] = (durations[path] ?? 0) + Math.round(details.duration_ms);
}
running.stop();
// Of a file that was ended for its time, what it was at comes after its end.
if (`${running}` !== "") early.push(`✖ never ended: ${running}`);
toTap.end();
toSpec.end();
await finished(written);
writeDurations(build, durations);
rmSync(groups, { recursive: true, force: true });

const tapText = readFileSync(log, "utf8");
const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(tapText)?.[1] ?? 0);
const seconds = (performance.now() - began) / 1000;
console.log(
  `${suite}: ${count("pass")} passed, ${count("fail")} failed, ${count("skipped")} skipped, in ` +
    `${seconds.toFixed(0)} s and ${ordered.length} processes`,
);
for (const failure of [...failures(tapText), ...early]) console.log(failure);
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
process.exit(failed || count("fail") + count("cancelled") > 0 ? 1 : 0);
