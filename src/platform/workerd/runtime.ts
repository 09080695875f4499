import type { AsyncRuntime, Clock, DefaultRuntime, Task } from "../../runtime/async-runtime.ts";
import { TaskPump } from "../../runtime/task-pump.ts";

type WorkerdDelay = Promise<void> & Disposable;

/** The longest delay of the host's timers; longer ones fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * The default runtime on workerd. A delay is one timer of the host, of which a request may have 10,000; a client has a
 * handful. Delays never fire early, and can have any length.
 *
 * `check` throws where this runtime must not be used: in another request than the one that its first task or delay
 * belongs to. The host would never run the task, nor end the delay.
 */
export function workerdRuntime(check: () => void): DefaultRuntime {
  const pump = new TaskPump();
  const runtime: AsyncRuntime<WorkerdDelay> = {
    spawn: (task: Task): void => {
      check();
      pump.spawn(task);
    },
    delayFor: (durationMs: number): WorkerdDelay => {
      check();
      return timedDelay(durationMs > 0 ? durationMs : 0);
    },
  };
  return runtime;
}

/** The host's clocks. While code runs they stand still, as a protection against timing attacks. */
export function workerdClock(check: () => void): Clock {
  return {
    now: () => {
      check();
      return Date.now();
    },
    monotonic: () => {
      check();
      return performance.now();
    },
  };
}

function timedDelay(durationMs: number): WorkerdDelay {
  const deadlineMs = performance.now() + durationMs;
  let handle: ReturnType<typeof setTimeout> | undefined;
  const promise = new Promise<void>((resolve) => {
    const arm = (ms: number): void => {
      handle = setTimeout(fired, Math.min(Math.ceil(ms), MAX_TIMER_MS));
    };
    const fired = (): void => {
      const restMs = deadlineMs - performance.now();
      if (restMs > 0) arm(restMs);
      else resolve();
    };
    if (durationMs < Number.POSITIVE_INFINITY) arm(durationMs);
  }) as WorkerdDelay;
  promise[Symbol.dispose] = (): void => clearTimeout(handle);
  return promise;
}
