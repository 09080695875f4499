// npm run test:wide: every part of scripts/wide-parts.mjs, one after the other, or those that are named. Each replaces
// its own rows of docs/MATRIX.md.
//   --part=NAME[,NAME …]   these parts alone
//   --seeds=N              as many seeds in place of 1,000, to try a part; the page is left alone
//   --check                runs nothing: fails when a part has no row, or a row that failed; names parts that are older
//                          than their files
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { failures } from "./failures.mjs";
import { faultsOf, isFailed, oldParts, readMatrix, rowOf, writeMatrix } from "./matrix.mjs";
import { PARTS, SEEDS as ALL_SEEDS } from "./wide-parts.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "docs", "MATRIX.md");
const folder = join(root, "build", "wide");
const value = (name) => process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
const SEEDS = Number(value("seeds") ?? ALL_SEEDS);

function check() {
  const matrix = readMatrix(readFileSync(page, "utf8"));
  for (const { name, commit } of oldParts(matrix, PARTS, root)) {
    console.log(`${name} last ran on ${commit}, and its files have changed since: npm run test:wide -- --part=${name}`);
  }
  const faults = faultsOf(matrix, PARTS);
  for (const fault of faults) console.error(`docs/MATRIX.md: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

const git = (...args) => spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();

/** The commit that is checked out, and whether the files that the package is made of differ from it. */
function checkedOut() {
  const changed = git("status", "--porcelain", "--", "src", "scripts", "package.json", "test");
  return {
    commit: `${git("rev-parse", "--short=10", "HEAD")}${changed === "" ? "" : " and changes"}`,
    seed: Number(
      process.env["ODRADEK_SEED"] ?? Number.parseInt(git("rev-parse", "HEAD").slice(0, 8), 16) % 1_000_000_000,
    ),
  };
}

/** Runs Node; what it prints goes to a file and comes back. */
function node(args, { log, env = {} }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const file = createWriteStream(join(folder, log));
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        text += chunk;
        file.write(chunk);
      });
    }
    child.once("close", (code) => file.end(() => resolve({ ok: code === 0, text })));
  });
}

/** A row for each test of some suites. */
async function bySuites(suites) {
  const rows = [];
  for (const suite of suites) {
    await node(["scripts/test.mjs", `--suite=${suite}`], { log: `${suite}.log` });
    const tap = readFileSync(join(root, "build", `${suite}.tap`), "utf8");
    for (const [, not, what, rest] of tap.matchAll(
      /^(not )?ok \d+ - (.*?)(?: # .*)?$((?:\n(?!(?:not )?ok |# Subtest).*)*)/gm,
    )) {
      const failure =
        not === undefined ? undefined : (failures(tap).find((line) => line.includes(what)) ?? "see the log");
      // A test of a host or a peer says its version: a diagnostic, name@version.
      rows.push({ what, versions: /^# (\S+@\S+)$/m.exec(rest)?.[1] ?? `Node ${process.versions.node}`, failure });
    }
  }
  return rows;
}

/** The rows that a suite writes itself. */
async function ofSuite(suite) {
  const file = join(folder, `${suite}.json`);
  rmSync(file, { force: true });
  await node(["scripts/test.mjs", `--suite=${suite}`], { log: `${suite}.log` });
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Seeds of a scenario of test/simulation, shared among as many processes as there are cores. */
async function bySeeds(scenario, first) {
  const shares = Math.min(SEEDS, availableParallelism());
  const each = Math.ceil(SEEDS / shares);
  const texts = await Promise.all(
    Array.from({ length: shares }, async (_, i) => {
      const count = String(Math.min(each, SEEDS - i * each));
      const args = ["build/test/simulation/run-seeds.js", scenario, String(first + i * each), count];
      return (await node(args, { log: `${scenario}-${i}.log` })).text;
    }),
  );
  const seeds = texts.flatMap((text) => [...text.matchAll(/^failed seed (\d+):/gm)].map(([, seed]) => seed));
  const passed = texts.reduce((sum, text) => sum + Number(/^passed (\d+)$/m.exec(text)?.[1] ?? 0), 0);
  const again = `ODRADEK_SEED=${seeds[0]} ODRADEK_SEEDS=1 node scripts/test.mjs simulation/${scenario}`;
  const few = passed < SEEDS ? `only ${passed} seeds passed` : undefined;
  const failure = seeds.length > 0 ? `seeds ${seeds.join(", ")}; again: ${again}` : few;
  return [{ what: `${SEEDS} seeds from ${first}`, versions: `Node ${process.versions.node}`, failure }];
}

async function byCommand(command, seed) {
  const { ok, text } = await node(
    command.map((arg) => ({ SEED: String(seed), SEEDS: String(SEEDS) })[arg] ?? arg),
    { log: "command.log" },
  );
  const last = text.trim().split("\n").at(-1) ?? "";
  return [
    {
      what: `from seed ${seed}`,
      versions: `Node ${process.versions.node}`,
      result: last,
      failure: ok ? undefined : last,
    },
  ];
}

function rowsOf({ suites, rows, seeds, command }, seed) {
  if (suites !== undefined) return bySuites(suites);
  if (rows !== undefined) return ofSuite(rows);
  return seeds === undefined ? byCommand(command, seed) : bySeeds(seeds, seed);
}

/** Reads the page again: another part may have written its rows meanwhile. */
function replaceRows(name, rows) {
  const matrix = readMatrix(readFileSync(page, "utf8"));
  matrix.set(name, rows);
  writeFileSync(page, writeMatrix(matrix, PARTS));
}

async function runPart(name) {
  const { commit, seed } = checkedOut();
  const began = performance.now();
  const found = await rowsOf(PARTS[name], seed);
  const date = new Date().toISOString().slice(0, 10);
  const rows = found.map((row) => rowOf(row, commit, date));
  if (SEEDS === ALL_SEEDS) replaceRows(name, rows);
  const failed = rows.filter(isFailed);
  console.log(
    `${name}: ${rows.length} rows, ${failed.length} failed, ${((performance.now() - began) / 60_000).toFixed(1)} min`,
  );
  for (const row of failed) console.log(`  ${Object.values(row).join(" | ")}`);
  return rows.length > 0 && failed.length === 0;
}

if (process.argv.includes("--check")) process.exit(check());
const chosen = value("part")?.split(",") ?? Object.keys(PARTS);
const unknown = chosen.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) {
  console.error(`there is no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
let passed = true;
for (const name of chosen) if (!(await runPart(name))) passed = false;
process.exit(passed ? 0 : 1);
