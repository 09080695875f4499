import type { KafkaRecord } from "../../../records/record.ts";
import type { InContext } from "../../../runtime/call-context.ts";
import type { Cursor } from "../../partitions/cursor.ts";
import type { Loop } from "../loop.ts";
import { FailedCallbacks } from "./failed-callbacks.ts";
import { type FailureSettings, NO_RETRIES } from "./failure.ts";
import type { Lane } from "./lane.ts";
import { PoisonWork } from "./poison-work.ts";
import { Retries, type Retry } from "./retries.ts";
import { tracedCallback } from "./traced-callback.ts";

/** The clock is read once in this number of records. */
const ITEMS_PER_LOOK = 32;

/** The second argument of a callback. */
export interface RunContext {
  /**
   * The number of this try for the record or batch, from 1. It is above 1 after a failure, with the option `retries`,
   * and counts within one `run`.
   */
  readonly attempt: number;
}

/** All first tries share it, so that a record costs no allocation. */
const FIRST_TRY: RunContext = Object.freeze({ attempt: 1 });

/** A running callback, and those that follow it in its lane. */
interface Job {
  /**
   * The number of the running callback, in the order in which callbacks of this run began; −1 before one returned a
   * promise. A retry has the number of the first try.
   */
  number: number;
}

/**
 * `consumer.run`: calls back for records or batches, at most `concurrency` at a time, and partitions in turn. A
 * callback that returns no promise costs none: its lane continues with the next record.
 */
export class Runner<K, V, T> {
  readonly #loop: Loop<K, V>;
  readonly #concurrency: number;
  readonly #makeLane: (cursor: Cursor<K, V>) => Lane<K, V, T>;
  readonly #batches: { readonly decode: ((record: KafkaRecord<K, V>) => void) | undefined } | undefined;
  readonly #each: (item: T, context: RunContext) => Promise<void> | void;
  /** The callback, or the callback with what tracing adds to it while the host has subscribers. */
  #callback: (item: T, context: RunContext) => Promise<void> | void;
  readonly #retries: Retries<K, V, T>;
  readonly #failures: FailedCallbacks<K, V, T>;
  readonly #poison: PoisonWork<K, V, T>;
  readonly #lanes = new Map<Cursor<K, V>, Lane<K, V, T>>();
  /** Lanes that have items, in the order of their turns. */
  #active: Lane<K, V, T>[] = [];
  readonly #jobs = new Set<Job>();
  #begun = 0;
  #failure: { readonly error: unknown } | undefined;
  #wakeEnd: (() => void) | undefined;
  /** The async context of the call of `run`; undefined on hosts without contexts. */
  readonly #inRun: InContext | undefined;
  /** How often the poll watch has looked while only retries were left. */
  #looks = 0;

