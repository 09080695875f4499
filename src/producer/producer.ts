import { ClusterClient } from "../cluster/cluster-client.ts";
import { observableAs } from "../hooks/observable.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { PartitionInfo } from "../cluster/partition-info.ts";
import { type Metric, metricsOf, type Readings } from "../cluster/metrics.ts";
import { StatisticsTimer } from "../cluster/statistics.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import { callback, errorOf } from "../errors/shape.ts";
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
import { LateTransactions } from "./transactions/late-transactions.ts";
import { type FlushOptions, LIMIT_OPTIONS } from "./flush-options.ts";
import { DeliveryLedger, type ProducerCounters } from "./sending/ledger.ts";
import type { EnqueueOptions, SendOptions } from "./sending/send-settings.ts";
import { LossReport } from "./sending/loss-report.ts";
import { MemoryGate } from "./accepting/memory-gate.ts";
import { ProducerBase } from "./producer-base.ts";
import { producerReadings } from "./producer-readings.ts";
import type { ProducerSettings } from "./accepting/producer-settings.ts";
import { type ProducerOptions, producerSettings } from "./options.ts";
import { closedBefore, closedError } from "./accepting/intake-errors.ts";
import { RecordIntake } from "./accepting/record-intake.ts";

const CLOSE_TIMEOUT_MS = 30_000;

/**
 * Sends records. By default (`acks: "all"`) the producer is idempotent: each acknowledged record is in the partition's
 * log once, and the records of a partition are in the order of the calls. Java: `KafkaProducer`.
 */
export class Producer<K = Bytes, V = Bytes> extends ProducerBase {
  readonly #client: ClusterClient;
  readonly #settings: ProducerSettings;
  readonly #paced: PacedWork;
  readonly #ledger: DeliveryLedger;
  readonly #gate: MemoryGate;
  readonly #accumulator: Accumulator;
  readonly #losses: LossReport;
  /** How many calls of `flush` have not settled. */
  #flushes = 0;
  #closing: Promise<void> | undefined;
  readonly #intake: RecordIntake<K, V>;
  readonly #drain: RecordDrain;
  /** Returns the error for a record that is sent now; undefined while a transaction is open. */
  #refusal: (() => KafkaError) | undefined;
  readonly #transactions: LateTransactions | undefined;
  readonly #calls: TransactionCalls;
  readonly #readings: () => readonly Readings[];

