import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Delay, Task } from "./async-runtime.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";
import { GuardedRuntime } from "./guarded-runtime.ts";
import { TaskGroup } from "./task-group.ts";

/** A runtime by hand: delays fire when the test says so, and tasks start when the test says so. */
function byHand() {
  let nowMs = 0;
  const tasks: Task[] = [];
  const delays: { atMs: number; fire: (() => void) | undefined }[] = [];
  const clock = { now: () => nowMs, monotonic: () => nowMs };
  const runtime = {
    spawn: (task: Task): void => void tasks.push(task),
    delayFor: (ms: number): Delay => {
      const delay: (typeof delays)[number] = { atMs: nowMs + ms, fire: undefined };
      delays.push(delay);
      return {
        then: (fire: (value: void) => void) => {
          delay.fire = () => fire();
        },
        [Symbol.dispose]: () => {
          delay.fire = undefined;
        },
      };
    },
  };
  const pass = (ms: number): void => {
    nowMs += ms;
    for (const delay of delays.splice(0)) {
      if (delay.atMs > nowMs) delays.push(delay);
      else delay.fire?.();
    }
  };
  return { clock, runtime, tasks, pass };
}

function guarded(parts: Partial<ReturnType<typeof byHand>["runtime"]> = {}) {
  const hand = byHand();
  const failures: KafkaError[] = [];
  const runtime = new GuardedRuntime({ ...hand.runtime, ...parts }, hand.clock, (error) => void failures.push(error));
  const deadlines = new DeadlineWheel({ runtime, clock: hand.clock });
  runtime.watchBy(deadlines);
  let started = 0;
  const task: Task = () => {
    started++;
    return Promise.resolve();
  };
  return { ...hand, guard: runtime, deadlines, failures, task, started: () => started };
}

const microtasks = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};
const throws = (what: unknown) => (): never => {
  throw what;
};

