// Runtimes of other kinds that keep every law: the kit called some of them broken.
import { AsyncLocalStorage } from "node:async_hooks";
import { Worker } from "node:worker_threads";
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import type { AsyncRuntime, Delay, Task } from "../../src/runtime/async-runtime.ts";
import { type Callback, but, delayOf, delaying, report } from "./broken-runtime.ts";
import type { LateRuntime } from "./late-runtimes.ts";

/** Timers in another thread: only its message port keeps the process alive. */
function threadTimers(): () => AsyncRuntime["delayFor"] {
  let worker: Worker | undefined;
  const waiting = new Map<number, () => void>();
  let last = 0;
  const leave = (id: number): void => {
    if (waiting.delete(id) && waiting.size === 0) worker?.unref();
  };
  const started = (): Worker => {
    const made = new Worker(
      `const { parentPort } = require("node:worker_threads");
       const timers = new Map();
       parentPort.on("message", ([id, ms]) => {
         clearTimeout(timers.get(id));
         timers.delete(id);
         if (ms >= 0) timers.set(id, setTimeout(() => { timers.delete(id); parentPort.postMessage(id); }, ms));
       });`,
      { eval: true },
    );
    made.on("message", (id: number) => waiting.get(id)?.());
    return made;
  };
  return () => (ms) => {
    worker ??= started();
    const thread = worker;
    const id = last++;
    const due = performance.now() + (ms > 0 ? ms : 0);
    let callback: Callback | undefined;
    let state: "waiting" | "fired" | "disposed" = "waiting";
    const arm = (): void =>
      thread.postMessage([id, Math.min(2 ** 31 - 1, Math.max(0, Math.ceil(due - performance.now())))]);
    waiting.set(id, () => {
      if (performance.now() < due) {
        arm();
        return;
      }
      leave(id);
      state = "fired";
      callback?.();
    });
    thread.ref();
    arm();
    const late = (given: Callback): void => {
      if (state === "fired") given();
    };
    return delayOf(
      (given) => {
        if (state === "fired") setImmediate(late, given);
        else callback = given;
      },
      () => {
        if (state === "waiting") thread.postMessage([id, -1]);
        state = "disposed";
        callback = undefined;
        leave(id);
      },
    );
  };
}

/** Time that jumps to the next deadline when the process is idle. It looks through all delays for the next one. */
function jumpingTime(): AsyncRuntime {
  interface Waiting {
    readonly due: number;
    fire(): void;
  }
  const waiting = new Set<Waiting>();
  let nowMs = 1000;
  let isGoing = false;
  const go = (): void => {
    isGoing = true;
    setImmediate(() => setImmediate(step));
  };
  const step = (): void => {
    let next: Waiting | undefined;
    for (const each of waiting) if (each.due < (next?.due ?? Number.POSITIVE_INFINITY)) next = each;
    isGoing = next !== undefined;
    if (next === undefined) return;
    nowMs = Math.max(nowMs, next.due);
    waiting.delete(next);
    try {
      next.fire();
    } catch (error) {
      report(error);
    }
    go();
  };
  return {
    spawn: nodeRuntime().spawn,
    clock: { now: () => 1_700_000_000_000 + nowMs, monotonic: () => nowMs },
    delayFor: (ms): Delay => {
      let [callback, hasFired, isDisposed]: [Callback | undefined, boolean, boolean] = [undefined, false, false];
      const own: Waiting = {
        due: nowMs + (ms > 0 ? ms : 0),
        fire: () => {
          hasFired = true;
          callback?.();
        },
      };
      waiting.add(own);
      if (!isGoing) go();
      return delayOf(
        (given) => {
          if (hasFired) setImmediate(() => (isDisposed ? undefined : given()));
          else callback = given;
        },
        () => {
          isDisposed = true;
          callback = undefined;
          waiting.delete(own);
        },
      );
    },
  };
}

/** One queue for all runtimes of the module, made when the module is loaded. */
const shared = { run: AsyncLocalStorage.snapshot(), host: nodeRuntime() };

export const oddRuntimes: readonly LateRuntime[] = [
  { name: "has its timers in another thread", make: delaying(threadTimers()), says: ["R5", /^$/] },
  { name: "jumps over idle time", make: jumpingTime, says: ["R2", /bytes a live delay/] },
  {
    name: "serves its delays once a second, as a hidden page does, and has a clock",
    make: () => ({
      ...delaying(
        (host) => (ms) => host(ms > 0 ? Math.ceil((performance.now() + ms) / 1000) * 1000 - performance.now() : ms),
      )(),
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
    }),
    says: ["D9", /up to \d+ ms late/],
  },
  {
    name: "is one for the whole module",
    make: () => ({
      delayFor: shared.host.delayFor,
      spawn: (task: Task) => {
        queueMicrotask(() => shared.run(() => shared.host.spawn(task)));
      },
    }),
    says: ["S10", /a context of their own/],
  },
  {
    name: "calls `then` with a second function alone",
    make: but((host) => ({
      spawn: (task) =>
        host.spawn(async () => {
          void task().then(undefined, report);
        }),
    })),
    says: ["S7", /^$/],
  },
];
