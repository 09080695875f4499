import { ClusterClient } from "../cluster/cluster-client.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { Coordinators } from "../cluster/coordinators.ts";
import { type Metric, metricsOf, type Readings } from "../cluster/metrics.ts";
import { StatisticsTimer } from "../cluster/statistics.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation, cancelledError } from "../runtime/cancellation.ts";
import { DeadlineEntry } from "../runtime/deadline-wheel.ts";
import type { Bytes } from "../serdes/serde.ts";
import { Accumulator } from "./accumulator.ts";
import type { ProducerRecord, RecordMetadata } from "./delivery.ts";
import { IdentitySource } from "./identity-source.ts";
import { intercepted, type ProducerInterceptor } from "./interceptor.ts";
import { DeliveryLedger, type ProducerCounters } from "./ledger.ts";
import { MemoryGate } from "./memory-gate.ts";
import { producerReadings } from "./producer-readings.ts";
import { type ProducerOptions, type ProducerSettings, producerSettings } from "./options.ts";
import { RecordPreparation } from "./record-preparation.ts";
import { type PreparedRecord, RecordPreparer } from "./record-preparer.ts";
import { type Transaction, TransactionControl, type TransactionOptions } from "./transaction-control.ts";
import { TransactionManager } from "./transaction-manager.ts";
import type { OffsetAndPartition, TransactionGroup } from "./transaction-offsets.ts";
import { TransactionRequests } from "./transaction-requests.ts";

/** How long a call may take. */
export interface FlushOptions {
  /** In ms. For `flush` the default is to wait as long as records may be on their way (`deliveryTimeoutMs`); for `close` it is 30000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignalLike;
}

const CLOSE_TIMEOUT_MS = 30_000;
/** So many records share one reading of the clock at the most. */
const RECORDS_PER_CLOCK = 256;

/**
 * Sends records. Idempotent with acks=all unless told otherwise: what was acknowledged is in the log once, and in the order
 * in which it was sent. Java: `KafkaProducer`.
 */
export class Producer<K = Bytes, V = Bytes> {
  readonly #client: ClusterClient;
  readonly #settings: ProducerSettings;
  readonly #ledger: DeliveryLedger;
  readonly #gate: MemoryGate;
  readonly #accumulator: Accumulator;
  readonly #preparer: RecordPreparer<K, V>;
  /** Only where a serde has something to prepare. */
  readonly #preparation: RecordPreparation<K, V> | undefined;
  /** Only where there are any. */
  readonly #interceptors: readonly ProducerInterceptor<K, V>[] | undefined;
  readonly #capture: (resolve: (metadata: RecordMetadata) => void, reject: (error: KafkaError) => void) => void;
  readonly #clearClock: () => PromiseLike<void>;
  #resolve: ((metadata: RecordMetadata) => void) | undefined;
  #reject: ((error: KafkaError) => void) | undefined;
  #nowMs = 0;
  #monotonicMs = 0;
  #clockUses = 0;
  #refusedBytes = 0;
  #closing: Promise<void> | undefined;
  /** Nothing more is taken, not even what came before `close`. */
  #isShut = false;
  /** Only of a transactional producer. */
  #transactions: TransactionControl | undefined;
  #manager: TransactionManager | undefined;

