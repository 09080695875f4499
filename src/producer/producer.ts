import { ClusterClient } from "../cluster/cluster-client.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { type Metric, metricsOf, type Readings } from "../cluster/metrics.ts";
import { StatisticsTimer } from "../cluster/statistics.ts";
import { detailsOf, KafkaError, type Outcome } from "../errors/kafka-error.ts";
import { callback, errorOf, milliseconds, shape, signal } from "../errors/shape.ts";
import type { GroupMetadata, GroupOffset } from "../cluster/group-offsets.ts";
import { type AbortSignalLike, type Cancellation, cancelledError } from "../runtime/cancellation.ts";
import type { KeepAlive } from "../runtime/keep-alive.ts";
import { PacedWork } from "../runtime/paced-work.ts";
import { turn } from "../runtime/sleep.ts";
import type { Bytes } from "../serdes/serde.ts";
import { Accumulator } from "./accepting/accumulator.ts";
import type { Settle } from "./partition/batch.ts";
import type { ProducerRecord, RecordMetadata } from "./partition/delivery.ts";
import { IdentitySource } from "./sending/identity-source.ts";
import { Transaction } from "./transaction.ts";
import { TransactionManager } from "./transactions/transaction-manager.ts";
import { intercepted, type ProducerInterceptor } from "./interceptor.ts";
import { DeliveryLedger, type ProducerCounters } from "./sending/ledger.ts";
import { countsOf, LossReport } from "./sending/loss-report.ts";
import { MemoryGate } from "./accepting/memory-gate.ts";
import { ProducerBase } from "./producer-base.ts";
import { producerReadings } from "./producer-readings.ts";
import type { ProducerSettings } from "./accepting/producer-settings.ts";
import { type ProducerOptions, producerSettings } from "./options.ts";
import { checkFields } from "./accepting/record-fields.ts";
import { HeadersReader } from "./accepting/record-headers.ts";
import { RefusalWatch } from "./accepting/refusal-watch.ts";
import { RecordPreparation } from "./accepting/record-preparation.ts";
import { PackedRecord, type RecordParts } from "./accepting/packed-record.ts";
import { RecordPreparer } from "./accepting/record-preparer.ts";
import { TimeLimit } from "../cluster/time-limit.ts";

/** How long a call may take. */
export interface FlushOptions {
  /**
   * In ms. For `flush` the default is to wait as long as records may be on their way (`deliveryTimeoutMs`); for `close`
   * it is 30000.
   */
  readonly timeoutMs?: number;
  /** Ends the wait, with kind `cancelled`. */ readonly signal?: AbortSignalLike;
}

const CLOSE_TIMEOUT_MS = 30_000;
/** So many records share one reading of the clock at the most. */
const RECORDS_PER_CLOCK = 256;
/**
 * The field names of this many records a turn are checked, then those of each thirteenth record: a prime, so that no
 * pattern escapes.
 */
