import type { AsyncRuntime, Clock } from "../../runtime/async-runtime.ts";

/** The maximum number of records that share one reading of the clock. */
const RECORDS_PER_CLOCK = 256;
/**
 * In each turn of the host, the field names of this many records are checked, then of every thirteenth. Thirteen is a
 * prime, so that a repeating pattern of records cannot avoid the check.
 */
const CHECKED_RECORDS = 64;
const CHECKED_EACH = 13;

/**
 * A clock that is read once in each turn of the host, and again after a few hundred records: a reading costs as much as
 * an append.
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

  /** The wall clock, as {@link read} found it. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The monotonic clock, as {@link read} found it. */
  get monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Whether few records were accepted in this turn of the host. */
  get isNewTurn(): boolean {
    return this.#uses < CHECKED_RECORDS;
  }

  /** Called for each accepted record; reads the clock when that is due. */
  read(): void {
    if (this.#uses === 0) this.#runtime.spawn(this.#clear);
    if (this.#uses++ % RECORDS_PER_CLOCK !== 0) return;
    this.#nowMs = this.#clock.now();
    this.#monotonicMs = this.#clock.monotonic();
  }

  /**
   * Whether this record's field names are checked. Checking every record would make `enqueue` 10 % slower, and a
   * program that misspells a name does so in every record. So only the first records of a turn of the host are checked,
   * and then every thirteenth. The value is always checked.
   */
  isToCheck(): boolean {
    if (this.#uses < this.#nextCheck) return false;
    this.#nextCheck = this.#uses < CHECKED_RECORDS ? 0 : this.#uses + CHECKED_EACH;
    return true;
  }
}