  constructor(cluster: Cluster, options: ProducerOptions<K, V> = {}) {
    this.#settings = producerSettings(options as ProducerOptions<never, never>, cluster.options.codecs, cluster.settings.requestTimeoutMs);
    this.#client = new ClusterClient(cluster, "producer");
    this.#ledger = new DeliveryLedger(this.#settings.onDelivery, (level, message) => cluster.log(level, message));
    this.#gate = new MemoryGate(this.#settings.bufferMemory, this.#settings.maxBlockMs, this.#client.deadlines, this.#client.alive);
    const { transactionalId, isIdempotent } = this.#settings;
    const identities = new IdentitySource(this.#client, transactionalId !== undefined ? "transactional" : isIdempotent ? "idempotent" : "none");
    this.#accumulator = new Accumulator(this.#client, this.#settings, identities, this.#ledger, this.#gate);
    if (transactionalId !== undefined) this.#makeTransactional(transactionalId, identities);
    this.#preparer = new RecordPreparer(options, cluster.options.utf8, this.#settings);
    const preparation = new RecordPreparation(options.key, options.value, cluster.options.utf8);
    this.#preparation = preparation.isNeeded ? preparation : undefined;
    this.#interceptors = options.interceptors === undefined || options.interceptors.length === 0 ? undefined : [...options.interceptors];
    this.#capture = (resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    };
    if (options.onStatistics !== undefined) new StatisticsTimer(this.#client, this.#settings.statisticsIntervalMs, () => this.#readings(), options.onStatistics);
    const cleared = Promise.resolve();
    this.#clearClock = () => {
      this.#clockUses = 0;
      return cleared;
    };
  }

  /** What this producer has done so far. Plain fields, read them whenever you like. */
  get counters(): Readonly<ProducerCounters> {
    return this.#ledger.counters;
  }

  /**
   * All numbers that this producer has, under Java's names: totals since it was made, what stands now, and averages over its
   * life. For rates, and averages of an interval, give it `onStatistics`.
   */
  metrics(): readonly Metric[] {
    return metricsOf(this.#readings());
  }

  /** Bytes of records that wait or are under way. Java: `buffer-total-bytes` less `buffer-available-bytes`. */
  get bufferedBytes(): number {
    return this.#gate.usedBytes;
  }

  /**
   * Sends a record; settles when it is written, with where it went. Waits for room up to `maxBlockMs`. Rejects with a
   * KafkaError whose `outcome` says whether the record may have been written. Many may be under way at once; their order
   * is that of the calls.
   *
   * A serde's `prepare` is waited for, and so is that of the records before; until then the record's key and value must not
   * be changed. A `signal` takes the record back, with kind `cancelled` and outcome `notWritten`, as long as its batch was
   * never sent. After that it changes nothing: the record may be written by then, and the promise tells its true fate.
   */
  send(record: ProducerRecord<K, V>, options: { readonly signal?: AbortSignalLike } = {}): Promise<RecordMetadata> {
    try {
      this.#checkTaking();
      const { signal } = options;
      if (signal?.aborted === true) throw takenBack(signal);
      const outgoing = this.#intercepted(record);
      const preparation = this.#preparation;
      return preparation === undefined ? this.#send(outgoing, signal) : preparation.run(outgoing, () => this.#sendPrepared(outgoing, signal));
    } catch (error) {
      return Promise.reject(KafkaError.from(error));
    }
  }

  /**
   * Takes a record without a promise for it: the hot path. Answers false, and takes nothing, when there is no room; wait
   * for {@link ready} then. Failures go to `onDelivery`, and the next {@link flush} or {@link close} rejects with their count.
   * Throws kind `unsupported` with a serde that has `prepare`: there is nobody who could wait for it.
   */
  enqueue(record: ProducerRecord<K, V>): boolean {
    this.#checkTaking();
    if (this.#preparation !== undefined) throw new KafkaError("unsupported", "enqueue cannot wait for a serde that has prepare(): use send", { outcome: "notWritten" });
    const p = this.#preparer.prepare(this.#intercepted(record));
    if (!this.#gate.hasRoom(p.bytes)) {
      this.#refusedBytes = p.bytes;
      return false;
    }
    this.#gate.take(p.bytes);
    this.#readClock();
    this.#ledger.counters.accepted++;
    this.#accumulator.append(p.topic, p.partition, p.key, p.value, p.headers, p.timestamp < 0 ? this.#nowMs : p.timestamp, this.#monotonicMs, p.bytes);
    return true;
  }

  /** Settles when there is room for the record that {@link enqueue} refused last. Who waits is served in order. */
  async ready(options: { readonly signal?: AbortSignalLike } = {}): Promise<void> {
    this.#checkOpen();
    const bytes = this.#refusedBytes;
    await this.#gate.acquire(bytes, undefined, options.signal);
    this.#gate.free(bytes);
  }

  /**
   * Begins a transaction. Needs a `transactionalId`. The first call gets an epoch for it: what an earlier producer of this id
   * left open is aborted, and that producer is fenced. Java: `initTransactions` and `beginTransaction`.
   *
   * Rejects with kind `fenced` when another producer has taken over (close this one), `timeout` when no coordinator answered
   * within `maxBlockMs` (call it again), `config` when a transaction is open already.
   */
  begin(options: TransactionOptions = {}): Promise<void> {
    return this.#transactional("begin()", (transactions) => transactions.begin(options));
  }

  /**
   * Commits offsets of a consumer group with the transaction: what was read, and what was made of it, count together or not
   * at all (KIP-98, KIP-447). Rejects with kind `abortable` when the group has rebalanced. Java: `sendOffsetsToTransaction`.
   */
  sendOffsets(offsets: readonly OffsetAndPartition[], group: TransactionGroup, options: TransactionOptions = {}): Promise<void> {
    return this.#transactional("sendOffsets()", (transactions) => transactions.sendOffsets(offsets, group, options));
  }

  /**
   * Waits until all records are written, and commits: `read_committed` consumers see them from then on. Java: `commitTransaction`.
   *
   * Rejects with kind `abortable` when one of them failed: nothing is committed, call {@link abort}. With kind `timeout` nobody
   * answered, and it may be committed: call it again until it is known, or {@link abort}. With kind `fenced`: close this producer.
   */
  commit(options: TransactionOptions = {}): Promise<void> {
    return this.#transactional("commit()", (transactions) => transactions.commit(options));
  }

  /** Aborts the transaction: what was not sent is dropped, and consumers never see the rest. Does nothing where none is open. Java: `abortTransaction`. */
  abort(options: TransactionOptions = {}): Promise<void> {
    return this.#transactional("abort()", (transactions) => transactions.abort(options));
  }

  /**
   * Runs `body` in a transaction and commits it, or aborts it when `body` throws or the commit fails; rejects with that error.
   * With kind `abortable` the whole may be done again; with kind `fenced` close this producer.
   */
  transaction<T>(body: (transaction: Transaction<K, V>) => PromiseLike<T> | T, options: TransactionOptions = {}): Promise<T> {
    return this.#transactional("transaction()", (transactions) =>
      transactions.run(() => body({ send: (record) => this.send(record), enqueue: (record) => this.enqueue(record), ready: () => this.ready(), sendOffsets: (offsets, group) => this.sendOffsets(offsets, group) }), options),
    );
  }

  /**
   * Settles when every record that was accepted before the call is written or has failed. Rejects when enqueued records
   * failed since the last flush, with their count and the first error; and with kind `timeout` when it took too long.
   */
  async flush(options: FlushOptions = {}): Promise<void> {
    this.#checkOpen();
    await this.#drained(options.timeoutMs ?? this.#settings.deliveryTimeoutMs + this.#settings.maxBlockMs, "flush", options.signal);
    const failure = this.#ledger.takeFailure();
    if (failure !== undefined) throw failure;
  }

  /**
   * Flushes within `timeoutMs` (default 30000), fails what is left with kind `closed`, and leaves no task, delay or
   * connection behind. Rejects when enqueued records failed. Harmless when repeated.
   */
  close(options: FlushOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #readings(): readonly Readings[] {
    return producerReadings(this.#client, this.#ledger.counters, this.#gate, this.#accumulator.sentByTopic());
  }

  #intercepted(record: ProducerRecord<K, V>): ProducerRecord<K, V> {
    return this.#interceptors === undefined ? record : intercepted(record, this.#interceptors, (level, message) => this.#client.cluster.log(level, message));
  }

  #makeTransactional(transactionalId: string, identities: IdentitySource): void {
    const client = this.#client;
    const { transactionTimeoutMs, maxBlockMs, deliveryTimeoutMs } = this.#settings;
    const requests = new TransactionRequests(client, new Coordinators(client), transactionalId, transactionTimeoutMs);
    const manager = new TransactionManager({ client, requests, useIdentity: (identity) => identities.use(identity) });
    this.#accumulator.transactions = manager;
    this.#manager = manager;
    this.#transactions = new TransactionControl({
      client,
      maxBlockMs,
      deliveryTimeoutMs,
      drained: (timeoutMs, what, signal) => this.#drained(timeoutMs, what, signal),
      drop: (error) => this.#accumulator.drop(error),
      keepAgain: () => this.#accumulator.keepAgain(),
      takeFailure: () => void this.#ledger.takeFailure(),
    }, manager);
  }

