import { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import { TURN_EVERY_MS } from "../../runtime/host-turns.ts";
import { turn } from "../../runtime/sleep.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { Fetcher } from "../fetching/fetcher.ts";
import type { Hand, Handout, Reading } from "../partitions/reading.ts";

/**
 * What every kind of loop shares: its beginning and end, waits, turns of the host, and what it has in hand. One at a
 * time.
 */
export class Loop<K, V> implements Reading<K, V> {
  readonly fetcher: Fetcher<K, V>;
  /** What this loop has given to the application: each kind says it in its own way. */
  hand: Hand<K, V> = { holds: () => false, doneTo: () => undefined };
  isAsking = false;
  isRun = false;
  /** Whether its signal fired: no record goes out any more. */
  isCancelled: boolean;
  isBusy: (excused: ReadonlySet<unknown>) => boolean = () => !this.isAsking;
  /** Changes as long as the application gets on. */
  progress: () => number = () => this.fetcher.counters.records + this.fetcher.counters.batches;
  readonly #signal: AbortSignalLike | undefined;
  readonly #ended: () => void;
  readonly #only: Cursor<K, V> | undefined;
  readonly #onAbort = (): void => {
    this.isCancelled = true;
    this.fetcher.wake();
  };
  #lastTurnMs = 0;
  #isEnded = false;
  #isInterrupted = false;

  /** A loop over all partitions that no other has for itself, or over `only` one. */
  constructor(fetcher: Fetcher<K, V>, signal: AbortSignalLike | undefined, ended: () => void, only?: Cursor<K, V>) {
    this.fetcher = fetcher;
    this.#only = only;
    this.#signal = fetcher.client.shared(signal);
    this.isCancelled = signal?.aborted === true;
    this.#ended = ended;
    this.#signal?.addEventListener("abort", this.#onAbort);
  }

  get isEnded(): boolean {
    return this.#isEnded || this.#only?.isGone === true || this.fetcher.isStopped;
  }

  /** Fetching goes on from now on; harmless when repeated. */
  begin(): void {
    if (!this.isEnded && !this.fetcher.loops.has(this)) this.fetcher.activate(this);
  }

  /** The application asks for more, so it is done with what it had. */
  asks(): void {
    this.isAsking = true;
    this.fetcher.onAsked?.();
  }

  /** The next batch if it is there. Throws what is to end the loop: a signal, or what cannot be read. */
  poll(): Handout<K, V> | undefined {
    this.throwIfCancelled();
    const handout = this.fetcher.nextBatch(this.#only);
    if (handout !== undefined) this.isAsking = false;
    return handout;
  }

  /** For who hands records out by itself; undefined where nothing can cancel this loop. */
  get cancelCheck(): (() => void) | undefined {
    return this.#signal === undefined ? undefined : () => this.throwIfCancelled();
  }

  throwIfCancelled(): void {
    if (this.isCancelled && this.#signal !== undefined) throw cancelledError(this.#signal, "the consumer's loop");
  }

  /** The next batch, waited for; undefined at the end (closed, or left), and where the wait was interrupted. */
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
        throw KafkaError.from(error);
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
    await this.fetcher.wait();
    this.turned();
  }

  /** Ends the wait for a batch, this one or the next, and not the loop. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.fetcher.wake();
  }

  /** Whether the wait was interrupted; asking for it ends that. */
  takeInterrupt(): boolean {
    const isInterrupted = this.#isInterrupted;
    this.#isInterrupted = false;
    return isInterrupted;
  }

  putBack(cursor: Cursor<K, V>, batch: Batch<K, V>): void {
    cursor.putBack(batch);
    this.fetcher.changed(cursor);
  }

  /** Settles when what is held is surely this consumer's, or the loop has ended. */
  async trusted(): Promise<void> {
    while (!this.isEnded && !this.fetcher.isTrusted()) await this.fetcher.wait();
  }

  /** Gives the host a turn where it is due. */
  async giveTurn(): Promise<void> {
    if (!this.isTurnDue()) return;
    await turn(this.fetcher.client.runtime);
    this.turned();
  }

  isTurnDue(): boolean {
    return this.fetcher.client.clock.monotonic() - this.#lastTurnMs > TURN_EVERY_MS;
  }

  turned(): void {
    this.#lastTurnMs = this.fetcher.client.clock.monotonic();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.isAsking = false;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.fetcher.loops.delete(this);
    this.#ended();
    this.fetcher.onAsked?.();
  }
}
