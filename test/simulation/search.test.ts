// Scenarios of users: which outcomes count as failed, and how failures are found and reported.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Kafka } from "../../src/node.ts";
import { type Scenario, type World, runScenario, searchSeeds } from "../../src/simulation.ts";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

async function inFolder(body: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "odradek-search-"));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Fails when a fault of the kind `stall` has begun. */
const stalls: Scenario = {
  faults: { kinds: ["stall", "reset"], untilMs: 2000 },
  run: async (world) => {
    world.node("shop");
    await world.healed();
    const stall = world.history.find((event) => event.type === "fault" && event.kind === "stall");
    if (stall !== undefined) world.violate("no-stall", "it stalled", { atMs: stall.atMs, node: "shop" });
  },
};

const broken: readonly (readonly [
  what: string,
  invariant: string,
  message: RegExp,
  run: (world: World) => Promise<unknown>,
])[] = [
  ["says that an invariant is broken", "sum", /1 is not 2/, async (world) => world.violate("sum", "1 is not 2")],
  ["throws", "AssertionError", /Expected values/, async () => assert.equal(1, 2)],
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the case
  ["throws what is no error", "thrown", /boom/, async () => Promise.reject("boom")],
  [
    "is refused something by the client",
    "KafkaError-config",
    /topics/,
    async (world) => new Kafka({ ...world.node("a").kafkaOptions }).consumer({ topics: [""] }),
  ],
  [
    "waits for something that will never happen",
    "liveness",
    /deadlock|did not end/,
    () => new Promise(() => undefined),
  ],
  ["goes on after its limit", "liveness", /did not end within 1000 ms/, (world) => world.sleep(2000)],
  [
    "has a program that fails unseen",
    "uncaught",
    /a: gone/,
    async (world) => {
      world.node("a").start(() => Promise.reject(new Error("gone")));
      await world.sleep(1);
    },
  ],
];
for (const [what, invariant, message, run] of broken) {
  test(`a scenario that ${what} has failed`, async () => {
    const { violations } = await runScenario({ faults: false, limitMs: 1000, run }, { seed: 1 });
    assert.deepEqual(
      violations.map((violation) => violation.invariant),
      [invariant],
    );
    assert.match(violations[0]?.message ?? "", message);
  });
}

test("a scenario that is none is refused, and the message shows one", () =>
  assert.rejects(runScenario({} as Scenario, { seed: 1 }), /object with a function `run`/));

test("a search without a failure says so", async () => {
  const runs: number[] = [];
  const { seeds, failure } = await searchSeeds(
    { faults: false, run: (world) => world.sleep(1) },
    { seeds: 3, from: 5, onRun: ({ seed }) => runs.push(seed) },
  );
  assert.deepEqual([seeds, failure, runs], [3, undefined, [5, 6, 7]]);
});

test("the first failure is shrunk, written, drawn, and its message says how to play it again", () =>
  inFolder(async (folder) => {
    const { failure, seeds } = await searchSeeds(stalls, { out: folder, module: "stalls.js#stalls" });
    assert.ok(failure !== undefined);
    assert.equal(failure.seed, seeds);
    assert.deepEqual(
      [failure.plan.faults.length, failure.violation.invariant, failure.violation.node],
      [1, "no-stall", "shop"],
    );
    const json = join(folder, `simulation-${failure.seed}-no-stall.json`);
    assert.ok(failure.message.includes(`play it again: npx odradek simulate replay ${json}\n`), failure.message);
    assert.match(failure.message, /stall, from \d+ ms for 1 ms: the event loop of shop does nothing/);
    assert.deepEqual(JSON.parse(readFileSync(json, "utf8")), {
      seed: failure.seed,
      invariant: "no-stall",
      scenario: "stalls.js#stalls",
      plan: failure.plan,
    });
    assert.match(readFileSync(json.replace(/json$/, "html"), "utf8"), /<!doctype html>/);
    const again = await runScenario(stalls, { seed: failure.seed, plan: failure.plan });
    assert.deepEqual(again.violations, [failure.violation]);
  }));

test("with `out: false` nothing is written", async () => {
  const before = readdirSync(".");
  assert.ok((await searchSeeds(stalls, { out: false })).failure !== undefined);
  assert.deepEqual(readdirSync("."), before);
});

