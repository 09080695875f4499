import { KafkaError } from "../../../errors/kafka-error.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import type { Cursor } from "../../partitions/cursor.ts";
import type { Handout } from "../../partitions/reading.ts";
import type { Loop } from "../loop.ts";
import { type PoisonPolicy, isPoison } from "../../partitions/poison.ts";
import { type FailureSettings, NO_RETRIES, passFailed, waitBeforeRetry } from "./failure.ts";
import type { Lane } from "./lane.ts";
import { Retries, type Retry } from "./retries.ts";

/** So many records go out between two looks at the clock. */
const ITEMS_PER_LOOK = 32;

/** What a callback gets beside its record or batch. */
export interface RunContext {
  /**
   * Which try for this record or batch it is, from 1: above 1 after a
   * failure, with the option `retries`. It counts within one `run`.
   */
  readonly attempt: number;
}

/** All first tries share it: it costs nothing for each record. */
const FIRST_TRY: RunContext = Object.freeze({ attempt: 1 });

/** A callback at work, and those that follow it in its lane. */
interface Job {
  /**
   * Which callback of this run it is, in the order in which they began;
   * −1 until it takes its time. A retry has the number of the first try.
   */
  number: number;
}

/**
 * `consumer.run`: hands records to callbacks, so many at once, partitions in turn. A callback that returns at once
 * costs no promise: the lane goes on with its next record.
 */
export class Runner<K, V, T> {
  readonly #loop: Loop<K, V>;
  readonly #concurrency: number;
  readonly #makeLane: (cursor: Cursor<K, V>) => Lane<K, V, T>;
  readonly #sifting: { readonly decode: ((record: KafkaRecord<K, V>) => void) | undefined } | undefined;
  readonly #each: (item: T, context: RunContext) => Promise<void> | void;
  readonly #failures: FailureSettings;
  readonly #retries: Retries<K, V, T>;
  readonly #lanes = new Map<Cursor<K, V>, Lane<K, V, T>>();
  /** Lanes that have something, in the order in which they get their turn. */
  #active: Lane<K, V, T>[] = [];
  readonly #jobs = new Set<Job>();
  #begun = 0;
  #failure: { readonly error: unknown } | undefined;
  /** What cannot be read, and is being dealt with. */
  #passing = 0;
  #wakeEnd: (() => void) | undefined;
  /** How often the poll watch has looked while only paused partitions had something to retry. */
  #looks = 0;

