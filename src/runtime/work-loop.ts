import type { Cancellation } from "./cancellation.ts";
import type { TaskGroup } from "./task-group.ts";

/** Whether the work runs, and whether it was asked for again meanwhile. */
export type WorkLoopState = "idle" | "working" | "again";

/**
 * Runs `work` at least once after each `kick`, never twice at a time, and holds no task while there is nothing to do.
 *
 * Three states make sure that no wake-up is lost: a kick while the work runs turns `working` into `again`, and the loop
 * goes round once more instead of ending. (Were the kick dropped, what it announced would wait for the next one: for
 * ever.)
 */
export class WorkLoop {
  readonly #group: TaskGroup;
  readonly #work: (signal: Cancellation) => PromiseLike<void> | undefined;
  #state: WorkLoopState = "idle";

  /** Runs `work` as a task of `group`. What it throws goes to the group. */
  constructor(group: TaskGroup, work: (signal: Cancellation) => PromiseLike<void> | undefined) {
    this.#group = group;
    this.#work = work;
  }

  /** What the loop does at this moment. */
  get state(): WorkLoopState {
    return this.#state;
  }

  /** There may be something to do. */
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
      // Work that threw may have been kicked meanwhile: that kick counts as well.
      const again = this.#isAskedAgain();
      this.#state = "idle";
      if (again) this.kick();
    }
  }

  #isAskedAgain(): boolean {
    return this.#state === "again";
  }
}
