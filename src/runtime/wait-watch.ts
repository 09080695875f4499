import { counted } from "../errors/counted.ts";
import type { KafkaError } from "../errors/kafka-error.ts";

/** The first line is logged after this time, and each further one after twice the time of the one before. */
export const FIRST_LINE_MS = 2000;

/**
 * Decides when a wait is logged, and in which words: after 2, 4, 8, … seconds, with the number of tries and the last
 * reason.
 */
export class WaitWatch {
  #beganMs: number;
  #dueMs: number;
  #tries = 0;
  #lastTryMs = Number.NEGATIVE_INFINITY;
  #lastError: KafkaError | undefined;

  /** The wait began at `beganMs`, by the monotonic clock. */
  constructor(beganMs: number) {
    this.#beganMs = beganMs;
    this.#dueMs = beganMs + FIRST_LINE_MS;
  }

  /** When the next line is due. */
  get dueMs(): number {
    return this.#dueMs;
  }

  get tries(): number {
    return this.#tries;
  }

  /** Why the last try failed. */
  get lastError(): KafkaError | undefined {
    return this.#lastError;
  }

  /** When the last try failed; minus infinity before. */
  get lastTryMs(): number {
    return this.#lastTryMs;
  }

  /** A try failed. */
  tried(error: KafkaError, nowMs: number): void {
    this.#tries++;
    this.#lastTryMs = nowMs;
    this.#lastError = error;
  }

  /** How many tries have failed so far, where others count them. */
  observed(tries: number, lastError: KafkaError | undefined): void {
    this.#tries = tries;
    this.#lastError = lastError;
  }

  /** The wait was over and begins again. */
  restart(nowMs: number): void {
    this.#beganMs = nowMs;
    this.#dueMs = nowMs + FIRST_LINE_MS;
    this.#tries = 0;
    this.#lastError = undefined;
  }

  /**
   * The line that is due, without its subject; the next one is due after twice the time. `pending` says what is under
   * way where no try has failed.
   */
  line(nowMs: number, pending: string): string {
    const waitedMs = nowMs - this.#beganMs;
    while (this.#dueMs <= nowMs) this.#dueMs += this.#dueMs - this.#beganMs;
    const tries = this.#tries === 0 ? "" : ` and ${counted(this.#tries, "try", "tries")}`;
    const reason = this.#lastError === undefined ? pending : `the last error was: ${this.#lastError.message}`;
    return `still waiting after ${Math.floor(waitedMs / 1000)} s${tries}${reason === "" ? "" : `; ${reason}`}`;
  }
}
