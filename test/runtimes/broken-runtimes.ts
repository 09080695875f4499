// Runtimes that break one law each, as people write them by accident.
import type { AsyncRuntime, Delay, Task } from "../../src/runtime/async-runtime.ts";
import { nodeRuntime } from "../../src/platform/node/runtime.ts";

export interface BrokenRuntime {
  readonly name: string;
  readonly make: () => AsyncRuntime;
  /** The laws that it breaks: these and no others must fail. */
  readonly breaks: readonly string[];
}

type Callback = (value: void) => void;

/** Node's own runtime with something put in its place. */
const but = (change: (host: AsyncRuntime) => Partial<AsyncRuntime>) => (): AsyncRuntime => {
  const host = nodeRuntime();
  return { spawn: host.spawn, delayFor: host.delayFor, ...change(host) };
};

/** A delay made of a `then` and a dispose. */
const delayOf = (then: (callback: Callback) => void, dispose: () => void): Delay => ({
  then,
  [Symbol.dispose]: dispose,
});

/** A pool whose nodes return when they fire: disposing one later disposes the delay of another caller. */
function poolThatRecyclesOnFiring(): (ms: number) => Delay {
  interface Node extends Delay {
    timer: NodeJS.Timeout | undefined;
    callback: Callback | undefined;
    hasFired: boolean;
  }
  const host = nodeRuntime();
  const pool: Node[] = [];
  const make = (): Node => {
    const node: Node = {
      timer: undefined,
      callback: undefined,
      hasFired: false,
      then: (callback) => {
        if (node.hasFired) setImmediate(callback);
        else node.callback = callback;
      },
      [Symbol.dispose]: () => {
        clearTimeout(node.timer);
        node.callback = undefined;
      },
    };
    return node;
  };
  return (ms) => {
    if (!(ms > 0) || ms > 2 ** 31 - 1) return host.delayFor(ms);
    const node = pool.pop() ?? make();
    node.hasFired = false;
    node.callback = undefined;
    const due = performance.now() + ms;
    const fire = (): void => {
      if (performance.now() < due) {
        node.timer = setTimeout(fire, due - performance.now());
        return;
      }
      const callback = node.callback;
      node.callback = undefined;
      node.hasFired = true;
      pool.push(node);
      if (callback !== undefined) void Promise.resolve().then(callback);
    };
    node.timer = setTimeout(fire, ms);
    return node;
  };
}

const naive = (ms: number): Delay => {
  let timer: NodeJS.Timeout | undefined;
  const delay = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  }) as Promise<void> & Disposable;
  delay[Symbol.dispose] = () => clearTimeout(timer);
  return delay;
};

export const brokenRuntimes: readonly BrokenRuntime[] = [
  {
    name: "runs tasks inline",
    make: but(() => ({ spawn: (task: Task) => void task() })),
    breaks: ["S1", "S3", "S5", "S8", "S10"],
  },
  {
    name: "fires early",
    make: but((host) => ({ delayFor: (ms: number) => host.delayFor(ms > 1 ? ms - 0.9 : ms) })),
    breaks: ["D1"],
  },
  {
    name: "fires longer delays sooner",
    make: but((host) => ({ delayFor: (ms: number) => host.delayFor(ms >= 15 && ms <= 35 ? 70 - ms : ms) })),
    breaks: ["D2"],
  },
  {
    name: "drops tasks",
    make: () => {
      const host = nodeRuntime();
      let count = 0;
      return {
        ...host,
        spawn: (task: Task) => {
          if (++count % 7 !== 0) host.spawn(task);
        },
      };
    },
    breaks: ["S2", "S3", "S4", "S8"],
  },
  {
    name: "fires twice",
    make: but((host) => ({
      delayFor: (ms: number) => {
        const delay = host.delayFor(ms);
        let isDisposed = false;
        const again = (callback: Callback): void => {
          if (!isDisposed) callback();
        };
        const twice = (callback: Callback): void =>
          void delay.then(() => {
            setImmediate(again, callback);
            callback();
          });
        return delayOf(twice, () => {
          isDisposed = true;
          delay[Symbol.dispose]();
        });
      },
    })),
    breaks: ["D3", "R2"],
  },
  {
    name: "never disposes",
    make: but((host) => ({
      delayFor: (ms: number) => {
        const delay = host.delayFor(ms);
        return delayOf(
          (callback) => void delay.then(callback),
          () => undefined,
        );
      },
    })),
    breaks: ["D7", "D10", "D18", "R1", "R3"],
  },
  {
    name: "rejects when it is disposed",
    make: but((host) => ({
      delayFor: (ms: number) => {
        const delay = host.delayFor(ms);
        let reject: (error: Error) => void = () => undefined;
        const promise = new Promise<void>((resolve, fail) => {
          reject = fail;
          void delay.then(resolve);
        }) as Promise<void> & Disposable;
        promise.catch(() => undefined);
        promise[Symbol.dispose] = () => {
          delay[Symbol.dispose]();
          reject(new Error("the delay was disposed"));
        };
        return promise;
      },
    })),
    breaks: ["D13"],
  },
  {
    name: "recycles on firing",
    make: () => ({ spawn: nodeRuntime().spawn, delayFor: poolThatRecyclesOnFiring() }),
    breaks: ["D18"],
  },
  {
    name: "starves the host",
    make: but((host) => ({ delayFor: (ms: number) => (ms > 0 ? host.delayFor(ms) : microtaskDelay()) })),
    breaks: ["D15", "D19"],
  },
  {
    name: "loses the async context",
    make: but(() => ({ spawn: (task: Task) => void Promise.resolve().then(task) })),
    breaks: ["S10"],
  },
  {
    name: "is a bare setTimeout",
    make: () => ({ spawn: (task: Task) => void Promise.resolve().then(task), delayFor: naive }),
    breaks: ["D1", "D5", "D6", "S10"],
  },
];

function microtaskDelay(): Delay {
  let isDisposed = false;
  const delay = Promise.resolve().then(() =>
    isDisposed ? new Promise<void>(() => undefined) : undefined,
  ) as Promise<void> & Disposable;
  delay[Symbol.dispose] = () => {
    isDisposed = true;
  };
  return delay;
}
