import type { AsyncRuntime, DefaultRuntime, Task } from "../../runtime/async-runtime.ts";
import { TaskPump } from "../../runtime/task-pump.ts";
import { type TimerHandle, type Timers, hostTimers } from "./globals.ts";

type NodeDelay = Promise<void> & Disposable & { unref(): void };

/** The longest delay of Node's timers; longer ones fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * The default runtime on Node. Its delays never fire early, where `setTimeout` can by up to 1.6 ms. They can have any
 * length, where `setTimeout` fires at once beyond 2³¹ ms. A delay of 0 is `setImmediate`, the cheapest turn that lets
 * I/O run.
 *
 * Tasks are started by a pump in the context in which the runtime was created, at a tenth of the cost of
 * `AsyncLocalStorage.snapshot()`. A delay is a plain promise with assigned properties: awaiting a subclass costs four
 * times as much.
 */
export function nodeRuntime(): DefaultRuntime {
  const pump = new TaskPump();
  const timers = hostTimers();
  const runtime: AsyncRuntime<NodeDelay> = {
    spawn: (task: Task): void => pump.spawn(task),
    delayFor(durationMs: number): NodeDelay {
      return durationMs > 0 ? timedDelay(timers, durationMs) : immediateDelay(timers);
    },
  };
  return runtime;
}

function immediateDelay(timers: Timers): NodeDelay {
  let handle: TimerHandle | undefined;
  const promise = new Promise<void>((resolve) => {
    handle = timers.setImmediate(resolve);
  }) as NodeDelay;
  promise[Symbol.dispose] = (): void => {
    timers.clearImmediate(handle);
  };
  promise.unref = (): void => {
    handle?.unref?.();
  };
  return promise;
}

function timedDelay(timers: Timers, durationMs: number): NodeDelay {
  const deadline = performance.now() + durationMs;
  let handle: TimerHandle | undefined;
  let keepsAlive = true;
  const promise = new Promise<void>((resolve) => {
    const arm = (ms: number): void => {
      handle = timers.setTimeout(check, Math.min(Math.ceil(ms), MAX_TIMER_MS));
      if (!keepsAlive) handle.unref?.();
    };
    const check = (): void => {
      const rest = deadline - performance.now();
      if (rest > 0) arm(rest);
      else resolve();
    };
    arm(durationMs);
  }) as NodeDelay;
  promise[Symbol.dispose] = (): void => {
    timers.clearTimeout(handle);
  };
  promise.unref = (): void => {
    keepsAlive = false;
    handle?.unref?.();
  };
  return promise;
}