const CHECKED_RECORDS = 64;
const CHECKED_EACH = 13;
const NO_OPTIONS: { readonly signal?: AbortSignalLike } = Object.freeze({});
const SEND_OPTIONS = shape({ signal });
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
  readonly #preparer: RecordPreparer<K, V>;
  readonly #headers: HeadersReader = new HeadersReader();
  /** Only where a serde has something to prepare. */
  readonly #preparation: RecordPreparation<K, V> | undefined;
  /** Only where there are any. */
  readonly #interceptors: readonly ProducerInterceptor<K, V>[] | undefined;
  readonly #capture: (settle: Settle) => void;
  readonly #clearClock: () => PromiseLike<void>;
  #settle: Settle | undefined;
  #nowMs = 0;
  #monotonicMs = 0;
  #clockUses = 0;
  #nextCheck = 0;
  #refusedBytes = 0;
  readonly #losses: LossReport;
  /** Calls of `flush` that are under way. */
  #flushes = 0;
  /** Ends listening to the end of the process. */
  #forgetExit: (() => void) | undefined;
  readonly #atExit = (): void => this.#sayUnacknowledged();
  readonly #refusals: RefusalWatch;
  #closing: Promise<void> | undefined;
  /**
   * Why no record is taken: it was closed, or no transaction is open. The one thing that is looked at for each record.
   */
  #refusal: (() => KafkaError) | undefined;
  readonly #transactions: TransactionManager | undefined;
  /** The last `send` that waits for room. */
  #waiting: Promise<void> | undefined;
  /**
   * A step of a transaction has said already that another producer took over: `close` need not say it of the records.
   */
  #isFencingTold = false;
  /** Nothing more is taken, not even what came before `close`. */
  #isShut = false;

  /** @internal */ constructor(cluster: Cluster, options: ProducerOptions<K, V> = {}) {
    super();
    this.#settings = producerSettings(
      options as ProducerOptions<never, never>,
      cluster.options.codecs,
      cluster.settings.requestTimeoutMs,
    );
    this.#client = new ClusterClient(cluster, "producer");
    const { alive, clock, deadlines, runtime, tasks } = this.#client;
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
    const busy = { hold: () => this.#isBusy(alive), release: () => this.#isIdle(alive) };
    this.#gate = new MemoryGate({
      capacity,
      maxBlockMs,
      deadlines,
      alive: busy,
      paced: this.#paced,
      why: () => this.#accumulator.waiting.oldestError,
    });
    this.#transactions = this.#newTransactions();
    this.#accumulator = this.#newAccumulator();
    this.#preparer = new RecordPreparer(options, cluster.options.utf8, this.#settings, this.#headers);
    const { deliveryTimeoutMs } = this.#settings;
    const preparation = new RecordPreparation<K, V>({
      client: this.#client,
      key: options.key,
      value: options.value,
      headers: this.#headers,
      timeoutMs: Math.min(maxBlockMs, deliveryTimeoutMs),
    });
    this.#preparation = preparation.isNeeded ? preparation : undefined;
    this.#interceptors =
      options.interceptors === undefined || options.interceptors.length === 0 ? undefined : [...options.interceptors];
    this.#refusals = new RefusalWatch((topic) => cluster.log("warn", notOfferedAgain(topic)));
    this.#capture = (settle) => {
      this.#settle = settle;
    };
    const { statisticsIntervalMs } = this.#settings;
    if (options.onStatistics !== undefined)
      new StatisticsTimer(this.#client, statisticsIntervalMs, () => this.#readings(), options.onStatistics);
    const cleared = Promise.resolve();
    this.#clearClock = () => {
      this.#clockUses = 0;
      this.#nextCheck = 0;
      return cleared;
    };
  }

  #newAccumulator(): Accumulator {
    const identities = this.#transactions ?? new IdentitySource(this.#client, this.#settings.isIdempotent);
    return new Accumulator(this.#client, this.#settings, identities, this.#ledger, this.#gate, this.#transactions);
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
  send(
    record: ProducerRecord<K, V>,
    options: { readonly signal?: AbortSignalLike } = NO_OPTIONS,
  ): Promise<RecordMetadata> {
    try {
      this.#checkOpen();
      if (options !== NO_OPTIONS) SEND_OPTIONS(options, "send");
      const signal = this.#client.shared(options.signal);
      if (signal?.aborted === true) throw takenBack(signal);
      if (this.#isToCheck()) checkFields(record);
      const outgoing = this.#intercepted(record);
      const preparation = this.#preparation;
      if (preparation === undefined) return this.#send(outgoing, signal);
      const turn = this.#transactions?.number ?? 0;
      return this.#watched(
        preparation.run(outgoing, { send: () => this.#sendPrepared(outgoing, signal, turn), signal, takenBack }),
      );
    } catch (error) {
      return this.#refused(error);
    }
  }

  /**
   * Takes a record without a promise for it: the hot path. Returns false, and takes nothing, when there is no room:
   * then wait for {@link ready} and offer the record again, `while (!producer.enqueue(record)) await producer.ready()`.
   * A program that offers another record instead has lost this one; the log warns of that once for each producer.
   * Failures go to `onDelivery`, and the next {@link flush} or {@link close} rejects with their count. Throws kind
   * `unsupported` with a serde that has `prepare`: there is nobody who could wait for it.
   */
  enqueue(record: ProducerRecord<K, V>): boolean {
    this.#checkOpen();
    if (this.#preparation !== undefined) throw cannotWait();
    if (this.#isToCheck()) checkFields(record);
    const p = this.#preparer.prepare(this.#intercepted(record));
    if (this.#refusals.isWatching) this.#refusals.offered(record, p);
    if (!this.#gate.hasRoom(p.bytes)) {
      this.#refusedBytes = p.bytes;
      this.#refusals.refused(record, p);
      return false;
    }
    this.#gate.take(p.bytes);
    this.#readClock();
    this.#ledger.counters.accepted++;
    this.#accumulator.append(
      p.topic,
      p.partition,
      p.key,
      p.value,
      p.headers,
      p.timestamp < 0 ? this.#nowMs : p.timestamp,
      this.#monotonicMs,
      p.bytes,
    );
    return true;
  }

  /**
   * Settles when there is room for the record that {@link enqueue} refused last, which must then be offered again.
   * Calls are served in order.
   */
  async ready(options: { readonly signal?: AbortSignalLike } = {}): Promise<void> {
    SEND_OPTIONS(options, "ready");
    this.#checkOpen();
    const bytes = this.#refusedBytes;
    this.#refusals.waits();
    try {
      await this.#gate.acquire(bytes, undefined, this.#client.shared(options.signal));
      this.#gate.free(bytes);
    } finally {
      this.#refusals.waited();
    }
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
      await this.#drained(
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
    this.#refusal = closedError;
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
    return this.#transactionCall(
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
    return this.#transactionCall(
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
    return this.#transactionCall(
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
    await this.#transactionCall(
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
    await this.#transactionCall(
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
      await this.#abortAfter(error);
      throw error;
    }
    try {
      await this.commit(options);
    } catch (error) {
      // The commit whose answer was lost may have been carried out: then all is well.
      const fate = await this.#abortAfter(error);
      if (fate !== "written") throw error;
    }
    return result;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #readings(): readonly Readings[] {
    return producerReadings(
      this.#client,
      this.#ledger.counters,
      this.#gate,
      this.#accumulator.sentByTopic(),
      this.#accumulator.forgotten.sent,
    );
  }

  #newTransactions(): TransactionManager | undefined {
    const { transactionalId, transactionTimeoutMs, maxBlockMs } = this.#settings;
    if (transactionalId === undefined) return undefined;
    return new TransactionManager(
      this.#client,
      { transactionalId, transactionTimeoutMs, maxBlockMs },
      {
        changed: (refusal) => {
          if (this.#closing === undefined) this.#refusal = refusal;
        },
        drain: (limit) => this.#drainedWithin(limit),
        dropUnsent: (error) => {
          this.#gate.fail(error);
          this.#accumulator.dropUnsent(error);
        },
        // Rejections of this transaction's records must not come when the next one is open.
        quiet: () => this.#accumulator.fates.quiet().then(() => (this.#paced.isIdle ? undefined : this.#paced.done())),
      },
    );
  }

  /** Does a step of a transaction within its time. */
  async #transactionCall(
    call: string,
    what: string,
    options: FlushOptions,
    defaultMs: number,
    step: (transactions: TransactionManager, limit: TimeLimit) => Promise<void>,
  ): Promise<void> {
    LIMIT_OPTIONS(options, call);
    if (this.#closing !== undefined) throw closedError();
    const transactions = this.#transactions;
    if (transactions === undefined) throw new KafkaError("config", `${call}() needs a producer with a transactionalId`);
    try {
      await TimeLimit.around(
        this.#client,
        { timeoutMs: options.timeoutMs ?? defaultMs, what, signal: options.signal },
        (limit) => step(transactions, limit),
      );
    } catch (error) {
      if (KafkaError.is(error) && error.kind === "fenced") this.#isFencingTold = true;
      // What the state of the transaction forbids after close() is forbidden because of it.
      if (this.#closing !== undefined && KafkaError.is(error) && error.kind === "config")
        throw new KafkaError("closed", `this producer was closed while ${call}() waited`, { cause: error });
      throw error;
    }
  }

  /**
   * Ends a transaction that failed with `error`, as far as that can be done; what was thrown first is what its caller
   * hears of. Answers `"written"` where it turned out to be committed.
   */
  async #abortAfter(error: unknown): Promise<Outcome | undefined> {
    if (this.#closing !== undefined) return undefined;
    try {
      await this.abort();
    } catch (failure) {
      const aborting = KafkaError.from(failure);
      if (aborting.outcome === "written") return "written";
      // That it was fenced counts for more than what it met because of it.
      if (aborting.kind === "fenced") throw aborting;
      this.#client.cluster.log(
        "warn",
        `a transaction could not be aborted after it failed (${KafkaError.from(error).message}): ${aborting.message}`,
      );
    }
    return undefined;
  }

  #intercepted(record: ProducerRecord<K, V>): ProducerRecord<K, V> {
    return this.#interceptors === undefined
      ? record
      : intercepted(record, this.#interceptors, this.#headers, (level, message) =>
          this.#client.cluster.log(level, message),
        );
  }

  /** Throws what is wrong with the record. */
  #send(record: ProducerRecord<K, V>, signal: AbortSignalLike | undefined): Promise<RecordMetadata> {
    const prepared = this.#preparer.prepare(record);
    if (!this.#gate.hasRoom(prepared.bytes)) return this.#sendLater(new PackedRecord(prepared), signal);
    this.#gate.take(prepared.bytes);
    return this.#append(prepared, signal);
  }

  /** What was accepted before `close` still goes out. */
  #sendPrepared(
    record: ProducerRecord<K, V>,
    signal: AbortSignalLike | undefined,
    turn: number,
  ): Promise<RecordMetadata> {
    try {
      if (this.#isShut) throw closedBefore();
      const refusal = this.#transactions?.refusalOf(turn);
      if (refusal !== undefined) throw refusal;
      if (signal?.aborted === true) throw takenBack(signal);
      return this.#send(record, signal);
    } catch (error) {
      return Promise.reject(KafkaError.from(error));
    }
  }

  #append(p: RecordParts, signal: AbortSignalLike | undefined): Promise<RecordMetadata> {
    this.#readClock();
    this.#ledger.counters.accepted++;
    // The capture is one function for all records: no closure is made for this one.
    const promise = new Promise<RecordMetadata>(this.#capture);
    this.#accumulator.append(
      p.topic,
      p.partition,
      p.key,
      p.value,
      p.headers,
      p.timestamp < 0 ? this.#nowMs : p.timestamp,
      this.#monotonicMs,
      p.bytes,
      this.#settle,
    );
    if (signal !== undefined && this.#settle !== undefined) this.#mayTakeBack(promise, this.#settle, signal);
    return promise;
  }

  async #sendLater(waiting: PackedRecord, signal: AbortSignalLike | undefined): Promise<RecordMetadata> {
    const turn = this.#transactions?.number ?? 0;
    const room = this.#gate.acquire(waiting.bytes, this.#client.clock.monotonic() + this.#settings.maxBlockMs, signal);
    try {
      await this.#remembered(room);
    } catch (error) {
      const failure = KafkaError.from(error);
      this.#transactions?.recordsFailed(failure);
      // Made here, where its caller awaits: the error of the gate has no line of the application in its stack.
      throw new KafkaError(failure.kind, failure.message, detailsOf(failure));
    }
    const refusal = this.#closing !== undefined ? closedError() : this.#transactions?.refusalOf(turn);
    if (refusal !== undefined) {
      this.#gate.free(waiting.bytes);
      throw refusal;
    }
    return this.#append(waiting, signal);
  }

  /** A transaction's commit waits for those who wait for room: they are served in order, so the last is enough. */
  #remembered(room: Promise<void>): Promise<void> {
    if (this.#transactions === undefined) return room;
    const settled = room.then(
      () => undefined,
      () => undefined,
    );
    this.#waiting = settled;
    void settled.then(() => {
      if (this.#waiting === settled) this.#waiting = undefined;
    });
    return room;
  }

  /** A record that `send` cannot take is lost to the transaction, whether its caller looks or not. */
  #refused(error: unknown): Promise<never> {
    const failure = KafkaError.from(error);
    if (this.#transactions?.isOpen === true) this.#transactions.recordsFailed(failure);
    return Promise.reject(failure);
  }

  #watched(sent: Promise<RecordMetadata>): Promise<RecordMetadata> {
    if (this.#transactions !== undefined)
      sent.catch((error: unknown) => this.#transactions?.recordsFailed(KafkaError.from(error)));
    return sent;
  }

  /** Listens to the signal until the record's fate is known. */
  #mayTakeBack(promise: Promise<RecordMetadata>, settle: Settle, signal: AbortSignalLike): void {
    const onAbort = (): void => this.#accumulator.withdraw(settle, takenBack(signal));
    signal.addEventListener("abort", onAbort);
    const forget = (): void => signal.removeEventListener("abort", onAbort);
    promise.then(forget, forget);
  }

  /**
   * Whether the names of the record's fields are looked at: those of the first records of a turn of the host, and then
   * of each thirteenth; a misspelt name costs its program every record. Looking at all of them would cost a tenth of
   * `enqueue`. The value is looked at always.
   */
  #isToCheck(): boolean {
    if (this.#clockUses < this.#nextCheck) return false;
    this.#nextCheck = this.#clockUses < CHECKED_RECORDS ? 0 : this.#clockUses + CHECKED_EACH;
    return true;
  }

  /** The clock is read once a turn, and again after some hundred records: a reading costs as much as an append. */
  #readClock(): void {
    if (this.#clockUses === 0) this.#client.runtime.spawn(this.#clearClock);
    if (this.#clockUses++ % RECORDS_PER_CLOCK !== 0) return;
    this.#nowMs = this.#client.clock.now();
    this.#monotonicMs = this.#client.clock.monotonic();
  }

  /** Records wait from now on: they keep the process alive, and are told of if it ends all the same. */
  #isBusy(alive: KeepAlive): void {
    alive.hold();
    this.#forgetExit = this.#client.cluster.options.onExit?.(this.#atExit);
  }

  #isIdle(alive: KeepAlive): void {
    alive.release();
    this.#forgetExit?.();
    this.#forgetExit = undefined;
  }

  /** The process ends, and nobody can wait any longer. */
  #sayUnacknowledged(): void {
    this.#losses.say();
    const topics = this.#accumulator.waiting.counts;
    if (topics.size === 0) return;
    const why = this.#accumulator.waiting.oldestError;
    this.#client.cluster.log(
      "warn",
      `the process ends before ${countsOf(topics)} were acknowledged; they may be ` +
        `lost${why === undefined ? "" : `: ${why.message}`}. Await close() of the producer before the process ends`,
    );
  }

  /** The error of records that are given up by `close`, with why they were not written in time. */
  #lostAtClose(closed: KafkaError): KafkaError {
    const why = this.#accumulator.waiting.oldestError;
    return why === undefined
      ? closed
      : new KafkaError(closed.kind, `${closed.message}; the last error was: ${why.message}`, {
          ...detailsOf(closed),
          cause: why,
        });
  }

  #checkOpen(): void {
    if (this.#refusal !== undefined) throw this.#refusal();
  }

  /** Waits until what was accepted so far is settled, at most so long. */
  #drained(timeoutMs: number, what: string, signal?: AbortSignalLike): Promise<void> {
    return TimeLimit.around(
      this.#client,
      {
        timeoutMs,
        what: `${what} did not end in time: records are still on their way`,
        cause: () => this.#accumulator.waiting.oldestError,
        signal,
      },
      (limit) => this.#drainedWithin(limit),
    );
  }

  async #drainedWithin(limit: TimeLimit): Promise<void> {
    const relax = this.#accumulator.hurry();
    try {
      // Records that wait for their serde, or for metadata, are in no batch yet.
      const unprepared = this.#preparation?.pending;
      if (unprepared !== undefined) await limit.wait(unprepared);
      while (this.#waiting !== undefined) await limit.wait(this.#waiting);
      if (!this.#paced.isIdle) await limit.wait(this.#paced.done()); // records that are being placed, or let in
      if (this.#accumulator.waiting.isHolding) await limit.wait(this.#heldPlaced(limit.signal));
      await limit.wait(this.#ledger.settledUpTo(this.#accumulator.fates.lastBatchId));
    } finally {
      relax();
    }
  }

  /** Settles when no record waits for metadata any longer: placed, or failed. */
  async #heldPlaced(limit: Cancellation): Promise<void> {
    const far = this.#client.clock.monotonic() + this.#settings.maxBlockMs * 2;
    while (this.#accumulator.waiting.isHolding && !limit.aborted) {
      await this.#client
        .awaitMetadata(() => !this.#accumulator.waiting.isHolding, {
          deadlineMs: far,
          what: "metadata of the topics that records wait for",
          wait: "none",
          signal: limit,
        })
        .catch(() => undefined);
    }
  }

  async #close(options: FlushOptions): Promise<void> {
    try {
      // What a transaction has not committed must not become visible: it is aborted.
      const transactions = this.#transactions;
      if (transactions?.isUnfinished === true)
        await TimeLimit.around(
          this.#client,
          {
            timeoutMs: options.timeoutMs ?? CLOSE_TIMEOUT_MS,
            what: "the abort did not end in time",
            signal: options.signal,
          },
          (limit) => transactions.abort(limit),
        );
      await this.#drained(options.timeoutMs ?? CLOSE_TIMEOUT_MS, "close", options.signal);
    } catch {
      // What could not be sent in time fails below, and is told to whoever waits for it.
    }
    this.#isShut = true;
    const closed = closedBefore();
    this.#preparation?.failAll(closed);
    this.#gate.fail(closed);
    this.#accumulator.failAll(this.#lostAtClose(closed));
    this.#losses.say();
    this.#accumulator.close();
    if (!this.#paced.isIdle) await this.#paced.done();
    await this.#client.close();
    const failure = this.#ledger.takeFailure();
    if (failure !== undefined && !this.#isFencingTold) throw failure;
  }
}

function closedError(): KafkaError {
  return new KafkaError("closed", "this producer was closed; make another", { outcome: "notWritten" });
}

function cannotWait(): KafkaError {
  return new KafkaError("unsupported", "enqueue cannot wait for a serde that has prepare(): use send", {
    outcome: "notWritten",
  });
}

function closedBefore(): KafkaError {
  return new KafkaError("closed", "the producer was closed before the record was acknowledged", {
    outcome: "notWritten",
  });
}

function takenBack(signal: AbortSignalLike): KafkaError {
  const { message } = cancelledError(signal, "sending a record");
  return new KafkaError("cancelled", message, { cause: signal.reason, outcome: "notWritten" });
}

function notOfferedAgain(topic: string): string {
  return (
    `enqueue returned false for a record of topic ${topic}, which was not offered again: it is lost. Offer a record ` +
    "until it is taken: while (!producer.enqueue(record)) await producer.ready(). Build the record once, before the " +
    "loop. Further ones are not reported"
  );
}
