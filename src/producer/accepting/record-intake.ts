import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { shape, signal } from "../../errors/shape.ts";
import type { SendTraces } from "../../hooks/traces.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import type { InContext } from "../../runtime/call-context.ts";
import type { LogLevel } from "../../runtime/platform.ts";
import { turn } from "../../runtime/sleep.ts";
import type { Serde } from "../../serdes/serde.ts";
import { Interceptors, type ProducerInterceptor } from "./interceptor.ts";
import type { Settle } from "../partition/batch.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import type { ProducerRecord, RecordMetadata } from "../partition/delivery.ts";
import type { ProducerCounters } from "../sending/ledger.ts";
import { type EnqueueOptions, type SendOptions, SendSettingsSource } from "../sending/send-settings.ts";
import type { Accumulator } from "./accumulator.ts";
import type { MemoryGate } from "./memory-gate.ts";
import { PackedRecord, type RecordParts } from "./packed-record.ts";
import type { ProducerSettings } from "./producer-settings.ts";
import { checkFields } from "./record-fields.ts";
import type { HeadersReader } from "./record-headers.ts";
import { RecordPreparation } from "./record-preparation.ts";
import { RecordPreparer } from "./record-preparer.ts";
import { RefusalWatch } from "./refusal-watch.ts";
import { SampledClock } from "./sampled-clock.ts";

/** The intake's view of the producer's transactions. */
export interface IntakeTransaction {
  /** Rises with each transaction. */
  readonly number: number;
  readonly isOpen: boolean;
  /** The error for a record that has waited since transaction `number`; undefined if it may be sent. */
  refusalOf(number: number): KafkaError | undefined;
  /** Records of the transaction were lost. */
  recordsFailed(error: KafkaError): void;
}

/** The parts of a producer that {@link RecordIntake} uses. */
export interface RecordIntakeParts<K, V> {
  readonly client: ClusterClient;
  readonly settings: ProducerSettings;
  readonly serdes: { readonly key?: Serde<K>; readonly value?: Serde<V> };
  readonly headers: HeadersReader;
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
  readonly #maxBlockMs: number;
  readonly #gate: MemoryGate;
  readonly #counters: ProducerCounters;
  readonly #accumulator: Accumulator;
  readonly #transactions: IntakeTransaction | undefined;
  readonly #preparer: RecordPreparer<K, V>;
  /** Undefined if no serde has `prepare`. */
  readonly #preparation: RecordPreparation<K, V> | undefined;
  /** Undefined if there are none. */
  readonly #interceptors: Interceptors<K, V> | undefined;
  /** Captures the async context of a record; undefined if no callback of it runs later. */
  readonly #context: (() => InContext) | undefined;
  /** The tracing channel of the host; undefined if it has none. */
  readonly #trace: SendTraces | undefined;
  readonly #refusals: RefusalWatch;
  readonly #clock: SampledClock;
  readonly #settings: SendSettingsSource;
  readonly #capture: (settle: Settle) => void;
  #settle: Settle | undefined;
  #refusedBytes = 0;
  /** The last `send` that waits for room. */
  #waiting: Promise<void> | undefined;
  /**
   * Makes the error for a new record: the producer was closed, or no transaction is open. Undefined: records are
   * accepted. It is the only check that each record costs.
   */
  #refusal: (() => KafkaError) | undefined;
  #isClosing = false;
  /** Nothing is accepted any more, not even records from before `close`. */
  #isShut = false;

