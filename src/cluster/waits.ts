import type { KafkaError } from "../errors/kafka-error.ts";
import type { Clock } from "../runtime/async-runtime.ts";
import { DeadlineEntry, type DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { LogLevel } from "../runtime/platform.ts";
import { WaitWatch } from "../runtime/wait-watch.ts";

/** What {@link Waits} needs of its client. */
export interface WaitsHost {
  readonly clock: Clock;
  readonly deadlines: DeadlineWheel;
  /** The longest time between two tries of a loop, in ms. */
  readonly longestPauseMs: number;
  log(level: LogLevel, message: string): void;
  /** Connections that are being opened, and requests without an answer, in words. */
  pending(): readonly string[];
}

export interface WaitOptions {
  /** The wait of a loop that nobody ends when it stops to try: it is forgotten when no try is made any more. */
  readonly isLoop?: boolean;
  /** The longest time between two tries of the loop, in ms. Default: that of the backoff. */
  readonly pauseMs?: number;
  /** Reasons that are part of a normal course: they are not logged. */
  readonly isExpected?: (error: KafkaError) => boolean;
}

/** Lines within this time are about one event: a reason is logged once. */
const ONE_EVENT_MS = 1000;
/** How many lines one event gets. */
const LINES_PER_EVENT = 5;

/**
 * Everything that one client waits for. Each wait logs a warning after 2 s, and then after 4, 8, … s. One cause keeps
 * many waits from going on (a call, the metadata that it needs, the connection): the line with the reason is logged
 * once.
 */
export class Waits {
  readonly #host: WaitsHost;
  #lines: string[] = [];
  #eventMs = Number.NEGATIVE_INFINITY;
  #leftOut = 0;

  constructor(host: WaitsHost) {
    this.#host = host;
  }

  /** A wait begins; `what` names it in the log. It must be ended. */
  begin(what: string | (() => string), options: WaitOptions = {}): Wait {
    return new Wait(this.#host, (line, reason) => this.say(line, reason), what, options);
  }

  /** Logs a line, unless its reason was logged just now. */
  say(line: string, reason: string): void {
    const nowMs = this.#host.clock.monotonic();
    if (nowMs - this.#eventMs >= ONE_EVENT_MS) {
      this.#eventMs = nowMs;
      this.#lines = [];
    }
    if (this.#lines.some((said) => said.includes(reason))) return;
    this.#lines.push(line);
    if (this.#lines.length > LINES_PER_EVENT) {
      this.#leftOut++;
      return;
    }
    this.#host.log(
      "warn",
      this.#leftOut === 0 ? line : `${line} (${this.#leftOut} further warnings like this were left out before)`,
    );
    this.#leftOut = 0;
  }
}

/** One thing that is waited for. */
export class Wait extends DeadlineEntry {
  readonly #host: WaitsHost;
  readonly #say: (line: string, reason: string) => void;
  readonly #what: string | (() => string);
  readonly #options: WaitOptions;
  readonly #watch: WaitWatch;
  /** Tries that are under way. */
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

  /** Why the last try failed; undefined while none has. */
  get lastError(): KafkaError | undefined {
    return this.#watch.lastError;
  }

  /** A try begins. */
  trying(): void {
    this.#wake();
    this.#trying++;
  }

  /** The try that began is over. */
  rests(): void {
    if (this.#trying > 0) this.#trying--;
  }

  /** A try failed. */
  tried(error: KafkaError): void {
    this.#wake();
    this.#watch.tried(error, this.#host.clock.monotonic());
  }

  /** It is waited for no longer. The wait of a loop may begin again, with its next try. */
  end(): void {
    this.#host.deadlines.remove(this);
    this.#trying = 0;
    this.#isEnded = this.#options.isLoop !== true;
  }

  override onDeadline(): void {
    const nowMs = this.#host.clock.monotonic();
    // A loop that has not tried for so long waits for nothing: its next try begins another wait.
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
