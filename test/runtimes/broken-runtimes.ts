// Runtimes that break laws, as people write them by accident: one that breaks only this law for each, and some more.
import type { Delay, Task } from "../../src/runtime/async-runtime.ts";
import { brokenClocks } from "./broken-clocks.ts";
import { brokenDelays, microtaskDelay } from "./broken-delays.ts";
import { brokenResources } from "./broken-resources.ts";
import { type BrokenRuntime, type Callback, but, delayOf, delaying, wrapped } from "./broken-runtime.ts";
import { brokenSpawns } from "./broken-spawns.ts";

const naive = (ms: number): Delay => {
  let timer: NodeJS.Timeout | undefined;
  const delay = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  }) as Promise<void> & Disposable;
  delay[Symbol.dispose] = () => clearTimeout(timer);
  return delay;
};

const careless: readonly BrokenRuntime[] = [
  {
    name: "runs tasks inline",
    make: but(() => ({ spawn: (task: Task) => void task() })),
    breaks: ["S1", "S3", "S5", "S8", "S10"],
  },
  {
    name: "drops tasks",
    make: but((host) => {
      let count = 0;
      return {
        spawn: (task: Task) => {
          if (++count % 7 !== 0) host.spawn(task);
        },
      };
    }),
    breaks: ["S2", "S3", "S4", "S8", "S11"],
  },
  {
    name: "fires a second time, 40 ms later",
    make: delaying(
      (host) => (ms) =>
        wrapped(host(ms), {
          then: (callback, then) =>
            then(() => {
              setTimeout(callback, 40).unref();
              callback();
            }),
        }),
    ),
    breaks: ["D3", "R2"],
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
    make: delaying((host) => (ms) => wrapped(host(ms), { dispose: () => undefined })),
    breaks: ["D7", "D10", "R1", "R3"],
  },
  {
    name: "starves the host",
    make: but((host) => ({ delayFor: (ms: number) => (ms > 0 ? host.delayFor(ms) : microtaskDelay()) })),
    breaks: ["D15", "D19"],
  },
  {
    name: "is a bare setTimeout",
    make: () => ({ spawn: (task: Task) => void Promise.resolve().then(task), delayFor: naive }),
    breaks: ["D1", "D5", "D6", "S10"],
  },
  {
    name: "never runs a task and never fires",
    make: () => ({
      spawn: () => undefined,
      delayFor: () =>
        delayOf(
          () => undefined,
          () => undefined,
        ),
    }),
    breaks: [
      "D1",
      "D10",
      "D11",
      "D12",
      "D14",
      "D15",
      "D19",
      "D2",
      "D20",
      "D3",
      "D4",
      "D9",
      "R2",
      "R5",
      "S10",
      "S11",
      "S2",
      "S3",
      "S4",
      "S5",
      "S6",
      "S7",
      "S8",
    ],
  },
];

export const brokenRuntimes: readonly BrokenRuntime[] = [
  ...brokenSpawns,
  ...brokenDelays,
  ...brokenResources,
  ...brokenClocks,
  ...careless,
];
