import { KafkaError } from "../errors/kafka-error.ts";
import type { Drain, StrictDrain } from "../runtime/drain.ts";
import { EventHeap, type SimulatedEvent } from "./event-heap.ts";
import { Random } from "./random.ts";

/** The options of a {@link Scheduler}. */
export interface SchedulerOptions {
  /** The seed, a whole number. It determines the whole run. */
  readonly seed: number;
  /**
   * One turn of the host, after which the microtask queue is empty. The host's strict drain is used if it has one that
   * works.
   */
  readonly drain: Drain;
  /** The run is given up as endless after this number of events. Default 50 million. */
  readonly maxEvents?: number;
}

/** Accepts events: the scheduler itself, or the part of it that one node uses. */
export interface EventQueue {
  /** Virtual time, in µs since the beginning. */
  readonly nowUs: number;
  /** Schedules `run` after `delayUs`; returns the event, for {@link cancel}. */
  schedule(delayUs: number, run: () => void): SimulatedEvent;
  /** Cancels an event. Harmless when it has happened. */
  cancel(event: SimulatedEvent): void;
}

const MAX_EVENTS = 50_000_000;
const CANCELLED_BEFORE_COMPACTION = 1000;
/** A chain of this number of promises must end within one strict drain; otherwise the host's drain does not work. */
const SENTINEL_DEPTH = 1000;

/**
 * Virtual time: whole microseconds, which advance only when nothing can run. Events happen one at a time, in order of
 * time and, within an instant, of the seed. After each event the microtask queue is drained: counting awaits would not
 * be reliable.
 */
export class Scheduler implements EventQueue {
  readonly #heap = new EventHeap();
  readonly #ties: Random;
  readonly #options: SchedulerOptions;
  #nowUs = 0;
  #sequence = 0;
  #events = 0;
  /** The number of cancelled events in the heap. */
  #cancelled = 0;
  /** Two hashes of 32 bits with different multipliers: one of 64 bits without BigInt. */
  #hash = 0x811c9dc5;
  #other = 0x5bd1e995;

  /** Virtual time begins at 0; nothing happens before {@link run}. */
  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#ties = Random.keyed(options.seed, "scheduler");
  }

  /** Virtual time, in µs since the beginning. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** The number of events that have happened. */
  get events(): number {
    return this.#events;
  }

  /** A hash of all events and their times: equal for equal seeds. */
  get traceHash(): string {
    return hex(this.#hash) + hex(this.#other);
  }

  /**
   * Schedules `run` after `delayUs`; returns the event, for {@link cancel}. A caller with its own random stream passes
   * `tie`.
   */
  schedule(delayUs: number, run: () => void, tie: number = this.#ties.uint32()): SimulatedEvent {
    const event: SimulatedEvent = { timeUs: this.#nowUs + delayUs, tie, sequence: this.#sequence++, run };
    this.#heap.push(event);
    return event;
  }

  /** Cancels an event. Harmless when it has happened. */
  cancel(event: SimulatedEvent): void {
    if (event.run === undefined) return;
    event.run = undefined;
    // Cancelled events stay in the heap until their time. They are removed when they are the majority.
    if (++this.#cancelled < CANCELLED_BEFORE_COMPACTION || this.#cancelled * 2 < this.#heap.size) return;
    this.#heap.compact();
    this.#cancelled = 0;
  }

  /**
   * Runs `main` in virtual time until it settles. Rejects with kind `internal` when no event is left that could settle
   * it.
   */
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
    const { drain } = this.#options;
    const isOver = (): boolean => outcome.done !== undefined;
    if (drain.strict === undefined || !(await this.#runStrictly(drain.strict, isOver))) {
      while (!isOver()) if (this.#step()) await drain();
    }
    if (outcome.done === undefined)
      throw new KafkaError("internal", "the loop of the simulation ended before main did");
    if ("error" in outcome.done) throw outcome.done.error;
    return outcome.done.value;
  }

  /**
   * Runs everything in one task of the host. Returns false, and has done nothing, when the host's strict drain does not
   * work.
   */
  #runStrictly(strict: StrictDrain, isOver: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      strict.enter(() => {
        try {
          const works = isStrict(strict);
          while (works && !isOver()) if (this.#step()) strict.drainNow();
          resolve(works);
        } catch (error) {
          reject(KafkaError.from(error));
        }
      });
    });
  }

  /** Runs the next event; returns false if it was cancelled. */
  #step(): boolean {
    const event = this.#heap.pop();
    if (event === undefined)
      throw new KafkaError(
        "internal",
        `deadlock at ${this.#nowUs / 1000} ms of virtual time: no event is left, and main has not ended (it ` +
          "waits for something that will never happen, or that is outside the simulation)",
      );
    const run = event.run;
    if (run === undefined) {
      this.#cancelled--;
      return false;
    }
    if (++this.#events > (this.#options.maxEvents ?? MAX_EVENTS))
      throw new KafkaError(
        "internal",
        `${this.#events} events by ${this.#nowUs / 1000} ms of virtual time: a loop does not end`,
      );
    this.#nowUs = event.timeUs;
    this.#mix(event.timeUs);
    this.#mix(event.sequence);
    event.run = undefined;
    run();
    return true;
  }

  /** Adds a whole number to the trace hash, so that the hash covers the bytes and not only the times. */
  note(value: number): void {
    this.#mix(value);
  }

  #mix(value: number): void {
    const [low, high] = [value | 0, Math.floor(value / 4_294_967_296) | 0];
    this.#hash = Math.imul(Math.imul(this.#hash ^ low, 0x01000193) ^ high, 0x01000193);
    const turned = (this.#other << 13) | (this.#other >>> 19);
    this.#other = Math.imul(turned ^ low ^ high, 0x9e3779b1);
  }
}

function hex(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** Whether the host's strict drain works: a long chain of promises has ended when it returns. */
function isStrict(strict: StrictDrain): boolean {
  let depth = 0;
  void (async () => {
    while (depth < SENTINEL_DEPTH) {
      await Promise.resolve();
      depth++;
    }
  })();
  strict.drainNow();
  return depth === SENTINEL_DEPTH;
}