  /** `sifting`: what decodes records of batches, where whole batches are handed out. */
  constructor(
    loop: Loop<K, V>,
    concurrency: number,
    makeLane: (cursor: Cursor<K, V>) => Lane<K, V, T>,
    each: (item: T, context: RunContext) => Promise<void> | void,
    failures: FailureSettings = NO_RETRIES,
    sifting?: { readonly decode: ((record: KafkaRecord<K, V>) => void) | undefined },
  ) {
    this.#sifting = sifting;
    this.#loop = loop;
    this.#concurrency = concurrency;
    this.#makeLane = makeLane;
    this.#each = each;
    this.#failures = failures;
    const { deadlines, clock } = loop.handOut.client;
    this.#retries = new Retries<K, V, T>(deadlines, clock, () => loop.handOut.wake());
    loop.hand = {
      holds: (cursor) => this.#lanes.get(cursor)?.isInHand === true,
      doneTo: (cursor) => this.#lanes.get(cursor)?.doneTo,
    };
    loop.isRun = true;
    loop.isBusy = (excused) => {
      if (this.#passing > 0) return true;
      for (const job of this.#jobs) if (!excused.has(job)) return true;
      return false;
    };
    const { counters } = loop.handOut;
    loop.progress = () => {
      let { oldest } = this.#retries;
      for (const { number } of this.#jobs) oldest = Math.min(oldest, number);
      if (oldest < Infinity) return -1 - oldest;
      // The application may pause a partition for as long as it
      // likes, also with a record of it that waits for its next try.
      if (this.#retries.size > 0) this.#looks++;
      return counters.records + counters.batches + this.#looks;
    };
  }

  /**
   * Settles when the consumer is closed; rejects with what a callback threw, or what ended reading. All callbacks have
   * ended by then.
   */
  async run(): Promise<void> {
    const loop = this.#loop;
    loop.begin();
    loop.asks();
    try {
      for (;;) {
        await loop.giveTurn();
        // From here to the wait nothing else runs: who closes the consumer in that turn has woken nobody yet.
        if (loop.isEnded || this.#failure !== undefined) break;
        if (this.#step()) continue;
        loop.isAsking = this.#jobs.size === 0 && this.#retries.size === 0;
        await loop.handOut.wait(); // which a callback that ends at once may end too: no turn of the host
      }
    } catch (error) {
      this.#failed(error);
    }
    loop.isAsking = false;
    this.#retries.clear();
    while (this.#jobs.size + this.#passing > 0) await new Promise<void>((resolve) => (this.#wakeEnd = resolve));
    for (const lane of this.#lanes.values()) {
      lane.leave();
      loop.handOut.changed(lane.cursor);
    }
    loop.end();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Starts what may start, or takes another batch. Answers whether there was anything to do. */
  #step(): boolean {
    this.#loop.throwIfCancelled();
    // A member that retried for too long comes back.
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
      const item = this.#next(lane);
      if (item !== undefined) this.#start(lane, item);
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
    const { poison } = this.#loop.handOut;
    if (poison !== undefined && this.#sifting !== undefined) this.#sift(poison, this.#sifting.decode, lane, handout);
    else lane.give(batch, generation);
    return true;
  }

  /** What may start of a lane; what cannot be read is dealt with first, as the policy says, or thrown. */
  #next(lane: Lane<K, V, T>): T | undefined {
    try {
      return lane.next();
    } catch (thrown) {
      const error = KafkaError.from(thrown);
      if (lane.isFetchedAgain(this.#loop.handOut, error)) return undefined;
      const policy = this.#loop.handOut.poison;
      const poison = policy === undefined || !isPoison(error) ? undefined : lane.poison(error);
      if (policy === undefined || poison === undefined) throw error;
      const { generation } = lane;
      this.#block(lane, async () => {
        await policy.pass(poison);
        if (lane.generation !== generation || lane.cursor.generation !== generation) return;
        lane.passed(poison);
      });
      return undefined;
    }
  }

  /** Batches are looked through before a callback gets them: it walks over them synchronously. */
  #sift(
    poison: PoisonPolicy,
    decode: ((record: KafkaRecord<K, V>) => void) | undefined,
    lane: Lane<K, V, T>,
    { cursor, batch, generation }: Handout<K, V>,
  ): void {
    cursor.claim(lane);
    this.#block(lane, async () => {
      try {
        const passed = await poison.sift(cursor, batch, decode);
        if (cursor.generation !== generation) return;
        if (passed !== undefined) lane.give(batch, generation, passed);
      } catch (error) {
        if (cursor.generation !== generation) return;
        this.#loop.putBack(cursor, batch);
        throw error;
      }
    });
  }

  /** Nothing starts in this lane until it is done. */
  #block(lane: Lane<K, V, T>, deal: () => Promise<void>): void {
    lane.isBlocked = true;
    this.#passing++;
    deal()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        // In this order, at once: whoever got the partition's next batch before would be unblocked by this end.
        lane.isBlocked = false;
        this.#passing--;
        const { cursor } = lane;
        if (!lane.hasWork) cursor.release(lane);
        this.#loop.handOut.changed(cursor);
        this.#wakeEnd?.();
      });
  }

  /** Partitions that went to others, once nothing of them is at work. */
  #forget(): void {
    for (const [cursor, lane] of this.#lanes) if (cursor.isGone && !lane.isInHand) this.#lanes.delete(cursor);
  }

  /**
   * A callback, and those that follow it in its lane, can be told from other code: one of them may close the consumer.
   */
  #start(lane: Lane<K, V, T>, first: T): void {
    const job: Job = { number: -1 };
    this.#loop.handOut.client.cluster.callContext.run(job, () => this.#work(lane, first, job));
  }

