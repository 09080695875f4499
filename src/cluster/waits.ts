import type { KafkaError } from "../errors/kafka-error.ts";
import type { Clock } from "../runtime/async-runtime.ts";
import { DeadlineEntry, type DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { LogLevel } from "../runtime/platform.ts";
import { WaitWatch } from "../runtime/wait-watch.ts";

/** The parts of a client that {@link Waits} uses. */
export interface WaitsHost {
  readonly clock: Clock;
  readonly deadlines: DeadlineWheel;
  /** The longest pause between two attempts of a loop, in ms. */
  readonly longestPauseMs: number;
  log(level: LogLevel, message: string): void;
  /** Pending connection attempts and responses, as texts. */
  pending(): readonly string[];
}

/** Options of a wait. */
export interface WaitOptions {
  /** For a loop that never says that it has stopped: the wait is dropped when there are no more attempts. */
  readonly isLoop?: boolean;
  /** The longest pause between two attempts of the loop, in ms. Default: that of the backoff. */
  readonly pauseMs?: number;
  /** Returns whether an error is part of normal operation; such errors are not logged. */
  readonly isExpected?: (error: KafkaError) => boolean;
}

/** Lines within this time are treated as one event, in which a reason is logged only once. */
const ONE_EVENT_MS = 1000;
/** The maximum number of lines per event. */
const LINES_PER_EVENT = 5;
/** The number of lines that a reason is looked for in: thousands of waits may have the same deadline. */
const REMEMBERED_LINES = 50;

/**
 * All pending waits of one client. Each logs a warning after 2 s, then after 4, 8, … s. One cause often blocks several
 * waits (a call, the metadata that it needs, the connection), so the line with the reason is logged only once.
 */
export class Waits {
  readonly #host: WaitsHost;
  #lines: string[] = [];
  #eventMs = Number.NEGATIVE_INFINITY;
  #leftOut = 0;

  constructor(host: WaitsHost) {
    this.#host = host;
  }

  /** Starts a wait, which the caller must end; `what` names it in the log. */
  begin(what: string | (() => string), options: WaitOptions = {}): Wait {
    return new Wait(this.#host, (line, reason) => this.say(line, reason), what, options);
  }

  /** Logs a line, unless its reason was logged a moment ago. */
  say(line: string, reason: string): void {
    const nowMs = this.#host.clock.monotonic();
    if (nowMs - this.#eventMs >= ONE_EVENT_MS) {
      this.#eventMs = nowMs;
      this.#lines = [];
    }
    if (this.#lines.some((said) => said.includes(reason))) return;
    if (this.#lines.length < REMEMBERED_LINES) this.#lines.push(line);
    if (this.#lines.length > LINES_PER_EVENT) {
      this.#leftOut++;
      return;
    }
    this.#host.log(
      "warn",
      this.#leftOut === 0 ? line : `${line} (${this.#leftOut} similar warnings were suppressed before)`,
    );
    this.#leftOut = 0;
  }
}

/** One pending wait. */
export class Wait extends DeadlineEntry {
  readonly #host: WaitsHost;
  readonly #say: (line: string, reason: string) => void;
  readonly #what: string | (() => string);
  readonly #options: WaitOptions;
  readonly #watch: WaitWatch;
  /** The number of attempts in progress. */
  #trying = 0;
  #isEnded = false;

  constructor(
    host: WaitsHost,
    say: (line: string, reason: string) => void,
    what: string | (() => string),
    options: WaitOptions,
  ) {
    super();
    this.#host = host;
    this.#say = say;
    this.#what = what;
    this.#options = options;
    this.#watch = new WaitWatch(host.clock.monotonic());
    host.deadlines.add(this, this.#watch.dueMs);
  }

  /** The error of the last attempt; undefined if none has failed. */
  get lastError(): KafkaError | undefined {
    return this.#watch.lastError;
  }

  /** Reports that an attempt starts. */
  trying(): void {
    this.#wake();
    this.#trying++;
  }

  /** Reports that this attempt has ended. */
  rests(): void {
    if (this.#trying > 0) this.#trying--;
  }

  /** Reports a failed attempt. */
  tried(error: KafkaError): void {
    this.#wake();
    this.#watch.tried(error, this.#host.clock.monotonic());
  }

  /** Ends the wait. That of a loop starts again with its next attempt. */
  end(): void {
    this.#host.deadlines.remove(this);
    this.#trying = 0;
    this.#isEnded = this.#options.isLoop !== true;
  }

  override onDeadline(): void {
    const nowMs = this.#host.clock.monotonic();
    // A loop without attempts for this long waits for nothing; its next attempt starts a new wait.
    if (
      this.#options.isLoop === true &&
      this.#trying === 0 &&
      nowMs - this.#watch.lastTryMs > (this.#options.pauseMs ?? this.#host.longestPauseMs)
    )
      return;
    const { lastError } = this.#watch;
    const pending = this.#host.pending().join(", ");
    const line = this.#watch.line(nowMs, pending);
    this.#host.deadlines.add(this, this.#watch.dueMs);
    if (lastError !== undefined && this.#options.isExpected?.(lastError) === true) return;
    const what = typeof this.#what === "string" ? this.#what : this.#what();
    this.#say(`${what}: ${line}`, lastError?.message ?? (pending === "" ? line : pending));
  }

  #wake(): void {
    if (this.isWaiting || this.#isEnded) return;
    this.#watch.restart(this.#host.clock.monotonic());
    this.#host.deadlines.add(this, this.#watch.dueMs);
  }
}
