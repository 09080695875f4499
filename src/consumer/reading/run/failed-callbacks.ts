import { KafkaError } from "../../../errors/kafka-error.ts";
import type { Loop } from "../loop.ts";
import { type FailureSettings, passFailed, waitBeforeRetry } from "./failure.ts";
import type { Lane } from "./lane.ts";
import type { Retries } from "./retries.ts";

/** A callback that failed. */
export interface FailedCallback<K, V, T> {
  readonly lane: Lane<K, V, T>;
  readonly item: T;
  readonly error: unknown;
  /** The number of this try, from 1. */
  readonly attempt: number;
  /** The number of the item's first callback in this run. */
  readonly number: number;
  /** The lane's generation when the callback began. */
  readonly generation: number;
}

/** Decides what follows a failed callback while the run continues: a retry, or the handling that `onFailed` says. */
export class FailedCallbacks<K, V, T> {
  readonly #loop: Loop<K, V>;
  readonly #settings: FailureSettings;
  readonly #retries: Retries<K, V, T>;

  constructor(loop: Loop<K, V>, settings: FailureSettings, retries: Retries<K, V, T>) {
    this.#loop = loop;
    this.#settings = settings;
    this.#retries = retries;
  }

  /** Whether the run continues after try number `attempt` of a callback has failed. */
  mayContinue(attempt: number): boolean {
    return attempt <= this.#settings.retries || this.#settings.onFailed !== "throw";
  }

  /** Plans a retry, or calls the handler. Rejects with the error of a handler that fails, which ends the run. */
  async handle(failed: FailedCallback<K, V, T>, isOver: boolean): Promise<void> {
    const { lane, item, error, attempt, number, generation } = failed;
    const { client, counters } = this.#loop.handOut;
    const { cursor } = lane;
    const waitMs = waitBeforeRetry(attempt, this.#settings, client.cluster.random());
    const comesAgain = cursor.isGone || cursor.generation !== generation || (waitMs !== undefined && isOver);
    this.#report(failed, comesAgain, waitMs);
    if (comesAgain) return;
    if (waitMs !== undefined) {
      this.#retries.add(lane, item, attempt + 1, number, waitMs);
      return;
    }
    counters.failed++;
    const { onFailed } = this.#settings;
    if (onFailed === "throw") return; // `mayContinue` was false: the caller has ended the run
    const { topic, partition } = cursor;
    const failure = {
      what: lane.what,
      topic,
      partition,
      offset: lane.offsetOf(item),
      lastOffset: lane.lastOffsetOf(item),
      records: lane.recordsOf(item),
    };
    await passFailed(failure, error, attempt, onFailed, (level, message, fields) =>
      client.cluster.log(level, message, fields),
    );
    if (lane.generation === generation) lane.finished(item);
  }

  #report(
    { lane, item, error, attempt }: FailedCallback<K, V, T>,
    comesAgain: boolean,
    waitMs: number | undefined,
  ): void {
    const { topic, partition } = lane.cursor;
    const offset = lane.offsetOf(item);
    const next = comesAgain
      ? "it is not committed"
      : waitMs === undefined
        ? "no retry is left"
        : `it is retried in ${waitMs} ms`;
    this.#loop.handOut.client.cluster.log(
      "info",
      `${topic}-${partition}: the callback failed for offset ${offset} at try ${attempt}, ${next}: ` +
        KafkaError.from(error).message,
      { topic, partition, offset, attempt },
    );
  }
}
