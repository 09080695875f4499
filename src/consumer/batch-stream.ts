import { KafkaError } from "../errors/kafka-error.ts";
import type { KafkaRecord } from "../records/record.ts";
import type { Batch as StoredBatch } from "../records/batch.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import { type AbortSignalLike, cancelledError } from "../runtime/cancellation.ts";
import { turn } from "../runtime/sleep.ts";
import type { Cursor } from "./cursor.ts";
import type { ConsumerCounters, Fetcher, Hand, Handout } from "./fetcher.ts";

/** After so much work without one, the host gets a turn: else heartbeats and timers starve. Half of what is promised: what comes between two looks is on top. */
const TURN_EVERY_MS = 5;

/** A batch as the application gets it: its records are decoded while they are walked over, synchronously. */
export interface ConsumedBatch<K = Uint8Array | null, V = Uint8Array | null> {
  readonly topic: string;
  readonly partition: number;
  /** The offset of the first record that is delivered. */
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Where the partition ended when the batch was fetched: the offset after its last record. */
  readonly highWatermark: number;
  readonly records: Iterable<KafkaRecord<K, V>>;
}

/** Batches one by one, and what both kinds of loop share: one loop at a time, turns of the host, the end. */
export class BatchStream<K, V> implements AsyncIterableIterator<ConsumedBatch<K, V>> {
  readonly runtime: AsyncRuntime;
  readonly counters: ConsumerCounters;
  readonly #fetcher: Fetcher<K, V>;
  readonly #decode: ((record: KafkaRecord<K, V>) => void) | undefined;
  readonly #signal: AbortSignalLike | undefined;
  readonly #ended: () => void;
  readonly #onAbort = (): void => this.#fetcher.wake();
  #deactivate: (() => void) | undefined;
  #hand: () => Hand<K, V> | undefined = () => this.hand();
  #lastTurnMs = 0;
  #isEnded = false;
  #isInterrupted = false;
  #inHand: (Hand<K, V> & { readonly batch: StoredBatch<K, V>; readonly generation: number }) | undefined;

