import type { AsyncRuntime, Clock } from "../../runtime/async-runtime.ts";

/** So many records share one reading of the clock at the most. */
const RECORDS_PER_CLOCK = 256;
/**
 * The field names of this many records a turn are checked, then those of each thirteenth record: a prime, so that no
 * pattern escapes.
 */
const CHECKED_RECORDS = 64;
const CHECKED_EACH = 13;

/**
 * The clock, read once a turn of the host, and again after some hundred records: a reading costs as much as an append.
 */
export class SampledClock {
  readonly #clock: Clock;
  readonly #runtime: AsyncRuntime;
  readonly #clear: () => PromiseLike<void>;
  #nowMs = 0;
  #monotonicMs = 0;
  #uses = 0;
  #nextCheck = 0;

  constructor(clock: Clock, runtime: AsyncRuntime) {
    this.#clock = clock;
    this.#runtime = runtime;
    const cleared = Promise.resolve();
    this.#clear = () => {
      this.#uses = 0;
      this.#nextCheck = 0;
      return cleared;
    };
  }

  /** Wall clock, as {@link read} found it. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Monotonic, as {@link read} found it. */
  get monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** A record is taken. */
  read(): void {
    if (this.#uses === 0) this.#runtime.spawn(this.#clear);
    if (this.#uses++ % RECORDS_PER_CLOCK !== 0) return;
    this.#nowMs = this.#clock.now();
    this.#monotonicMs = this.#clock.monotonic();
  }

  /**
   * Whether the names of the record's fields are looked at: those of the first records of a turn of the host, and then
   * of each thirteenth; a misspelt name costs its program every record. Looking at all of them would cost a tenth of
   * `enqueue`. The value is looked at always.
   */
  isToCheck(): boolean {
    if (this.#uses < this.#nextCheck) return false;
    this.#nextCheck = this.#uses < CHECKED_RECORDS ? 0 : this.#uses + CHECKED_EACH;
    return true;
  }
}
