import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import type { ConsumerCounters } from "../partitions/counters.ts";
import type { Cursor } from "../partitions/cursor.ts";
import { PoisonPolicy } from "../partitions/poison.ts";
import type { PreparingSerdes } from "../partitions/batch-preparation.ts";
import { ReadPreparation } from "../partitions/read-preparation.ts";
import type { Handout, Reading } from "../partitions/reading.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import { Turns } from "../partitions/turns.ts";
import { Waiters } from "../partitions/waiters.ts";

/** What the rest of the fetcher does for those who read. */
export interface HandOutHost<K, V> {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  readonly counters: ConsumerCounters;
  /** A loop begins: fetching goes on. */
  begin(): void;
  /** A partition's position must be asked for. */
  sought(): void;
  /** A batch was damaged: its partition is fetched once more from the leader. */
  distrust(cursor: Cursor<K, V>, error: KafkaError): void;
}

/** What is ready for the application: whose turn it is, which loops ask, and when they wait. */
export class HandOut<K, V> {
  readonly client: ClusterClient;
  readonly counters: ConsumerCounters;
  /** Undefined where the loop is to fail. */
  readonly poison: PoisonPolicy | undefined;
  /** Set where a serde has something to fetch before it reads. */
  readonly preparation: ReadPreparation<K, V> | undefined;
  readonly #host: HandOutHost<K, V>;
  /** Cursors that have a batch for any loop. */
  readonly #ready = new Turns<Cursor<K, V>>();
  readonly #loops = new Set<Reading<K, V>>();
  readonly #waiters: Waiters;
  #listeners: readonly (() => void)[] = [];
  #isStopped = false;
  #trustedUntilMs = Number.POSITIVE_INFINITY;
  #failure: KafkaError | undefined;

  constructor(host: HandOutHost<K, V>, serdes: PreparingSerdes) {
    const { client, settings, counters } = host;
    this.#host = host;
    this.client = client;
    this.counters = counters;
    this.#waiters = new Waiters(client.alive);
    const { onPoison } = settings;
    if (onPoison !== "fail")
      this.poison = new PoisonPolicy(
        onPoison,
        (level, message, fields) => client.cluster.log(level, message, fields),
        counters,
        (cursor, batch, error) =>
          this.isFetchedAgain(cursor as unknown as Cursor<K, V>, batch as unknown as Batch<K, V>, error),
      );
    this.preparation = ReadPreparation.of<K, V>(client, serdes, this.poison !== undefined, (cursor) =>
      this.changed(cursor),
    );
  }

  /** The loops that run: while there is none nothing is fetched. */
  get loops(): ReadonlySet<Reading<K, V>> {
    return this.#loops;
  }

  get isActive(): boolean {
    return this.#loops.size > 0;
  }

  /** The consumer is being closed: nothing more is handed out, and every loop ends when it asks for more. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Whether an error waits for a loop to throw it. */
  get isFailing(): boolean {
    return this.#failure !== undefined;
  }

