import {
  type Bench,
  ConformanceProbeError,
  type Finding,
  type Law,
  UNMEASURED,
  must,
  settle,
  settlesWithin,
  whenElapsed,
} from "./law.ts";

const MANY = 100_000;

/** The laws of `spawn`. S9 is missing on purpose: the order of spawned tasks is not promised. */
export function spawnLaws(): readonly Law[] {
  return [
    { id: "S1", title: "spawn returns before the task is called", check: returnsFirst },
    { id: "S2", title: "every task is called once, and no delay must fire for that", check: calledOnce },
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
  ];
}

function fail(): never {
  throw new ConformanceProbeError("a task of the conformance kit failed, as it should");
}

async function returnsFirst({ runtime, ...bench }: Bench): Promise<Finding> {
  let called = false;
  runtime.spawn(async () => {
    called = true;
  });
  must(!called, "the task had run when spawn returned");
  await settle({ ...bench, runtime });
  return undefined;
}

async function calledOnce(bench: Bench): Promise<Finding> {
  const calls = new Array<number>(1000).fill(0);
  for (let i = 0; i < calls.length; i++) {
    bench.runtime.spawn(async () => {
      calls[i] = (calls[i] ?? 0) + 1;
    });
  }
  await bench.sleep(1);
  const early = calls.filter((count) => count > 0).length;
  await settle(bench);
  const [never, twice] = [calls.filter((count) => count === 0).length, calls.filter((count) => count > 1).length];
  must(never === 0, `${never} of 1000 tasks were never called`);
  must(twice === 0, `${twice} of 1000 tasks were called more than once`);
  must(early === 1000, `${1000 - early} of 1000 tasks were not called within a turn`);
  return undefined;
}

async function survives({ runtime, ...bench }: Bench, how: string, bad: () => Promise<void>): Promise<Finding> {
  let after = 0;
  const good = async (): Promise<void> => {
    after++;
  };
  try {
    runtime.spawn(bad);
  } catch {
    must(false, `spawn threw because its task ${how}`);
  }
  for (let i = 0; i < 10; i++) runtime.spawn(good);
  await settle({ ...bench, runtime });
  must(after === 10, `after a task that ${how}, ${after} of the 10 behind it ran`);
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
  await settle(bench);
  must(order.join(", ") === "parent, parent goes on, child", `the order was: ${order.join(", ") || "nothing ran"}`);
  return undefined;
}

async function detached(bench: Bench): Promise<Finding> {
  const { spawn, delayFor } = bench.runtime;
  let ran = false;
  let answer: unknown;
  try {
    answer = spawn(async () => {
      ran = true;
    });
    const delay = delayFor(1);
    const fired = settlesWithin(bench, new Promise<void>((resolve) => whenElapsed(delay, resolve)), 200);
    must(await fired, "a delay of a detached delayFor did not fire");
    delay[Symbol.dispose]();
  } catch (error) {
    must(false, `a detached method threw: ${String(error)}`);
  }
  must(answer === undefined, "spawn returned something");
  must(ran, "a task of a detached spawn did not run");
  return undefined;
}

async function anyThenable(bench: Bench): Promise<Finding> {
  const touched: string[] = [];
  let after = false;
  const thenable = {
    then: (resolve: (value: undefined) => void): void => resolve(undefined),
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
  await settle(bench);
  must(
    touched.length === 0,
    `the runtime reads \`${touched[0] ?? ""}\` of what a task returns, which a thenable need not have`,
  );
  must(after, "the task after one that returned a thenable did not run");
  return undefined;
}

async function many(bench: Bench): Promise<Finding> {
  let burst = 0;
  let depth = 0;
  const one = async (): Promise<void> => {
    burst++;
  };
  const link = async (): Promise<void> => {
    if (++depth < MANY) bench.runtime.spawn(link);
  };
  try {
    for (let i = 0; i < MANY; i++) bench.runtime.spawn(one);
    bench.runtime.spawn(link);
  } catch (error) {
    must(false, `spawn threw: ${String(error)}`);
  }
  for (
    let before = -1, idle = 0;
    idle < 50 && (burst < MANY || depth < MANY);
    idle = before === burst + depth ? idle + 1 : 0
  ) {
    before = burst + depth;
    await bench.sleep(10);
  }
  must(burst === MANY, `${burst} of ${MANY} tasks of one turn ran`);
  must(depth === MANY, `a chain of spawns ended at ${depth} of ${MANY}`);
  return undefined;
}

async function ownContext({ asyncContext, makeRuntime, ...bench }: Bench): Promise<Finding> {
  if (asyncContext === undefined) return UNMEASURED;
  const runtime = asyncContext.run("maker", makeRuntime);
  const seen: (string | undefined)[] = [];
  asyncContext.run("caller", () => {
    runtime.spawn(async () => {
      seen.push(asyncContext.get());
      await Promise.resolve();
      seen.push(asyncContext.get());
    });
  });
  await settle({ ...bench, makeRuntime });
  must(seen.length === 2, "the task did not run");
  must(
    seen.every((value) => value === "maker"),
    `the task ran in the context of ${seen[0] === "caller" ? "the caller of spawn" : `"${String(seen[0])}"`}`,
  );
  return undefined;
}
