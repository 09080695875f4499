import { type Bench, ConformanceProbeError, type Finding, type Law, must, start, unmeasured } from "./law.ts";
import { roomForTheNext } from "./room-law.ts";
import { repeat, settle, until } from "./waits.ts";

const MANY = 100_000;
/** The number of tasks with which S8 begins. A slow `spawn` gets fewer than {@link MANY}. */
const FIRST = 200;
/** As many tasks fail in S3 and S4: more than the places of a pool that loses one for each. */
const FAILING = 200;
/** S8 tries no more tasks after a burst that took longer. */
const BURST_MS = 750;
/** The longest that the chain of S8 may take. */
const CHAIN_MS = 3000;

/** The laws of `spawn`. S9 is missing on purpose: the order of spawned tasks is not promised. */
export function spawnLaws(): readonly Law[] {
  return [
    { id: "S1", title: "spawn returns before the task is called", check: returnsFirst },
    { id: "S2", title: "every task is called once for each spawn, and no delay must fire for that", check: calledOnce },
    {
      id: "S3",
      title: "a task that throws does not make spawn throw, nor stop others",
      check: (bench) => survives(bench, "throws", () => fail()),
    },
    {
      id: "S4",
      title: "a task that rejects does not stop others",
      check: (bench) => survives(bench, "rejects", async () => fail()),
    },
    {
      id: "S5",
      title: "spawn in a task is not re-entrant: the parent runs to its next await first",
      check: notReentrant,
    },
    { id: "S6", title: "spawn returns undefined, and both methods work detached", check: detached },
    { id: "S7", title: "a task may return any thenable, and only `then` of it is touched", check: anyThenable },
    { id: "S8", title: "100,000 tasks in a turn, and a chain of 100,000, all run", check: many },
    { id: "S10", title: "a task runs in the async context in which the runtime was made", check: ownContext },
    { id: "S11", title: "a task that has ended makes room for the next", check: roomForTheNext },
  ];
}

function fail(): never {
  throw new ConformanceProbeError("a task of the conformance kit failed, as it should");
}

async function returnsFirst(bench: Bench): Promise<Finding> {
  let called = false;
  bench.runtime.spawn(async () => {
    called = true;
  });
  must(!called, "the task had run when spawn returned");
  await settle(bench);
  return undefined;
}

async function calledOnce(bench: Bench): Promise<Finding> {
  const calls = new Array<number>(1000).fill(0);
  const began = bench.hostMs();
  let pending = calls.length;
  for (let i = 0; i < calls.length; i++) {
    bench.runtime.spawn(async () => {
      calls[i] = (calls[i] ?? 0) + 1;
      if (calls[i] === 1 && --pending === 0) bench.late(bench.hostMs() - began);
    });
  }
  let same = 0;
  const counted = async (): Promise<void> => {
    same++;
  };
  for (let i = 0; i < 3; i++) bench.runtime.spawn(counted);
  await until(bench, () => pending === 0 && same >= 3, { progress: () => pending - same });
  await settle(bench);
  const [never, twice] = [calls.filter((count) => count === 0).length, calls.filter((count) => count > 1).length];
  must(never === 0, `${never} of 1000 tasks were never called`);
  must(twice === 0, `${twice} of 1000 tasks were called more than once`);
  must(same === 3, `a function that was spawned three times was called ${same} times`);
  return undefined;
}

async function survives(bench: Bench, how: string, bad: () => Promise<void>): Promise<Finding> {
  let after = 0;
  for (let i = 0; i < FAILING; i++) {
    try {
      bench.runtime.spawn(bad);
    } catch (error) {
      must(!(error instanceof ConformanceProbeError), `spawn threw because its task ${how}`);
      throw error;
    }
  }
  for (let i = 0; i < 10; i++) {
    bench.runtime.spawn(async () => {
      after++;
    });
  }
  await until(bench, () => after >= 10);
  must(after >= 10, `after ${FAILING} tasks each of which ${how}, ${after} of the 10 behind them ran`);
  return undefined;
}

async function notReentrant(bench: Bench): Promise<Finding> {
  const order: string[] = [];
  bench.runtime.spawn(async () => {
    order.push("parent");
    bench.runtime.spawn(async () => {
      order.push("child");
    });
    order.push("parent goes on");
  });
  await until(bench, () => order.includes("child"));
  must(
    !order.includes("child") || order.indexOf("child") > order.indexOf("parent goes on"),
    `the order was: ${order.join(", ")}`,
  );
  must(order.includes("child"), order.length === 0 ? "the task did not run" : "a task that a task spawned did not run");
  return undefined;
}

