/** How many Produce requests a broker is given at once, and when. */
export class BrokerPace {
  readonly #maxInFlight: number;
  #inFlight = 0;
  /**
   * One request until the first one was answered well: a broker that is in trouble is not given more of it. Order is
   * kept by each partition's own state.
   */
  #isProven = false;
  #hasAnswered = false;
  #failures = 0;
  #notBeforeMs = 0;

  constructor(maxInFlight: number) {
    this.#maxInFlight = maxInFlight;
  }

  get mayRequest(): boolean {
    return this.#inFlight < (this.#isProven ? this.#maxInFlight : 1);
  }

  /** After a failure of the connection: nothing is sent before this time. */
  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  /** Nothing is under way, or an answer came since batches were last looked for: what is there leaves at once. */
  get isFree(): boolean {
    return this.#inFlight === 0 || this.#hasAnswered;
  }

  sent(): void {
    this.#inFlight++;
  }

  answered(): void {
    this.#inFlight--;
    this.#failures = 0;
    this.#hasAnswered = true;
  }

  /** A batch was written. */
  proven(): void {
    this.#isProven = true;
  }

  /** A request broke, or no answer came. */
  broken(): void {
    this.#inFlight--;
    this.#isProven = false;
  }

  /** No batch is ready. */
  waits(): void {
    this.#hasAnswered = false;
  }

  /** Nothing is sent for a while; returns until when. */
  backOff(nowMs: number, backoffMs: (failures: number) => number): number {
    this.#notBeforeMs = nowMs + backoffMs(this.#failures++);
    return this.#notBeforeMs;
  }
}