  /** `batches` is set for `eachBatch`: the decoder of their records. */
  constructor(
    loop: Loop<K, V>,
    concurrency: number,
    makeLane: (cursor: Cursor<K, V>) => Lane<K, V, T>,
    each: (item: T, context: RunContext) => Promise<void> | void,
    failures: FailureSettings = NO_RETRIES,
    batches?: { readonly decode: ((record: KafkaRecord<K, V>) => void) | undefined },
  ) {
    this.#batches = batches;
    this.#loop = loop;
    this.#concurrency = concurrency;
    this.#makeLane = makeLane;
    this.#each = each;
    this.#callback = each;
    const { cluster, deadlines, clock } = loop.handOut.client;
    this.#inRun = cluster.options.captureContext?.();
    this.#retries = new Retries<K, V, T>(deadlines, clock, () => loop.handOut.wake());
    this.#failures = new FailedCallbacks<K, V, T>(loop, failures, this.#retries);
    this.#poison = new PoisonWork<K, V, T>(
      loop,
      (error) => this.#failed(error),
      () => this.#wakeEnd?.(),
    );
    loop.hand = {
      holds: (cursor) => this.#lanes.get(cursor)?.isInHand === true,
      doneTo: (cursor) => this.#lanes.get(cursor)?.doneTo,
    };
    loop.isRun = true;
    loop.isBusy = (excused) => {
      if (this.#poison.size > 0) return true;
      for (const job of this.#jobs) if (!excused.has(job)) return true;
      return false;
    };
    loop.waitsFor = (cursor) => this.#lanes.get(cursor)?.isInHand !== true && this.#jobs.size < this.#concurrency;
    const { counters } = loop.handOut;
    loop.progress = () => {
      let { oldest } = this.#retries;
      for (const { number } of this.#jobs) oldest = Math.min(oldest, number);
      if (oldest < Infinity) return -1 - oldest;
      // The application may pause a partition for any time, also while one of its records waits for a retry.
      if (this.#retries.size > 0) this.#looks++;
      return counters.records + counters.batches + this.#looks;
    };
  }

  /**
   * Resolves when the consumer is closed. Rejects with the error of a callback, or the error that ended reading. All
   * callbacks have ended by then.
   */
  async run(): Promise<void> {
    const loop = this.#loop;
    loop.begin();
    loop.asks();
    try {
      for (;;) {
        await loop.giveTurn();
        // There is no `await` from here to the wait. A close during the turn above has set `isEnded`, but could not end
        // a wait that had not begun.
        if (loop.isEnded || this.#failure !== undefined) break;
        if (this.#step()) continue;
        loop.isAsking = this.#jobs.size === 0 && this.#retries.size === 0 && this.#poison.size === 0;
        await loop.handOut.wait(); // a callback that has ended may end this wait too: it is no turn of the host
      }
    } catch (error) {
      this.#failed(error);
    }
    loop.isAsking = false;
    this.#retries.clear();
    while (this.#jobs.size + this.#poison.size > 0) await new Promise<void>((resolve) => (this.#wakeEnd = resolve));
    for (const lane of this.#lanes.values()) {
      lane.leave();
      loop.handOut.changed(lane.cursor);
    }
    loop.end();
    if (this.#failure !== undefined) throw loop.failed(this.#failure.error);
  }

  /** Starts an item that may start, or takes another batch. Returns whether there was one. */
  #step(): boolean {
    this.#loop.throwIfCancelled();
    if (this.#loop.handOut.isBroken) this.#loop.poll(); // throws
    // A member that left the group because a record was retried for too long joins again.
    if (this.#retries.size > 0 && this.#retries.dropStale()) this.#loop.asks();
    if (this.#jobs.size >= this.#concurrency || !this.#loop.handOut.isTrusted()) return false;
    const retry = this.#retries.size > 0 ? this.#retries.take() : undefined;
    if (retry !== undefined) {
      this.#tryAgain(retry);
      return true;
    }
    for (let looked = this.#active.length; looked > 0; looked--) {
      const lane = this.#active.shift();
      if (lane === undefined) break;
      const item = this.#poison.next(lane);
      if (item !== undefined) this.#start(lane, item);
      else if (this.#loop.reports !== undefined) this.#report(lane);
      if (!lane.isIdle) this.#active.push(lane);
      if (item !== undefined) return true;
    }
    const handout = this.#loop.poll();
    if (handout === undefined) return false;
    const { cursor, batch, generation } = handout;
    let lane = this.#lanes.get(cursor);
    if (lane === undefined) {
      this.#forget();
      lane = this.#makeLane(cursor);
      this.#lanes.set(cursor, lane);
    }
    if (!this.#active.includes(lane)) this.#active.push(lane);
    if (this.#batches !== undefined) this.#poison.give(lane, handout, this.#batches.decode);
    else lane.give(batch, generation);
    return true;
  }

  /** Removes lanes of revoked partitions that have no running callback. */
  #forget(): void {
    for (const [cursor, lane] of this.#lanes) if (cursor.isGone && !lane.isInHand) this.#lanes.delete(cursor);
  }

  /**
   * Runs a callback, and those that follow it in its lane, in a call context. It shows a `close()` that one of them
   * calls which job it must not wait for.
   */
  #start(lane: Lane<K, V, T>, first: T): void {
    const job: Job = { number: -1 };
    this.#chooseCallback();
    this.#inJob(job, () => this.#work(lane, first, job));
  }

  /** Calls `body` in the call context of a job, and in the async context of the call of `run`. */
  #inJob(job: Job, body: () => void): void {
    const { callContext } = this.#loop.handOut.client.cluster;
    if (this.#inRun === undefined) callContext.run(job, body);
    else this.#inRun(() => callContext.run(job, body));
  }

  /** Asks whether the host traces: once for each job, so that a record costs nothing more. */
  #chooseCallback(): void {
    const { groupId, traces } = this.#loop.handOut.client;
    this.#callback =
      traces?.process.hasSubscribers === true ? tracedCallback(traces.process, groupId, this.#each) : this.#each;
  }

  /** Calls back for the items of a lane, until a callback returns a promise, or the host is due a turn. */
  #work(lane: Lane<K, V, T>, first: T, job: Job): void {
    let count = 0;
    for (let item: T | undefined = first; item !== undefined; item = this.#poison.next(lane)) {
      const result = this.#call(lane, item);
      if (result !== undefined) {
        void this.#await(lane, item, result, job); // never rejects
        return;
      }
      if (
        this.#failure !== undefined ||
        this.#loop.isEnded ||
        (++count % ITEMS_PER_LOOK === 0 && this.#loop.isTurnDue())
      )
        return;
    }
  }

  /** Calls back for one item. Returns the callback's promise, if it returned one. */
  #call(lane: Lane<K, V, T>, item: T): Promise<void> | undefined {
    const offset = lane.offsetOf(item);
    lane.begins(offset);
    try {
      const result = this.#callback(item, FIRST_TRY);
      if (isPromise(result)) {
        lane.goesOn(offset);
        return result;
      }
    } catch (error) {
      lane.goesOn(offset);
      if (this.#failures.mayContinue(1)) return rejection(error); // as if it had returned a promise
      this.#failedForGood(error);
      return undefined;
    }
    lane.ended(item);
    if (this.#loop.reports !== undefined) this.#report(lane);
    return undefined;
  }

  /** Tells hooks which batches of a lane are processed. */
  #report({ cursor, doneTo }: Lane<K, V, T>): void {
    this.#loop.reports?.done(cursor, doneTo ?? cursor.position);
  }

  /**
   * Waits for a callback, and continues with its lane while no other lane waits for a turn. This is one promise for all
   * of these callbacks; the loop is woken only when it has something to do.
   */
  async #await(lane: Lane<K, V, T>, first: T, firstResult: Promise<void>, job: Job, firstAttempt = 1): Promise<void> {
    const { handOut } = this.#loop;
    if (job.number < 0) job.number = this.#begun++;
    this.#jobs.add(job);
    let item = first;
    let result: Promise<void> | undefined = firstResult;
    let attempt = firstAttempt;
    let count = 0;
    while (result !== undefined) {
      const { generation } = lane;
      lane.running++;
      try {
        await result;
        if (lane.generation === generation) lane.finished(item);
      } catch (error) {
        if (!this.#failures.mayContinue(attempt)) this.#failedForGood(error);
        else
          await this.#failures
            .handle({ lane, item, error, attempt, number: job.number, generation }, this.#isOver)
            .catch((thrown: unknown) => this.#failed(thrown));
      }
      lane.running--;
      if (this.#loop.reports !== undefined) this.#report(lane);
      result = undefined;
      attempt = 1;
      handOut.asked(); // a revoke may wait for this partition
      while (result === undefined && this.#mayGoOn(lane, ++count)) {
        const next = this.#nextOrFailure(lane);
        if (next === undefined) break;
        item = next;
        job.number = this.#begun++;
        result = this.#call(lane, item);
      }
    }
    this.#jobs.delete(job);
    handOut.asked(); // a close may wait for it
    handOut.wake();
    this.#wakeEnd?.();
  }

  /**
   * Whether a lane whose callback has ended may start its next item at once: the run continues, the host needs no turn,
   * and no other lane waits for one.
   */
  #mayGoOn(lane: Lane<K, V, T>, count: number): boolean {
    const loop = this.#loop;
    if (this.#isOver || !loop.handOut.isTrusted()) return false;
    if (this.#retries.size > 0 && this.#retries.hasDue) return false;
    if (this.#active.length > (lane.isWide ? 1 : this.#concurrency)) return false;
    return count % ITEMS_PER_LOOK !== 0 || !loop.isTurnDue();
  }

  #nextOrFailure(lane: Lane<K, V, T>): T | undefined {
    try {
      return this.#poison.next(lane);
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** Whether no more callbacks start. */
  get #isOver(): boolean {
    return this.#failure !== undefined || this.#loop.isEnded || this.#loop.isCancelled;
  }

  /** Calls back once more. Its record is in the lane's list of unfinished offsets since the first try. */
  #tryAgain({ lane, item, attempt, number }: Retry<K, V, T>): void {
    const job: Job = { number };
    this.#chooseCallback();
    this.#loop.handOut.counters.retries++;
    lane.resumes();
    this.#inJob(job, () => {
      let result: Promise<void> | void;
      try {
        result = this.#callback(item, { attempt });
      } catch (error) {
        result = rejection(error);
      }
      void this.#await(lane, item, isPromise(result) ? result : Promise.resolve(), job, attempt);
    });
    lane.running--; // ends the count of the waiting retry; `#await` has counted the callback
  }

  #failedForGood(error: unknown): void {
    this.#loop.handOut.counters.failed++;
    this.#failed(error);
  }

  #failed(error: unknown): void {
    this.#failure ??= { error };
  }
}

/** A promise for the error that a callback threw synchronously. */
function rejection(error: unknown): Promise<never> {
  return Promise.resolve().then(() => {
    throw error;
  });
}

function isPromise(result: Promise<void> | void): result is Promise<void> {
  return typeof result === "object" && result !== null && typeof result.then === "function";
}