  #transactional<T>(what: string, work: (transactions: TransactionControl) => Promise<T>): Promise<T> {
    try {
      this.#checkOpen();
      if (this.#transactions === undefined) throw new KafkaError("config", `${what} needs a producer with a transactionalId`);
      return work(this.#transactions);
    } catch (error) {
      return Promise.reject(KafkaError.from(error));
    }
  }

  /** Throws what is wrong with the record. */
  #send(record: ProducerRecord<K, V>, signal: AbortSignalLike | undefined): Promise<RecordMetadata> {
    const prepared = this.#preparer.prepare(record);
    if (!this.#gate.hasRoom(prepared.bytes)) return this.#sendLater(prepared.copy(), signal);
    this.#gate.take(prepared.bytes);
    return this.#append(prepared, signal);
  }

  /** What was accepted before `close` still goes out. */
  #sendPrepared(record: ProducerRecord<K, V>, signal: AbortSignalLike | undefined): Promise<RecordMetadata> {
    try {
      if (this.#isShut) throw closedBefore();
      if (signal?.aborted === true) throw takenBack(signal);
      return this.#send(record, signal);
    } catch (error) {
      return Promise.reject(KafkaError.from(error));
    }
  }

  #append(p: PreparedRecord, signal: AbortSignalLike | undefined): Promise<RecordMetadata> {
    this.#readClock();
    this.#ledger.counters.accepted++;
    // The capture is one function for all records: no closure is made for this one.
    const promise = new Promise<RecordMetadata>(this.#capture);
    this.#accumulator.append(p.topic, p.partition, p.key, p.value, p.headers, p.timestamp < 0 ? this.#nowMs : p.timestamp, this.#monotonicMs, p.bytes, this.#resolve, this.#reject);
    if (signal !== undefined && this.#resolve !== undefined) this.#mayTakeBack(promise, this.#resolve, signal);
    return promise;
  }

  async #sendLater(prepared: PreparedRecord, signal: AbortSignalLike | undefined): Promise<RecordMetadata> {
    await this.#gate.acquire(prepared.bytes, this.#client.clock.monotonic() + this.#settings.maxBlockMs, signal);
    try {
      this.#checkTaking();
    } catch (error) {
      this.#gate.free(prepared.bytes);
      throw error;
    }
    return this.#append(prepared, signal);
  }

  /** Listens to the signal until the record's fate is known. */
  #mayTakeBack(promise: Promise<RecordMetadata>, resolve: (metadata: RecordMetadata) => void, signal: AbortSignalLike): void {
    const onAbort = (): void => this.#accumulator.withdraw(resolve, takenBack(signal));
    signal.addEventListener("abort", onAbort);
    const forget = (): void => signal.removeEventListener("abort", onAbort);
    promise.then(forget, forget);
  }