async function detached(bench: Bench): Promise<Finding> {
  const { spawn, delayFor } = bench.runtime;
  let [ran, fired] = [false, false];
  let answer: unknown;
  try {
    answer = spawn(async () => {
      ran = true;
    });
    const alone: Bench = { ...bench, runtime: { spawn, delayFor: (ms) => delayFor(ms) } };
    const delay = start(alone, 1, () => {
      fired = true;
    });
    await until(bench, () => fired && ran);
    delay[Symbol.dispose]();
  } catch (error) {
    must(false, `a detached method threw: ${String(error)}`);
  }
  must(answer === undefined, "spawn returned something");
  must(ran, "a task of a detached spawn did not run");
  must(fired, "a delay of a detached delayFor did not fire");
  return undefined;
}

async function anyThenable(bench: Bench): Promise<Finding> {
  const touched: string[] = [];
  let after = false;
  const thenable = {
    then: (resolve?: (value: undefined) => void): void => resolve?.(undefined),
    get catch(): undefined {
      touched.push("catch");
      return undefined;
    },
    get finally(): undefined {
      touched.push("finally");
      return undefined;
    },
  };
  bench.runtime.spawn(() => thenable as unknown as PromiseLike<void>);
  bench.runtime.spawn(async () => {
    after = true;
  });
  await until(bench, () => after);
  await settle(bench);
  must(
    touched.length === 0,
    `the runtime reads \`${touched[0] ?? ""}\` of what a task returns, which a thenable need not have`,
  );
  must(after, "the task after one that returned a thenable did not run");
  return undefined;
}

async function many(bench: Bench): Promise<Finding> {
  let spawned = 0;
  for (let size = FIRST; size > 0; size = await nextSize(bench, size)) spawned = size;
  let [depth, isOver] = [0, false];
  const link = async (): Promise<void> => {
    if (++depth < MANY && !isOver) bench.runtime.spawn(link);
  };
  bench.runtime.spawn(link);
  const ends = bench.hostMs() + CHAIN_MS;
  const isSlow = (): boolean => bench.hostMs() >= ends;
  const finished = await until(bench, () => depth >= MANY || isSlow(), { progress: () => depth });
  isOver = true;
  await settle(bench);
  must(finished && depth > 0, `a chain of spawns ended at ${depth} of ${MANY}`);
  return spawned < MANY || depth < MANY
    ? `spawn is slow: tried with ${spawned} tasks in a turn, and a chain of ${depth}`
    : undefined;
}

/** Spawns `count` tasks in one turn. Returns how many to try next: 0 after the last, and where that would take long. */
async function nextSize(bench: Bench, count: number): Promise<number> {
  let [ran, spawned] = [0, 0];
  const began = bench.hostMs();
  try {
    spawned = repeat(bench, count, BURST_MS, () =>
      bench.runtime.spawn(async () => {
        ran++;
      }),
    );
  } catch (error) {
    must(false, `spawn threw in a turn with ${count} tasks: ${String(error)}`);
  }
  await until(bench, () => ran >= spawned, { progress: () => ran });
  must(ran === spawned, `${ran} of ${spawned} tasks of one turn ran`);
  // Some runtimes take four times as long for twice the tasks.
  const isSlow = spawned < count || bench.hostMs() - began > BURST_MS;
  return count >= MANY || isSlow ? 0 : Math.min(MANY, count * 5);
}

async function ownContext(bench: Bench): Promise<Finding> {
  const { asyncContext, makeRuntime } = bench;
  if (asyncContext === undefined) return unmeasured();
  const runtime = asyncContext.run("maker", makeRuntime);
  const seen: (string | undefined)[] = [];
  asyncContext.run("caller", () => {
    runtime.spawn(async () => {
      seen.push(asyncContext.get());
      await Promise.resolve();
      seen.push(asyncContext.get());
    });
  });
  await until(bench, () => seen.length === 2);
  must(seen.length === 2, "the task did not run");
  must(!seen.includes("caller"), "the task ran in the context of the caller of spawn");
  must(
    seen[0] === seen[1],
    `the context of the task changed at its first await, from ${named(seen[0])} to ${named(seen[1])}`,
  );
  // A scheduler that all runtimes of a module share was made before, in a context that the kit does not know.
  return seen[0] === "maker" ? undefined : "tasks run in a context of their own, not in that of makeRuntime";
}

function named(context: string | undefined): string {
  return context === undefined ? "none" : `that of the ${context}`;
}