  constructor(parts: RecordIntakeParts<K, V>) {
    const { client, headers, serdes, settings } = parts;
    const { deliveryTimeoutMs, maxBlockMs } = settings;
    this.#client = client;
    this.#settings = new SendSettingsSource(settings);
    this.#maxBlockMs = maxBlockMs;
    this.#gate = parts.gate;
    this.#counters = parts.counters;
    this.#accumulator = parts.accumulator;
    this.#transactions = parts.transactions;
    const log = (level: LogLevel, message: string): void => client.cluster.log(level, message);
    const { interceptors = [] } = parts;
    if (interceptors.length > 0) this.#interceptors = new Interceptors(interceptors, headers, log);
    this.#trace = client.traces?.send;
    if (settings.onDelivery !== undefined || typeof settings.partitioning.partitioner === "function")
      this.#context = client.cluster.options.captureContext;
    this.#preparer = new RecordPreparer(serdes, client.cluster.options.utf8, settings, headers);
    const timeoutMs = Math.min(maxBlockMs, deliveryTimeoutMs);
    const preparation = new RecordPreparation<K, V>({
      client,
      key: serdes.key,
      value: serdes.value,
      headers,
      timeoutMs,
    });
    this.#preparation = preparation.isNeeded ? preparation : undefined;
    this.#refusals = new RefusalWatch((topic) => client.cluster.log("warn", notOfferedAgain(topic)));
    this.#clock = new SampledClock(client.clock, client.runtime);
    this.#capture = (settle) => {
      this.#settle = settle;
    };
  }

  /** Settles when the `prepare` calls that run now have settled; undefined if none runs. */
  get preparing(): Promise<void> | undefined {
    return this.#preparation?.pending;
  }

  /** Settles when the calls that wait for room have got it or have failed; undefined if none waits. */
  get waitingForRoom(): Promise<void> | undefined {
    return this.#waiting;
  }

  /** Refuses records with this error from now on; undefined: accepts them. Has no effect after {@link closing}. */
  refuse(refusal: (() => KafkaError) | undefined): void {
    if (!this.#isClosing) this.#refusal = refusal;
  }

  /** Refuses new records; those that were accepted go on. */
  closing(): void {
    this.#refusal = closedError;
    this.#isClosing = true;
  }

  /** Refuses all records, and fails those that wait for `prepare`. */
  shut(): void {
    this.#isShut = true;
    this.#preparation?.failAll(closedBefore());
  }

  /** The producer was closed, and all promises have settled: tells the interceptors, after the ends of all records. */
  async closed(): Promise<void> {
    if (this.#interceptors === undefined) return;
    await turn(this.#client.runtime);
    this.#interceptors.closed();
  }

  /** See the producer's `send`. */
  send(record: ProducerRecord<K, V>, options: SendOptions = NO_OPTIONS): Promise<RecordMetadata> {
    return this.#trace?.hasSubscribers === true
      ? this.#trace.around("send", record, (traced) => this.#accept(traced, options))
      : this.#accept(record, options);
  }

  #accept(record: ProducerRecord<K, V>, options: SendOptions): Promise<RecordMetadata> {
    try {
      this.#checkOpen();
      const settings = options === NO_OPTIONS ? undefined : this.#settings.of(options, "send");
      const signal = this.#client.shared(options.signal);
      if (signal?.aborted === true) throw takenBack(signal);
      if (this.#clock.isToCheck()) checkFields(record);
      const interceptors = this.#interceptors;
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
    const inContext = this.#context?.();
    return this.#watched(
      preparation.run(record, { send: inContext === undefined ? send : () => inContext(send), signal, takenBack }),
    );
  }

  /** See the producer's `enqueue`. */
  enqueue(record: ProducerRecord<K, V>, options?: EnqueueOptions): boolean {
    return this.#trace?.hasSubscribers === true
      ? this.#trace.around("enqueue", record, (traced) => this.#offer(traced, options))
      : this.#offer(record, options);
  }

  #offer(record: ProducerRecord<K, V>, options: EnqueueOptions | undefined): boolean {
    this.#checkOpen();
    const settings = options === undefined ? undefined : this.#settings.of(options, "enqueue");
    if (this.#preparation !== undefined) throw cannotWait();
    if (this.#clock.isToCheck()) checkFields(record);
    const interceptors = this.#interceptors;
    const outgoing = interceptors === undefined ? record : interceptors.sent(record);
    const p = this.#preparer.prepare(outgoing);
    if (this.#refusals.isWatching) this.#refusals.offered(record, p);
    if (!this.#gate.hasRoom(p.bytes)) {
      this.#refusedBytes = p.bytes;
      this.#refusals.refused(record, p);
      return false;
    }
    this.#gate.take(p.bytes);
    this.#clock.read();
    this.#counters.accepted++;
    if (settings !== undefined) this.#accumulator.use(settings);
    this.#accumulator.append(
      p.topic,
      p.partition,
      p.key,
      p.value,
      p.headers,
      p.timestamp < 0 ? this.#clock.nowMs : p.timestamp,
      this.#clock.monotonicMs,
      p.bytes,
      interceptors !== undefined || options !== undefined ? this.#unawaited(outgoing, options) : undefined,
    );
    if (settings !== undefined) this.#accumulator.use(undefined);
    return true;
  }

  /** The settling function of a record of `enqueue` that interceptors follow, or whose context is kept. */
  #unawaited(record: ProducerRecord<K, V>, options: EnqueueOptions | undefined): Settle | undefined {
    const interceptors = this.#interceptors?.isTold === true ? this.#interceptors : undefined;
    const context = options?.context === true ? this.#context : undefined;
    if (interceptors === undefined && context === undefined) return undefined;
    const promise = new Promise<RecordMetadata>(this.#capture);
    (interceptors?.followed(record, promise) ?? promise).catch(() => undefined);
    if (this.#settle !== undefined) Object.assign(this.#settle, { isEnqueued: true, inContext: context?.() });
    return this.#settle;
  }

  /** See the producer's `ready`. */
  async ready(options: { readonly signal?: AbortSignalLike } = {}): Promise<void> {
    READY_OPTIONS(options, "ready");
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
    this.#clock.read();
    this.#counters.accepted++;
    // One function captures `resolve` for all records, so that this call makes no closure.
    const promise = new Promise<RecordMetadata>(this.#capture);
    if (settings !== undefined) this.#accumulator.use(settings);
    if (this.#context !== undefined && this.#settle !== undefined) this.#settle.inContext = this.#context();
    this.#accumulator.append(
      p.topic,
      p.partition,
      p.key,
      p.value,
      p.headers,
      p.timestamp < 0 ? this.#clock.nowMs : p.timestamp,
      this.#clock.monotonicMs,
      p.bytes,
      this.#settle,
    );
    if (settings !== undefined) this.#accumulator.use(undefined);
    if (signal !== undefined && this.#settle !== undefined) this.#mayTakeBack(promise, this.#settle, signal);
    return promise;
  }

  async #sendLater(
    waiting: PackedRecord,
    signal: AbortSignalLike | undefined,
    settings: BatchSettings | undefined,
  ): Promise<RecordMetadata> {
    const turn = this.#transactions?.number ?? 0;
    const room = this.#gate.acquire(waiting.bytes, this.#client.clock.monotonic() + this.#maxBlockMs, signal);
    try {
      await this.#remembered(room);
    } catch (error) {
      const failure = KafkaError.from(error);
      this.#transactions?.recordsFailed(failure);
      // Make a new error here: the stack of the gate's own error does not contain the caller of `send`.
      throw new KafkaError(failure.kind, failure.message, detailsOf(failure));
    }
    const refusal = this.#isClosing ? closedError() : this.#transactions?.refusalOf(turn);
    if (refusal !== undefined) {
      this.#gate.free(waiting.bytes);
      throw refusal;
    }
    return this.#append(waiting, signal, settings);
  }

  /**
   * Remembers the wait, since a transaction's commit must wait for it. Waiters are served in order, so the last one is
   * enough.
   */
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

  /** A record that `send` refuses makes the transaction fail, even if the caller ignores the rejection. */
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

function cannotWait(): KafkaError {
  return new KafkaError("unsupported", "enqueue cannot wait for a serde that has prepare(): use send", {
    outcome: "notWritten",
  });
}

function takenBack(signal: AbortSignalLike): KafkaError {
  const { message } = cancelledError(signal, "the send of a record");
  return new KafkaError("cancelled", message, { cause: signal.reason, outcome: "notWritten" });
}

function notOfferedAgain(topic: string): string {
  return (
    `enqueue returned false for a record of topic ${topic}, which was not offered again: it is lost. Offer a record ` +
    "until it is taken: while (!producer.enqueue(record)) await producer.ready(). Build the record once, before the " +
    "loop. Further ones are not reported"
  );
}

/** The error of a call after close(). */
export function closedError(): KafkaError {
  return new KafkaError("closed", "this producer was closed; make another", { outcome: "notWritten" });
}

/** The error of a record that was not acknowledged when close() ended. */
export function closedBefore(): KafkaError {
  return new KafkaError("closed", "the producer was closed before the record was acknowledged", {
    outcome: "notWritten",
  });
}
