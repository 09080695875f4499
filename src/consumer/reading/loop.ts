import { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import { TURN_EVERY_MS } from "../../runtime/host-turns.ts";
import { turn } from "../../runtime/sleep.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { HandOut } from "../fetching/hand-out.ts";
import type { Hand, Handout, Reading } from "../partitions/reading.ts";
import { BatchReports } from "./batch-reports.ts";

/**
 * The common part of all loops: begin and end, waits, turns of the host, and the records in progress. A loop is used
 * once.
 */
export class Loop<K, V> implements Reading<K, V> {
  readonly handOut: HandOut<K, V>;
  /** The records in progress; each kind of loop sets it. */
  hand: Hand<K, V> = { holds: () => false, doneTo: () => undefined };
  isAsking = false;
  /** The batches that were reported to hooks; undefined if the consumer is not observed. */
  reports: BatchReports<K, V> | undefined;
  isRun = false;
  /** Whether its signal has fired: no record is delivered any more. */
  isCancelled: boolean;
  isBusy: (excused: ReadonlySet<unknown>) => boolean = () => !this.isAsking;
  waitsFor: (cursor: Cursor<K, V>) => boolean = () => this.isAsking;
  /** Changes while the application makes progress. */
  progress: () => number = () => this.handOut.counters.records + this.handOut.counters.batches;
  readonly #signal: AbortSignalLike | undefined;
  readonly #ended: () => void;
  readonly #only: Cursor<K, V> | undefined;
  readonly #onAbort = (): void => {
    this.isCancelled = true;
    this.handOut.wake();
  };
  #lastTurnMs = 0;
  #isEnded = false;
  #isInterrupted = false;

  /** A loop over all unclaimed partitions, or over `only` one. */
  constructor(handOut: HandOut<K, V>, signal: AbortSignalLike | undefined, ended: () => void, only?: Cursor<K, V>) {
    this.handOut = handOut;
    this.#only = only;
    this.#signal = handOut.client.shared(signal);
    this.isCancelled = signal?.aborted === true;
    this.#ended = ended;
    this.#signal?.addEventListener("abort", this.#onAbort);
  }

  reads(cursor: Cursor<K, V>): boolean {
    return this.#only === undefined ? !(cursor.taker instanceof Loop) : this.#only === cursor;
  }

  get isEnded(): boolean {
    return this.#isEnded || this.#only?.isGone === true || this.handOut.isStopped;
  }

  /** Fetching begins. Idempotent. */
  begin(): void {
    if (!this.isEnded) this.handOut.activate(this);
  }

  /** The application asks for more, so it has processed the previous item. */
  asks(): void {
    this.isAsking = true;
    if (!this.isRun) this.reports?.asked();
    this.handOut.asked();
  }

  /** The next batch, if one is buffered. Throws the error that ends the loop: of the signal, or of reading. */
  poll(): Handout<K, V> | undefined {
    this.throwIfCancelled();
    const handout = this.handOut.nextBatch(this.#only);
    if (handout === undefined) return undefined;
    this.isAsking = false;
    this.#taken(handout);
    return handout;
  }

  /** The application gets a batch. */
  #taken(handout: Handout<K, V>): void {
    const { client, interceptors } = this.handOut;
    interceptors?.consumed(handout);
    const { hooks } = client;
    if (hooks?.batchStarted !== undefined || hooks?.batchProcessed !== undefined)
      (this.reports ??= new BatchReports<K, V>(client)).started(handout);
  }

  /**
   * The next batch of a partition that this loop is reading, if one is buffered and can be read. One that cannot is
   * left for the next {@link poll}, which handles it. With a policy for such records there is none, since each batch
   * has to pass it first.
   */
  more(cursor: Cursor<K, V>): Batch<K, V> | undefined {
    const { handOut } = this;
    if (handOut.poison !== undefined || handOut.isFailing) return undefined;
    const handout = handOut.nextBatch(cursor);
    if (handout === undefined) return undefined;
    const { batch } = handout;
    try {
      batch.reader();
    } catch {
      this.putBack(cursor, batch);
      return undefined;
    }
    this.#taken(handout);
    return batch;
  }

  /** The check for code that delivers records itself; undefined if nothing can cancel this loop. */
  get cancelCheck(): (() => void) | undefined {
    return this.#signal === undefined ? undefined : () => this.throwIfCancelled();
  }

  throwIfCancelled(): void {
    if (this.isCancelled && this.#signal !== undefined) throw cancelledError(this.#signal, "the consumer's loop");
  }

  /** Waits for the next batch. Undefined at the end (closed, or left), and if the wait was interrupted. */
  async next(): Promise<Handout<K, V> | undefined> {
    this.begin();
    this.asks();
    await this.giveTurn();
    while (!this.isEnded) {
      let handout: Handout<K, V> | undefined;
      try {
        handout = this.poll();
      } catch (error) {
        this.end();
        throw this.failed(KafkaError.from(error));
      }
      if (handout !== undefined) return handout;
      if (this.takeInterrupt()) {
        this.isAsking = false;
        return undefined;
      }
      await this.wait();
    }
    this.end();
    return undefined;
  }

  async wait(): Promise<void> {
    await this.handOut.wait();
    this.turned();
  }

  /** Ends the current or the next wait for a batch, but not the loop. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.handOut.wake();
  }

  /** Whether the wait was interrupted; resets it. */
  takeInterrupt(): boolean {
    const isInterrupted = this.#isInterrupted;
    this.#isInterrupted = false;
    return isInterrupted;
  }

  putBack(cursor: Cursor<K, V>, batch: Batch<K, V>): void {
    cursor.putBack(batch);
    this.handOut.changed(cursor);
  }

  /**
   * Resolves when the session is valid, so that no other member can own the partitions, or when the loop has ended or
   * fails.
   */
  async trusted(): Promise<void> {
    while (!this.isEnded && !this.handOut.isFailing && !this.handOut.isTrusted()) await this.handOut.wait();
  }

  /** Gives the host a turn if one is due. */
  async giveTurn(): Promise<void> {
    if (this.isTurnDue()) await this.takeTurn();
  }

  /** Gives the host a turn. If the runtime is broken, the next poll throws its error and ends the loop. */
  async takeTurn(): Promise<void> {
    try {
      await turn(this.handOut.client.runtime);
    } catch (error) {
      this.handOut.fail(KafkaError.from(error));
    }
    this.turned();
  }

  isTurnDue(): boolean {
    return this.handOut.client.clock.monotonic() - this.#lastTurnMs > TURN_EVERY_MS;
  }

  turned(): void {
    this.#lastTurnMs = this.handOut.client.clock.monotonic();
  }

  /** Tells hooks of the error that ends the loop, and returns it. */
  failed<E>(error: E): E {
    this.handOut.client.hooks?.clientCrashed?.(error);
    return error;
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.isAsking = false;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.handOut.deactivate(this);
    this.#ended();
    this.handOut.asked();
  }
}