  constructor(fetcher: Fetcher<K, V>, decode: ((record: KafkaRecord<K, V>) => void) | undefined, signal: AbortSignalLike | undefined, ended: () => void) {
    this.#fetcher = fetcher;
    this.runtime = fetcher.client.runtime;
    this.counters = fetcher.counters;
    this.#decode = decode;
    this.#signal = signal;
    this.#ended = ended;
    signal?.addEventListener("abort", this.#onAbort);
  }

  get isEnded(): boolean {
    return this.#isEnded || this.#fetcher.client.tasks.isClosed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ConsumedBatch<K, V>>> {
    const handout = await this.nextHandout();
    if (handout === undefined) return { value: undefined, done: true };
    const { cursor, batch } = handout;
    try {
      batch.reader(); // checks and decompresses now: what cannot be read must not be moved past
    } catch (error) {
      this.putBack(cursor, batch);
      this.#end();
      throw KafkaError.from(error);
    }
    const value = new Batch(cursor, batch, this.#decode, this.counters);
    this.#inHand = { cursor, from: value.baseOffset, batch, generation: cursor.generation };
    // Synchronous inside: once it is handed out the loop has it, and asking for the next moves past it.
    cursor.position = batch.nextOffset;
    return { value, done: false };
  }

  async return(): Promise<IteratorResult<ConsumedBatch<K, V>>> {
    const hand = this.#inHand;
    if (hand !== undefined && this.isInGroup && hand.generation === hand.cursor.generation) {
      hand.cursor.position = Math.max(hand.from, Math.min(hand.cursor.processedTo, hand.batch.nextOffset));
      if (hand.cursor.position < hand.batch.nextOffset) this.putBack(hand.cursor, hand.batch);
    }
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Whether the loop is that of a group's member: then what it leaves undone is delivered again. */
  get isInGroup(): boolean {
    return this.#fetcher.settings.group !== undefined;
  }

  /** What the application has in hand of this loop. A loop by record says it in its own way. */
  hand(): Hand<K, V> | undefined {
    const hand = this.#inHand;
    return hand !== undefined && hand.generation === hand.cursor.generation ? hand : undefined;
  }

  /** Says for a loop by record what it has in hand. */
  handIs(hand: () => Hand<K, V> | undefined): void {
    this.#hand = hand;
  }

  /** Ends the wait for a batch, this one or the next, and not the loop. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#fetcher.wake();
  }

  /** Whether the wait was interrupted; asking for it ends that. */
  takeInterrupt(): boolean {
    const isInterrupted = this.#isInterrupted;
    this.#isInterrupted = false;
    return isInterrupted;
  }

  /** The next batch, waited for; undefined at the end (closed, or left), and where the wait was interrupted. */
  async nextHandout(): Promise<Handout<K, V> | undefined> {
    this.#inHand = undefined;
    this.#begin();
    this.#fetcher.isAsking = true;
    this.#fetcher.onAsked?.();
    if (this.isTurnDue()) {
      await turn(this.runtime);
      this.turned();
    }
    while (!this.isEnded) {
      if (this.#signal?.aborted === true) {
        this.#end();
        throw cancelledError(this.#signal, "the consumer's loop");
      }
      let handout: Handout<K, V> | undefined;
      try {
        handout = this.#fetcher.nextBatch();
      } catch (error) {
        this.#end();
        throw KafkaError.from(error);
      }
      if (handout !== undefined) {
        this.#fetcher.isAsking = false;
        return handout;
      }
      if (this.takeInterrupt()) {
        this.#fetcher.isAsking = false;
        return undefined;
      }
      await this.#fetcher.wait();
      this.turned();
    }
    this.#end();
    return undefined;
  }

  putBack(cursor: Cursor<K, V>, batch: StoredBatch<K, V>): void {
    cursor.putBack(batch);
    this.#fetcher.changed(cursor);
  }

  /** Settles when what is held is surely this consumer's, or the loop has ended. */
  async trusted(): Promise<void> {
    while (!this.isEnded && !this.#fetcher.isTrusted()) await this.#fetcher.wait();
  }

  isTurnDue(): boolean {
    return this.#fetcher.client.clock.monotonic() - this.#lastTurnMs > TURN_EVERY_MS;
  }

  turned(): void {
    this.#lastTurnMs = this.#fetcher.client.clock.monotonic();
  }

  #begin(): void {
    if (this.#deactivate !== undefined) return;
    this.#deactivate = this.#fetcher.activate();
    this.#fetcher.hand = this.#hand;
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#inHand = undefined;
    this.#fetcher.isAsking = false;
    if (this.#fetcher.hand === this.#hand) this.#fetcher.hand = undefined;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#deactivate?.();
    this.#ended();
    this.#fetcher.onAsked?.();
  }
}

class Batch<K, V> implements ConsumedBatch<K, V> {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly highWatermark: number;
  readonly #batch: StoredBatch<K, V>;
  readonly #decode: ((record: KafkaRecord<K, V>) => void) | undefined;
  readonly #counters: ConsumerCounters;

  constructor(cursor: Cursor<K, V>, batch: StoredBatch<K, V>, decode: ((record: KafkaRecord<K, V>) => void) | undefined, counters: ConsumerCounters) {
    this.topic = cursor.topic;
    this.partition = cursor.partition;
    this.baseOffset = Math.max(batch.baseOffset, cursor.position);
    this.lastOffset = batch.lastOffset;
    this.highWatermark = cursor.highWatermark;
    this.#batch = batch;
    this.#decode = decode;
    this.#counters = counters;
  }

  get records(): Iterable<KafkaRecord<K, V>> {
    this.#counters.records += this.#batch.count;
    if (this.#decode === undefined && this.baseOffset === this.#batch.baseOffset) return this.#batch.records;
    return this.#selected();
  }

  *#selected(): Generator<KafkaRecord<K, V>, void, undefined> {
    for (const record of this.#batch.records) {
      if (record.offset < this.baseOffset) continue;
      this.#decode?.(record);
      yield record;
    }
  }
}
