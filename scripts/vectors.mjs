// Golden vectors of another seed: Apache Kafka's own code makes them, the golden tests read them. `--seed N` repeats a
// run.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kafkaJars } from "../build/test/kafka/jars.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const at = process.argv.indexOf("--seed");
const seed = at >= 0 ? process.argv[at + 1] : String(Math.floor(Math.random() * 1e9));
console.log(`golden vectors with seed ${seed} (again: node scripts/vectors.mjs --seed ${seed})`);

const folder = mkdtempSync(join(tmpdir(), "odradek-vectors-"));
function make(source, args, file) {
  const result = spawnSync("java", ["-cp", join(kafkaJars(), "*"), join(root, "test", "vectors", source), ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (result.status !== 0) throw new Error(`${source} failed: ${result.stderr}`);
  writeFileSync(join(folder, file), result.stdout);
  return { lines: result.stdout.trim().split("\n").length, stderr: result.stderr };
}
// Kafka refuses a sample now and then whose random values a version cannot carry: a few fewer than 1,906 may come.
const messages = make("Messages.java", [join(root, "protocol", "messages"), seed, "3"], "messages.jsonl");
const records = make("Records.java", [seed, "24"], "records.jsonl");
const murmur = make("Murmur.java", [seed, "1000"], "murmur2.jsonl");
const assignors = make("Assignors.java", [seed, "40"], "assignors.jsonl");
console.log(
  `${assignors.lines} assignments, ${messages.lines} messages, ${records.lines} record cases, ${murmur.lines} hashes`,
);
const run = spawnSync(process.execPath, [join(root, "scripts", "test.mjs"), "--suite=vectors", "golden"], {
  stdio: "inherit",
  env: { ...process.env, ODRADEK_VECTORS: folder },
});
rmSync(folder, { recursive: true, force: true });
process.exit(run.status ?? 1);