  /** Calls back for one item after the other of a lane, until one takes its time, or the host is to have a turn. */
  #work(lane: Lane<K, V, T>, first: T, job: Job): void {
    let count = 0;
    for (let item: T | undefined = first; item !== undefined; item = this.#next(lane)) {
      const result = this.#call(lane, item);
      if (result !== undefined) {
        void this.#await(lane, item, result, job); // which deals with what is thrown
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

  /** Calls back for one item. Answers what to wait for, where it takes its time. */
  #call(lane: Lane<K, V, T>, item: T): Promise<void> | undefined {
    const offset = lane.offsetOf(item);
    lane.begins(offset);
    try {
      const result = this.#each(item, FIRST_TRY);
      if (isPromise(result)) {
        lane.goesOn(offset);
        return result;
      }
    } catch (error) {
      lane.goesOn(offset);
      if (this.#mayPass(1)) return rejection(error); // as if it had taken its time
      this.#failedForGood(error);
      return undefined;
    }
    lane.ended(item);
    return undefined;
  }

  /**
   * Waits for a callback, and goes on with its lane as long as that takes no turn from another. All of it is one
   * promise beside those that callbacks make: awaiting makes none, and the loop, whose wait is another, is woken only
   * when there is something for it to do.
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
        if (!this.#mayPass(attempt)) this.#failedForGood(error);
        else await this.#afterFailure(lane, item, error, attempt, job.number, generation);
      }
      lane.running--;
      result = undefined;
      attempt = 1;
      handOut.asked(); // who waits for the partition looks again
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
   * Whether a lane whose callback has ended may have the next at once: the run goes on, the host needs no turn, and no
   * other lane waits for one.
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
      return this.#next(lane);
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** Nothing more is to start. */
  get #isOver(): boolean {
    return this.#failure !== undefined || this.#loop.isEnded || this.#loop.isCancelled;
  }

  /** Whether the run goes on after a callback has failed at its try number `attempt`. */
  #mayPass(attempt: number): boolean {
    return attempt <= this.#failures.retries || this.#failures.onFailed !== "throw";
  }

  /**
   * A callback has failed, and the run goes on: it is called again
   * later, or what it was called for is passed over as `onFailed` says.
   */
  async #afterFailure(
    lane: Lane<K, V, T>,
    item: T,
    error: unknown,
    attempt: number,
    number: number,
    generation: number,
  ): Promise<void> {
    const { cursor } = lane;
    const { topic, partition } = cursor;
    const { client, counters } = this.#loop.handOut;
    const offset = lane.offsetOf(item);
    const waitMs = waitBeforeRetry(attempt, this.#failures, client.cluster.random());
    const mayComeAgain = cursor.isGone || cursor.generation !== generation || (waitMs !== undefined && this.#isOver);
    const next = mayComeAgain
      ? "it is not committed"
      : waitMs === undefined
        ? "no retry is left"
        : `it is retried in ${waitMs} ms`;
    const reason = KafkaError.from(error).message;
    client.cluster.log(
      "info",
      `${topic}-${partition}: the callback failed for offset ${offset} at try ${attempt}, ${next}: ${reason}`,
      { topic, partition, offset, attempt },
    );
    if (mayComeAgain) return;
    if (waitMs !== undefined) {
      this.#retries.add(lane, item, attempt + 1, number, waitMs);
      return;
    }
    counters.failed++;
    const { onFailed } = this.#failures;
    if (onFailed === "throw") return; // the caller has looked
    try {
      const failure = {
        what: lane.what,
        topic,
        partition,
        offset,
        lastOffset: lane.lastOffsetOf(item),
        records: lane.recordsOf(item),
      };
      await passFailed(failure, error, attempt, onFailed, (level, message, fields) =>
        client.cluster.log(level, message, fields),
      );
      if (lane.generation === generation) lane.finished(item);
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  /** Calls back once more. Its record is in the lane's list of what is not done since the first try. */
  #tryAgain({ lane, item, attempt, number }: Retry<K, V, T>): void {
    const job: Job = { number };
    this.#loop.handOut.counters.retries++;
    lane.resumes();
    this.#loop.handOut.client.cluster.callContext.run(job, () => {
      let result: Promise<void> | void;
      try {
        result = this.#each(item, { attempt });
      } catch (error) {
        result = rejection(error);
      }
      void this.#await(lane, item, isPromise(result) ? result : Promise.resolve(), job, attempt);
    });
    lane.running--; // the wait's; that of the callback began meanwhile
  }

  #failedForGood(error: unknown): void {
    this.#loop.handOut.counters.failed++;
    this.#failed(error);
  }

  #failed(error: unknown): void {
    this.#failure ??= { error };
  }
}

/** What a callback threw at once, as if it had returned a promise. */
function rejection(error: unknown): Promise<never> {
  return Promise.resolve().then(() => {
    throw error;
  });
}

function isPromise(result: Promise<void> | void): result is Promise<void> {
  return typeof result === "object" && result !== null && typeof result.then === "function";
}
