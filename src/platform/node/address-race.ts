import { AddressPlan, type ResolvedAddress } from "../../runtime/address-plan.ts";
import { hostTimers, type TimerHandle } from "./globals.ts";

/** One attempt to connect to one address. */
export interface Attempt<T> {
  /** The result of the race if this attempt wins. */
  readonly made: T;
  /** Called when the attempt has lost, or nothing waits for it any more. */
  abandon(): void;
}

/** Starts an attempt. It calls back once, and only after it has returned. */
export type BeginAttempt<T> = (
  address: ResolvedAddress,
  connected: () => void,
  failed: (error: unknown) => void,
) => Attempt<T>;

/** The result of a race: the winner, or the error of the attempt that failed last. */
export type RaceEnd<T> = { readonly winner: T } | { readonly error: unknown };

/** The clock and timers of a race. */
export interface RaceTime {
  nowMs(): number;
  /** Calls `callback` after `durationMs`. Returns a function that cancels it. */
  after(durationMs: number, callback: () => void): () => void;
}

/** The host's clock and timers. */
export const hostTime: RaceTime = {
  nowMs: () => performance.now(),
  after: (durationMs, callback) => {
    const timers = hostTimers();
    const handle: TimerHandle = timers.setTimeout(callback, durationMs);
    return () => timers.clearTimeout(handle);
  },
};

/**
 * Connects to the addresses of one name in the order of an {@link AddressPlan}. The first that connects wins; the
 * others are abandoned.
 */
export class AddressRace<T> {
  readonly #plan: AddressPlan;
  readonly #begin: BeginAttempt<T>;
  readonly #ended: (end: RaceEnd<T>) => void;
  readonly #time: RaceTime;
  readonly #attempts = new Set<Attempt<T>>();
  #forgetTimer: (() => void) | undefined;
  #lastError: unknown;
  #isOver = false;

  /** `ended` is called once, unless the race is abandoned first. */
  constructor(
    addresses: readonly ResolvedAddress[],
    begin: BeginAttempt<T>,
    ended: (end: RaceEnd<T>) => void,
    time: RaceTime = hostTime,
  ) {
    this.#plan = new AddressPlan(addresses);
    this.#begin = begin;
    this.#ended = ended;
    this.#time = time;
  }

  /** The addresses tried so far. */
  get tried(): readonly string[] {
    return this.#plan.tried;
  }

  /** The error of the attempt that failed last; undefined if none has failed. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Starts the attempts that are due, and sets a timer for the next one. */
  advance(): void {
    this.#forgetTimer?.();
    this.#forgetTimer = undefined;
    if (this.#isOver) return;
    const nowMs = this.#time.nowMs();
    for (let next = this.#plan.next(nowMs); next !== undefined; next = this.#plan.next(nowMs)) this.#start(next);
    const { dueMs } = this.#plan;
    if (dueMs === undefined) return;
    const waitMs = Math.max(1, Math.ceil(dueMs - nowMs));
    this.#forgetTimer = this.#time.after(waitMs, () => this.advance());
  }

  /** Ends the race and closes all attempts: nothing waits for it any more. */
  abandon(): void {
    this.#isOver = true;
    this.#forgetTimer?.();
    for (const attempt of this.#attempts) attempt.abandon();
    this.#attempts.clear();
  }

  #start(address: ResolvedAddress): void {
    const attempt: Attempt<T> = this.#begin(
      address,
      () => {
        if (this.#isOver || !this.#attempts.delete(attempt)) return;
        this.abandon();
        this.#ended({ winner: attempt.made });
      },
      (error) => {
        if (this.#isOver || !this.#attempts.delete(attempt)) return;
        this.#lastError = error;
        this.#plan.failed();
        attempt.abandon();
        if (!this.#plan.isOver) {
          this.advance();
          return;
        }
        this.abandon();
        this.#ended({ error });
      },
    );
    this.#attempts.add(attempt);
  }
}
