// npm run dev NAME …: compiles the files that changed, file by file and unchecked, runs the tests of the names, and
// then checks the types.
//   --watch    again at each save in src or test
// The first time, and after a change of branch, it compiles everything once.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, watch, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transpiled } from "./transpiled.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const names = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const isWatching = process.argv.includes("--watch");
if (names.length === 0) {
  console.error("name the tests to run: npm run dev producer-sending (a part of a path; several are allowed)");
  process.exit(2);
}
/** How many files one by one cost as much as a compilation of all. */
const MANY = 200;
/** With which code scripts/test.mjs says that no file has one of the names. */
const NONE_MATCHES = 2;
const FOLDERS = ["src", "packages/kafkajs/src", "test", "bench", "examples"];

const outputOf = (path) => join(root, "build", path.replace(/\.ts$/, ".js"));
const tsc = (...args) =>
  spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), ...args], {
    cwd: root,
    stdio: "inherit",
  }).status;

/** Sources that are newer than what was compiled of them. */
function changed() {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((path) => `${folder}/${path}`),
  )
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.startsWith("test/types/"))
    .filter(
      (path) => !existsSync(outputOf(path)) || statSync(join(root, path)).mtimeMs > statSync(outputOf(path)).mtimeMs,
    );
}

function compile(path) {
  const text = transpiled(root, path);
  mkdirSync(dirname(outputOf(path)), { recursive: true });
  writeFileSync(outputOf(path), text);
}

function once() {
  const began = performance.now();
  const paths = changed();
  if (paths.length > MANY) tsc("-b", "tsconfig.test.json");
  else {
    try {
      paths.forEach(compile);
    } catch (error) {
      console.error(error.message);
      return 1;
    }
  }
  console.log(`${paths.length} files compiled in ${Math.round(performance.now() - began)} ms`);
  const tests = spawnSync(process.execPath, [join(root, "scripts", "test.mjs"), ...names], {
    cwd: root,
    stdio: "inherit",
  }).status;
  if (tests === NONE_MATCHES) return tests;
  console.log(`${((performance.now() - began) / 1000).toFixed(1)} s; now the types`);
  const types = tsc("-b", "tsconfig.test.json", "tsconfig.types.json");
  console.log(
    `${tests === 0 ? "tests passed" : "tests FAILED"}, ${types === 0 ? "types are right" : "types are WRONG"}, ` +
      `in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  return tests === 0 && types === 0 ? 0 : 1;
}

const status = once();
if (!isWatching) process.exit(status);
/** Editors write a file in several steps. */
const SETTLE_MS = 50;
let timer;
for (const folder of ["src", "test"]) {
  watch(join(root, folder), { recursive: true }, (_, path) => {
    if (path?.endsWith(".ts") !== true) return;
    clearTimeout(timer);
    timer = setTimeout(once, SETTLE_MS);
  });
}
console.log("waiting for a save; Ctrl-C ends");
