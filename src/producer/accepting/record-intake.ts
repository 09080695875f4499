import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { shape, signal } from "../../errors/shape.ts";
import type { SendTraces } from "../../hooks/traces.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { turn } from "../../runtime/sleep.ts";
import type { Serde } from "../../serdes/serde.ts";
import type { ProducerInterceptor } from "./interceptor.ts";
import { EnqueueRoom } from "./enqueue-room.ts";
import type { IntakeTransaction } from "./intake-transaction.ts";
import { cannotWait, closedBefore, closedError, notOfferedAgain, takenBack } from "./intake-errors.ts";
import { RecordFollowers } from "./record-followers.ts";
import type { Settle } from "../partition/batch.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import type { ProducerRecord, RecordMetadata } from "../partition/delivery.ts";
import type { ProducerCounters } from "../sending/ledger.ts";
import {
  type EnqueueOptions,
  type RecordOptions,
  type SendOptions,
  SendSettingsSource,
} from "../sending/send-settings.ts";
import type { Accumulator } from "./accumulator.ts";
import type { MemoryGate } from "./memory-gate.ts";
import { PackedRecord, type RecordParts } from "./packed-record.ts";
import type { ProducerSettings } from "./producer-settings.ts";
import { RecordAppender } from "./record-appender.ts";
import { checkFields } from "./record-fields.ts";
import { HeadersReader } from "./record-headers.ts";
import { RecordPreparation } from "./record-preparation.ts";
import { RecordPreparer } from "./record-preparer.ts";
import { RefusalWatch } from "./refusal-watch.ts";
import { RoomWait } from "./room-wait.ts";
import { SampledClock } from "./sampled-clock.ts";

/** The parts of a producer that {@link RecordIntake} uses. */
export interface RecordIntakeParts<K, V> {
  readonly client: ClusterClient;
  readonly settings: ProducerSettings;
  readonly serdes: { readonly key?: Serde<K>; readonly value?: Serde<V> };
  readonly gate: MemoryGate;
  readonly counters: ProducerCounters;
  readonly accumulator: Accumulator;
  readonly transactions: IntakeTransaction | undefined;
  readonly interceptors: readonly ProducerInterceptor<K, V>[] | undefined;
}

const NO_OPTIONS: SendOptions = Object.freeze({});
const READY_OPTIONS = shape({ signal });

/** Accepts records: checks and serialises them, waits for room, and appends them to the accumulator. */
export class RecordIntake<K, V> {
  readonly #client: ClusterClient;
  /** The records that wait for room. */
  readonly room: RoomWait;
  readonly #gate: MemoryGate;
  readonly #accumulator: Accumulator;
  readonly #transactions: IntakeTransaction | undefined;
  readonly #preparer: RecordPreparer<K, V>;
  /** Undefined if no serde has `prepare`. */
  readonly #preparation: RecordPreparation<K, V> | undefined;
  readonly #followers: RecordFollowers<K, V>;
  /** Whether code of the application follows the records of each call. */
  readonly #isFollowed: boolean;
  /**
   * Whether the next records take the long way: they are refused, interceptors or `prepare` follow them, or the host
   * traces them. It is the only check that all others cost.
   */
  #isWatched: boolean;
  /** The tracing channel of the host; undefined if it has none. */
  readonly #trace: SendTraces | undefined;
  readonly #refusals: RefusalWatch;
  readonly #enqueueRoom: EnqueueRoom;
  readonly #clock: SampledClock;
  readonly #counters: ProducerCounters;
  readonly #appender: RecordAppender;
  readonly #settings: SendSettingsSource;
  readonly #capture: (settle: Settle) => void;
  #settle: Settle | undefined;
  /** Makes the error for a new record: the producer was closed, or no transaction is open; else undefined. */
  #refusal: (() => KafkaError) | undefined;
  #isClosing = false;
  /** Nothing is accepted any more, not even records from before `close`. */
  #isShut = false;

