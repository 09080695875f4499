// A cooperative scheduler with priorities: what is urgent goes first, and nobody works longer than a slice without a
// turn of the host.
import type { AsyncRuntime, DefaultRuntime, Task } from "odradek/runtime";

/** One scheduler for the whole program; each part of it gets a runtime with its own priority, 0 the most urgent. */
export class PriorityScheduler {
  readonly #host: DefaultRuntime;
  readonly #sliceMs: number;
  readonly #queues: readonly { tasks: Task[]; at: number }[] = [0, 1, 2].map(() => ({ tasks: [], at: 0 }));
  #isRunning = false;

  constructor(host: DefaultRuntime, sliceMs = 5) {
    this.#host = host;
    this.#sliceMs = sliceMs;
  }

  /** The runtime of everything that has this priority. Delays are the host's: time has no priorities. */
  at(priority: 0 | 1 | 2): DefaultRuntime {
    const runtime: AsyncRuntime<Promise<void> & Disposable> = {
      spawn: (task: Task): void => {
        this.#queues[priority]?.tasks.push(task);
        if (this.#isRunning) return;
        this.#isRunning = true;
        this.#host.spawn(() => this.#run());
      },
      delayFor: (ms: number) => this.#host.delayFor(ms),
    };
    return runtime;
  }

  async #run(): Promise<void> {
    let sliceEnds = performance.now() + this.#sliceMs;
    for (let task = this.#next(); task !== undefined; task = this.#next()) {
      try {
        void task();
      } catch (error) {
        // The host reports it; the others go on.
        void Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
      if (performance.now() < sliceEnds) continue;
      const turn = this.#host.delayFor(0);
      await turn;
      turn[Symbol.dispose]();
      sliceEnds = performance.now() + this.#sliceMs;
    }
    this.#isRunning = false;
  }

  #next(): Task | undefined {
    for (const queue of this.#queues) {
      const task = queue.tasks[queue.at++];
      if (task !== undefined) return task;
      queue.tasks = []; // not shifted one by one: that moves all the others each time
      queue.at = 0;
    }
    return undefined;
  }
}
