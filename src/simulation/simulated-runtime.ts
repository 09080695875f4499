import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime, Task } from "../runtime/async-runtime.ts";
import { TaskPump } from "../runtime/task-pump.ts";
import { countWorkBy } from "../runtime/work-count.ts";
import type { EventQueue } from "./scheduler.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { type DelayObserver, type SimulatedDelay, ThenableDelay, promiseDelay } from "./simulated-delay.ts";

/** How the delays of a {@link SimulatedRuntime} call back. */
export interface SimulatedRuntimeOptions {
  /**
   * The kind of delay that `delayFor` returns: a `thenable` calls back inside its event, a `promise` a microtask later.
   * A client that relies on neither has the same trace with both. Default `thenable`.
   */
  readonly delays?: "thenable" | "promise";
}

/** A runtime in virtual time. It counts its tasks and delays, so that a test can find leaks. */
export class SimulatedRuntime implements AsyncRuntime<SimulatedDelay> {
  /** The clock of virtual time. */
  readonly clock: SimulatedClock;
  readonly #scheduler: EventQueue;
  readonly #observer: DelayObserver;
  readonly #usesPromises: boolean;
  /** Starts tasks in the async context in which this runtime was created, not in that of the scheduler. */
  readonly #pump: TaskPump = new TaskPump();
  /** Delays that are not disposed, including those that fired: the client must dispose every delay. */
  delays = 0;
  /** Tasks that were spawned and have not ended for this runtime. A client that waits keeps none. */
  spawned = 0;
  /** Tasks of clients that go on after they have ended for this runtime. */
  #continued = 0;
  /**
   * The errors of tasks. The client never spawns a task that rejects, so each of these is a defect of the code that
   * spawned it.
   */
  readonly failures: KafkaError[] = [];
  /**
   * Uses of delays that the contract forbids to the client: a second `then`, a second dispose, any use after dispose.
   */
  readonly misuses: string[] = [];

  /** Its delays and clock follow `scheduler`. */
  constructor(scheduler: EventQueue, options: SimulatedRuntimeOptions = {}) {
    this.#scheduler = scheduler;
    this.#usesPromises = options.delays === "promise";
    this.clock = new SimulatedClock(scheduler);
    countWorkBy(this, {
      began: () => {
        this.#continued++;
      },
      ended: () => {
        this.#continued--;
      },
    });
    this.#observer = {
      delayEnded: () => {
        this.delays--;
      },
      misused: (what) => {
        this.misuses.push(`${what}, at ${this.clock.monotonic()} ms`);
      },
    };
  }

  /** Tasks that have not ended, with those of clients, which end for the runtime when they have started. */
  get tasks(): number {
    return this.spawned + this.#continued;
  }

  // Both work detached, as the contract requires: they are fields, not methods.
  /** Starts a task in the current instant of virtual time, behind the events that are due; see {@link AsyncRuntime}. */
  readonly spawn = (task: Task): void => {
    this.spawned++;
    this.#scheduler.schedule(0, () => this.#pump.spawn(() => this.#run(task)));
  };

  /** Returns a delay in virtual time; see {@link AsyncRuntime}. */
  readonly delayFor = (durationMs: number): SimulatedDelay => {
    this.delays++;
    return this.#usesPromises
      ? promiseDelay(this.#scheduler, this.#observer, durationMs)
      : new ThenableDelay(this.#scheduler, this.#observer, durationMs);
  };

  async #run(task: Task): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.failures.push(KafkaError.from(error));
    } finally {
      this.spawned--;
    }
  }
}