  constructor(parts: RecordIntakeParts<K, V>) {
    const { client, serdes, settings } = parts;
    const headers = new HeadersReader();
    const { deliveryTimeoutMs, maxBlockMs } = settings;
    this.#client = client;
    this.#settings = new SendSettingsSource(settings);
    this.room = new RoomWait(client, parts.gate, maxBlockMs, parts.transactions);
    this.#gate = parts.gate;
    this.#accumulator = parts.accumulator;
    this.#transactions = parts.transactions;
    this.#trace = client.traces?.send;
    const hasCallbacks = settings.onDelivery !== undefined || typeof settings.partitioning.partitioner === "function";
    const context = hasCallbacks ? client.cluster.options.captureContext : undefined;
    this.#followers = new RecordFollowers<K, V>(parts.interceptors, context, headers, (level, message) =>
      client.cluster.log(level, message),
    );
    this.#isFollowed = this.#followers.interceptors !== undefined || context !== undefined;
    this.#preparer = new RecordPreparer(serdes, client.cluster.options.utf8, settings, headers);
    const timeoutMs = Math.min(maxBlockMs, deliveryTimeoutMs);
    const { key, value } = serdes;
    const preparation = new RecordPreparation<K, V>({ client, key, value, headers, timeoutMs });
    this.#preparation = preparation.isNeeded ? preparation : undefined;
    this.#isWatched = this.#mustWatch;
    this.#refusals = new RefusalWatch((topic) => client.cluster.log("warn", notOfferedAgain(topic)));
    this.#enqueueRoom = new EnqueueRoom(client, parts.gate, this.#refusals);
    this.#clock = new SampledClock(client.clock, client.runtime);
    this.#counters = parts.counters;
    this.#appender = new RecordAppender(this.#clock, parts.counters, parts.accumulator);
    this.#capture = (settle) => {
      this.#settle = settle;
    };
  }

  /** Settles when the `prepare` calls that run now have settled; undefined if none runs. */
  get preparing(): Promise<void> | undefined {
    return this.#preparation?.pending;
  }

  /** Refuses records with this error from now on; undefined: accepts them. Has no effect after {@link closing}. */
  refuse(refusal: (() => KafkaError) | undefined): void {
    if (this.#isClosing) return;
    this.#refusal = refusal;
    this.#isWatched = this.#mustWatch;
  }

  /** Refuses new records; those that were accepted go on. */
  closing(): void {
    this.#refusal = this.#client.broken.aborted ? this.#refusal : closedError;
    this.#isClosing = true;
    this.#isWatched = true;
    this.room.closing();
  }

  /** Refuses all records, and fails those that wait for `prepare`. */
  shut(): void {
    this.#isShut = true;
    this.#preparation?.failAll(closedBefore());
  }

  /** The runtime is broken: refuses new records with its error. */
  broken(): void {
    const error = this.#client.broken.reason ?? closedError();
    this.refuse(() => error);
    this.#isClosing = true;
    this.#preparation?.failAll(error);
  }

  /** Tells the interceptors that the producer was closed, a turn after its last promise (a broken runtime has none). */
  async closed(): Promise<void> {
    const { interceptors } = this.#followers;
    if (interceptors !== undefined) await turn(this.#client.runtime).catch(() => undefined);
    interceptors?.closed();
  }

  /** See the producer's `send`. */
  send(record: ProducerRecord<K, V>, options: SendOptions = NO_OPTIONS): Promise<RecordMetadata> {
    try {
      if (this.#clock.isToCheck()) this.#check(record);
      if (this.#isWatched || options !== NO_OPTIONS) return this.#sendWatched(record, options);
      return this.#send(record, undefined, undefined);
    } catch (error) {
      return this.#refused(error);
    }
  }

  #sendWatched(record: ProducerRecord<K, V>, options: SendOptions): Promise<RecordMetadata> {
    return this.#trace?.hasSubscribers === true
      ? this.#trace.around("send", record, (traced) => this.#accept(traced, options))
      : this.#accept(record, options);
  }

  get #mustWatch(): boolean {
    return this.#refusal !== undefined || this.#followers.interceptors !== undefined || this.#preparation !== undefined;
  }

  /**
   * Asks whether the host traces, at the first records of each turn: to ask for each record would make `enqueue` 5 %
   * slower. Throws if the record takes the short way, and is not valid.
   */
  #check(record: ProducerRecord<K, V>): void {
    if (this.#clock.isNewTurn && this.#trace !== undefined)
      this.#isWatched = this.#mustWatch || this.#trace.hasSubscribers;
    if (!this.#isWatched) checkFields(record);
  }

  #accept(record: ProducerRecord<K, V>, options: SendOptions): Promise<RecordMetadata> {
    try {
      this.#checkOpen();
      const settings = options === NO_OPTIONS ? undefined : this.#settings.of(options, "send");
      const signal = this.#client.shared(options.signal);
      if (signal?.aborted === true) throw takenBack(signal);
      checkFields(record);
      const { interceptors } = this.#followers;
      if (interceptors === undefined) return this.#begin(record, signal, settings);
      const outgoing = interceptors.sent(record);
      if (!interceptors.isTold) return this.#begin(outgoing, signal, settings);
      return interceptors.followed(outgoing, this.#begun(outgoing, signal, settings));
    } catch (error) {
      return this.#refused(error);
    }
  }

  #begun(
    record: ProducerRecord<K, V>,
    signal: AbortSignalLike | undefined,
    settings: BatchSettings | undefined,
  ): Promise<RecordMetadata> {
    try {
      return this.#begin(record, signal, settings);
    } catch (error) {
      return this.#refused(error);
    }
  }

  /** Throws if the record is not valid. */
  #begin(
    record: ProducerRecord<K, V>,
    signal: AbortSignalLike | undefined,
    settings: BatchSettings | undefined,
  ): Promise<RecordMetadata> {
    const preparation = this.#preparation;
    if (preparation === undefined) return this.#send(record, signal, settings);
    const turn = this.#transactions?.number ?? 0;
    const send = (): Promise<RecordMetadata> => this.#sendPrepared(record, signal, settings, turn);
    const inContext = this.#followers.context?.();
    return this.#watched(
      preparation.run(record, { send: inContext === undefined ? send : () => inContext(send), signal, takenBack }),
    );
  }

  /** See the producer's `enqueue`. */
  enqueue(record: ProducerRecord<K, V>, options?: EnqueueOptions): boolean {
    if (this.#clock.isToCheck()) this.#check(record);
    if (this.#isWatched || options !== undefined) return this.#enqueueWatched(record, options);
    // Written out: V8 compiles each further function here in every process, which takes as long as 100,000 records.
    const p = this.#preparer.prepare(record);
    if (this.#refusals.isWatching) this.#refusals.offered(record, p);
    if (!this.#gate.hasRoom(p.bytes)) return this.#enqueueRoom.refused(record, p);
    this.#gate.take(p.bytes);
    this.#clock.read();
    this.#counters.accepted++;
    this.#accumulator.append(
      p.topic,
      p.partition,
      p.key,
      p.value,
      p.headers,
      p.timestamp < 0 ? this.#clock.nowMs : p.timestamp,
      this.#clock.monotonicMs,
      p.bytes,
    );
    return true;
  }

  #enqueueWatched(record: ProducerRecord<K, V>, options: EnqueueOptions | undefined): boolean {
    return this.#trace?.hasSubscribers === true
      ? this.#trace.around("enqueue", record, (traced) => this.#offer(traced, options))
      : this.#offer(record, options);
  }

  #offer(record: ProducerRecord<K, V>, options: EnqueueOptions | undefined): boolean {
    this.#checkOpen();
    const settings = options === undefined ? undefined : this.#settings.of(options, "enqueue");
    if (this.#preparation !== undefined) throw cannotWait("enqueue");
    checkFields(record);
    const outgoing = this.#followers.intercepted(record);
    const p = this.#preparer.prepare(outgoing);
    if (this.#refusals.isWatching) this.#refusals.offered(record, p);
    if (!this.#gate.hasRoom(p.bytes)) return this.#enqueueRoom.refused(record, p);
    this.#gate.take(p.bytes);
    const settle = this.#isFollowed ? this.#followers.ofEnqueue(outgoing, options?.context === true) : undefined;
    this.#appender.append(p, settings, settle);
    return true;
  }

  /** The settings of a `sendAll`. Throws if the producer accepts nothing. */
  settingsOf(options: RecordOptions): BatchSettings | undefined {
    this.#checkOpen();
    if (this.#preparation !== undefined) throw cannotWait("sendAll");
    return options === NO_OPTIONS ? undefined : this.#settings.of(options, "sendAll");
  }

  /**
   * Accepts a record of a `sendAll`; `settle` is called when it is written or has failed. Returns its bytes if there is
   * no room for it, else 0. Throws if the record is not valid.
   */
  offer(record: ProducerRecord<K, V>, settings: BatchSettings | undefined, settle: Settle): number {
    if (this.#clock.isToCheck()) this.#check(record);
    return this.#isWatched && this.#trace?.hasSubscribers === true
      ? this.#trace.around("sendAll", record, (traced) => this.#accepted(traced, settings, settle))
      : this.#accepted(record, settings, settle);
  }

  #accepted(record: ProducerRecord<K, V>, settings: BatchSettings | undefined, settle: Settle): number {
    if (this.#isWatched) checkFields(record);
    const followers = this.#isFollowed ? this.#followers : undefined;
    const outgoing = followers === undefined ? record : followers.intercepted(record);
    const p = this.#preparer.prepare(outgoing);
    if (!this.#gate.hasRoom(p.bytes)) return p.bytes;
    this.#gate.take(p.bytes);
    this.#appender.append(p, settings, followers === undefined ? settle : followers.ofSendAll(outgoing, settle));
    return 0;
  }

  /** A record was refused: the transaction fails, if one is open. */
  failed(error: unknown): KafkaError {
    const failure = KafkaError.from(error);
    if (this.#transactions?.isOpen === true) this.#transactions.recordsFailed(failure);
    return failure;
  }

  /** See the producer's `ready`. */
  async ready(options: { readonly signal?: AbortSignalLike } = {}): Promise<void> {
    READY_OPTIONS(options, "ready");
    this.#checkOpen();
    await this.#enqueueRoom.ready(options.signal);
  }

  /** Throws if the record is not valid. */
  #send(
    record: ProducerRecord<K, V>,
    signal: AbortSignalLike | undefined,
    settings: BatchSettings | undefined,
  ): Promise<RecordMetadata> {
    const prepared = this.#preparer.prepare(record);
    if (!this.#gate.hasRoom(prepared.bytes)) return this.#sendLater(new PackedRecord(prepared), signal, settings);
    this.#gate.take(prepared.bytes);
    return this.#append(prepared, signal, settings);
  }

  /** Sends a record whose serdes are ready. A record that was accepted before `close` is still sent. */
  #sendPrepared(
    record: ProducerRecord<K, V>,
    signal: AbortSignalLike | undefined,
    settings: BatchSettings | undefined,
    turn: number,
  ): Promise<RecordMetadata> {
    try {
      if (this.#isShut) throw closedBefore();
      const refusal = this.#transactions?.refusalOf(turn);
      if (refusal !== undefined) throw refusal;
      if (signal?.aborted === true) throw takenBack(signal);
      return this.#send(record, signal, settings);
    } catch (error) {
      return Promise.reject(KafkaError.from(error));
    }
  }

  #append(
    p: RecordParts,
    signal: AbortSignalLike | undefined,
    settings: BatchSettings | undefined,
  ): Promise<RecordMetadata> {
    // One function captures `resolve` for all records, so that this call makes no closure.
    const promise = new Promise<RecordMetadata>(this.#capture);
    const settle = this.#settle;
    const { context } = this.#followers;
    if (context !== undefined && settle !== undefined) settle.inContext = context();
    this.#appender.append(p, settings, settle);
    if (signal !== undefined && settle !== undefined) this.#mayTakeBack(promise, settle, signal);
    return promise;
  }

  async #sendLater(
    waiting: PackedRecord,
    signal: AbortSignalLike | undefined,
    settings: BatchSettings | undefined,
  ): Promise<RecordMetadata> {
    await this.room.acquire(waiting.bytes, signal);
    return this.#append(waiting, signal, settings);
  }

  /** A record that `send` refuses makes the transaction fail, even if the caller ignores the rejection. */
  #refused(error: unknown): Promise<never> {
    return Promise.reject(this.failed(error));
  }

  #watched(sent: Promise<RecordMetadata>): Promise<RecordMetadata> {
    if (this.#transactions !== undefined)
      sent.catch((error: unknown) => this.#transactions?.recordsFailed(KafkaError.from(error)));
    return sent;
  }

  /** Listens to the signal until the record is written or has failed. */
  #mayTakeBack(promise: Promise<RecordMetadata>, settle: Settle, signal: AbortSignalLike): void {
    const onAbort = (): void => this.#accumulator.withdraw(settle, takenBack(signal));
    signal.addEventListener("abort", onAbort);
    const forget = (): void => signal.removeEventListener("abort", onAbort);
    promise.then(forget, forget);
  }

  #checkOpen(): void {
    if (this.#refusal !== undefined) throw this.#refusal();
  }
}
