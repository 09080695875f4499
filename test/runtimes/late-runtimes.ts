// Runtimes that are late, or run only a few tasks at once: the client works on them, and the kit says that they keep
// every law.
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import type { AsyncRuntime, Task } from "../../src/runtime/async-runtime.ts";
import { but, delaying, report } from "./broken-runtime.ts";

export interface LateRuntime {
  readonly name: string;
  readonly make: () => AsyncRuntime;
  /** A figure that the report must have, in the detail of this law. */
  readonly says: readonly [law: string, detail: RegExp];
}

/** Runs at most `places` tasks at once; one keeps its place until what it returned has settled. */
function pool(places: number): () => AsyncRuntime {
  return but((host) => {
    const waiting: Task[] = [];
    let running = 0;
    const ended = (): void => {
      running--;
      next();
    };
    const failed = (error: unknown): void => {
      report(error);
      ended();
    };
    const next = (): void => {
      const task = running < places ? waiting.shift() : undefined;
      if (task === undefined) return;
      running++;
      host.spawn(async () => {
        try {
          task().then(ended, failed);
        } catch (error) {
          failed(error);
        }
      });
    };
    return {
      spawn: (task) => {
        waiting.push(task);
        next();
      },
    };
  });
}

export const lateRuntimes: readonly LateRuntime[] = [
  {
    name: "rounds delays up to 50 ms",
    make: delaying(
      (host) => (ms) => host(ms > 0 ? Math.ceil((performance.now() + ms) / 50) * 50 - performance.now() : ms),
    ),
    says: ["D3", /up to \d\d ms late/],
  },
  {
    name: "is up to 150 ms late, in any order",
    make: delaying((host) => {
      let count = 0;
      return (ms) => host(ms > 0 ? ms + ((++count * 7919) % 5) * 37 : ms);
    }),
    says: ["D20", /up to 1\d\d ms late/],
  },
  {
    name: "starts tasks 20 ms late",
    make: but((host) => ({
      spawn: (task) => {
        const delay = host.delayFor(20);
        void delay.then(() => {
          delay[Symbol.dispose]();
          host.spawn(task);
        });
      },
    })),
    says: ["S8", /spawn is slow: tried with \d+ tasks in a turn, and a chain of \d+/],
  },
  { name: "runs one task at a time", make: pool(1), says: ["S11", /runs at most 1 task at once; the client needs 1/] },
  { name: "runs eight tasks at a time", make: pool(8), says: ["S11", /runs at most 8 tasks at once/] },
  {
    name: "has a clock from the time origin",
    make: () => ({
      ...nodeRuntime(),
      clock: { now: () => Date.now(), monotonic: () => performance.timeOrigin + performance.now() },
    }),
    says: ["E1", /^$/],
  },
  {
    name: "has a clock of whole milliseconds",
    make: () => ({ ...nodeRuntime(), clock: { now: () => Date.now(), monotonic: () => Date.now() } }),
    says: ["E3", /^$/],
  },
];
