import type { Cancellation } from "./cancellation.ts";
import type { TaskGroup } from "./task-group.ts";

/** Whether the work runs, and whether it was requested again meanwhile. */
export type WorkLoopState = "idle" | "working" | "again";

/**
 * Runs `work` at least once after each `kick`, never twice at the same time, and has no task while there is nothing to
 * do.
 *
 * Three states ensure that no wake-up is lost. A kick while the work runs changes `working` into `again`, and the loop
 * repeats instead of ending. If that kick were dropped, its work would wait for the next kick, possibly forever.
 */
export class WorkLoop {
  readonly #group: TaskGroup;
  readonly #work: (signal: Cancellation) => PromiseLike<void> | undefined;
  #state: WorkLoopState = "idle";

  /** Runs `work` as a task of `group`. Errors of `work` go to the group. */
  constructor(group: TaskGroup, work: (signal: Cancellation) => PromiseLike<void> | undefined) {
    this.#group = group;
    this.#work = work;
  }

  /** The current state. */
  get state(): WorkLoopState {
    return this.#state;
  }

  /** Requests a run of the work. */
  kick(): void {
    if (this.#state !== "idle") {
      this.#state = "again";
      return;
    }
    if (this.#group.isClosed) return;
    this.#state = "working";
    this.#group.spawn((signal) => this.#run(signal));
  }

  async #run(signal: Cancellation): Promise<void> {
    try {
      do {
        this.#state = "working";
        await this.#work(signal);
      } while (this.#isAskedAgain() && !signal.aborted);
    } finally {
      // If the work threw but was kicked meanwhile, that kick still counts.
      const again = this.#isAskedAgain();
      this.#state = "idle";
      if (again) this.kick();
    }
  }

  #isAskedAgain(): boolean {
    return this.#state === "again";
  }
}
