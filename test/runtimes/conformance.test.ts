// Every shipped runtime keeps every law; every broken one is caught by the laws that it breaks, and by no other.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import {
  type ConformanceOptions,
  type ConformanceReport,
  conformance,
  conformanceLaws,
  conformanceText,
} from "../../src/runtime/conformance.ts";
import { brokenRuntimes } from "./broken-runtimes.ts";
import { exampleRuntimes } from "./example-runtimes.ts";
import { lateRuntimes } from "./late-runtimes.ts";
import { oddRuntimes } from "./odd-runtimes.ts";
import { shippedRuntimes } from "./shipped-runtimes.ts";

const CHILD = fileURLToPath(new URL("./conformance-child.js", import.meta.url));

/**
 * The report of the kit. The laws are measured with the real clock: if other processes use the cores, a timer may fire
 * late for a reason outside of the runtime, or a law that is broken may hold by chance. So a report that is not as
 * expected is measured again: an error of the runtime or of the kit shows each time.
 */
async function reportOf(name: string, expectedFailures: readonly string[] = []): Promise<ConformanceReport> {
  const expected = [...expectedFailures].sort().join();
  let report = await measured(name);
  for (let again = 0; again < 2 && having(report, "fail").join() !== expected; again++) report = await measured(name);
  return report;
}

/** The kit, run in a process of its own. */
function measured(name: string): Promise<ConformanceReport> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--no-warnings", CHILD, name], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.once("close", (code) =>
      code === 0
        ? resolve(JSON.parse(out) as ConformanceReport)
        : reject(new Error(`${name}: code ${String(code)}: ${err}`)),
    );
  });
}

const having = (report: ConformanceReport, verdict: string): readonly string[] =>
  report.laws
    .filter((law) => law.verdict === verdict)
    .map((law) => law.id)
    .sort();

for (const { name } of shippedRuntimes) {
  test(`the ${name} runtime keeps every law on Node`, async () => {
    const report = await reportOf(name);
    assert.ok(report.passed, conformanceText(report));
    assert.deepEqual(having(report, "unmeasured"), []);
    assert.equal(report.laws.length, conformanceLaws().length);
  });
}

for (const name of ["simulated, thenables", "simulated, promises"]) {
  test(`${name}: every law holds in virtual time`, async () => {
    const report = await reportOf(name);
    assert.ok(report.passed, conformanceText(report));
    assert.deepEqual(having(report, "unmeasured"), ["R3", "R4", "R5"], "virtual time keeps no process alive");
  });
}

for (const { name, breaks } of exampleRuntimes) {
  test(
    `the example for ${name}: what the kit says of it is what the docs say ` +
      `(${breaks.join(", ") || "every law holds"})`,
    async () => {
      const report = await reportOf(name, breaks);
      assert.deepEqual(having(report, "fail"), breaks, conformanceText(report));
    },
  );
}

for (const { name, breaks } of brokenRuntimes) {
  test(`a runtime that ${name} is caught by ${breaks.join(", ")}, and by no other law`, async () => {
    const report = await reportOf(name, breaks);
    assert.deepEqual(having(report, "fail"), [...breaks].sort(), conformanceText(report));
    assert.equal(report.passed, false);
    for (const law of report.laws.filter(({ verdict }) => verdict === "fail"))
      assert.ok(law.advice.length > 10 && conformanceText(report).includes(law.advice), `${law.id}: what to do`);
  });
}

test("for each law there is a runtime that breaks it and no other", () => {
  const alone = brokenRuntimes.filter(({ breaks }) => breaks.length === 1).flatMap(({ breaks }) => breaks);
  assert.deepEqual(
    conformanceLaws()
      .map(({ id }) => id)
      .filter((id) => !alone.includes(id)),
    [],
  );
  assert.equal(conformanceLaws().length, 38);
});

for (const { name, says } of [...lateRuntimes, ...oddRuntimes]) {
  test(`a runtime that ${name} keeps every law, and the report has the figure`, async () => {
    const report = await reportOf(name);
    assert.deepEqual(having(report, "fail"), [], conformanceText(report));
    assert.equal(report.isComplete, true);
    assert.match(report.laws.find(({ id }) => id === says[0])?.detail ?? "", says[1]);
  });
}

const probes = { sleep: (ms: number) => sleep(ms), monotonic: () => performance.now() };

for (const [what, make, options, message] of [
  ["no function", undefined, probes, /takes a function that makes the runtime.*not undefined/],
  ["a runtime in its place", nodeRuntime(), probes, /takes a function that makes the runtime.*not an object/],
  ["no options", nodeRuntime, null, /takes an object of options with at least sleep and monotonic, not null/],
  ["no sleep", nodeRuntime, { monotonic: probes.monotonic }, /needs a function as sleep, not undefined/],
  ["an unknown option", nodeRuntime, { ...probes, law: ["S1"] }, /has no option law; it has sleep,.*laws/],
  ["a text as laws", nodeRuntime, { ...probes, laws: "S1" }, /takes a list of ids as laws.*not a string/],
  ["an unknown law", nodeRuntime, { ...probes, laws: ["S9"] }, /has no law S9; it has S1, S2/],
  ["a negative limit", nodeRuntime, { ...probes, limitMs: -1 }, /takes a number of at least 1 as limitMs, not -1/],
  ["a promise of a runtime", async () => nodeRuntime(), probes, /makeRuntime returned a promise.*await/],
  ["half a runtime", () => ({ spawn: () => undefined }), probes, /makeRuntime returned an object, not an object with/],
] as const) {
  test(`conformance refuses ${what}`, async () => {
    const call = conformance(make as unknown as () => ReturnType<typeof nodeRuntime>, options as ConformanceOptions);
    await assert.rejects(call, (error: Error & { kind?: string }) => {
      assert.equal(error.kind, "config");
      assert.match(error.message, message);
      return true;
    });
  });
}

test("makeRuntime that throws, and methods that throw, break laws; nothing is thrown at the caller", async () => {
  const broken = (): never => {
    throw new Error("out of order");
  };
  for (const make of [broken, () => ({ spawn: broken, delayFor: broken })]) {
    const report = await conformance(make, { ...probes, laws: ["S2", "D3", "E1"] });
    assert.deepEqual(having(report, "fail").slice(0, 1), ["D3"]);
    assert.match(report.laws.find(({ id }) => id === "D3")?.detail ?? "", /out of order/);
    assert.equal(report.latenessMs, undefined);
  }
});

test("when the time is over the rest is unmeasured, and the report has not passed", async () => {
  const report = await conformance(nodeRuntime, { ...probes, limitMs: 1, laws: ["D1", "D20"] });
  assert.deepEqual(having(report, "unmeasured"), ["D1", "D20"]);
  assert.equal(report.passed, false);
  assert.equal(report.isComplete, false);
  assert.match(conformanceText(report), /The run took too long/);
});

test("without probes the laws that need them are unmeasured, and nothing is claimed for them", async () => {
  const report = await conformance(nodeRuntime, {
    sleep: (ms) => sleep(ms),
    monotonic: () => performance.now(),
    laws: ["S10", "R1", "R3", "R4", "D12"],
  });
  assert.deepEqual(having(report, "unmeasured"), ["R1", "R3", "R4", "S10"]);
  assert.match(conformanceText(report), /ok {3}D12 /);
  assert.match(conformanceText(report), /1 laws hold, 0 are broken, 4 were not measured/);
});
