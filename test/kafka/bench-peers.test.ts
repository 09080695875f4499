import { test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../house/root.ts";
import { startKafka } from "./kafka-cluster.ts";

/** A line of the harness: one run. */
interface Run {
  readonly work: string;
  readonly error?: string;
  readonly count: number;
  readonly cpuUs: number;
}

test("the benchmark's harness runs Odradek through every work, and its counts agree with the log", async () => {
  const kafka = await startKafka();
  const folder = mkdtempSync(join(tmpdir(), "odradek-peers-"));
  try {
    const out = join(folder, "runs.jsonl");
    const page = join(folder, "page.md");
    const args = [
      "--clients",
      "odradek",
      "--scale",
      "0.001",
      "--bootstrap",
      kafka.bootstrapServers,
      "--out",
      out,
      "--write",
      page,
    ];
    const harness = join(root, "bench", "peers", "run.mjs");
    const run = promisify(execFile);
    await run(process.execPath, [harness, ...args], { env: { ...process.env, BENCH_NODE: process.execPath } });
    await run(process.execPath, [harness, ...args, "--consume"], {
      env: { ...process.env, BENCH_NODE: process.execPath },
    });
    const runs = readFileSync(out, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Run);
    assert.deepEqual(
      runs.filter(({ error }) => error !== undefined),
      [],
    );
    assert.deepEqual(
      runs.map(({ work }) => work),
      [
        "10B",
        "100B",
        "10KB",
        "gzip",
        "lz4",
        "single",
        "seq",
        "start",
        "consume",
        "consume-batch",
        "consume-10KB",
        "consume-10KB-batch",
        "e2e",
        "start-consume",
      ],
    );
    assert.ok(runs.every(({ count, cpuUs }) => count > 0 && cpuUs > 0));
    assert.match(readFileSync(page, "utf8"), /\*\*odradek\*\*/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await kafka.stop();
  }
});