  /** The clock is read once a turn, and again after some hundred records: a reading costs as much as an append. */
  #readClock(): void {
    if (this.#clockUses === 0) this.#client.runtime.spawn(this.#clearClock);
    if (this.#clockUses++ % RECORDS_PER_CLOCK !== 0) return;
    this.#nowMs = this.#client.clock.now();
    this.#monotonicMs = this.#client.clock.monotonic();
  }

  /** Whether a record may be taken: not after close, nor outside of a transaction where there is to be one. */
  #checkTaking(): void {
    this.#checkOpen();
    const refusal = this.#manager?.refusal();
    if (refusal !== undefined) throw refusal;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new KafkaError("closed", "this producer was closed; make another", { outcome: "notWritten" });
  }

  /** Waits until what was accepted so far is settled, at most so long. */
  async #drained(timeoutMs: number, what: string, signal?: AbortSignalLike): Promise<void> {
    const limit = new Cancellation();
    const unfollow = limit.follow(signal);
    const deadline = new FlushDeadline(limit, what, timeoutMs);
    this.#client.deadlines.add(deadline, this.#client.clock.monotonic() + timeoutMs);
    const relax = this.#accumulator.hurry();
    try {
      // Records that wait for their serde, or for metadata, are in no batch yet.
      const unprepared = this.#preparation?.pending;
      if (unprepared !== undefined) await limited(unprepared, limit);
      if (this.#accumulator.isHolding) await limited(this.#heldPlaced(limit), limit);
      await limited(this.#ledger.settledUpTo(this.#accumulator.lastBatchId), limit);
    } finally {
      relax();
      unfollow();
      this.#client.deadlines.remove(deadline);
    }
  }

  /** Settles when no record waits for metadata any longer: placed, or failed. */
  async #heldPlaced(limit: Cancellation): Promise<void> {
    const far = this.#client.clock.monotonic() + this.#settings.maxBlockMs * 2;
    while (this.#accumulator.isHolding && !limit.aborted) {
      await this.#client.awaitMetadata(() => !this.#accumulator.isHolding, { deadlineMs: far, what: "metadata of the topics that records wait for", signal: limit }).catch(() => undefined);
    }
  }

