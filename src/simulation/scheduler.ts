import { KafkaError } from "../errors/kafka-error.ts";
import { EventHeap, type SimulatedEvent } from "./event-heap.ts";
import { Random } from "./random.ts";

export interface SchedulerOptions {
  /** A whole number; everything that happens follows from it. */
  readonly seed: number;
  /** One turn of the host, after which the microtask queue is empty. */
  readonly drain: () => PromiseLike<void>;
  /** How many events may happen before the run is given up as endless. Default 50 million. */
  readonly maxEvents?: number;
}

/** Where events go: the scheduler itself, or the part of it that one node sees. */
export interface EventQueue {
  readonly nowUs: number;
  schedule(delayUs: number, run: () => void): SimulatedEvent;
  cancel(event: SimulatedEvent): void;
}

const MAX_EVENTS = 50_000_000;
const CANCELLED_BEFORE_COMPACTION = 1000;

/**
 * Virtual time: whole microseconds that move only when nothing can run. One event at a time, in order of time and, within
 * an instant, of the seed; after each the microtask queue is drained, since counting awaits is unsound.
 */
export class Scheduler implements EventQueue {
  readonly #heap = new EventHeap();
  readonly #ties: Random;
  readonly #options: SchedulerOptions;
  #nowUs = 0;
  #sequence = 0;
  #events = 0;
  /** Events in the heap that will not happen. */
  #cancelled = 0;
  #hash = 0x811c9dc5;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#ties = Random.keyed(options.seed, "scheduler");
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  /** How many events have happened. */
  get events(): number {
    return this.#events;
  }

  /** A hash of all that happened, and when: equal for equal seeds. */
  get traceHash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  /** Lets `run` happen after `delayUs`; answers the event, for {@link cancel}. Who has a stream of its own draws `tie` itself. */
  schedule(delayUs: number, run: () => void, tie: number = this.#ties.uint32()): SimulatedEvent {
    const event: SimulatedEvent = { timeUs: this.#nowUs + delayUs, tie, sequence: this.#sequence++, run };
    this.#heap.push(event);
    return event;
  }

  /** Lets an event not happen. Harmless when it has happened. */
  cancel(event: SimulatedEvent): void {
    if (event.run === undefined) return;
    event.run = undefined;
    // What is cancelled lies in the heap until its time; when most of it does, it is cleared out.
    if (++this.#cancelled < CANCELLED_BEFORE_COMPACTION || this.#cancelled * 2 < this.#heap.size) return;
    this.#heap.compact();
    this.#cancelled = 0;
  }

  /** Runs `main` in virtual time until it settles. Rejects with kind `internal` when nothing is left that could settle it. */
  async run<T>(main: () => PromiseLike<T>): Promise<T> {
    const outcome: { done?: { readonly value: T } | { readonly error: unknown } } = {};
    this.schedule(0, () => {
      main().then(
        (value) => {
          outcome.done = { value };
        },
        (error: unknown) => {
          outcome.done = { error };
        },
      );
    });
    while (outcome.done === undefined) await this.#step();
    if ("error" in outcome.done) throw outcome.done.error;
    return outcome.done.value;
  }

  async #step(): Promise<void> {
    const event = this.#heap.pop();
    if (event === undefined) throw new KafkaError("internal", `deadlock at ${this.#nowUs / 1000} ms of virtual time: no event is left, and main has not ended (it waits for something that nobody will do, or that is outside the simulation)`);
    const run = event.run;
    if (run === undefined) {
      this.#cancelled--;
      return;
    }
    if (++this.#events > (this.#options.maxEvents ?? MAX_EVENTS)) throw new KafkaError("internal", `${this.#events} events by ${this.#nowUs / 1000} ms of virtual time: something goes round without end`);
    this.#nowUs = event.timeUs;
    this.#mix(event.timeUs);
    this.#mix(event.sequence);
    event.run = undefined;
    run();
    await this.#options.drain();
  }

  /** Makes the trace hash depend on a whole number too: what was said, and not only when. */
  note(value: number): void {
    this.#mix(value);
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value & 0xffff), 0x01000193);
    this.#hash = Math.imul(this.#hash ^ (Math.floor(value / 65_536) | 0), 0x01000193);
  }
}
