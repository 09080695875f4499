import type { Task } from "./async-runtime.ts";
import { reportToHost } from "./report-to-host.ts";

/**
 * Starts tasks one microtask later, in the async context in which the pump was created. Its only loop was started in
 * that context, and code after an `await` runs in the context in which its function was called, wherever the promise
 * is resolved. This needs only ECMAScript. `promise.then(task)` would use the caller's context.
 *
 * If a task throws or rejects, the host reports it like any unhandled rejection.
 */
export class TaskPump {
  #tasks: Task[] = [];
  #wake: (() => void) | undefined;

  constructor() {
    void this.#run();
  }

  /** Starts a task after this call has returned. */
  spawn(task: Task): void {
    this.#tasks.push(task);
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#wake = undefined;
    wake();
  }

  async #run(): Promise<never> {
    const asleep = (wake: () => void): void => {
      this.#wake = wake;
    };
    for (;;) {
      // Also await between two batches: tasks that spawn tasks must not delay other promises.
      await (this.#tasks.length === 0 ? new Promise<void>(asleep) : undefined);
      const batch = this.#tasks;
      this.#tasks = [];
      for (const task of batch) start(task);
    }
  }
}

function start(task: Task): void {
  try {
    void task();
  } catch (error) {
    reportToHost(error); // report it, so that the other tasks of the batch still run
  }
}