test("a failure that does not occur again is blamed on the scenario", async () => {
  let runs = 0;
  const { failure } = await searchSeeds(
    { faults: false, run: async (world) => (runs++ === 0 ? world.violate("once", "only once") : undefined) },
    { out: false },
  );
  assert.match(
    failure?.message ?? "",
    /did not do so again with the same seed and faults .*uses time, randomness, I\/O or state that is not the world's/,
  );
});

test("details change nothing of the run: the trace is the same, and the history has bodies, arrivals and growth", async () => {
  const scenario: Scenario = {
    topics: { t: 1 },
    run: async (world) => {
      const node = world.node("a");
      const kafka = new Kafka({ ...node.kafkaOptions });
      const producer = kafka.producer();
      for (let i = 0; i < 20; i++) await producer.send({ topic: "t", key: "k", value: `v${i}` });
      await kafka.close();
    },
  };
  const plain = await runScenario(scenario, { seed: 5 });
  const detailed = await runScenario(scenario, { seed: 5, detail: true });
  assert.deepEqual([detailed.traceHash, detailed.violations], [plain.traceHash, []]);
  assert.ok(!plain.history.some(({ type }) => ["body", "arrival", "reply", "growth"].includes(type)));
  const bodies = detailed.history.flatMap((event) => (event.type === "body" ? [event.text] : []));
  assert.ok(
    bodies.some((text) => /batch of 1 records, \d+ bytes, producer \d+, sequence 0\n.*offset 0: k = v0/.test(text)),
    bodies.join("\n\n"),
  );
  assert.ok(!bodies.some((text) => text.includes("cannot be decoded")));
  const growth = detailed.history.flatMap((event) => (event.type === "growth" ? [event.highWatermark] : []));
  assert.equal(growth.at(-1), 20);
  assert.ok(detailed.history.filter(({ type }) => type === "arrival").length >= 20);
});

const MODULE = `
export const scenario = { faults: false, run: (world) => world.sleep(1) };
export const stalls = { faults: { kinds: ["stall"], untilMs: 2000 }, run: async (world) => {
  world.node("shop");
  await world.healed();
  if (world.history.some((event) => event.type === "fault")) world.violate("no-stall", "it stalled");
} };
export const other = 1;
`;

test("odradek simulate --scenario runs a module of the user's, and replays its failure without naming the module", () =>
  inFolder((folder) => {
    const file = join(folder, "mine.mjs");
    writeFileSync(file, MODULE);
    const well = execFileSync(process.execPath, [main, "simulate", "--scenario", file, "--seeds", "3"], {
      encoding: "utf8",
    });
    assert.match(well, /^3 seeds from 1: 0 failed/);
    const found = spawnSync(
      process.execPath,
      [main, "simulate", "--scenario", `${file}#stalls`, "--seeds", "10", "--out", folder],
      { encoding: "utf8" },
    );
    assert.equal(found.status, 1, found.stderr);
    const [json, html] = (/simulate replay (\S+) --html (\S+)/.exec(found.stdout) ?? []).slice(1) as [string, string];
    const replayed = spawnSync(process.execPath, [main, "simulate", "replay", json, "--html", html], {
      encoding: "utf8",
    });
    assert.equal(replayed.status, 1, replayed.stderr);
    assert.match(replayed.stdout, /stall, from .*\nno-stall at [\d.]+ ms: it stalled\n$/);
    assert.match(readFileSync(html, "utf8"), /it stalled/);
    const none = spawnSync(process.execPath, [main, "simulate", "--scenario", `${file}#other`], { encoding: "utf8" });
    assert.deepEqual(
      [none.status, /exports no scenario `other`: it has \S+mine\.mjs#scenario, \S+mine\.mjs#stalls/.test(none.stderr)],
      [2, true],
      none.stderr,
    );
    const away = spawnSync(process.execPath, [main, "simulate", "--scenario", join(folder, "away.mjs")], {
      encoding: "utf8",
    });
    assert.deepEqual([away.status, /cannot load .*away\.mjs/.test(away.stderr)], [2, true], away.stderr);
  }));
