import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { shape, signal } from "../../errors/shape.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import type { Serde } from "../../serdes/serde.ts";
import type { Settle } from "../partition/batch.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import type { ProducerRecord, RecordMetadata } from "../partition/delivery.ts";
import type { ProducerCounters } from "../sending/ledger.ts";
import { type RecordOptions, type SendOptions, SendSettingsSource } from "../sending/send-settings.ts";
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
  /** Runs the interceptors on a record; undefined if there are none. */
  readonly intercept: ((record: ProducerRecord<K, V>) => ProducerRecord<K, V>) | undefined;
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
  readonly #intercept: RecordIntakeParts<K, V>["intercept"];
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
    this.#intercept = parts.intercept;
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

  /** See the producer's `send`. */
  send(record: ProducerRecord<K, V>, options: SendOptions = NO_OPTIONS): Promise<RecordMetadata> {
    try {
      this.#checkOpen();
      const settings = options === NO_OPTIONS ? undefined : this.#settings.of(options, "send");
      const signal = this.#client.shared(options.signal);
      if (signal?.aborted === true) throw takenBack(signal);
      if (this.#clock.isToCheck()) checkFields(record);
      const outgoing = this.#intercepted(record);
      const preparation = this.#preparation;
      if (preparation === undefined) return this.#send(outgoing, signal, settings);
      const turn = this.#transactions?.number ?? 0;
      return this.#watched(
        preparation.run(outgoing, {
          send: () => this.#sendPrepared(outgoing, signal, settings, turn),
          signal,
          takenBack,
        }),
      );
    } catch (error) {
      return this.#refused(error);
    }
  }

  /** See the producer's `enqueue`. */
  enqueue(record: ProducerRecord<K, V>, options: RecordOptions = NO_OPTIONS): boolean {
    this.#checkOpen();
    const settings = options === NO_OPTIONS ? undefined : this.#enqueueSettings(options, "enqueue");
    if (this.#preparation !== undefined) throw cannotWait("enqueue");
    if (this.#clock.isToCheck()) checkFields(record);
    const p = this.#preparer.prepare(this.#intercepted(record));
    if (this.#refusals.isWatching) this.#refusals.offered(record, p);
    if (!this.#gate.hasRoom(p.bytes)) {
      this.#refusedBytes = p.bytes;
      this.#refusals.refused(record, p);
      return false;
    }
    this.#gate.take(p.bytes);
    this.#put(p, settings, undefined);
    return true;
  }

  /** The settings of a `sendAll`. Throws if the producer accepts nothing. */
  settingsOf(options: RecordOptions): BatchSettings | undefined {
    this.#checkOpen();
    if (this.#preparation !== undefined) throw cannotWait("sendAll");
    return this.#enqueueSettings(options, "sendAll");
  }

  /**
   * Accepts a record of a `sendAll`; `settle` is called when it is written or has failed. Returns its bytes if there is
   * no room for it, else 0. Throws if the record is not valid.
   */
  offer(record: ProducerRecord<K, V>, settings: BatchSettings | undefined, settle: Settle): number {
    if (this.#clock.isToCheck()) checkFields(record);
    const p = this.#preparer.prepare(this.#intercepted(record));
    if (!this.#gate.hasRoom(p.bytes)) return p.bytes;
    this.#gate.take(p.bytes);
    this.#put(p, settings, settle);
    return 0;
  }

  /** Resolves when this many bytes have room; what {@link whileWaiting} runs offers the record again then. */
  async room(bytes: number): Promise<void> {
    await this.#acquired(bytes, undefined);
    this.#gate.free(bytes);
  }

  /** A `sendAll` that waits for room: a transaction's commit waits for it to its end. */
  whileWaiting(work: Promise<void>): Promise<void> {
    return this.#remembered(work);
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
    const bytes = this.#refusedBytes;
    this.#refusals.waits();
    try {
      await this.#gate.acquire(bytes, undefined, this.#client.shared(options.signal));
      this.#gate.free(bytes);
    } finally {
      this.#refusals.waited();
    }
  }

  #intercepted(record: ProducerRecord<K, V>): ProducerRecord<K, V> {
    return this.#intercept === undefined ? record : this.#intercept(record);
  }

  /** Nothing can withdraw an enqueued record. */
  #enqueueSettings(options: SendOptions, call: string): BatchSettings | undefined {
    const settings = this.#settings.of(options, call);
    if (options.signal !== undefined)
      throw new KafkaError("config", `${call} takes no signal: only send has one`, { outcome: "notWritten" });
    return settings;
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
    this.#put(p, settings, settle);
    if (signal !== undefined && settle !== undefined) this.#mayTakeBack(promise, settle, signal);
    return promise;
  }

  /** Appends a record that has room. */
  #put(p: RecordParts, settings: BatchSettings | undefined, settle: Settle | undefined): void {
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
      settle,
    );
    if (settings !== undefined) this.#accumulator.use(undefined);
  }

  async #sendLater(
    waiting: PackedRecord,
    signal: AbortSignalLike | undefined,
    settings: BatchSettings | undefined,
  ): Promise<RecordMetadata> {
    await this.#acquired(waiting.bytes, signal);
    return this.#append(waiting, signal, settings);
  }

  async #acquired(bytes: number, signal: AbortSignalLike | undefined): Promise<void> {
    const turn = this.#transactions?.number ?? 0;
    const room = this.#gate.acquire(bytes, this.#client.clock.monotonic() + this.#maxBlockMs, signal);
    try {
      await this.#remembered(room);
    } catch (error) {
      const failure = KafkaError.from(error);
      this.#transactions?.recordsFailed(failure);
      // Make a new error here: the stack of the gate's own error does not contain the caller of `send`.
      throw new KafkaError(failure.kind, failure.message, detailsOf(failure));
    }
    const refusal = this.#isClosing ? closedError() : this.#transactions?.refusalOf(turn);
    if (refusal === undefined) return;
    this.#gate.free(bytes);
    throw refusal;
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

function cannotWait(call: string): KafkaError {
  return new KafkaError("unsupported", `${call} cannot wait for a serde that has prepare(): use send`, {
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
