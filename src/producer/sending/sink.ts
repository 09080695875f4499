import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { brokerError, isRetriable, refreshesMetadata } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { isPermanent } from "../../errors/is-permanent.ts";
import { counted } from "../../errors/counted.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import {
  type ProduceResponse,
  type ProduceResponsePartitionProduceResponse,
  produceApi,
} from "../../protocol/messages/produce.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import type { ProducerBatch, ProducerIdentity } from "../partition/batch.ts";
import { compressionFor } from "./compression-choice.ts";
import type { BatchCompression } from "../../records/batch-builder.ts";
import type { Identities } from "./identity-source.ts";
import type { ProducerCounters } from "./ledger.ts";
import type { ProducerSettings } from "../options.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import { RequestLimit } from "./request-limit.ts";
import type { TransactionProtocol } from "../transactions/transaction-state.ts";
import { answerFor, leaderHint, produceRequest, produceVersionCap } from "./produce-request.ts";

/** What a sink needs to know of a producer's transactions. */
export interface ProduceTransaction {
  readonly transactionalId: string;
  readonly protocol: TransactionProtocol;
  /** Why nothing is sent again: the transaction cannot be committed. Undefined while it can. */
  readonly stopped: KafkaError | undefined;
  /** What an error of Produce means for the transaction: the error itself, or one of kind `abortable`. */
  failureOf(error: KafkaError): KafkaError;
}

/** What a sink needs of the accumulator it empties. */
export interface SinkHost {
  readonly client: ClusterClient;
  readonly settings: ProducerSettings;
  readonly identities: Identities;
  /** Undefined where the producer has no transactions. */
  readonly transaction: ProduceTransaction | undefined;
  readonly counters: ProducerCounters;
  /** Whether everything is to be sent without waiting for more. */
  isUrgent(): boolean;
  topicId(topic: string): string | undefined;
  sent(batch: ProducerBatch, nowMs: number): void;
  succeeded(queue: PartitionQueue, batch: ProducerBatch, baseOffset: number, appendTimestamp: number): void;
  failed(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void;
  /** The broker takes only smaller batches. */
  split(queue: PartitionQueue, batch: ProducerBatch): void;
  /** The broker takes the batch without these records. */
  failRecords(queue: PartitionQueue, batch: ProducerBatch, refused: ReadonlySet<number>, error: KafkaError): void;
  /** A batch that was settled while it was under way: its memory is free now. */
  released(queue: PartitionQueue, batch: ProducerBatch): void;
  /** No producer id can be had: nothing that was accepted can be sent. */
  failAll(error: KafkaError): void;
}

const CONCURRENT_BACKOFF_MS = 20;
/** With `lingerMs` unset, how long a batch waits at most while other requests are under way. */
const BUSY_LINGER_MS = 5;
/** Too large for the topic's limit, or a segment's. */
const TOO_LARGE = [ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.RECORD_LIST_TOO_LARGE];
/** Answers after which the broker may have written the batch all the same. */
const AMBIGUOUS = [
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.UNKNOWN_SERVER_ERROR,
];
/** The broker counts otherwise than we do. */
const SEQUENCE_LOST = [
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.INVALID_PRODUCER_ID_MAPPING,
  ErrorCode.UNKNOWN_PRODUCER_ID,
];

interface Staged {
  readonly queue: PartitionQueue;
  readonly batch: ProducerBatch;
  /** The topic's id when the request was made: the answer names it, also when the topic has another by then. */
  readonly topicId: string | undefined;
}

/**
 * Sends what is ready for one broker: at most one batch of each partition in a request, and handles its responses in
 * order.
 */
export class Sink extends DeadlineEntry {
  readonly nodeId: number;
  readonly queues: Set<PartitionQueue> = new Set<PartitionQueue>();
  readonly #host: SinkHost;
  readonly #loop: WorkLoop;
  #inFlight = 0;
  /**
   * One request until the first one was answered well: a broker that is in trouble is not given more of it. Order is
   * kept by each partition's own guard.
   */
  #isProven = false;
  /** The connection that the last request went to. */
  #connection: Connection | undefined;
  #hasAnswered = false;
  readonly #limit: RequestLimit;
  /**
   * The connection whose end has made requests smaller already: of those that were in flight on it the oldest counts.
   */
  #brokenConnection: Connection | undefined;
  #failures = 0;
  #notBeforeMs = 0;
  #start = 0;
  #lastSentMs = 0;

