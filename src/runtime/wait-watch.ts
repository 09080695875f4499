import { counted } from "../errors/counted.ts";
import type { KafkaError } from "../errors/kafka-error.ts";

/** A wait is logged after this time, and again each time its duration has doubled. */
export const FIRST_LINE_MS = 2000;

/**
 * Decides when to log a wait, and what to say: after 2, 4, 8, … seconds, with the number of attempts and the last
 * error.
 */
export class WaitWatch {
  #beganMs: number;
  #dueMs: number;
  #tries = 0;
  #lastTryMs = Number.NEGATIVE_INFINITY;
  #lastError: KafkaError | undefined;

  /** `beganMs` is the start of the wait, by the monotonic clock. */
  constructor(beganMs: number) {
    this.#beganMs = beganMs;
    this.#dueMs = beganMs + FIRST_LINE_MS;
  }

  /** When the next line is due, by the monotonic clock. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** The number of failed attempts. */
  get tries(): number {
    return this.#tries;
  }

  /** The error of the last attempt. */
  get lastError(): KafkaError | undefined {
    return this.#lastError;
  }

  /** When the last attempt failed; minus infinity if none has. */
  get lastTryMs(): number {
    return this.#lastTryMs;
  }

  /** Reports a failed attempt. */
  tried(error: KafkaError, nowMs: number): void {
    this.#tries++;
    this.#lastTryMs = nowMs;
    this.#lastError = error;
  }

  /** Sets the number of failed attempts, for callers that count themselves. */
  observed(tries: number, lastError: KafkaError | undefined): void {
    this.#tries = tries;
    this.#lastError = lastError;
  }

  /** Starts again, for a new wait. */
  restart(nowMs: number): void {
    this.#beganMs = nowMs;
    this.#dueMs = nowMs + FIRST_LINE_MS;
    this.#tries = 0;
    this.#lastError = undefined;
  }

  /**
   * The line that is due, without its subject. The next one is due when the wait has lasted twice as long. `pending`
   * says what is in progress if no attempt has failed.
   */
  line(nowMs: number, pending: string): string {
    const waitedMs = nowMs - this.#beganMs;
    while (this.#dueMs <= nowMs) this.#dueMs += this.#dueMs - this.#beganMs;
    const tries = this.#tries === 0 ? "" : ` and ${counted(this.#tries, "try", "tries")}`;
    const reason = this.#lastError === undefined ? pending : `last error: ${this.#lastError.message}`;
    return `still waiting after ${Math.floor(waitedMs / 1000)} s${tries}${reason === "" ? "" : `; ${reason}`}`;
  }
}
