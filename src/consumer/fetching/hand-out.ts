import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { isPermanent } from "../../errors/is-permanent.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import type { ConsumerCounters } from "../partitions/counters.ts";
import type { Cursor } from "../partitions/cursor.ts";
import { PoisonPolicy } from "../partitions/poison.ts";
import type { PreparingSerdes } from "../partitions/batch-preparation.ts";
import { ReadPreparation } from "../partitions/read-preparation.ts";
import type { Handout, Intercepting, Reading } from "../partitions/reading.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import { Turns } from "../partitions/turns.ts";
import { Waiters } from "../partitions/waiters.ts";

/** The part of the fetcher that loops need. */
export interface HandOutHost<K, V> {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  readonly counters: ConsumerCounters;
  /** A loop begins, so fetching must go on. */
  begin(): void;
  /** A partition's position must be looked up. */
  sought(): void;
  /** A batch was damaged. Its partition is fetched once more, from the leader. */
  distrust(cursor: Cursor<K, V>, error: KafkaError): void;
}

/**
 * The batches that are ready for the application: which partition is next, which loops are active, and when they wait.
 */
export class HandOut<K, V> {
  readonly client: ClusterClient;
  readonly counters: ConsumerCounters;
  /** Handles unreadable records; undefined if they end the loop. */
  readonly poison: PoisonPolicy | undefined;
  /** Prepares serdes before they read; undefined if none needs that. */
  readonly preparation: ReadPreparation<K, V> | undefined;
  #interceptors: Intercepting<K, V> | undefined;
  readonly #host: HandOutHost<K, V>;
  /** Cursors that have a batch for any loop. */
  readonly #ready = new Turns<Cursor<K, V>>();
  readonly #loops = new Set<Reading<K, V>>();
  readonly #waiters: Waiters;
  #listeners: readonly (() => void)[] = [];
  #isStopped = false;
  #trustedUntilMs = Number.POSITIVE_INFINITY;
  #failure: KafkaError | undefined;
  /** Why no loop of this client can read any more: its runtime is broken. */
  #broken: KafkaError | undefined;
  #activeSinceMs: number | undefined;
  #idleSinceMs: number | undefined;

