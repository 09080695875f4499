import * as ErrorCode from "../../errors/error-code.ts";
import { isPermanent } from "../../errors/is-permanent.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import {
  type ProduceResponse,
  type ProduceResponsePartitionProduceResponse,
  produceApi,
} from "../../protocol/messages/produce.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import { type BatchFate, type ProducerBatch, WRITTEN_SOMEWHERE } from "../partition/batch.ts";
import { isOneRequest } from "../partition/batch-settings.ts";
import { compressionFor } from "./compression-choice.ts";
import type { BatchCompression } from "../../records/batch-builder.ts";
import type { ProducerIdentity } from "../partition/producer-identity.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import { isFinal, notCompressed, notSentAgain, unsendable } from "./batch-errors.ts";
import { BrokerPace } from "./broker-pace.ts";
import { RequestLimit } from "./request-limit.ts";
import type { SinkHost } from "./sink-host.ts";
import { answeredBatch } from "./answered-batch.ts";
import { BatchAnswers } from "./batch-answers.ts";
import { bytesOf, type StagedBatch } from "./staged-batch.ts";
import { indefinite, produceVerdict } from "./produce-answer.ts";
import { leaderHint, produceRequest, produceVersionCap } from "./produce-request.ts";

const CONCURRENT_BACKOFF_MS = 20;
/** If this many partitions have batches, a new batch must not cost a look at all of them: that would be square. */
const MANY_BATCHES = 64;

/**
 * Sends the batches of the partitions that one broker leads, at most one batch of each partition in a request, and
 * handles the responses in order.
 */
export class Sink extends DeadlineEntry {
  readonly nodeId: number;
  readonly #queues = new Set<PartitionQueue>();
  /** The queues that have batches: a request looks only at these, so that empty partitions cost nothing. */
  readonly #filled = new Set<PartitionQueue>();
  readonly #host: SinkHost;
  readonly #loop: WorkLoop;
  readonly #pace: BrokerPace;
  /** The connection of the last request. */
  #connection: Connection | undefined;
  readonly #limit: RequestLimit;
  #start = 0;
  #lastSentMs = 0;

  constructor(nodeId: number, host: SinkHost) {
    super();
    this.nodeId = nodeId;
    this.#host = host;
    this.#limit = new RequestLimit(host.settings.maxRequestSize);
    this.#pace = new BrokerPace(host.settings.maxInFlightRequests);
    this.#loop = new WorkLoop(host.client.tasks, (signal) => this.#drain(signal));
  }

  /** Sends the queue's batches from now on. */
  take(queue: PartitionQueue): void {
    this.#queues.add(queue);
    if (queue.batches.length > 0) this.#filled.add(queue);
  }

  /** No longer sends the queue's batches. */
  leave(queue: PartitionQueue): void {
    this.#queues.delete(queue);
    this.#filled.delete(queue);
  }

  /** The queue has got its first batch. */
  filled(queue: PartitionQueue): void {
    this.#filled.add(queue);
  }

  /** The queue has no batch any more. */
  emptied(queue: PartitionQueue): void {
    this.#filled.delete(queue);
  }

