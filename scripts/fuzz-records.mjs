// Mutated batches against the readers and codecs: never a hang, a crash, or memory beyond the bound.
//   node scripts/fuzz-records.mjs [--count N] [--seed N] [--corpus]
// 50,000, or as many as `--count` says. `--corpus`: writes one case per kind of outcome to
// test/vectors/records-corpus.txt.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { goldenBytes, mutated, outcomeOf, readEverything } from "../build/test/records/fuzz.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const number = (name, other) =>
  process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : other;
const count = number("--count", 50_000);
const first = number("--seed", Math.floor(Math.random() * 1e9));
console.log(`${count} mutated batches from seed ${first} on (again: --seed ${first})`);

const goldens = goldenBytes();
const outcomes = new Map();
let slowest = { ms: 0, seed: -1 };
let largest = { bytes: 0, seed: -1 };
const startedAt = performance.now();
for (let seed = first; seed < first + count; seed++) {
  const bytes = mutated(goldens, seed);
  const before = performance.now();
  let result;
  try {
    result = readEverything(bytes);
  } catch (error) {
    console.error(`seed ${seed}: ${Buffer.from(bytes).toString("hex")}`);
    throw error;
  }
  const ms = performance.now() - before;
  if (ms > slowest.ms) slowest = { ms, seed };
  if (seed % 1000 === 0) {
    const { rss } = process.memoryUsage();
    if (rss > largest.bytes) largest = { bytes: rss, seed };
  }
  const outcome = outcomeOf(result);
  const known = outcomes.get(outcome);
  if (known === undefined) outcomes.set(outcome, { count: 1, bytes });
  else {
    known.count++;
    if (bytes.length < known.bytes.length) known.bytes = bytes;
  }
}
const seconds = (performance.now() - startedAt) / 1000;
const sorted = [...outcomes].sort((a, b) => b[1].count - a[1].count);
for (const [outcome, { count: times }] of sorted) console.log(`${String(times).padStart(8)}  ${outcome}`);
console.log(
  `${count} batches in ${seconds.toFixed(1)} s: ${outcomes.size} kinds of outcome; slowest ` +
    `${slowest.ms.toFixed(1)} ms (seed ${slowest.seed}); process at most ${(largest.bytes / 1048576).toFixed(0)} ` +
    "MiB",
);
if (process.argv.includes("--corpus")) {
  const lines = sorted.map(([outcome, { bytes }]) => `${Buffer.from(bytes).toString("hex")} ${outcome}`).sort();
  writeFileSync(join(root, "test", "vectors", "records-corpus.txt"), `${lines.join("\n")}\n`);
}