  constructor(host: HandOutHost<K, V>, serdes: PreparingSerdes) {
    const { client, settings, counters } = host;
    this.#host = host;
    this.client = client;
    this.counters = counters;
    this.#waiters = new Waiters(client.alive);
    client.broken.addEventListener("abort", () => {
      this.#failure = this.#broken = client.broken.reason;
      this.wake();
    });
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

  /** Undefined if the application gave none. */
  get interceptors(): Intercepting<K, V> | undefined {
    return this.#interceptors;
  }

  /** Reports batches and commits to these interceptors from now on. */
  interceptBy(interceptors: Intercepting<K, V>): void {
    this.#interceptors = interceptors;
  }

  /** The active loops. Without any, nothing is fetched. */
  get loops(): ReadonlySet<Reading<K, V>> {
    return this.#loops;
  }

  get isActive(): boolean {
    return this.#loops.size > 0;
  }

  /** The consumer is being closed: nothing more is delivered, and every loop ends when it asks for more. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The time since which a loop is active (monotonic ms); undefined while none is. */
  get activeSinceMs(): number | undefined {
    return this.#activeSinceMs;
  }

  /** The time since which no loop is active (monotonic ms); undefined while one is, and before the first. */
  get idleSinceMs(): number | undefined {
    return this.#idleSinceMs;
  }

  /** The error that waits for a loop to throw it; undefined for none. */
  get failure(): KafkaError | undefined {
    return this.#failure;
  }

  /** Whether an error waits for a loop to throw it. */
  get isFailing(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether no loop can read any more, because the runtime is broken. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /** A loop begins, so fetching must go on. */
  activate(loop: Reading<K, V>): void {
    if (this.#loops.has(loop)) return;
    // The brokers are asked again, and may allow by now what they refused while the last loop ended.
    if (!this.isActive && this.#failure !== undefined && isRefusal(this.#failure)) this.#failure = this.#broken;
    if (!this.isActive) this.#activeSinceMs = this.client.clock.monotonic();
    this.#idleSinceMs = undefined;
    this.#loops.add(loop);
    this.#host.begin();
  }

  /** A loop has ended. */
  deactivate(loop: Reading<K, V>): void {
    if (!this.#loops.delete(loop) || this.isActive) return;
    this.#activeSinceMs = undefined;
    this.#idleSinceMs = this.client.clock.monotonic();
  }

  /** Calls back when the application asks for more, or leaves its loop. Returns a function that stops this. */
  onAsked(listener: () => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** The application asks for more, or leaves its loop: the record in progress is processed, or was put back. */
  asked(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Whether the application is processing something of this partition. */
  isInHand(cursor: Cursor<K, V>): boolean {
    for (const { hand } of this.#loops) if (hand.holds(cursor)) return true;
    return false;
  }

  /** The offset up to which a partition is processed; −1 if it is not known. */
  doneTo(cursor: Cursor<K, V>): number {
    let done = cursor.position;
    for (const { hand } of this.#loops) done = Math.min(done, hand.doneTo(cursor) ?? done);
    return done;
  }

  /** The cursor has a batch that may have become deliverable. */
  offer(cursor: Cursor<K, V>): void {
    if (cursor.isOffered) this.#ready.push(cursor);
  }

  /** A change of the cursor may allow it to be fetched, or a batch of it to be delivered. */
  changed(cursor: Cursor<K, V>): void {
    this.offer(cursor);
    if (cursor.seeking !== undefined) this.#host.sought();
    cursor.source?.kick();
    this.wake();
  }

  /** The consumer no longer reads the partition. */
  removed(cursor: Cursor<K, V>): void {
    this.#ready.remove(cursor);
    this.wake(); // ends the loop of a split-off partition, and a wait of `run` for a retry
  }

  /**
   * The next buffered batch: of this partition, or of all unclaimed partitions in turn. Undefined if there is none.
   * Throws if reading has failed.
   */
  nextBatch(only?: Cursor<K, V>): Handout<K, V> | undefined {
    if (this.#failure !== undefined) throw this.#takeFailure(this.#failure);
    if (!this.isTrusted()) return undefined;
    if (only !== undefined)
      return only.isPaused || only.preparing?.isSettled === false ? undefined : this.#handOut(only);
    for (let looked = this.#ready.size; looked > 0; looked--) {
      const cursor = this.#ready.shift();
      if (cursor === undefined) break;
      if (!cursor.isOffered) continue; // it is offered again when this changes
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
      batch.reader(); // checks and decompresses, once: the loop does not do it again
    } catch (error) {
      if (this.isFetchedAgain(cursor, batch, KafkaError.from(error))) return undefined;
    }
    this.counters.batches++;
    return { cursor, batch, generation: cursor.generation };
  }

  /** The buffered bytes fell below the size of one response, so the partition can be fetched again. */
  #wakeSource({ source, log: { heldBytes } }: Cursor<K, V>, before: number): void {
    const mark = this.#host.settings.maxPartitionFetchBytes;
    if ((before >= mark && heldBytes < mark) || heldBytes === 0) source?.kick();
  }

  /**
   * A batch cannot be read. The first time it may have been damaged on the network, so the partition's buffered bytes
   * are dropped and fetched once more, from the leader. Returns whether that is so.
   */
  isFetchedAgain(cursor: Cursor<K, V>, batch: Batch<K, V>, error: KafkaError): boolean {
    if (error.kind !== "corrupt" || cursor.isGone || !cursor.doubt(batch)) return false;
    cursor.refetch();
    this.#host.distrust(cursor, error);
    this.changed(cursor);
    return true;
  }

  /** After this time (monotonic ms) another member may own the partitions, so nothing is delivered. */
  trust(untilMs: number): void {
    this.#trustedUntilMs = untilMs;
    this.wake();
  }

  isTrusted(): boolean {
    return this.#trustedUntilMs === Number.POSITIVE_INFINITY || this.client.clock.monotonic() < this.#trustedUntilMs;
  }

  /**
   * Settles when there may be a batch, when reading has failed, or when the consumer is closed. A waiting loop keeps
   * the process alive.
   */
  wait(): Promise<void> {
    return this.#waiters.wait();
  }

  /** Returns whether a loop was waiting. */
  wake(): boolean {
    return this.#waiters.wake();
  }

  /**
   * The next loop that asks for records throws this error. If none is running, the refusal of a broker is forgotten:
   * the next loop connects again, and the reason may be gone by then.
   */
  fail(error: KafkaError): void {
    if (!this.isActive && isRefusal(error)) return;
    this.#failure ??= error;
    this.wake();
  }

  #takeFailure(error: KafkaError): KafkaError {
    this.#failure = this.#broken;
    return error;
  }

  /** No loop gets more records. */
  stop(): void {
    this.#isStopped = true;
    this.wake();
  }
}

/** Whether brokers refused a request of this client, which they may accept in the next loop. */
function isRefusal(error: KafkaError): boolean {
  return error.kind === "authorization" || isPermanent(error);
}
