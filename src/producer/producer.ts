import { ClusterClient } from "../cluster/cluster-client.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { type Metric, metricsOf, type Readings } from "../cluster/metrics.ts";
import { StatisticsTimer } from "../cluster/statistics.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import { callback, errorOf, milliseconds, shape, signal } from "../errors/shape.ts";
import type { GroupMetadata, GroupOffset } from "../cluster/group-offsets.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { PacedWork } from "../runtime/paced-work.ts";
import { turn } from "../runtime/sleep.ts";
import type { Bytes } from "../serdes/serde.ts";
import { Accumulator } from "./accepting/accumulator.ts";
import { ExitReport } from "./accepting/exit-report.ts";
import { RecordDrain } from "./accepting/record-drain.ts";
import type { ProducerRecord, RecordMetadata } from "./partition/delivery.ts";
import { IdentitySource } from "./sending/identity-source.ts";
import { Transaction } from "./transaction.ts";
import { TransactionCalls } from "./transactions/transaction-calls.ts";
import { TransactionManager } from "./transactions/transaction-manager.ts";
import type { FlushOptions } from "./flush-options.ts";
import { interceptionOf } from "./interceptor.ts";
import { DeliveryLedger, type ProducerCounters } from "./sending/ledger.ts";
import { LossReport } from "./sending/loss-report.ts";
import { MemoryGate } from "./accepting/memory-gate.ts";
import { ProducerBase } from "./producer-base.ts";
import { producerReadings } from "./producer-readings.ts";
import type { ProducerSettings } from "./accepting/producer-settings.ts";
import { type ProducerOptions, producerSettings } from "./options.ts";
import { HeadersReader } from "./accepting/record-headers.ts";
import { closedBefore, closedError, RecordIntake } from "./accepting/record-intake.ts";

const CLOSE_TIMEOUT_MS = 30_000;
const LIMIT_OPTIONS = shape({ timeoutMs: milliseconds, signal });

/**
 * Sends records. Idempotent with acks=all unless told otherwise: what was acknowledged is in the log once, and in the
 * order in which it was sent. Java: `KafkaProducer`.
 */
export class Producer<K = Bytes, V = Bytes> extends ProducerBase {
  readonly #client: ClusterClient;
  readonly #settings: ProducerSettings;
  readonly #paced: PacedWork;
  readonly #ledger: DeliveryLedger;
  readonly #gate: MemoryGate;
  readonly #accumulator: Accumulator;
  readonly #losses: LossReport;
  /** Calls of `flush` that are under way. */
  #flushes = 0;
  #closing: Promise<void> | undefined;
  readonly #intake: RecordIntake<K, V>;
  readonly #drain: RecordDrain;
  /** Why the transaction takes no record. */
  #refusal: (() => KafkaError) | undefined;
  readonly #transactions: TransactionManager | undefined;
  readonly #calls: TransactionCalls;

