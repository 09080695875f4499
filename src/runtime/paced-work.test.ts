import { test } from "node:test";
import assert from "node:assert/strict";
import type { AsyncRuntime } from "./async-runtime.ts";
import { type PacedJob, PacedWork } from "./paced-work.ts";

/** A host whose turns come when the test says so, and whose clock goes on by each step that is done. */
class StepHost {
  nowMs = 0;
  turns = 0;
  readonly clock = { now: () => this.nowMs, monotonic: () => this.nowMs };
  readonly #waiting: (() => void)[] = [];
  readonly runtime: AsyncRuntime = {
    spawn: () => undefined,
    delayFor: () => ({ then: (elapsed: () => void) => this.#waiting.push(elapsed), [Symbol.dispose]: () => undefined }),
  };

  async turn(): Promise<void> {
    this.turns++;
    for (const elapsed of this.#waiting.splice(0)) elapsed();
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }
}

const make = (): { host: StepHost; work: PacedWork } => {
  const host = new StepHost();
  return { host, work: new PacedWork(host, (task) => void task()) };
};

function job(host: StepHost, steps: number, log: string[], name: string, costMs = 0.001): PacedJob {
  let left = steps;
  return {
    some: (limit) => {
      const done = Math.min(limit, left);
      left -= done;
      host.nowMs += done * costMs;
      return done;
    },
    ended: () => log.push(name),
  };
}

test("small jobs are done at once, and no turn is asked for", () => {
  const { host, work } = make();
  const log: string[] = [];
  for (let i = 0; i < 10; i++) work.run(job(host, 100, log, String(i)));
  assert.equal(log.length, 10);
  assert.ok(!host.isWaiting);
});

test("a job of 100 ms takes turns of 5 ms each; those behind it keep their order, and count into the same time", async () => {
  const { host, work } = make();
  const log: string[] = [];
  work.run(job(host, 100_000, log, "long"));
  work.run(job(host, 1, log, "short"));
  const done = work.done().then(() => log.push("done"));
  assert.deepEqual(log, []);
  while (host.isWaiting) {
    const before = host.nowMs;
    await host.turn();
    assert.ok(host.nowMs - before <= 6, `${host.nowMs - before} ms in one turn`);
  }
  await done;
  assert.deepEqual(log, ["long", "short", "done"]);
  assert.ok(host.turns >= 17);
  assert.ok(work.isIdle);
});

test("jobs that begin one after the other in one turn share its time", () => {
  const { host, work } = make();
  const log: string[] = [];
  for (let i = 0; i < 20; i++) work.run(job(host, 1000, log, String(i)));
  assert.ok(host.nowMs <= 10, `${host.nowMs} ms`);
  assert.ok(!work.isIdle);
});

test("steps that leave work to microtasks count with it", () => {
  const { host, work } = make();
  const log: string[] = [];
  work.run({ ...job(host, 100_000, log, "later", 0), laterMs: 0.005 });
  assert.deepEqual(log, []);
});
