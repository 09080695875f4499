// Runtimes whose `spawn` breaks one law each.
import { AsyncResource } from "node:async_hooks";
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import type { AsyncRuntime, Task } from "../../src/runtime/async-runtime.ts";
import { type BrokenRuntime, but, report } from "./broken-runtime.ts";

/** Node's own runtime with another `spawn`, which gets the host's. */
const spawning = (change: (host: AsyncRuntime["spawn"]) => AsyncRuntime["spawn"]): (() => AsyncRuntime) =>
  but((host) => ({ spawn: change(host.spawn) }));

/** Runs a task; the host reports what it throws. */
function run(task: Task): void {
  try {
    void task();
  } catch (error) {
    report(error);
  }
}

/** Runs tasks in batches, in the context in which it was made; `runBatch` runs one. */
function batches(runBatch: (tasks: readonly Task[]) => PromiseLike<void> | undefined): AsyncRuntime["spawn"] {
  const context = new AsyncResource("batches");
  let tasks: Task[] = [];
  const next = async (): Promise<void> => {
    await Promise.resolve();
    const batch = tasks;
    tasks = [];
    await context.runInAsyncScope(() => runBatch(batch));
    if (tasks.length > 0) await next();
  };
  let isRunning = false;
  return (task) => {
    tasks.push(task);
    if (isRunning) return;
    isRunning = true;
    const stop = (): void => {
      isRunning = false;
    };
    context.runInAsyncScope(next).then(stop, (error: unknown) => {
      stop();
      report(error);
    });
  };
}

/** Runs a task inside of `spawn`, but not inside of another, in the context in which it was made. */
function inlineAtTheTop(host: AsyncRuntime["spawn"]): AsyncRuntime["spawn"] {
  const context = new AsyncResource("inline");
  let isInside = false;
  return (task) => {
    if (isInside) {
      host(task);
      return;
    }
    isInside = true;
    context.runInAsyncScope(() => run(task));
    isInside = false;
  };
}

/** Runs the tasks of a task inside of it, up to a depth. */
function inlineBelow(host: AsyncRuntime["spawn"]): AsyncRuntime["spawn"] {
  let depth = 0;
  const enter = (task: Task): void => {
    depth++;
    run(task);
    depth--;
  };
  return (task) => {
    if (depth > 0 && depth < 50) enter(task);
    else host(async () => enter(task));
  };
}

/** A pool of 64 places. The place of a task that takes longer than a few microtasks is lost. */
function losesPlaces(host: AsyncRuntime["spawn"]): AsyncRuntime["spawn"] {
  const waiting: Task[] = [];
  let places = 64;
  const next = async (): Promise<void> => {
    if (places === 0) return;
    const task = waiting.shift();
    if (task === undefined) return;
    places--;
    let isEnded = false;
    const ended = (): void => {
      isEnded = true;
    };
    try {
      task().then(ended, (error: unknown) => {
        ended();
        report(error);
      });
    } catch (error) {
      ended();
      report(error);
    }
    for (let i = 0; i < 10 && !isEnded; i++) await Promise.resolve();
    if (!isEnded) return;
    places++;
    await next();
  };
  return (task) => {
    waiting.push(task);
    host(next);
  };
}

class NeedsItself implements AsyncRuntime {
  readonly #host = nodeRuntime();
  spawn(task: Task): void {
    this.#host.spawn(task);
  }
  delayFor(ms: number): Promise<void> & Disposable {
    return this.#host.delayFor(ms);
  }
}

export const brokenSpawns: readonly BrokenRuntime[] = [
  { name: "runs a task inside of spawn", make: spawning(inlineAtTheTop), breaks: ["S1"] },
  {
    name: "keeps its tasks in a set",
    make: spawning((host) => {
      const tasks = new Set<Task>();
      return (task) => {
        if (tasks.has(task)) return;
        tasks.add(task);
        host(async () => {
          tasks.delete(task);
          await task();
        });
      };
    }),
    breaks: ["S2"],
  },
  {
    name: "ends a batch at the first task that throws",
    make: spawning(() =>
      batches((tasks) => {
        for (const task of tasks) void task();
        return undefined;
      }),
    ),
    breaks: ["S3"],
  },
  {
    name: "ends a batch at the first task that rejects",
    make: spawning(() => {
      const caught = (task: Task): PromiseLike<void> | undefined => {
        try {
          return task();
        } catch {
          return undefined;
        }
      };
      return batches(async (tasks) => {
        for (const task of tasks) await caught(task);
      });
    }),
    breaks: ["S4"],
  },
  {
    name: "has 64 places, and loses one for each task that rejects",
    make: spawning((host) => {
      const waiting: Task[] = [];
      let places = 64;
      const next = (): void => {
        const task = places > 0 ? waiting.shift() : undefined;
        if (task === undefined) return;
        places--;
        const ended = (): void => {
          places++;
          next();
        };
        host(async () => {
          try {
            task().then(ended, report);
          } catch (error) {
            report(error);
            ended();
          }
        });
      };
      return (task) => {
        waiting.push(task);
        next();
      };
    }),
    breaks: ["S4"],
  },
  { name: "runs the tasks of a task inside of it", make: spawning(inlineBelow), breaks: ["S5"] },
  { name: "has methods that need `this`", make: () => new NeedsItself(), breaks: ["S6"] },
  {
    name: "calls `catch` of what a task returns",
    make: spawning((host) => (task) => {
      host(async () => {
        try {
          const work = task() as Promise<void>;
          work.catch?.(report);
        } catch (error) {
          report(error);
        }
      });
    }),
    breaks: ["S7"],
  },
  {
    name: "has room for 4096 tasks",
    make: spawning((host) => {
      let waiting = 0;
      return (task) => {
        if (waiting === 4096) throw new Error("the queue of tasks is full");
        waiting++;
        host(() => {
          waiting--;
          return task();
        });
      };
    }),
    breaks: ["S8"],
  },
  {
    name: "loses the async context",
    make: spawning(() => (task) => void Promise.resolve().then(task)),
    breaks: ["S10"],
  },
  { name: "loses the places of its pool", make: spawning(losesPlaces), breaks: ["S11"] },
];