  /** @internal */ constructor(cluster: Cluster, options: ProducerOptions<K, V> = {}) {
    super();
    this.#settings = producerSettings(
      options as ProducerOptions<never, never>,
      cluster.options.codecs,
      cluster.settings.requestTimeoutMs,
    );
    this.#client = new ClusterClient(cluster, "producer");
    const { clock, deadlines, runtime, tasks } = this.#client;
    const { onDelivery, transactionalId, bufferMemory: capacity, maxBlockMs } = this.#settings;
    this.#paced = new PacedWork(this.#client, (task) => tasks.spawn(task));
    this.#losses = new LossReport({
      clock,
      deadlines,
      later: (work) => tasks.spawn(() => turn(runtime).then(work)),
      isAwaited: () => this.#flushes > 0,
      log: (message) => cluster.log("warn", message),
    });
    this.#ledger = new DeliveryLedger({
      onDelivery,
      log: (level, message) => cluster.log(level, message),
      paced: this.#paced,
      report: transactionalId === undefined ? this.#losses : undefined,
      bytesView: cluster.options.bytesView,
    });
    this.#gate = new MemoryGate({
      capacity,
      maxBlockMs,
      deadlines,
      alive: new ExitReport(this.#client, this.#losses, () => this.#accumulator.waiting),
      paced: this.#paced,
      why: () => this.#accumulator.waiting.oldestError,
    });
    this.#transactions = this.#newTransactions();
    this.#calls = new TransactionCalls(this.#client, this.#transactions, closedError);
    const identities = this.#transactions ?? new IdentitySource(this.#client, this.#settings.isIdempotent);
    this.#accumulator = new Accumulator(
      this.#client,
      this.#settings,
      identities,
      this.#ledger,
      this.#gate,
      this.#transactions,
    );
    const headers = new HeadersReader();
    this.#intake = new RecordIntake<K, V>({
      client: this.#client,
      settings: this.#settings,
      serdes: options,
      headers,
      gate: this.#gate,
      counters: this.#ledger.counters,
      accumulator: this.#accumulator,
      transactions: this.#transactions,
      intercept: interceptionOf(options.interceptors, headers, (level, message) => cluster.log(level, message)),
    });
    this.#intake.refuse(this.#refusal);
    this.#drain = new RecordDrain({
      client: this.#client,
      maxBlockMs,
      accumulator: this.#accumulator,
      ledger: this.#ledger,
      paced: this.#paced,
      preparing: () => this.#intake.preparing,
      waitingForRoom: () => this.#intake.waitingForRoom,
    });
    const { statisticsIntervalMs } = this.#settings;
    if (options.onStatistics !== undefined)
      new StatisticsTimer(this.#client, statisticsIntervalMs, () => this.#readings(), options.onStatistics);
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** What this producer has done so far. Plain fields, read them whenever you like. */
  get counters(): Readonly<ProducerCounters> {
    return this.#ledger.counters;
  }

  /**
   * All numbers that this producer has, under Java's names: totals since it was made, what stands now, and averages
   * over its life. For rates, and averages of an interval, give it `onStatistics`.
   */
  metrics(): readonly Metric[] {
    return metricsOf(this.#readings());
  }

  /**
   * Bytes of records that wait in batches or are under way, at most `bufferMemory`. Java: `buffer-total-bytes` less
   * `buffer-available-bytes`. A `send` that waits for room holds its record beside that; the metric
   * `buffer-waiting-bytes` says how much.
   */
  get bufferedBytes(): number {
    return this.#gate.usedBytes;
  }

  /**
   * Sends a record; settles when it is written, with where it went. Waits for room up to `maxBlockMs`. Rejects with a
   * KafkaError whose `outcome` says whether the record may have been written. Many may be under way at once; their
   * order is that of the calls.
   *
   * A serde's `prepare` is waited for, at most `maxBlockMs` (and `deliveryTimeoutMs`), and so is that of the topic's
   * records before; until then the record's key and value must not be changed. A `signal` takes the record back, with
   * kind `cancelled` and outcome `notWritten`, as long as its batch was never sent. After that it changes nothing: the
   * record may be written by then, and the promise tells its true fate.
   */
  send(record: ProducerRecord<K, V>, options?: { readonly signal?: AbortSignalLike }): Promise<RecordMetadata> {
    return this.#intake.send(record, options);
  }

  /**
   * Takes a record without a promise for it: the hot path. Returns false, and takes nothing, when there is no room:
   * then wait for {@link ready} and offer the record again, `while (!producer.enqueue(record)) await producer.ready()`.
   * A program that offers another record instead has lost this one; the log warns of that once for each producer.
   * Failures go to `onDelivery`, and the next {@link flush} or {@link close} rejects with their count. Throws kind
   * `unsupported` with a serde that has `prepare`: there is nobody who could wait for it.
   */
  enqueue(record: ProducerRecord<K, V>): boolean {
    return this.#intake.enqueue(record);
  }

  /**
   * Settles when there is room for the record that {@link enqueue} refused last, which must then be offered again.
   * Calls are served in order.
   */
  async ready(options: { readonly signal?: AbortSignalLike } = {}): Promise<void> {
    return this.#intake.ready(options);
  }

  /**
   * Settles when every record that was accepted before the call is written or has failed. Rejects when enqueued records
   * failed since the last flush, with their count and the first error; and with kind `timeout` when it took too long.
   */
  async flush(options: FlushOptions = {}): Promise<void> {
    LIMIT_OPTIONS(options, "flush");
    if (this.#closing !== undefined) throw closedError();
    this.#flushes++;
    try {
      await this.#drain.atMost(
        options.timeoutMs ?? this.#settings.deliveryTimeoutMs + this.#settings.maxBlockMs,
        "flush",
        options.signal,
      );
    } finally {
      this.#flushes--;
    }
    const failure = this.#ledger.takeFailure();
    this.#losses.heard();
    if (failure !== undefined) throw failure;
  }

  /**
   * Flushes within `timeoutMs` (default 30000), fails what is left with kind `closed`, and leaves no task, delay or
   * connection behind. Rejects when enqueued records failed. Harmless when repeated.
   */
  close(options: FlushOptions = {}): Promise<void> {
    const wrong = errorOf(LIMIT_OPTIONS, options, "close");
    if (wrong !== undefined) return Promise.reject(wrong);
    this.#closing ??= this.#close(options);
    this.#intake.closing();
    this.#calls.closing();
    return this.#closing;
  }

  /**
   * Asks the coordinator for an epoch: that ends what an earlier producer with the same `transactionalId` left open,
   * and fences it. {@link begin} does it where it was not done. Call it first in a program that reads committed offsets
   * before it begins a transaction: after a crash they would wait for the transaction that the crashed run left open.
   * Does nothing where there is an epoch already.
   *
   * Rejects with kind `config` without `transactionalId`, and while another call of it or of {@link begin} runs;
   * `fenced` when another producer has taken this one's place. Default timeout: `maxBlockMs`. Java: `initTransactions`.
   */
  initTransactions(options: FlushOptions = {}): Promise<void> {
    return this.#calls.run(
      "initTransactions",
      "getting an epoch for transactions did not end in time",
      options,
      this.#settings.maxBlockMs,
      (transactions, limit) => transactions.initialise(limit),
    );
  }

  /**
   * Begins a transaction; records are taken from then on. The first one, and each after something went wrong, asks the
   * coordinator for an epoch: that ends what an earlier producer with the same `transactionalId` left open, and fences
   * it.
   *
   * Rejects with kind `config` while another is open, and without `transactionalId`; `fenced` when another producer has
   * taken this one's place. Default timeout: `maxBlockMs`. Java: `beginTransaction`, and {@link initTransactions}.
   */
  begin(options: FlushOptions = {}): Promise<void> {
    return this.#calls.run(
      "begin",
      "beginning a transaction did not end in time",
      options,
      this.#settings.maxBlockMs,
      (transactions, limit) => transactions.begin(limit),
    );
  }

  /**
   * Makes offsets of a consumer group part of the transaction: they count when it is committed, together with its
   * records. Offsets are those of the next records to be read. Any number of calls; the last offset of a partition
   * counts.
   *
   * A failure loses the transaction (kind `abortable`); when the group went on without this consumer, for example.
   * Default timeout: `maxBlockMs`. Java: `sendOffsetsToTransaction` (KIP-447).
   */
  sendOffsets(offsets: readonly GroupOffset[], group: GroupMetadata, options: FlushOptions = {}): Promise<void> {
    return this.#calls.run(
      "sendOffsets",
      "committing offsets in the transaction did not end in time",
      options,
      this.#settings.maxBlockMs,
      (transactions, limit) => transactions.sendOffsets(offsets, group, limit),
    );
  }

  /**
   * Commits: waits until every record of the transaction is written, then makes all of them, and its offsets, visible
   * at once.
   *
   * Rejects with kind `abortable` when a record or an offset was lost: {@link abort} then, and send all of it again;
   * `fenced` when another producer took this one's place; kind `timeout` with outcome `indefinite` when the coordinator
   * gave no answer: call `commit` again, or {@link abort}, which tells. Default timeout: what records may take, and
   * `maxBlockMs`. Java: `commitTransaction`.
   */
  async commit(options: FlushOptions = {}): Promise<void> {
    const { deliveryTimeoutMs, maxBlockMs } = this.#settings;
    await this.#calls.run(
      "commit",
      "the commit did not end in time",
      options,
      deliveryTimeoutMs + 2 * maxBlockMs,
      (transactions, limit) => transactions.commit(limit),
    );
    this.#ledger.takeFailure();
  }

  /**
   * Aborts: drops what was not sent, and makes sure that nobody sees the rest, nor the offsets. Nothing is done where
   * no transaction is open. The producer can begin the next one.
   *
   * After a commit without an answer it may find the transaction committed: it then rejects with outcome `written`.
   * Rejects with `fenced` as {@link commit} does. Default timeout: `maxBlockMs` and `requestTimeoutMs`. Java:
   * `abortTransaction`.
   */
  async abort(options: FlushOptions = {}): Promise<void> {
    const { maxBlockMs, requestTimeoutMs } = this.#settings;
    await this.#calls.run(
      "abort",
      "the abort did not end in time",
      options,
      maxBlockMs + requestTimeoutMs,
      (transactions, limit) => transactions.abort(limit),
    );
    this.#ledger.takeFailure();
  }

  /**
   * Runs `body` in a transaction: begins, commits when it ends well, aborts when it throws, and rejects with what it
   * threw. What it sends need not be awaited: the commit waits, and fails when a record was lost.
   *
   * Rejects as {@link begin} and {@link commit} do. After kind `abortable` the transaction was aborted, and may be run
   * again from its beginning; after `fenced` the producer is of no use any more.
   */
  async transaction<T>(body: (tx: Transaction<K, V>) => PromiseLike<T> | T, options: FlushOptions = {}): Promise<T> {
    callback(body, "transaction: its body");
    LIMIT_OPTIONS(options, "transaction");
    await this.begin(options);
    const number = this.#transactions?.number;
    const tx = new Transaction<K, V>(this, () => this.#transactions?.number === number);
    let result: T;
    try {
      result = await body(tx);
    } catch (error) {
      await this.#calls.abortAfter(error, () => this.abort());
      throw error;
    }
    try {
      await this.commit(options);
    } catch (error) {
      // The commit whose answer was lost may have been carried out: then all is well.
      const fate = await this.#calls.abortAfter(error, () => this.abort());
      if (fate !== "written") throw error;
    }
    return result;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #readings(): readonly Readings[] {
    return producerReadings(this.#client, this.#ledger.counters, this.#gate, this.#accumulator);
  }

  #newTransactions(): TransactionManager | undefined {
    const { transactionalId, transactionTimeoutMs, maxBlockMs } = this.#settings;
    if (transactionalId === undefined) return undefined;
    return new TransactionManager(
      this.#client,
      { transactionalId, transactionTimeoutMs, maxBlockMs },
      {
        changed: (refusal) => {
          this.#refusal = refusal;
          this.#intake?.refuse(refusal); // the first state is told before there is an intake
        },
        drain: (limit) => this.#drain.within(limit),
        dropUnsent: (error) => {
          this.#gate.fail(error);
          this.#accumulator.dropUnsent(error);
        },
        // Rejections of this transaction's records must not come when the next one is open.
        quiet: () => this.#accumulator.fates.quiet().then(() => (this.#paced.isIdle ? undefined : this.#paced.done())),
      },
    );
  }

  async #close({ timeoutMs = CLOSE_TIMEOUT_MS, signal }: FlushOptions): Promise<void> {
    try {
      await this.#calls.abortUnfinished({ timeoutMs, signal });
      await this.#drain.atMost(timeoutMs, "close", signal);
    } catch {
      // What could not be sent in time fails below, and is told to whoever waits for it.
    }
    this.#intake.shut();
    const closed = closedBefore();
    this.#gate.fail(closed);
    this.#accumulator.failAll(this.#accumulator.waiting.because(closed));
    this.#losses.say();
    this.#accumulator.close();
    if (!this.#paced.isIdle) await this.#paced.done();
    await this.#client.close();
    const failure = this.#ledger.takeFailure();
    if (failure !== undefined && !this.#calls.isFencingTold) throw failure;
  }
}
