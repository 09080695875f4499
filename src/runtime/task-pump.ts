import type { Task } from "./async-runtime.ts";
import { reportToHost } from "./report-to-host.ts";

/**
 * Starts tasks a microtask later, in the async context in which the pump was made: its one loop was begun there, and
 * what continues after an `await` has the context in which that loop was called, whoever resolves the promise. Nothing
 * but ECMAScript is needed for that, where `promise.then(task)` would take the caller's context along.
 *
 * A task's rejection is nobody's: the host reports it as it reports every promise that nobody caught. So is what a task
 * throws.
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
      // Also between two batches: tasks that spawn tasks must not keep promises of others waiting.
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
    reportToHost(error); // and the other tasks of the batch go on
  }
}
