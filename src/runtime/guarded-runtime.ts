import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";
import type { AsyncRuntime, Clock, Delay, Task } from "./async-runtime.ts";
import { DeadlineEntry, type DeadlineWheel } from "./deadline-wheel.ts";
import { TaskPump } from "./task-pump.ts";
import { countWorkBy, workCountOf } from "./work-count.ts";

/** How often the runtime is checked for tasks that it has not started, in ms. */
const CHECK_MS = 1000;
/**
 * A task is lost if it was not started before this many checks in a row. Each check needs a delay that fires, so a
 * process that was stopped for an hour counts as one check. Pending calls are then rejected within 5 s.
 */
const CHECKS = 4;
/** How long a client that closes waits for the runtime to start its last tasks, in ms. */
const CLOSING_MS = 500;
const DONE: PromiseLike<void> = Promise.resolve();

/** Whether the runtime still works; `broken` is final. */
export type RuntimeState = { readonly name: "working" } | { readonly name: "broken"; readonly error: KafkaError };

/**
 * The runtime of one client: the user's, with a watch over it. When `spawn` or `delayFor` throws, when `delayFor`
 * returns no delay, or when a task is not started, the runtime is broken: nothing that waits for it can be trusted any
 * more. `onBroken` is then called once, in a later microtask, and has to reject all pending calls. The error has kind
 * `config`, because the runtime is an option of the user.
 *
 * In a broken runtime `spawn` does not throw and loses no task: a {@link TaskPump} starts the tasks, which needs only
 * ECMAScript. So tasks end, and `close()` with them. `delayFor` throws the error of the broken runtime.
 *
 * An error of kind `closed` breaks nothing: with it, workerd's runtime refuses a call that comes from another request
 * than its own. Both methods throw it, and the client goes on in its own request.
 */
export class GuardedRuntime implements AsyncRuntime {
  readonly #runtime: AsyncRuntime;
  readonly #clock: Clock;
  readonly #onBroken: (error: KafkaError) => void;
  /** The tasks that were spawned and have not started, the oldest first. */
  readonly #waiting = new Set<Task>();
  readonly #watch: LostTaskWatch = new LostTaskWatch(() => this.#check());
  readonly #last: LostTaskWatch = new LostTaskWatch(() => this.#startWaiting());
  #deadlines: DeadlineWheel | undefined;
  #state: RuntimeState = { name: "working" };
  #pump: TaskPump | undefined;
  /** The task that was the oldest at the last check, and how many checks have found it. */
  #oldest: Task | undefined;
  #checks = 0;

  constructor(runtime: AsyncRuntime, clock: Clock, onBroken: (error: KafkaError) => void) {
    this.#runtime = runtime;
    countWorkBy(this, workCountOf(runtime));
    this.#clock = clock;
    this.#onBroken = onBroken;
  }

  /** Why the runtime is broken; undefined while it works. */
  get failure(): KafkaError | undefined {
    return this.#state.name === "broken" ? this.#state.error : undefined;
  }

  /** Looks for lost tasks by these deadlines from now on. */
  watchBy(deadlines: DeadlineWheel): void {
    this.#deadlines = deadlines;
  }

  /** Starts a task after this call has returned. Throws nothing but a refusal of the runtime, of kind `closed`. */
  spawn(task: Task): void {
    const once: Task = () => (this.#waiting.delete(once) ? task() : DONE);
    this.#waiting.add(once);
    if (this.#state.name === "broken") {
      this.#startWaiting();
      return;
    }
    try {
      if (!this.#watch.isWaiting) this.#deadlines?.add(this.#watch, this.#clock.monotonic() + CHECK_MS);
      this.#runtime.spawn(once);
    } catch (error) {
      if (isRefusal(error)) {
        this.#waiting.delete(once);
        throw error;
      }
      this.#break(threw("spawn", error));
    }
  }

  /** Throws the error of the broken runtime if it returns no delay. */
  delayFor(durationMs: number): Delay {
    let delay: Delay | null | undefined;
    try {
      delay = this.#runtime.delayFor(durationMs);
    } catch (error) {
      throw isRefusal(error) ? error : this.#break(threw("delayFor", error));
    }
    if (typeof delay?.then === "function") return delay;
    throw this.#break(brokenError(`the runtime's delayFor returned ${inWords(delay)} instead of a delay`));
  }

  /**
   * The client closes. If the runtime does not start the last tasks soon, they are started here: `close()` waits for
   * them, and must end within its own timeout.
   */
  closing(): void {
    if (this.#waiting.size === 0) return;
    if (this.#deadlines === undefined || this.#state.name === "broken") this.#startWaiting();
    else this.#deadlines.add(this.#last, this.#clock.monotonic() + CLOSING_MS);
  }

  #startWaiting(): void {
    if (this.#waiting.size === 0) return;
    const pump = (this.#pump ??= new TaskPump());
    for (const task of this.#waiting) pump.spawn(task);
  }

  /** The only transition: from `working` to `broken`. Returns the error of the state. */
  #break(error: KafkaError): KafkaError {
    if (this.#state.name === "broken") return this.#state.error;
    this.#state = { name: "broken", error };
    // In a microtask: the caller may be in the middle of a change.
    void DONE.then(() => {
      this.#onBroken(error);
      this.#startWaiting();
    });
    return error;
  }

  #check(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#state.name === "broken") return;
    this.#checks = oldest === this.#oldest ? this.#checks + 1 : 1;
    this.#oldest = oldest;
    if (this.#checks < CHECKS) this.#deadlines?.add(this.#watch, this.#clock.monotonic() + CHECK_MS);
    else this.#break(brokenError(`the runtime has not started a task for more than ${(CHECKS - 1) * CHECK_MS} ms`));
  }
}

class LostTaskWatch extends DeadlineEntry {
  readonly #check: () => void;

  constructor(check: () => void) {
    super();
    this.#check = check;
  }

  override onDeadline(): void {
    this.#check();
  }

  override onFailure(): void {
    this.#check();
  }
}

function isRefusal(error: unknown): error is KafkaError {
  return KafkaError.is(error) && error.kind === "closed";
}

function threw(method: "spawn" | "delayFor", cause: unknown): KafkaError {
  return brokenError(`the runtime's ${method} threw: ${KafkaError.from(cause).message}`, cause);
}

function brokenError(what: string, cause?: unknown): KafkaError {
  return new KafkaError(
    "config",
    `${what}. This client has stopped: close it, check the runtime with \`npx odradek conformance\` ` +
      "(docs/runtimes.md), and create another client",
    { cause },
  );
}
