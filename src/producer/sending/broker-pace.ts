/** If `lingerMs` is unset: how long a batch waits at most, in ms, while other requests are in flight. */
const BUSY_LINGER_MS = 5;

/** Decides how many Produce requests may be in flight to a broker, and when one may be sent. */
export class BrokerPace {
  readonly #maxInFlight: number;
  #inFlight = 0;
  /**
   * Allow one request in flight until one succeeds: a broker in trouble must not get more load. The order of records
   * does not depend on this; each partition's state keeps it.
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

  /** After a failure of the connection: the time before which nothing is sent. */
  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  /**
   * Whether batches may leave at once: no request is in flight, or a response has arrived since the last look for
   * batches.
   */
  get isFree(): boolean {
    return this.#inFlight === 0 || this.#hasAnswered;
  }

  /** How long a batch waits for more records. `lingerMs` is the option; below 0 if it is unset. */
  lingerMs(lingerMs: number): number {
    if (lingerMs >= 0) return lingerMs;
    return this.isFree ? 0 : BUSY_LINGER_MS;
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

  /** A request failed, or got no response. */
  broken(): void {
    this.#inFlight--;
    this.#isProven = false;
  }

  /** No batch is ready. */
  waits(): void {
    this.#hasAnswered = false;
  }

  /** Sends nothing for a while; returns until when. */
  backOff(nowMs: number, backoffMs: (failures: number) => number): number {
    this.#notBeforeMs = nowMs + backoffMs(this.#failures++);
    return this.#notBeforeMs;
  }
}