  constructor(nodeId: number, host: SinkHost) {
    super();
    this.nodeId = nodeId;
    this.#host = host;
    this.#limit = new RequestLimit(host.settings.maxRequestSize);
    this.#loop = new WorkLoop(host.client.tasks, (signal) => this.#drain(signal));
  }

  /** There may be something to send. */
  kick(): void {
    this.#loop.kick();
  }

  /** Whether batches have been ready for so long, and none was taken. */
  isStalled(timeoutMs: number, nowMs: number): boolean {
    if (nowMs < this.#lastSentMs + timeoutMs) return false;
    const readySince = nowMs - timeoutMs - Math.max(0, this.#host.settings.lingerMs);
    for (const queue of this.queues)
      if ((queue.next()?.createdMs ?? Number.POSITIVE_INFINITY) <= readySince) return true;
    return false;
  }

  /** A linger or a backoff is over. */
  override onDeadline(): void {
    this.#loop.kick();
  }

  async #drain(signal: Cancellation): Promise<void> {
    const { client } = this.#host;
    while (!signal.aborted && this.#mayRequest()) {
      const nowMs = client.clock.monotonic();
      if (!this.#hasReady(nowMs)) return this.#wakeLater(nowMs);
      let identity: ProducerIdentity;
      let connection: Connection;
      try {
        identity = await this.#host.identities.get(signal);
      } catch (error) {
        if (!signal.aborted) this.#host.failAll(KafkaError.from(error));
        return;
      }
      try {
        connection = await client.connection(this.nodeId, "produce", signal);
      } catch (error) {
        if (!signal.aborted) this.#unreachable(KafkaError.from(error));
        return;
      }
      if (this.#host.identities.current !== identity) continue; // bumped while the connection was opened
      this.#use(connection);
      let staged: readonly Staged[] = [];
      try {
        staged = this.#stage(client.clock.monotonic(), identity, this.#compression(connection));
        if (staged.length === 0) continue;
        this.#lastSentMs = client.clock.monotonic();
        this.#send(connection, staged);
      } catch (error) {
        // No common version of Produce, or something that no one expects: sending the same again cannot help.
        this.#failUnsent(KafkaError.from(error));
        return;
      }
    }
  }

  #compression(connection: Connection): BatchCompression | undefined {
    return compressionFor(this.#host.settings.compressions, connection.version(produceApi));
  }

  /** Nothing that waits here can be sent. */
  #failUnsent(error: KafkaError): void {
    for (const queue of this.queues)
      for (const batch of [...queue.batches])
        if (!batch.isInFlight)
          this.#host.failed(
            queue,
            batch,
            this.#unsendable(batch, error, `cannot write ${records(batch)} to ${batch.topic}-${batch.partition}`),
          );
  }

  #unsendable(batch: ProducerBatch, error: KafkaError, what: string): KafkaError {
    return new KafkaError(error.kind, `${what}: ${error.message}`, {
      ...detailsOf(error),
      cause: error.cause ?? error,
      retriable: false,
      outcome: batch.isUnsure ? "indefinite" : "notWritten",
      topic: batch.topic,
      partition: batch.partition,
    });
  }

  /** A broker that was gone may have forgotten what it knew of this producer. */
  #use(connection: Connection): void {
    if (connection === this.#connection) return;
    this.#connection = connection;
    for (const queue of this.queues) queue.doubt();
  }

  #mayRequest(): boolean {
    return this.#inFlight < (this.#isProven ? this.#host.settings.maxInFlightRequests : 1);
  }