  async #close(options: FlushOptions): Promise<void> {
    const { timeoutMs = CLOSE_TIMEOUT_MS, signal } = options;
    try {
      if (this.#transactions?.isAbortable === true) await this.#transactions.abort({ timeoutMs, ...(signal === undefined ? {} : { signal }) });
      else await this.#drained(timeoutMs, "close", signal);
    } catch {
      // What could not be sent in time fails below, and is told to whoever waits for it.
    }
    this.#isShut = true;
    const closed = closedBefore();
    this.#gate.fail(closed);
    this.#accumulator.failAll(closed);
    this.#accumulator.close();
    await this.#client.close();
    const failure = this.#ledger.takeFailure();
    if (failure !== undefined) throw failure;
  }
}

function closedBefore(): KafkaError {
  return new KafkaError("closed", "the producer was closed before the record was acknowledged", { outcome: "notWritten" });
}

function takenBack(signal: AbortSignalLike): KafkaError {
  const { message } = cancelledError(signal, "sending a record");
  return new KafkaError("cancelled", message, { cause: signal.reason, outcome: "notWritten" });
}

/** Ends a flush that takes too long. */
class FlushDeadline extends DeadlineEntry {
  readonly #limit: Cancellation;
  readonly #what: string;
  readonly #timeoutMs: number;

  constructor(limit: Cancellation, what: string, timeoutMs: number) {
    super();
    this.#limit = limit;
    this.#what = what;
    this.#timeoutMs = timeoutMs;
  }

  override onDeadline(): void {
    this.#limit.cancel(new KafkaError("timeout", `${this.#what} did not end within ${this.#timeoutMs} ms: records are still on their way`, { outcome: "indefinite" }));
  }
}

/** What `promise` gives, or the cancellation's error if that comes first. */
function limited(promise: Promise<void>, limit: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(limit.reason ?? new KafkaError("cancelled", "cancelled"));
    if (limit.aborted) onAbort();
    else limit.addEventListener("abort", onAbort);
    promise.then(
      () => {
        limit.removeEventListener("abort", onAbort);
        resolve();
      },
      (error: unknown) => {
        limit.removeEventListener("abort", onAbort);
        reject(KafkaError.from(error));
      },
    );
  });
}
