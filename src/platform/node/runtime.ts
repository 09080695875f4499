import type { AsyncRuntime, DefaultRuntime, Task } from "../../runtime/async-runtime.ts";
import { TaskPump } from "../../runtime/task-pump.ts";

type NodeDelay = Promise<void> & Disposable & { unref(): void };

/** The longest that Node's timers count; longer ones fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * The default runtime on Node. Never early, where `setTimeout` is by up to 1.6 ms; durations of any length, where
 * `setTimeout` fires at once beyond 2³¹ ms; 0 is `setImmediate`, the cheapest turn that lets I/O through.
 *
 * Tasks are started by a pump, at a tenth of what `AsyncLocalStorage.snapshot()` costs for the same: the context in which
 * the runtime was made. The delay is a plain promise with one assigned property: a subclass costs four times as much to await.
 */
export function nodeRuntime(): DefaultRuntime {
  const pump = new TaskPump();
  const runtime: AsyncRuntime<NodeDelay> = {
    spawn: (task: Task): void => pump.spawn(task),
    delayFor(durationMs: number): NodeDelay {
      return durationMs > 0 ? timedDelay(durationMs) : immediateDelay();
    },
  };
  return runtime;
}

function immediateDelay(): NodeDelay {
  let handle: NodeJS.Immediate | undefined;
  const promise = new Promise<void>((resolve) => {
    handle = setImmediate(resolve);
  }) as NodeDelay;
  promise[Symbol.dispose] = (): void => {
    clearImmediate(handle);
  };
  promise.unref = (): void => {
    handle?.unref();
  };
  return promise;
}

function timedDelay(durationMs: number): NodeDelay {
  const deadline = performance.now() + durationMs;
  let handle: NodeJS.Timeout | undefined;
  let keepsAlive = true;
  const promise = new Promise<void>((resolve) => {
    const arm = (ms: number): void => {
      handle = setTimeout(check, Math.min(Math.ceil(ms), MAX_TIMER_MS));
      if (!keepsAlive) handle.unref();
    };
    const check = (): void => {
      const rest = deadline - performance.now();
      if (rest > 0) arm(rest);
      else resolve();
    };
    arm(durationMs);
  }) as NodeDelay;
  promise[Symbol.dispose] = (): void => {
    clearTimeout(handle);
  };
  promise.unref = (): void => {
    keepsAlive = false;
    handle?.unref();
  };
  return promise;
}
