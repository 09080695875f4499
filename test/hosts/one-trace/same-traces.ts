// A test for each host: the script of the package gives the hashes that it gives on the Node that runs the tests.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { commitSeed } from "../../package/commit-seed.ts";
import { type Traces, findHost, tracesHere } from "./hosts.ts";
import { writeScript } from "./script.ts";

/** Seeds that are drawn from the commit. */
export function drawnSeeds(count: number): readonly number[] {
  const first = Number.parseInt(commitSeed().slice(0, 7), 16);
  return Array.from({ length: count }, (_, i) => first + i);
}

/** Defines the tests. */
export function testSameTraces(names: readonly string[], seeds: readonly number[]): void {
  const folder = mkdtempSync(join(tmpdir(), "odradek-one-trace-"));
  const script = join(folder, "trace.js");
  let expected: Traces = {};

  before(async () => {
    await writeScript(script, "dist");
    expected = await tracesHere(script, seeds);
  });
  after(() => rmSync(folder, { recursive: true }));

  test(`one program, ${seeds.length} seeds, as many traces; the same on a second run`, async () => {
    assert.deepEqual(Object.keys(expected), seeds.map(String));
    assert.equal(new Set(Object.values(expected)).size, seeds.length);
    assert.deepEqual(await tracesHere(script, seeds.slice(0, 1)), { [seeds[0]!]: expected[seeds[0]!] });
  });
  for (const name of names) {
    test(`${name}: ${seeds.length} seeds give the traces of Node`, async (t) => {
      const host = findHost(name);
      t.diagnostic(host.version);
      assert.deepEqual(await host.run(script, seeds), expected);
    });
  }
}
