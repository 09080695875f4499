// One seed, one trace, on every runtime that there is. The runtimes come from npm, into a cache (scripts/runtimes.mjs).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "../house/root.ts";
import type { HostReport } from "./trace-child.ts";

/**
 * Between them: every compression, slow and fast links, idle connections, tiny buffers, one-byte segments, crashes of
 * brokers.
 */
export const SEEDS: readonly number[] = [1, 2, 6, 9, 18, 22, 29, 30, 36, 37];

const child = fileURLToPath(new URL("trace-child.js", import.meta.url));

/** The results of the seeds on a runtime. */
export function reportOn(
  [command = "", ...args]: readonly string[],
  seeds: readonly number[],
  env: NodeJS.ProcessEnv = {},
): HostReport {
  const options = { encoding: "utf8", cwd: root, env: { ...process.env, ...env } } as const;
  return JSON.parse(execFileSync(command, [...args, child, ...seeds.map(String)], options)) as HostReport;
}

/** The commands of every runtime, by name and version. */
export function runtimes(): Readonly<Record<string, readonly string[]>> {
  const text = execFileSync(process.execPath, [join(root, "scripts", "runtimes.mjs")], { encoding: "utf8" });
  return JSON.parse(text) as Readonly<Record<string, readonly string[]>>;
}

/**
 * A test for each of the runtimes. Returns a function that gives the traces of the Node that runs the tests, once they
 * have begun.
 */
export function testTraces(names: readonly string[]): () => HostReport {
  let commands: Readonly<Record<string, readonly string[]>> = {};
  let expected: HostReport = { isStrict: false, depths: [], traces: {}, byTurns: {}, broken: [] };
  before(() => {
    commands = runtimes();
    expected = reportOn([process.execPath], SEEDS);
  });
  for (const name of names) {
    test(
      `${name}: the same traces, by turns and strictly; a chain of 10,000 awaits is over before virtual time goes ` +
        "on",
      (t) => {
        const [version = "", command = []] = Object.entries(commands).find(([key]) => key.startsWith(`${name}@`)) ?? [];
        t.diagnostic(version);
        const report = reportOn(command, SEEDS, { TZ: "Pacific/Chatham", LC_ALL: "tr_TR.UTF-8" });
        assert.deepEqual(report.traces, expected.traces);
        assert.deepEqual(report.byTurns, expected.traces);
        assert.deepEqual(report.depths, [10_000, 10_000]);
        assert.equal(report.isStrict, true);
      },
    );
  }
  return () => expected;
}
