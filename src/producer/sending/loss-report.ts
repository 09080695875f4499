import { counted } from "../../errors/counted.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { Clock } from "../../runtime/async-runtime.ts";
import { DeadlineEntry, type DeadlineWheel } from "../../runtime/deadline-wheel.ts";

/** The parts of a producer that a {@link LossReport} uses. */
export interface LossReportHost {
  readonly clock: Clock;
  readonly deadlines: DeadlineWheel;
  /** Calls `work` after a turn of the host. By then, a `flush` that rejects in this turn has reported the loss. */
  later(work: () => void): void;
  /** Whether a `flush` is running, which will report the loss. */
  isAwaited(): boolean;
  log(message: string): void;
}

/** Two lines are at least this far apart; the pause doubles after each line that follows at once. */
const FIRST_PAUSE_MS = 2000;

/** Logs records that failed without a promise that could report it: how many, of which topics, and why. */
export class LossReport extends DeadlineEntry {
  readonly #host: LossReportHost;
  readonly #topics = new Map<string, number>();
  #error: KafkaError | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #nextMs = Number.NEGATIVE_INFINITY;
  #isScheduled = false;

  constructor(host: LossReportHost) {
    super();
    this.#host = host;
  }

  /** Records without a promise failed. */
  lost(topic: string, count: number, error: KafkaError): void {
    this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + count);
    this.#error ??= error;
    if (this.#isScheduled || this.isWaiting) return;
    const nowMs = this.#host.clock.monotonic();
    if (nowMs < this.#nextMs) {
      this.#host.deadlines.add(this, this.#nextMs);
      return;
    }
    this.#isScheduled = true;
    this.#host.later(() => {
      this.#isScheduled = false;
      this.onDeadline();
    });
  }

  /** A `flush` or `close` has reported the losses so far. */
  heard(): void {
    this.#topics.clear();
    this.#error = undefined;
  }

  override onDeadline(): void {
    if (!this.#host.isAwaited()) this.say();
    else if (this.#error !== undefined) this.#host.deadlines.add(this, this.#host.clock.monotonic() + FIRST_PAUSE_MS);
  }

  /** Logs the losses that are not logged yet. */
  say(): void {
    const error = this.#error;
    if (error === undefined) return;
    const nowMs = this.#host.clock.monotonic();
    this.#pauseMs = nowMs < this.#nextMs + this.#pauseMs ? this.#pauseMs * 2 : FIRST_PAUSE_MS;
    this.#nextMs = nowMs + this.#pauseMs;
    const words = countsOf(this.#topics);
    this.heard();
    this.#host.log(
      `lost ${words}, which were enqueued without a promise (set onDelivery, or await flush(), to learn of each): ` +
        error.message,
    );
  }
}

/** For example "3 records of topics a (2), b (1)". */
export function countsOf(topics: ReadonlyMap<string, number>): string {
  let total = 0;
  for (const count of topics.values()) total += count;
  const names = [...topics].slice(0, 5).map(([topic, count]) => (topics.size === 1 ? topic : `${topic} (${count})`));
  return (
    `${counted(total, "record")} of ${topics.size === 1 ? "topic" : "topics"} ` +
    `${names.join(", ")}${topics.size > 5 ? ", …" : ""}`
  );
}