  /** @internal */ constructor(cluster: Cluster, options: ProducerOptions<K, V> = {}) {
    super();
    const settings = (this.#settings = producerSettings(
      options as ProducerOptions<never, never>,
      cluster.options.codecs,
      cluster.settings.requestTimeoutMs,
    ));
    const client = (this.#client = observableAs(this, new ClusterClient(cluster, "producer")));
    const { clock, deadlines, runtime, tasks } = client;
    const { onDelivery, transactionalId, bufferMemory: capacity, maxBlockMs } = this.#settings;
    this.#paced = new PacedWork(this.#client, (task) => tasks.spawn(task));
    client.broken.addEventListener("abort", () => this.#paced.finish());
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
    this.#accumulator = new Accumulator(client, settings, identities, this.#ledger, this.#gate, this.#transactions);
    this.#intake = new RecordIntake<K, V>({
      client: this.#client,
      settings: this.#settings,
      serdes: options,
      gate: this.#gate,
      counters: this.#ledger.counters,
      accumulator: this.#accumulator,
      transactions: this.#transactions,
      interceptors: options.interceptors,
    });
    this.#intake.refuse(this.#refusal);
    this.#drain = new RecordDrain({
      client: this.#client,
      maxBlockMs,
      accumulator: this.#accumulator,
      ledger: this.#ledger,
      paced: this.#paced,
      preparing: () => this.#intake.preparing,
      waitingForRoom: () => this.#intake.room.last,
    });
    client.broken.addEventListener("abort", () => this.#intake.broken());
    this.#readings = this.#client.readings = () =>
      producerReadings(this.#client, this.#ledger.counters, this.#gate, this.#accumulator);
    if (options.onStatistics !== undefined)
      new StatisticsTimer(this.#client, this.#settings.statisticsIntervalMs, this.#readings, options.onStatistics);
  }

  /** @internal For `sendAll`. */
  get intake(): RecordIntake<K, V> {
    return this.#intake;
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Counts of this producer's records since it was created. These are plain fields; reading them costs nothing. */
  get counters(): Readonly<ProducerCounters> {
    return this.#ledger.counters;
  }

  /**
   * All metrics of this producer, under Java's names: totals and averages since the producer was created, and current
   * values. For rates and averages of an interval, pass `onStatistics`. Java: `metrics`.
   */
  metrics(): readonly Metric[] {
    return metricsOf(this.#readings());
  }

  /**
   * Bytes of the records in batches, waiting or in flight; at most `bufferMemory`. Java: `buffer-total-bytes` minus
   * `buffer-available-bytes`. The metric `buffer-waiting-bytes` counts records that wait for room.
   */
  get bufferedBytes(): number {
    return this.#gate.usedBytes;
  }

  /**
   * Sends a record. The promise resolves with its partition and offset when the record is written, as `acks` demands.
   * The record is accepted when `send` returns; records keep the order of the calls. It waits for room up to
   * `maxBlockMs` (60 s), then has `deliveryTimeoutMs` (120 s), retries included. The promise rejects with a KafkaError;
   * its `outcome` says whether the record may have been written. `close()` waits for the record, then rejects it with
   * kind `closed`.
   *
   * If a serde has `prepare`, the record waits for it and for earlier records of its topic, at most the lesser of
   * `maxBlockMs` and `deliveryTimeoutMs`. Do not change key and value until then. A `signal` that fires withdraws a
   * record whose batch was never sent (kind `cancelled`, outcome `notWritten`), and no other. With `acks`,
   * `compressionType` or `requestTimeoutMs` the record has other settings than the producer: it begins a new batch, and
   * the order of its partition is kept. Java: `send`.
   */
  send(record: ProducerRecord<K, V>, options?: SendOptions): Promise<RecordMetadata> {
    return this.#intake.send(record, options);
  }

  /**
   * Sends a record without a promise: the fastest path. Returns true if the record was accepted. Returns false, and
   * accepts nothing, if there is no room. Then wait for {@link ready} and offer the same record again:
   * `while (!producer.enqueue(record)) await producer.ready()`. A record that is not offered again is lost, which the
   * producer logs once. Failures go to `onDelivery`, and reject the next {@link flush} or {@link close}. Deadlines and
   * `close()`: as for {@link send}; no signal can withdraw the record. Throws kind `unsupported` if a serde has
   * `prepare`, since it cannot wait.
   */
  enqueue(record: ProducerRecord<K, V>, options?: EnqueueOptions): boolean {
    return this.#intake.enqueue(record, options);
  }

  /**
   * Resolves when there is room for the record that {@link enqueue} refused last; offer it again then. Calls are served
   * in order. There is no deadline; a `signal` or `close()` ends the wait (kind `cancelled` or `closed`).
   */
  async ready(options: { readonly signal?: AbortSignalLike } = {}): Promise<void> {
    return this.#intake.ready(options);
  }

  /**
   * The partitions of a topic, with leaders and replicas; a missing topic may be created. Rejects with kind `timeout`
   * after `timeoutMs` (default `maxBlockMs`), `cancelled` if `signal` fires, `closed` after `close()`. Java: same name.
   */
  async partitionsFor(topic: string, options: FlushOptions = {}): Promise<readonly PartitionInfo[]> {
    LIMIT_OPTIONS(options, "partitionsFor");
    return this.#accumulator.partitionsFor(topic, options);
  }

  /**
   * Resolves when every record accepted before the call is written or has failed. Rejects with the count and the first
   * error if enqueued records failed since the last flush. Rejects with kind `timeout` after `timeoutMs` (default
   * `deliveryTimeoutMs` + `maxBlockMs`); a timeout or `signal` ends the wait only, not the records. After `close()` it
   * rejects at once with kind `closed`; a call that waits already settles with its records. Java: `flush`.
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
   * Accepted when it returns: further records are refused. Aborts an open transaction, flushes for up to `timeoutMs`
   * (default 30000), fails the remaining records with kind `closed`, and closes every task, delay and connection. A
   * `signal` that fires ends the flush early. Rejects if enqueued records failed. A second call returns the same
   * promise. Java: `close`.
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
   * Gets an epoch from the coordinator. This aborts the open transaction of an earlier producer with the same
   * `transactionalId`, and fences that producer. {@link begin} does it if needed. Call it first in a program that reads
   * committed offsets before its first transaction: after a crash, they stay pending until the crashed run's
   * transaction has ended. Does nothing if the producer has an epoch.
   *
   * Accepted when it returns. Rejects with kind `config` without a `transactionalId` or while it or {@link begin} runs;
   * with `fenced` if another producer has taken over; with `timeout` after `timeoutMs` (default `maxBlockMs`), and with
   * `cancelled` if `signal` fires: call it again. `close()` ends it with kind `closed`. Java: `initTransactions`.
   */
  initTransactions(options: FlushOptions = {}): Promise<void> {
    return this.#calls.run("initTransactions", options, this.#settings.maxBlockMs, (transactions, limit) =>
      transactions.initialise(limit),
    );
  }

  /**
   * Begins a transaction; when the promise resolves, records may be sent. The first call, and each call after a
   * failure, gets an epoch from the coordinator, as {@link initTransactions} does.
   *
   * Accepted when it returns. Rejects with kind `config` while a transaction is open and without a `transactionalId`;
   * otherwise as {@link initTransactions}. Deadline, `signal` and `close()`: as for {@link initTransactions}. Java:
   * `beginTransaction`.
   */
  begin(options: FlushOptions = {}): Promise<void> {
    return this.#calls.run("begin", options, this.#settings.maxBlockMs, (transactions, limit) =>
      transactions.begin(limit),
    );
  }

  /**
   * Adds a consumer group's offsets to the transaction: they are committed together with its records. An offset is that
   * of the next record to read. If called more than once, the last offset of each partition counts.
   *
   * Accepted when it returns. Any failure makes the transaction fail (kind `abortable`; `authorization` if a right is
   * missing), for example if the group has rebalanced without this consumer; so do a timeout (`timeoutMs`, default
   * `maxBlockMs`) and a `signal` that fires. `close()` ends it with kind `closed`. Java: `sendOffsetsToTransaction`
   * (KIP-447).
   */
  sendOffsets(offsets: readonly GroupOffset[], group: GroupMetadata, options: FlushOptions = {}): Promise<void> {
    return this.#calls.run("sendOffsets", options, this.#settings.maxBlockMs, (transactions, limit) =>
      transactions.sendOffsets(offsets, group, limit),
    );
  }

  /**
   * Commits: waits until all records of the transaction are written, then makes them and the offsets visible together.
   * Accepted when it returns: no record can be added any more.
   *
   * Rejects with kind `abortable` if a record or an offset was lost: call {@link abort}, then send everything again;
   * with `authorization` if it was lost because a right is missing: grant it first; with `fenced` if another producer
   * has taken over; with `timeout` and outcome `indefinite` if the coordinator did not answer within `timeoutMs`
   * (default `deliveryTimeoutMs` + 2 × `maxBlockMs`): call `commit` again, or {@link abort}, which reports the outcome.
   * After a `signal` (kind `cancelled`) or `close()` (kind `closed`) the coordinator may still commit. Java:
   * `commitTransaction`.
   */
  async commit(options: FlushOptions = {}): Promise<void> {
    const { deliveryTimeoutMs, maxBlockMs } = this.#settings;
    await this.#calls.run("commit", options, deliveryTimeoutMs + 2 * maxBlockMs, (transactions, limit) =>
      transactions.commit(limit),
    );
    this.#ledger.takeFailure();
  }

  /**
   * Aborts: drops unsent records, and makes the transaction's other records and its offsets invisible for good. Does
   * nothing if no transaction is open. Accepted when it returns; when it has ended, the next transaction can begin.
   *
   * Rejects with outcome `written` if an earlier `commit`, whose response was lost, had committed the transaction; with
   * `fenced` as {@link commit} does; with `timeout` after `timeoutMs` (default `maxBlockMs` + `requestTimeoutMs`), and
   * with `cancelled` if `signal` fires: call it again. After `close()` (kind `closed`) the coordinator aborts the
   * transaction at its timeout. Java: `abortTransaction`.
   */
  async abort(options: FlushOptions = {}): Promise<void> {
    const { maxBlockMs, requestTimeoutMs } = this.#settings;
    await this.#calls.run("abort", options, maxBlockMs + requestTimeoutMs, (transactions, limit) =>
      transactions.abort(limit),
    );
    this.#ledger.takeFailure();
  }

  /**
   * Runs `body` in a transaction: commits when `body` returns; aborts when it throws, and rejects with that error.
   * `body` need not await its sends: the commit waits for them, and fails if a record was lost.
   *
   * Rejects as {@link begin} and {@link commit} do. After kind `abortable` the transaction was aborted, and you may run
   * it again; after `fenced`, close the producer. Accepted when `body` is called. Deadline, `signal` and `close()`: as
   * for {@link begin}, then as for {@link commit}; a `timeoutMs` is the limit of each.
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
      // A commit whose response was lost may have succeeded.
      const fate = await this.#calls.abortAfter(error, () => this.abort());
      if (fate !== "written") throw error;
    }
    return result;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #newTransactions(): LateTransactions | undefined {
    const { transactionalId, transactionTimeoutMs, maxBlockMs } = this.#settings;
    if (transactionalId === undefined) return undefined;
    return new LateTransactions(
      this.#client,
      { transactionalId, transactionTimeoutMs, maxBlockMs },
      {
        changed: (refusal) => {
          this.#refusal = refusal;
          this.#intake?.refuse(refusal); // called before #intake is set
        },
        drain: (limit) => this.#drain.within(limit),
        dropUnsent: (error) => {
          this.#gate.fail(error);
          this.#accumulator.dropUnsent(error);
        },
        // Wait until all promises have settled: a rejection must not arrive while the next transaction is open.
        quiet: () => this.#accumulator.fates.quiet().then(() => (this.#paced.isIdle ? undefined : this.#paced.done())),
      },
    );
  }

  async #close({ timeoutMs = CLOSE_TIMEOUT_MS, signal }: FlushOptions): Promise<void> {
    try {
      await this.#calls.abortUnfinished({ timeoutMs, signal });
      await this.#drain.atMost(timeoutMs, "close", signal);
    } catch {
      // Records that could not be sent in time are failed below.
    }
    this.#intake.shut();
    const closed = closedBefore();
    this.#gate.fail(closed);
    this.#accumulator.failAll(this.#accumulator.waiting.because(closed));
    this.#losses.say();
    this.#accumulator.close();
    if (!this.#paced.isIdle) await this.#paced.done();
    await this.#client.close();
    await this.#intake.closed();
    const failure = this.#ledger.takeFailure();
    if (failure !== undefined && !this.#calls.isFencingTold) throw failure;
  }
}
