// Wrappers that fulfil the contract to the letter, and break every habit that a client must not rely on.
import type { AsyncRuntime, Clock, Delay, Task } from "../../src/runtime/async-runtime.ts";
import { Random } from "../../src/simulation/random.ts";
import { countedWork } from "./counted-work.ts";

type Callback = (value: void) => void;

export interface Hostile {
  readonly name: string;
  /** The runtime, made hostile. */
  readonly wrap: (host: AsyncRuntime & { readonly clock: Clock }) => AsyncRuntime;
}

/** A delay that does as the host's, but calls back in its own way. */
function delayLike(delay: Delay, tell: (callback: Callback) => void): Delay {
  return {
    then: tell,
    unref: () => delay.unref?.(),
    [Symbol.dispose]: () => delay[Symbol.dispose](),
  };
}

/** Durations are changed, never made negative. */
const scaled = (name: string, change: (ms: number, random: Random) => number): Hostile => ({
  name,
  wrap: (host) => {
    const random = Random.keyed(1, name);
    return { ...both(host), delayFor: (ms) => host.delayFor(Math.max(0, change(ms, random))) };
  },
});

/** The tasks of one turn are started in another order. */
const reordered = (name: string, order: (tasks: Task[], random: Random) => Task[]): Hostile => ({
  name,
  wrap: (host) => {
    const random = Random.keyed(2, name);
    let waiting: Task[] = [];
    return {
      ...both(host),
      spawn: (task) => {
        waiting.push(task);
        if (waiting.length > 1) return;
        host.spawn(async () => {
          const tasks = order(waiting, random);
          waiting = [];
          for (const next of tasks) void next();
        });
      },
    };
  },
});

function both(host: AsyncRuntime & { readonly clock: Clock }): AsyncRuntime {
  return {
    spawn: (task) => host.spawn(task),
    delayFor: (ms) => host.delayFor(ms),
    clock: host.clock,
    ...countedWork(host),
  };
}

function poisoned(host: AsyncRuntime & { readonly clock: Clock }): AsyncRuntime {
  return {
    ...both(host),
    delayFor: (ms) => {
      const delay = host.delayFor(ms);
      let use: "new" | "told" | "disposed" = "new";
      const check = (what: string): void => {
        if (use === "disposed") throw new Error(`${what} of a delay that was disposed`);
      };
      return {
        then: (callback: Callback): unknown => {
          check("then");
          if (use === "told") throw new Error("a second then of one delay");
          use = "told";
          delay.then(() => {
            if (use !== "disposed") callback();
          });
          return new Proxy(
            {},
            {
              get: (_, name) => {
                throw new Error(`${String(name)} of what then gave is used`);
              },
            },
          );
        },
        unref: () => check("unref"),
        [Symbol.dispose]: () => {
          check("a second dispose");
          use = "disposed";
          delay[Symbol.dispose]();
        },
      };
    },
  };
}

function synchronous(host: AsyncRuntime & { readonly clock: Clock }): AsyncRuntime {
  return {
    ...both(host),
    // Fires inside the host's own event, and a `then` that comes late is answered inside itself.
    delayFor: (ms) => {
      const delay = host.delayFor(ms);
      let hasFired = false;
      let waiting: Callback | undefined;
      delay.then(() => {
        hasFired = true;
        waiting?.();
      });
      return delayLike(delay, (callback) => {
        if (hasFired) callback();
        else waiting = callback;
      });
    },
  };
}

function promises(host: AsyncRuntime & { readonly clock: Clock }): AsyncRuntime {
  return {
    ...both(host),
    delayFor: (ms) => {
      const delay = host.delayFor(ms);
      const promise = new Promise<void>((resolve) => void delay.then(resolve)) as Promise<void> & Disposable;
      promise[Symbol.dispose] = () => delay[Symbol.dispose]();
      return promise;
    },
  };
}

function slowSpawn(host: AsyncRuntime & { readonly clock: Clock }): AsyncRuntime {
  return {
    ...both(host),
    spawn: (task) => {
      const delay = host.delayFor(0);
      void delay.then(() => {
        delay[Symbol.dispose]();
        void task();
      });
    },
  };
}

/** Starts a task when the one before has ended. */
function oneAtATime(host: AsyncRuntime & { readonly clock: Clock }): AsyncRuntime {
  let last: PromiseLike<void> = Promise.resolve();
  return {
    ...both(host),
    spawn: (task) => {
      const before = last;
      last = new Promise((ended) => host.spawn(async () => void before.then(task).then(ended)));
    },
  };
}

export const hostileRuntimes: readonly Hostile[] = [
  { name: "poisoning after dispose", wrap: poisoned },
  scaled("early", (ms, random) => ms - (random.uint32() % 3)),
  scaled("very late", (ms, random) => ms + (random.uint32() % 5) * 37),
  reordered("last in, first out", (tasks) => [...tasks].reverse()),
  reordered("shuffled", (tasks, random) =>
    tasks
      .map((task) => [random.uint32(), task] as const)
      .sort(([a], [b]) => a - b)
      .map(([, task]) => task),
  ),
  { name: "synchronous thenables", wrap: synchronous },
  { name: "plain promises as delays", wrap: promises },
  { name: "a spawn that waits a whole turn", wrap: slowSpawn },
  { name: "one task at a time", wrap: oneAtATime },
];