const spawns: readonly [string, (task: Task) => void, RegExp][] = [
  ["throws an error", throws(new Error("no")), /the runtime's spawn threw: no\./],
  ["throws undefined", throws(undefined), /the runtime's spawn threw: undefined\./],
  [
    "takes the task and throws",
    (task) => {
      void Promise.resolve().then(task);
      throw new Error("after all");
    },
    /after all/,
  ],
];
for (const [what, spawn, text] of spawns)
  test(`a spawn that ${what} breaks the runtime; the task starts once all the same, in a microtask`, async () => {
    const { guard, failures, task, started } = guarded({ spawn });
    guard.spawn(task);
    assert.deepEqual([started(), failures], [0, []], "nothing happens inside the call");
    await microtasks();
    assert.equal(started(), 1);
    assert.equal(failures.length, 1);
    assert.equal(failures[0]?.kind, "config");
    assert.match(failures[0]?.message ?? "", text);
    guard.spawn(task);
    await microtasks();
    assert.deepEqual([started(), failures.length], [2, 1], "the runtime breaks once, and tasks still start");
  });

const delays: readonly [string, (ms: number) => Delay, RegExp][] = [
  ["throws", throws("no timers"), /the runtime's delayFor threw: no timers\./],
  ["returns undefined", () => undefined as never, /delayFor returned undefined instead of a delay/],
  ["returns null", () => null as never, /delayFor returned null instead of a delay/],
  ["returns an object without then", () => ({}) as never, /delayFor returned .* instead of a delay/],
];
for (const [what, delayFor, text] of delays)
  test(`a delayFor that ${what} breaks the runtime, and throws the error of the broken runtime`, async () => {
    const { guard, failures } = guarded({ delayFor });
    assert.throws(
      () => guard.delayFor(5),
      (error) => KafkaError.is(error) && error.kind === "config" && text.test(error.message),
    );
    await microtasks();
    assert.deepEqual(failures, [guard.failure]);
    assert.throws(
      () => guard.delayFor(5),
      (error) => error === guard.failure,
    );
    await microtasks();
    assert.equal(failures.length, 1);
  });

test("a runtime may refuse a call by kind closed: it is not broken, and the task is not awaited", async () => {
  const refusal = new KafkaError("closed", "in another request", { outcome: "notWritten" });
  const refused = throws(refusal);
  const { guard, failures, task, pass, started } = guarded({ spawn: refused, delayFor: refused });
  const isRefusal = (error: unknown): boolean => error === refusal;
  assert.throws(() => guard.spawn(task), isRefusal);
  assert.throws(() => guard.delayFor(5), isRefusal);
  const group = new TaskGroup(guard);
  assert.throws(() => group.spawn(task), isRefusal);
  assert.equal(group.live, 0);
  await group.close();
  for (let s = 0; s < 60; s++) pass(1000);
  guard.closing();
  await microtasks();
  assert.deepEqual([failures, guard.failure, started()], [[], undefined, 0]);
});

test("a platform that refuses a caller, as workerd does in another request, is not broken: only that call fails", async () => {
  const refusal = new KafkaError("closed", "another request");
  let isForeign = false;
  const refuse = (): void => {
    if (isForeign) throw refusal;
  };
  const hand = byHand();
  const failures: KafkaError[] = [];
  const guard = new GuardedRuntime(
    {
      spawn: (task) => (refuse(), hand.runtime.spawn(task)),
      delayFor: (ms) => (refuse(), hand.runtime.delayFor(ms)),
    },
    { now: () => hand.clock.now(), monotonic: () => (refuse(), hand.clock.monotonic()) },
    (error) => void failures.push(error),
  );
  guard.watchBy(new DeadlineWheel({ runtime: guard, clock: hand.clock }));
  const started: string[] = [];
  const task =
    (name: string): Task =>
    async () =>
      void started.push(name);
  const refused = (): void => {
    isForeign = true;
    for (let i = 0; i < 2; i++)
      assert.throws(
        () => guard.spawn(task("foreign")),
        (error) => error === refusal,
      );
    assert.throws(
      () => guard.delayFor(1),
      (error) => error === refusal,
    );
    isForeign = false;
  };
  refused(); // before the watch is armed
  guard.spawn(task("own"));
  refused(); // and while it is
  for (const start of hand.tasks.splice(0)) void start();
  for (let s = 0; s < 60; s++) hand.pass(1000);
  await microtasks();
  assert.deepEqual([started, failures, guard.failure], [["own"], [], undefined]);
});

test("a task that is not started breaks the runtime at the fourth check, within 5 s", async () => {
  const { guard, failures, task, pass, started } = guarded();
  guard.spawn(task);
  for (let ms = 0; ms < 3900; ms += 100) pass(100);
  await microtasks();
  assert.equal(failures.length, 0);
  pass(100);
  await microtasks();
  assert.match(failures[0]?.message ?? "", /has not started a task for more than 3000 ms/);
  assert.equal(started(), 1, "and it is started then");
});

test("a task that starts late does not break the runtime, and starts once", async () => {
  const { guard, failures, task, tasks, pass, started } = guarded();
  guard.spawn(task);
  for (let s = 0; s < 3; s++) pass(1000);
  for (const start of tasks.splice(0)) void start();
  for (let s = 0; s < 60; s++) pass(1000);
  await microtasks();
  assert.deepEqual([failures, started()], [[], 1]);
});

test("a process that was stopped for an hour counts as one check", async () => {
  const { guard, failures, task, tasks, pass } = guarded();
  guard.spawn(task);
  pass(3_600_000);
  pass(3_600_000);
  for (const start of tasks.splice(0)) void start();
  for (let s = 0; s < 60; s++) pass(1000);
  await microtasks();
  assert.deepEqual(failures, []);
});

test("an idle client has no deadline: the watch is armed by a task, and once a second", () => {
  const { guard, deadlines, task, tasks, pass } = guarded();
  assert.ok(deadlines.isEmpty);
  for (let i = 0; i < 100; i++) guard.spawn(task);
  for (const start of tasks.splice(0)) void start();
  assert.ok(!deadlines.isEmpty);
  pass(1000);
  assert.ok(deadlines.isEmpty);
});

test("a client that closes waits half a second for the runtime, then starts the last tasks itself, once", async () => {
  const { guard, task, tasks, pass, started } = guarded();
  guard.spawn(task);
  guard.closing();
  guard.closing();
  pass(499);
  await microtasks();
  assert.equal(started(), 0);
  pass(1);
  await microtasks();
  assert.equal(started(), 1);
  for (const start of tasks) void start();
  assert.equal(started(), 1);
});