  /** A loop begins: fetching goes on. Harmless when repeated. */
  activate(loop: Reading<K, V>): void {
    if (this.#loops.has(loop)) return;
    this.#loops.add(loop);
    this.#host.begin();
  }

  /** A loop has ended. */
  deactivate(loop: Reading<K, V>): void {
    this.#loops.delete(loop);
  }

  /** Calls back when the application asks for more, or leaves its loop; returns how to stop. */
  onAsked(listener: () => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** The application asks for more, or leaves its loop: what it had in hand is done, or put back. */
  asked(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Whether the application is at work on something of this partition. */
  isInHand(cursor: Cursor<K, V>): boolean {
    for (const { hand } of this.#loops) if (hand.holds(cursor)) return true;
    return false;
  }

  /** The offset up to which a partition is done; −1 where nothing is known. */
  doneTo(cursor: Cursor<K, V>): number {
    let done = cursor.position;
    for (const { hand } of this.#loops) done = Math.min(done, hand.doneTo(cursor) ?? done);
    return done;
  }

  /** It has a batch, and may have become free to hand it out. */
  offer(cursor: Cursor<K, V>): void {
    if (cursor.isOffered) this.#ready.push(cursor);
  }

  /** Something of a cursor changed that lets it be fetched, or handed out, again. */
  changed(cursor: Cursor<K, V>): void {
    this.offer(cursor);
    if (cursor.seeking !== undefined) this.#host.sought();
    cursor.source?.kick();
    this.wake();
  }

  /** It is read no more. */
  removed(cursor: Cursor<K, V>): void {
    this.#ready.remove(cursor);
    this.wake(); // a loop of its own ends, and so does a wait of `run` for the next try of a callback
  }

  /**
   * The next batch that is there, of this partition, or of all that no loop has for itself in turn; undefined when
   * there is none. Throws when reading has failed.
   */
  nextBatch(only?: Cursor<K, V>): Handout<K, V> | undefined {
    if (this.#failure !== undefined) throw this.#takeFailure(this.#failure);
    if (!this.isTrusted()) return undefined;
    if (only !== undefined)
      return only.isPaused || only.preparing?.isSettled === false ? undefined : this.#handOut(only);
    for (let looked = this.#ready.size; looked > 0; looked--) {
      const cursor = this.#ready.shift();
      if (cursor === undefined) break;
      if (!cursor.isOffered) continue; // it is offered again when that has changed
      const handout = this.#handOut(cursor);
      this.offer(cursor);
      if (handout !== undefined) return handout;
    }
    return undefined;
  }

  #handOut(cursor: Cursor<K, V>): Handout<K, V> | undefined {
    const before = cursor.log.heldBytes;
    const batch = cursor.nextBatch();
    if (batch !== undefined && this.preparation?.isReady(cursor, batch) === false) return undefined;
    this.#wakeSource(cursor, before);
    if (batch === undefined) return undefined;
    try {
      batch.reader(); // checks and decompresses, once: the loop does not pay for it again
    } catch (error) {
      if (this.isFetchedAgain(cursor, batch, KafkaError.from(error))) return undefined;
    }
    this.counters.batches++;
    return { cursor, batch, generation: cursor.generation };
  }

  /** What is held fell below a response's worth: there is something to fetch again. */
  #wakeSource({ source, log: { heldBytes } }: Cursor<K, V>, before: number): void {
    const mark = this.#host.settings.maxPartitionFetchBytes;
    if ((before >= mark && heldBytes < mark) || heldBytes === 0) source?.kick();
  }

  /**
   * A batch cannot be read. The first time it may have been damaged on its way: all that is held of the partition is
   * fetched once more from the leader. Returns whether that is so.
   */
  isFetchedAgain(cursor: Cursor<K, V>, batch: Batch<K, V>, error: KafkaError): boolean {
    if (error.kind !== "corrupt" || cursor.isGone || !cursor.doubt(batch)) return false;
    cursor.refetch();
    this.#host.distrust(cursor, error);
    this.changed(cursor);
    return true;
  }

  /** After this time (monotonic) what is held may be another's already: nothing is delivered. */
  trust(untilMs: number): void {
    this.#trustedUntilMs = untilMs;
    this.wake();
  }

  isTrusted(): boolean {
    return this.#trustedUntilMs === Number.POSITIVE_INFINITY || this.client.clock.monotonic() < this.#trustedUntilMs;
  }

  /**
   * Settles when there may be a batch, or reading has failed, or the consumer was closed. A loop that waits keeps the
   * process alive.
   */
  wait(): Promise<void> {
    return this.#waiters.wait();
  }

  /** Returns whether anybody waited. */
  wake(): boolean {
    return this.#waiters.wake();
  }

  /** The loop that asks next throws this. */
  fail(error: KafkaError): void {
    this.#failure ??= error;
    this.wake();
  }

  #takeFailure(error: KafkaError): KafkaError {
    this.#failure = undefined;
    return error;
  }

  /** No loop gets anything more. */
  stop(): void {
    this.#isStopped = true;
    this.wake();
  }
}
