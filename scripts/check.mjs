// npm test: what every change must pass. Stages that need nothing of each other run side by side, at most as many as
// there are cores; what a stage prints comes when it ends, with its seconds. --whole-lint: lints every file, also those
// that did not change (their types may have).
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name, file) => join(root, "node_modules", name, "bin", file);
const tsc = bin("typescript", "tsc");
const lintCache = join(root, "build", ".eslintcache");
if (process.argv.includes("--whole-lint")) rmSync(lintCache, { force: true });

/** What each stage runs, and the stages that must have passed before. The order is that in which they start. */
const STAGES = {
  "compile src": { run: [tsc, "-b", "tsconfig.build.json", "packages/kafkajs"], after: [] },
  bundle: { run: ["scripts/bundle.mjs"], after: ["compile src"] },
  "bundle kafkajs": { run: ["scripts/bundle-kafkajs.mjs"], after: ["compile src"] },
  "compile tests": { run: [tsc, "-b", "tsconfig.test.json", "tsconfig.types.json"], after: ["compile src"] },
  lint: {
    run: [bin("eslint", "eslint.js"), ".", "--cache", "--cache-strategy=content", `--cache-location=${lintCache}`],
    after: [],
  },
  formatting: {
    run: [
      bin("prettier", "prettier.cjs"),
      ...[".", "--check", "--log-level=warn", "--cache", "--cache-strategy=content"],
      `--cache-location=${join(root, "build", ".prettiercache")}`,
    ],
    after: [],
  },
  "unit tests": { run: ["scripts/test.mjs"], after: ["bundle", "bundle kafkajs", "compile tests"] },
  "packed tarball": {
    run: ["scripts/test.mjs", "--suite=packed"],
    after: ["bundle", "bundle kafkajs", "compile tests"],
  },
  "compile examples": { run: [tsc, "-p", "tsconfig.examples.json"], after: ["bundle"] },
  "tests that measure": {
    run: ["scripts/test.mjs", "--suite=alone"],
    after: ["unit tests", "packed tarball", "lint", "formatting", "compile examples"],
  },
};

const startedAt = performance.now();
const waiting = new Set(Object.keys(STAGES));
const results = new Map();
let running = 0;

/** Starts every stage whose time has come; those behind a failed one do not run. */
function startDue(done) {
  for (const name of waiting) {
    const before = STAGES[name].after.map((other) => results.get(other));
    if (before.some((result) => result?.ok === false) && before.every((result) => result !== undefined)) {
      waiting.delete(name);
      results.set(name, { ok: false, text: "not run: a stage before it failed\n", seconds: 0 });
      return startDue(done);
    }
    if (running >= Math.max(2, availableParallelism()) || before.some((result) => result?.ok !== true)) continue;
    waiting.delete(name);
    running++;
    void execute(name).then((result) => {
      running--;
      results.set(name, result);
      console.log(`== ${name}: ${result.ok ? "passed" : "FAILED"} in ${result.seconds.toFixed(0)} s`);
      if (result.text !== "") process.stdout.write(result.text);
      startDue(done);
    });
  }
  if (running === 0 && waiting.size === 0) done();
}

function execute(name) {
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(process.execPath, STAGES[name].run, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.once("close", (code) =>
      resolve({ ok: code === 0, text: Buffer.concat(chunks).toString(), seconds: (performance.now() - began) / 1000 }),
    );
  });
}

mkdirSync(join(root, "build"), { recursive: true });
await new Promise((resolve) => startDue(resolve));
const failed = [...results].filter(([, { ok }]) => !ok).map(([name]) => name);
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  failed.length === 0
    ? `all ${results.size} stages passed in ${seconds.toFixed(0)} s`
    : `failed: ${failed.join(", ")} (in ${seconds.toFixed(0)} s)`,
);
process.exit(failed.length === 0 ? 0 : 1);