  /** The queue has got another batch. If many wait for more records, looks at this queue alone. */
  begun(queue: PartitionQueue): void {
    if (this.#filled.size < MANY_BATCHES) return this.#loop.kick();
    const { client } = this.#host;
    const nowMs = client.clock.monotonic();
    const atMs = this.#wakeAtMs(queue, nowMs);
    if (atMs <= nowMs) this.#loop.kick();
    else if (atMs < (this.isWaiting ? this.deadlineMs : Number.POSITIVE_INFINITY)) client.deadlines.add(this, atMs);
  }

  /** Looks for something to send. */
  kick(): void {
    this.#loop.kick();
  }

  /** Whether a batch has been ready for `timeoutMs` while none was sent. */
  isStalled(timeoutMs: number, nowMs: number): boolean {
    if (nowMs < this.#lastSentMs + timeoutMs) return false;
    const readySince = nowMs - timeoutMs - Math.max(0, this.#host.settings.lingerMs);
    for (const queue of this.#filled)
      if ((queue.next()?.createdMs ?? Number.POSITIVE_INFINITY) <= readySince) return true;
    return false;
  }

  /** The wait for more records, or a backoff, is over. */
  override onDeadline(): void {
    this.#loop.kick();
  }

  async #drain(signal: Cancellation): Promise<void> {
    const { client } = this.#host;
    while (!signal.aborted && this.#pace.mayRequest) {
      const nowMs = client.clock.monotonic();
      if (!this.#hasReady(nowMs)) return this.#wakeLater(nowMs);
      let identity: ProducerIdentity;
      let connection: Connection;
      // A TLS handshake and a login can be done while the identity is asked for. If they fail, that is found below.
      if (this.#host.identities.current === undefined)
        client.connection(this.nodeId, "produce", signal).catch(() => undefined);
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
      if (this.#host.identities.current !== identity) continue; // the epoch changed while the connection was opened
      this.#use(connection);
      let staged: readonly StagedBatch[] = [];
      try {
        staged = this.#stage(client.clock.monotonic(), identity, connection.version(produceApi));
        if (staged.length === 0) continue;
        this.#lastSentMs = client.clock.monotonic();
        this.#send(connection, staged);
      } catch (error) {
        // There is no common version of Produce, or an unexpected error occurred: trying again cannot help.
        this.#failUnsent(KafkaError.from(error));
        return;
      }
    }
  }

  /** Fails all batches that are not in flight, because none can be sent. */
  #failUnsent(error: KafkaError): void {
    for (const queue of this.#filled)
      for (const batch of [...queue.batches])
        if (!batch.isInFlight) this.#host.failed(queue, batch, unsendable(batch, error));
  }

  /** A broker that was disconnected may have forgotten this producer. */
  #use(connection: Connection): void {
    if (connection === this.#connection) return;
    this.#connection = connection;
    for (const queue of this.#queues) queue.doubt(this.#host.client.clock.monotonic());
  }

  #hasReady(nowMs: number): boolean {
    if (nowMs < this.#pace.notBeforeMs) return false;
    for (const queue of this.#filled)
      if (this.#readyAtMs(queue, nowMs) <= nowMs && queue.maySend(this, nowMs)) return true;
    return false;
  }

  /** When to send the partition's next batch: now if it is full or a retry, or if no other request is in flight. */
  #readyAtMs(queue: PartitionQueue, nowMs: number): number {
    const batch = queue.next();
    if (batch === undefined) return Number.POSITIVE_INFINITY;
    const { lingerMs, batchSize } = this.#host.settings;
    if (batch.attempts > 0 || queue.isFull(batchSize) || this.#host.isUrgent()) return nowMs;
    return batch.createdMs + this.#pace.lingerMs(lingerMs);
  }

  /** When to look at the partition again, unless a response wakes the sink before. */
  #wakeAtMs(queue: PartitionQueue, nowMs: number): number {
    if (queue.inFlight > 0 && !queue.maySend(this, nowMs)) return Number.POSITIVE_INFINITY; // its response wakes us
    if (queue.awaitsTransaction) return Number.POSITIVE_INFINITY; // the coordinator's response wakes us
    return Math.max(this.#readyAtMs(queue, nowMs), queue.notBeforeMs, this.#pace.notBeforeMs);
  }

  #wakeLater(nowMs: number): void {
    let at = Number.POSITIVE_INFINITY;
    for (const queue of this.#filled) at = Math.min(at, this.#wakeAtMs(queue, nowMs));
    if (at < Number.POSITIVE_INFINITY) this.#host.client.deadlines.add(this, at);
    this.#pace.waits();
  }

  /** Takes at most one ready batch of each partition. Begins with another partition each time, so that none starves. */
  #stage(nowMs: number, identity: ProducerIdentity, version: number): readonly StagedBatch[] {
    const staged: StagedBatch[] = [];
    const queues = [...this.#filled];
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
      const settings = batch.settings ?? this.#host.settings;
      const first = staged[0]?.batch;
      if (first !== undefined && !isOneRequest(first.settings ?? this.#host.settings, settings)) continue;
      const compression = compressionFor(settings.compressions, version);
      if (compression !== undefined && !this.#isCompressed(queue, batch, compression)) continue;
      const unsure = queue.prepare(batch, identity, nowMs);
      for (const other of unsure) this.#host.failed(queue, other, indefinite(other, other.lastError));
      if (unsure.length > 0) continue; // the batches behind them are handled in the next round
      bytes += batch.builder.sizeInBytes;
      staged.push({ queue, batch, topicId: this.#host.topicId(batch.topic) });
    }
    this.#start = queues.length === 0 ? 0 : (this.#start + 1) % queues.length;
    return staged;
  }

  /** Compresses a batch before it gets its numbers. If its codec throws, only this batch fails. */
  #isCompressed(queue: PartitionQueue, batch: ProducerBatch, compression: BatchCompression): boolean {
    try {
      batch.builder.compress(compression);
      return true;
    } catch (error) {
      this.#host.failed(queue, batch, notCompressed(batch, KafkaError.from(error, "serialization"), compression.type));
      return false;
    }
  }

  #send(connection: Connection, staged: readonly StagedBatch[]): void {
    const { client, counters, transaction } = this.#host;
    const batches = staged.map(({ batch }) => batch);
    const settings = batches[0]?.settings ?? this.#host.settings;
    const version = connection.version(
      produceApi,
      produceVersionCap(
        batches.map((batch) => this.#host.topicId(batch.topic)),
        transaction,
      ),
    );
    const request = produceRequest(batches, {
      acks: settings.acks,
      timeoutMs: settings.acksTimeoutMs,
      version,
      transactionalId: transaction?.transactionalId ?? null,
      topicId: (topic) => this.#host.topicId(topic),
    });
    this.#pace.sent();
    counters.requests++;
    for (const { queue, batch } of staged) {
      if (batch.attempts > 0) counters.retries++;
      queue.sent(batch, this, this.#lastSentMs);
      this.#host.sent(batch, this.#lastSentMs);
      client.hooks?.batchSent?.(batch, this.nodeId);
    }
    const noResponse = settings.acks === 0;
    connection.request(produceApi, request, { version, timeoutMs: settings.requestTimeoutMs, noResponse }).then(
      (response) => this.#answered(staged, noResponse ? undefined : response),
      (error: unknown) => {
        this.#limit.failed(bytesOf(staged), connection); // perhaps too large for the broker, or too slow
        this.#broken(staged, KafkaError.from(error));
      },
    );
  }

  #answered(staged: readonly StagedBatch[], response: ProduceResponse | undefined): void {
    const nowMs = this.#host.client.clock.monotonic();
    this.#pace.answered();
    this.#limit.answered(bytesOf(staged));
    const answers = response === undefined ? undefined : new BatchAnswers(response);
    for (const { queue, batch, topicId } of staged) {
      const answer = answers?.of(batch, topicId);
      this.#host.answered(queue, batch, nowMs);
      if (batch.isSettled) this.#host.released(queue, batch);
      else if (response === undefined) this.#written(queue, batch, WRITTEN_SOMEWHERE);
      else this.#judge(queue, batch, response, answer);
    }
    this.#wakeOthers(staged);
    this.#loop.kick();
  }

  /** Applies the broker's response to the batch. */
  #judge(
    queue: PartitionQueue,
    batch: ProducerBatch,
    response: ProduceResponse,
    answer: ProduceResponsePartitionProduceResponse | undefined,
  ): void {
    const host = this.#host;
    const verdict = produceVerdict(answer, answeredBatch(queue, batch, host.transaction));
    if (verdict.name === "written") {
      this.#written(queue, batch, verdict.fate);
      return;
    }
    const { error } = verdict;
    if (verdict.name === "split" || verdict.name === "refused-records") batch.tried(error);
    switch (verdict.name) {
      case "split":
        host.split(queue, batch);
        return;
      case "refused-records":
        host.failRecords(queue, batch, verdict.refused, error);
        return;
      case "overtaken":
        host.failed(queue, batch, queue.overtaken(batch, error));
        return;
      case "failed":
        host.failed(queue, batch, error);
        return;
      case "restart":
        host.gap(queue);
        this.#retry(queue, batch, error);
        return;
      case "retry":
        if (verdict.isUnsure) batch.doubt();
        if (answer !== undefined) this.#relocate(batch, response, answer, verdict.refreshes);
        this.#retry(queue, batch, error);
        return;
    }
  }

  /** Uses the new leader that the response names (KIP-951); otherwise refreshes metadata if it is out of date. */
  #relocate(
    batch: ProducerBatch,
    response: ProduceResponse,
    answer: ProduceResponsePartitionProduceResponse,
    refreshes: boolean,
  ): void {
    const { client } = this.#host;
    const hint = leaderHint(response, batch, answer);
    if ((hint === undefined || !client.applyLeaderHint(hint)) && refreshes) client.refreshMetadata();
  }

  #written(queue: PartitionQueue, batch: ProducerBatch, fate: BatchFate): void {
    this.#pace.proven();
    const overtaken = queue.written(batch, this, this.#host.client.clock.monotonic());
    this.#host.succeeded(queue, batch, fate);
    for (const other of overtaken) this.#host.failed(queue, other, queue.overtaken(other));
  }

  #retry(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void {
    const { client, settings, transaction } = this.#host;
    const nowMs = client.clock.monotonic();
    if (error.outcome === "indefinite") batch.doubt();
    batch.tried(error);
    const waitMs =
      error.code === ErrorCode.CONCURRENT_TRANSACTIONS ? CONCURRENT_BACKOFF_MS : client.backoffMs(batch.attempts - 1);
    queue.refused(nowMs + waitMs, nowMs);
    const stopped = transaction?.stopped;
    if (stopped !== undefined) {
      this.#host.failed(queue, batch, notSentAgain(batch, stopped, error));
      return;
    }
    // Batches without sequence numbers are retried too, and may be written twice: the user asked for at-least-once.
    if (nowMs >= batch.createdMs + settings.deliveryTimeoutMs)
      this.#host.failed(queue, batch, queue.expiry(batch, settings.deliveryTimeoutMs));
    else if (batch.attempts > settings.retries)
      this.#host.failed(queue, batch, queue.triedOut(batch, settings.retries));
    else client.hooks?.batchRetried?.(batch, waitMs, error);
  }

  /** The whole request failed: the connection broke, or no response arrived in time. */
  #broken(staged: readonly StagedBatch[], error: KafkaError): void {
    this.#pace.broken();
    const nowMs = this.#host.client.clock.monotonic();
    for (const { queue, batch } of staged) {
      this.#host.answered(queue, batch, nowMs);
      if (batch.isSettled) this.#host.released(queue, batch);
      else if (isFinal(error)) this.#host.failed(queue, batch, error);
      else this.#retry(queue, batch, error);
    }
    this.#wakeOthers(staged);
    this.#backOff();
  }

  /** Wakes the new sinks of partitions that moved while their batches were in flight here. */
  #wakeOthers(staged: readonly StagedBatch[]): void {
    for (const { queue } of staged) if (queue.sink !== this) queue.sink?.kick();
  }

  #unreachable(error: KafkaError): void {
    for (const queue of this.#filled) queue.next()?.tried(error);
    if (isPermanent(error))
      this.#failUnsent(error); // records for other brokers are still sent
    else this.#backOff();
  }

  #backOff(): void {
    const { client } = this.#host;
    client.refreshMetadata();
    client.deadlines.add(
      this,
      this.#pace.backOff(client.clock.monotonic(), (failures) => client.backoffMs(failures)),
    );
    this.#loop.kick();
  }
}
