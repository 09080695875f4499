// Puts small test files together, so that they share one process: starting one and loading the client costs 0.4 s of
// CPU, most files' tests less.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * Milliseconds of tests from which on a file has a process of its own, and those that a process of several files may
 * have.
 */
const SMALL_MS = 1500;
const GROUP_MS = 4000;
/** What a file takes of which nothing is known. */
const UNKNOWN_MS = 400;
/** At most this many files in a process: one that crashes takes the others with it. */
const GROUP_FILES = 12;

/**
 * Files that change the process for others, measure its heap, or have hooks, which would be those of every file beside
 * them.
 */
const NEEDS_OWN_PROCESS =
  /^(before|after|beforeEach|afterEach)\(|process\.(on|once|exit|exitCode|chdir|env\[[^\]]*\] =)|process\.memoryUsage|nodeProbes|mock\./m;

/** What the runs before measured: milliseconds of each compiled file, of the run in which it was fastest. */
export function readDurations(build) {
  const file = join(build, "durations.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

export function writeDurations(build, durations) {
  const known = readDurations(build);
  // The fastest: on a busy machine each file looks large, and would get a process of its own.
  for (const [file, ms] of Object.entries(durations)) known[file] = Math.min(ms, known[file] ?? Infinity);
  // Another suite may read it right now.
  const written = join(build, `durations-${process.pid}.json`);
  writeFileSync(written, JSON.stringify(known, undefined, 1));
  renameSync(written, join(build, "durations.json"));
}

/**
 * The files as node:test gets them, the longest first: large ones alone, small ones by an entry in `folder` that
 * imports them.
 */
export function grouped(files, { build, folder, atLeastMs }) {
  const msOf = estimate(build, atLeastMs);
  const isSmall = (file) =>
    msOf(file) < SMALL_MS && !NEEDS_OWN_PROCESS.test(readFileSync(join(build, "..", file), "utf8"));
  const entries = files.filter((file) => !isSmall(file)).map((file) => ({ file, ms: msOf(file) }));
  mkdirSync(folder, { recursive: true });
  for (const [i, group] of split(files.filter(isSmall), msOf).entries()) {
    if (group.length === 1) {
      entries.push({ file: group[0], ms: msOf(group[0]) });
      continue;
    }
    const entry = join(folder, `${i}.test.js`);
    const imports = group.map((file) => `import ${JSON.stringify(relative(folder, join(build, "..", file)))};`);
    writeFileSync(entry, `${imports.join("\n")}\n`);
    entries.push({ file: relative(join(build, ".."), entry), ms: group.reduce((sum, file) => sum + msOf(file), 400) });
  }
  return entries.sort((a, b) => b.ms - a.ms).map(({ file }) => file);
}

/** The files, the longest first, each in a process of its own. */
export function longestFirst(files, { build, atLeastMs }) {
  const msOf = estimate(build, atLeastMs);
  return [...files].sort((a, b) => msOf(b) - msOf(a));
}

/** A function that says how many milliseconds a file takes, as far as anyone knows. */
function estimate(build, atLeastMs) {
  const durations = readDurations(build);
  const atLeast = (file) => Object.entries(atLeastMs).find(([prefix]) => file.startsWith(`build/${prefix}`))?.[1] ?? 0;
  return (file) => Math.max(durations[file] ?? UNKNOWN_MS, atLeast(file));
}

function split(files, msOf) {
  const groups = [];
  let ms = Infinity;
  for (const file of files) {
    if (ms + msOf(file) > GROUP_MS || groups.at(-1).length === GROUP_FILES) {
      groups.push([]);
      ms = 0;
    }
    groups.at(-1).push(file);
    ms += msOf(file);
  }
  return groups;
}
