// Mutated logins of all SASL mechanisms against the client: never a hang, a crash, a secret in an error, memory beyond
// the bound, or success without a proof.
//   node scripts/fuzz-logins.mjs [--count N] [--seed N] [--mechanism NAME]
// 20,000, or as many as `--count` says.
import { playMutated } from "../build/test/network/login/fuzz-logins.js";

const value = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const count = Number(value("--count") ?? 20_000);
const first = Number(value("--seed") ?? Math.floor(Math.random() * 1e9));
const mechanism = value("--mechanism");
console.log(`${count} mutated logins from seed ${first} on (again: --seed ${first})`);

const outcomes = new Map();
const faults = [];
const startedAt = performance.now();
const before = process.memoryUsage().rss;
let most = before;
let lastAt = startedAt;
let slowest = { ms: 0, seed: -1 };
/** As many share a virtual time. */
const SHARE = 1000;
for (let from = first; from < first + count; from += SHARE) {
  const seeds = Array.from({ length: Math.min(SHARE, first + count - from) }, (_, i) => from + i);
  lastAt = performance.now();
  await playMutated(
    seeds,
    (seed, { what, fault }) => {
      const now = performance.now();
      if (seed !== from && now - lastAt > slowest.ms) slowest = { ms: now - lastAt, seed };
      lastAt = now;
      outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
      if (fault !== undefined) faults.push(`seed ${seed}: ${fault}`);
    },
    mechanism,
  );
  most = Math.max(most, process.memoryUsage().rss);
}
const seconds = (performance.now() - startedAt) / 1000;
for (const [what, times] of [...outcomes].sort((a, b) => b[1] - a[1]))
  console.log(`${String(times).padStart(8)}  ${what}`);
for (const fault of faults.slice(0, 20)) console.error(fault);
console.log(
  `${count} logins in ${seconds.toFixed(1)} s: ${faults.length} faults; slowest ${slowest.ms.toFixed(1)} ms (seed ` +
    `${slowest.seed}); process grew by ${((most - before) / 1048576).toFixed(0)} MiB`,
);
if (faults.length > 0) process.exitCode = 1;
