import type { AsyncRuntime, DefaultRuntime, Task } from "../../runtime/async-runtime.ts";
import { TaskPump } from "../../runtime/task-pump.ts";
import { type TimerHandle, type Timers, hostTimers } from "./globals.ts";

type NodeDelay = Promise<void> & Disposable & { unref(): void };

/** The longest that Node's timers count; longer ones fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * The default runtime on Node. Never early, where `setTimeout` is by up to 1.6 ms; durations of any length, where
 * `setTimeout` fires at once beyond 2³¹ ms; 0 is `setImmediate`, the cheapest turn that lets I/O through.
 *
 * Tasks are started by a pump, at a tenth of what `AsyncLocalStorage.snapshot()` costs for the same: the context in
 * which the runtime was made. The delay is a plain promise with one assigned property: a subclass costs four times as
 * much to await.
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