  #hasReady(nowMs: number): boolean {
    if (nowMs < this.#notBeforeMs) return false;
    for (const queue of this.queues)
      if (this.#readyAtMs(queue, nowMs) <= nowMs && queue.maySend(this, nowMs)) return true;
    return false;
  }

  /** When the partition's next batch is to be sent: now if it is full, is sent again, or nothing else is under way. */
  #readyAtMs(queue: PartitionQueue, nowMs: number): number {
    const batch = queue.next();
    if (batch === undefined) return Number.POSITIVE_INFINITY;
    const { lingerMs, batchSize } = this.#host.settings;
    if (batch.attempts > 0 || queue.isFull(batchSize) || this.#host.isUrgent()) return nowMs;
    if (lingerMs >= 0) return batch.createdMs + lingerMs;
    return this.#inFlight === 0 || this.#hasAnswered ? nowMs : batch.createdMs + BUSY_LINGER_MS;
  }

  #wakeLater(nowMs: number): void {
    let at = Number.POSITIVE_INFINITY;
    for (const queue of this.queues) {
      if (queue.inFlight > 0 && !queue.maySend(this, nowMs)) continue; // its response wakes us
      if (queue.awaitsTransaction) continue; // the coordinator's answer does
      at = Math.min(at, Math.max(this.#readyAtMs(queue, nowMs), queue.notBeforeMs, this.#notBeforeMs));
    }
    if (at < Number.POSITIVE_INFINITY) this.#host.client.deadlines.add(this, at);
    this.#hasAnswered = false;
  }

  /**
   * Takes at most one ready batch of each partition, beginning with another partition each time so that none starves.
   */
  #stage(nowMs: number, identity: ProducerIdentity, compression: BatchCompression | undefined): readonly Staged[] {
    const staged: Staged[] = [];
    const queues = [...this.queues];
    let bytes = 0;
    for (let i = 0; i < queues.length; i++) {
      const queue = queues[(this.#start + i) % queues.length];
      const batch = queue?.next();
      if (
        queue === undefined ||
        batch === undefined ||
        !queue.maySend(this, nowMs) ||
        this.#readyAtMs(queue, nowMs) > nowMs
      )
        continue;
      if (staged.length > 0 && bytes + batch.builder.sizeInBytes > this.#limit.bytes) break;
      if (compression !== undefined && !this.#isCompressed(queue, batch, compression)) continue;
      const unsure = queue.prepare(batch, identity);
      for (const other of unsure) this.#host.failed(queue, other, this.#indefinite(other));
      if (unsure.length > 0) continue; // what comes after them is looked at in the next round
      bytes += batch.builder.sizeInBytes;
      staged.push({ queue, batch, topicId: this.#host.topicId(batch.topic) });
    }
    this.#start = queues.length === 0 ? 0 : (this.#start + 1) % queues.length;
    return staged;
  }

  /**
   * Compresses a batch before it gets its numbers. One whose codec throws fails with that reason; the others are sent.
   */
  #isCompressed(queue: PartitionQueue, batch: ProducerBatch, compression: BatchCompression): boolean {
    try {
      batch.builder.compress(compression);
      return true;
    } catch (error) {
      const failure = KafkaError.from(error, "serialization");
      this.#host.failed(
        queue,
        batch,
        this.#unsendable(
          batch,
          failure,
          `cannot compress ${records(batch)} for ${batch.topic}-${batch.partition} with ${compression.type}`,
        ),
      );
      return false;
    }
  }

  #send(connection: Connection, staged: readonly Staged[]): void {
    const { settings, counters, transaction } = this.#host;
    const batches = staged.map(({ batch }) => batch);
    const version = connection.version(
      produceApi,
      produceVersionCap(
        batches.map((batch) => this.#host.topicId(batch.topic)),
        transaction,
      ),
    );
    const request = produceRequest(batches, {
      acks: settings.acks,
      timeoutMs: settings.requestTimeoutMs,
      compression: this.#compression(connection),
      version,
      transactionalId: transaction?.transactionalId ?? null,
      topicId: (topic) => this.#host.topicId(topic),
    });
    this.#inFlight++;
    counters.requests++;
    for (const { queue, batch } of staged) {
      if (batch.attempts > 0) counters.retries++;
      queue.sent(batch, this, this.#lastSentMs);
      this.#host.sent(batch, this.#lastSentMs);
    }
    const noResponse = settings.acks === 0;
    connection.request(produceApi, request, { version, timeoutMs: settings.requestTimeoutMs, noResponse }).then(
      (response) => this.#answered(staged, noResponse ? undefined : response),
      (error: unknown) => {
        this.#shrink(connection, staged);
        this.#broken(staged, KafkaError.from(error));
      },
    );
  }

  #answered(staged: readonly Staged[], response: ProduceResponse | undefined): void {
    this.#inFlight--;
    this.#failures = 0;
    this.#hasAnswered = true;
    this.#limit.answered(bytesOf(staged));
    for (const { queue, batch, topicId } of staged) {
      queue.answered(batch);
      if (batch.isSettled) {
        this.#host.released(queue, batch);
        continue;
      }
      if (response === undefined) {
        this.#succeeded(queue, batch, -1, -1);
        continue;
      }
      const answer = answerFor(response, batch, topicId);
      if (answer === undefined)
        this.#retry(
          queue,
          batch,
          new KafkaError("protocol", `the broker's response does not mention ${batch.topic}-${batch.partition}`, {
            retriable: true,
            outcome: "indefinite",
          }),
        );
      else this.#handle(queue, batch, answer, response);
    }
    this.#wakeOthers(staged);
    this.#loop.kick();
  }

  #handle(
    queue: PartitionQueue,
    batch: ProducerBatch,
    answer: ProduceResponsePartitionProduceResponse,
    response: ProduceResponse,
  ): void {
    const code = answer.errorCode;
    if (code === 0 || code === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      // Of a duplicate the broker may have forgotten where it went.
      this.#succeeded(queue, batch, code === 0 ? answer.baseOffset : -1, code === 0 ? appendTimeOf(batch, answer) : -1);
      return;
    }
    const detail = answer.errorMessage === null ? "" : ` (${answer.errorMessage})`;
    const answered = brokerError(code, `writing ${batch.count} records to ${batch.topic}-${batch.partition}${detail}`, {
      topic: batch.topic,
      partition: batch.partition,
    });
    const error = this.#host.transaction?.failureOf(answered) ?? answered;
    if (SEQUENCE_LOST.includes(code) && batch.baseSequence >= 0) {
      this.#sequenceLost(queue, batch, error);
      return;
    }
    if (AMBIGUOUS.includes(code)) batch.isUnsure = true;
    if (!isRetriable(code)) {
      this.#refused(queue, batch, answer, error);
      return;
    }
    const hint = leaderHint(response, batch, answer);
    if (hint === undefined || !this.#host.client.applyLeaderHint(hint)) {
      if (refreshesMetadata(code)) this.#host.client.refreshMetadata();
    }
    this.#retry(queue, batch, error);
  }

  #succeeded(queue: PartitionQueue, batch: ProducerBatch, baseOffset: number, appendTimestamp: number): void {
    this.#isProven = true;
    const overtaken = queue.written(batch, this);
    this.#host.succeeded(queue, batch, baseOffset, appendTimestamp);
    for (const other of overtaken) this.#host.failed(queue, other, queue.overtaken(other));
  }

  /** The batch as it is will never be written; smaller, or without some records, it may be. */
  #refused(
    queue: PartitionQueue,
    batch: ProducerBatch,
    answer: ProduceResponsePartitionProduceResponse,
    error: KafkaError,
  ): void {
    batch.tried(error);
    if (TOO_LARGE.includes(answer.errorCode) && batch.count > 1) {
      this.#host.split(queue, batch);
      return;
    }
    if (batch.isUnsure) {
      this.#host.failed(
        queue,
        batch,
        new KafkaError(error.kind, `${error.message}; an earlier try may have been written all the same`, {
          ...detailsOf(error),
          cause: error,
          outcome: "indefinite",
        }),
      );
      return;
    }
    const refused = new Set(
      answer.recordErrors.map(({ batchIndex }) => batchIndex).filter((index) => index >= 0 && index < batch.count),
    );
    if (refused.size === 0 || refused.size === batch.count) {
      this.#host.failed(queue, batch, error);
      return;
    }
    const reasons = [...new Set(answer.recordErrors.map(({ batchIndexErrorMessage }) => batchIndexErrorMessage))]
      .filter((reason) => reason !== null)
      .slice(0, 3);
    const message =
      `writing ${refused.size} of ${batch.count} records to ${batch.topic}-${batch.partition}: ` + reasons.join("; ");
    this.#host.failRecords(
      queue,
      batch,
      refused,
      brokerError(answer.errorCode, message, { topic: batch.topic, partition: batch.partition }),
    );
  }

  /**
   * The broker expects another sequence. Behind a batch that was not written that is as it must be: it is sent again
   * after that one. Else the broker lost the producer's state (retention, truncation): a new epoch, unless an earlier
   * try of this batch may have been written.
   */
  #sequenceLost(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void {
    if (batch.isOvertaken) {
      this.#host.failed(queue, batch, queue.overtaken(batch, error));
      return;
    }
    if (
      this.#host.transaction !== undefined &&
      !(error.code === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && queue.isBehindAnother(batch))
    ) {
      // All or nothing: within a transaction there is no going on under a new epoch.
      this.#host.failed(queue, batch, batch.isUnsure ? this.#indefinite(batch, error) : error);
      return;
    }
    if (!queue.isBehindAnother(batch) && !queue.sequencer.mustRestart) {
      if (batch.isUnsure) {
        this.#host.failed(queue, batch, this.#indefinite(batch, error));
        return;
      }
      queue.sequencer.restart();
      if (this.#host.identities.bump()) this.#host.counters.epochBumps++;
    }
    this.#retry(queue, batch, error);
  }

  #indefinite(batch: ProducerBatch, cause: KafkaError | undefined = batch.lastError): KafkaError {
    return new KafkaError(
      "timeout",
      `${batch.count} records for ${batch.topic}-${batch.partition} may or may not have been written: no answer ` +
        "said so, and sending them again could write them " +
        `twice${cause === undefined ? "" : `; the last error was: ${cause.message}`}`,
      { cause, outcome: "indefinite", topic: batch.topic, partition: batch.partition },
    );
  }

  #retry(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void {
    const { client, settings, transaction } = this.#host;
    if (error.outcome === "indefinite") batch.isUnsure = true;
    batch.tried(error);
    queue.doubt();
    queue.notBeforeMs =
      client.clock.monotonic() +
      (error.code === ErrorCode.CONCURRENT_TRANSACTIONS ? CONCURRENT_BACKOFF_MS : client.backoffMs(batch.attempts - 1));
    const stopped = transaction?.stopped;
    if (stopped !== undefined) {
      this.#host.failed(
        queue,
        batch,
        new KafkaError(stopped.kind, stopped.message, {
          ...detailsOf(stopped),
          cause: error,
          outcome: batch.isUnsure ? "indefinite" : "notWritten",
          topic: batch.topic,
          partition: batch.partition,
        }),
      );
      return;
    }
    // Without numbers a second try of a batch that may have been written would write it twice: at least once is what
    // was asked for.
    if (client.clock.monotonic() >= batch.createdMs + settings.deliveryTimeoutMs)
      this.#host.failed(queue, batch, queue.expiry(batch, settings.deliveryTimeoutMs));
  }

  /** The request may have been more than the broker takes in time, or at once: the next ones are smaller. */
  #shrink(connection: Connection, staged: readonly Staged[]): void {
    if (connection === this.#brokenConnection) return;
    this.#brokenConnection = connection;
    this.#limit.failed(bytesOf(staged));
  }

  /** The request failed as a whole: the connection broke, or no answer came. */
  #broken(staged: readonly Staged[], error: KafkaError): void {
    this.#inFlight--;
    this.#isProven = false;
    for (const { queue, batch } of staged) {
      queue.answered(batch);
      if (batch.isSettled) this.#host.released(queue, batch);
      else if (
        error.kind === "closed" ||
        (!error.retriable && error.kind !== "connection" && error.kind !== "timeout" && error.kind !== "protocol")
      )
        this.#host.failed(queue, batch, error);
      else this.#retry(queue, batch, error);
    }
    this.#wakeOthers(staged);
    this.#backOff();
  }

  /** Partitions that moved while their batches were under way here: their new sinks wait for the answer. */
  #wakeOthers(staged: readonly Staged[]): void {
    for (const { queue } of staged) if (queue.sink !== this) queue.sink?.kick();
  }

  #unreachable(error: KafkaError): void {
    for (const queue of this.queues) {
      const batch = queue.next();
      batch?.tried(error);
    }
    if (isPermanent(error)) this.#host.failAll(error);
    else this.#backOff();
  }

  #backOff(): void {
    const { client } = this.#host;
    client.refreshMetadata();
    this.#notBeforeMs = client.clock.monotonic() + client.backoffMs(this.#failures++);
    client.deadlines.add(this, this.#notBeforeMs);
    this.#loop.kick();
  }
}

/**
 * Of a batch that it has already, Kafka tells the batch's own greatest timestamp as the append time, also where records
 * keep theirs: then it says nothing.
 */
function appendTimeOf(batch: ProducerBatch, { logAppendTimeMs }: ProduceResponsePartitionProduceResponse): number {
  return batch.attempts > 1 && logAppendTimeMs === batch.builder.maxTimestamp ? -1 : logAppendTimeMs;
}

function records({ count }: ProducerBatch): string {
  return counted(count, "record");
}

function bytesOf(staged: readonly Staged[]): number {
  let bytes = 0;
  for (const { batch } of staged) bytes += batch.builder.sizeInBytes;
  return bytes;
}
