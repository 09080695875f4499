// The program of test/hosts/one-trace on every hostile runtime: codecs, groups of both protocols, transactions, exactly
// once, admin and close do what they do on the simulator's own runtime. The times differ, so the trace does too.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { runInThisContext } from "node:vm";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import type { Drain } from "../../src/runtime/drain.ts";
import { writeScript } from "../hosts/one-trace/script.ts";
import { type Hostile, hostileRuntimes } from "./hostile.ts";

type Seen = (seed: number, drain: Drain, wrap?: Hostile["wrap"]) => Promise<string>;

const SEED = 7;
let expected: unknown;

interface Whole {
  readonly logged: readonly { readonly level: string }[];
}

/** The results of the program, without the times, and without the lines that say which member got which partition. */
async function seenOn(wrap?: Hostile["wrap"]): Promise<unknown> {
  const { odradekSeen } = globalThis as unknown as { readonly odradekSeen: Seen };
  const { whole } = JSON.parse(await odradekSeen(SEED, nodeDrain, wrap)) as { readonly whole: Whole };
  const logged = whole.logged.filter(({ level }) => level === "warn" || level === "error");
  return { ...whole, logged, ms: 0, traceHash: "" };
}

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "odradek-hostile-"));
  const script = join(folder, "program.js");
  await writeScript(script, { plant: undefined });
  runInThisContext(readFileSync(script, "utf8"));
  rmSync(folder, { recursive: true });
  expected = await seenOn();
});

for (const { name, wrap } of hostileRuntimes) {
  test(`${name}: the whole program sees what it sees on a good runtime`, async () => {
    assert.deepEqual(await seenOn(wrap), expected);
  });
}
