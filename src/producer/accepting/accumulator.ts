import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { MetadataSnapshot } from "../../cluster/metadata.ts";
import type { TopicWriter } from "../../cluster/metadata-refresh.ts";
import { brokerError, isRetriable } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { rejectionOf } from "../../errors/rejection.ts";
import { BatchBuilder, recordSizeUpperBound } from "../../records/batch-builder.ts";
import type { Headers } from "../../records/record.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import { forEach } from "../../runtime/paced-work.ts";
import { utf8Encode } from "../../wire/utf8.ts";
import { murmur2Partition } from "../../wire/murmur2.ts";
import { ProducerBatch, type Settle } from "../partition/batch.ts";
import { DeliveryWatch } from "../sending/delivery-watch.ts";
import { divide, halves, keepNumbers, type PartOf } from "../partition/batch-division.ts";
import { ForgottenTopics } from "./forgotten-topics.ts";
import type { Identities } from "../partition/producer-identity.ts";
import type { DeliveryLedger, ProducerCounters, SentCounters } from "../sending/ledger.ts";
import type { MemoryGate } from "./memory-gate.ts";
import type { ProducerSettings } from "./producer-settings.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import { Sink } from "../sending/sink.ts";
import type { ProduceTransaction, SinkHost } from "../sending/sink-host.ts";
import { PackedRecord } from "./packed-record.ts";
import { chooserFactory, type PartitionChooser, STICKY } from "./partitioner.ts";
import { type HeldRecord, type StickyPolicy, TopicQueue } from "./topic-queue.ts";

type Part = Uint8Array | string | null;

/** What the accumulator tells a producer's transactions. */
export interface AccumulatorTransaction extends ProduceTransaction {
  readonly isOpen: boolean;
  /** A batch was begun for the partition: it must be part of the transaction before it is sent. */
  enlist(queue: PartitionQueue): void;
  /** A batch leaves. */
  sent(): void;
  recordsFailed(error: KafkaError): void;
}

/** So many records that waited for metadata are placed between two looks at the clock: a millisecond of work or two. */
const PLACED_AT_ONCE = 1024;
/** Batch buffers that are kept for the next batches: as many as are under way at once, not more. */
const POOLED_BUILDERS = 32;
/** From so many bytes on the difference between a record's bound and its size is given back at once. */
const WORTH_FREEING = 64;

/**
 * Where records wait: by topic and partition, already encoded, in batches. Partitions lie with the sink of their
 * leader; a leader change moves them to another.
 */
export class Accumulator extends DeadlineEntry implements SinkHost, TopicWriter {
  readonly client: ClusterClient;
  readonly settings: ProducerSettings;
  readonly identities: Identities;
  readonly transaction: AccumulatorTransaction | undefined;
  readonly #ledger: DeliveryLedger;
  readonly #gate: MemoryGate;
  readonly forgotten: ForgottenTopics = new ForgottenTopics();
  readonly #topics = new Map<string, TopicQueue>();
  readonly #sinks = new Map<number, Sink>();
  readonly #builders: BatchBuilder[] = [];
  readonly #sticky: StickyPolicy;
  readonly #newChooser: (() => PartitionChooser) | undefined;
  readonly #unsubscribe: () => void;
  readonly #watch: DeliveryWatch;
  #last: TopicQueue | undefined;
  #batchId = 0;
  #urgent = 0;
  readonly #quietWaiters: (() => void)[] = [];
  readonly #fault = (what: string): void => this.client.cluster.fault(what);
  readonly #recycleSettled = (batch: ProducerBatch): void => this.#recycle(batch);

  constructor(
    client: ClusterClient,
    settings: ProducerSettings,
    identities: Identities,
    ledger: DeliveryLedger,
    gate: MemoryGate,
    transaction?: AccumulatorTransaction,
  ) {
    super();
    this.client = client;
    this.settings = settings;
    this.identities = identities;
    this.transaction = transaction;
    this.#ledger = ledger;
    this.#gate = gate;
    const random = (): number => client.cluster.random();
    const { partitioner, ignoreKeys, isAdaptive, availabilityTimeoutMs, rack } = settings.partitioning;
    this.#newChooser = chooserFactory(partitioner, ignoreKeys, random);
    const isStalled = (queue: PartitionQueue): boolean =>
      availabilityTimeoutMs > 0 && queue.sink?.isStalled(availabilityTimeoutMs, client.clock.monotonic()) === true;
    const isNear =
      rack === undefined
        ? undefined
        : (leaderId: number): boolean => client.snapshot.brokers.get(leaderId)?.rack === rack;
    this.#sticky = { isAdaptive, isStalled, isNear, random };
    this.#unsubscribe = client.onMetadata((snapshot) => this.#onMetadata(snapshot));
    this.#watch = new DeliveryWatch({
      clock: client.clock,
      deadlines: client.deadlines,
      lingerMs: Math.max(0, settings.lingerMs),
      placedMs: (batch) => Math.max(batch.createdMs, this.#topics.get(batch.topic)?.knownSinceMs ?? 0),
      unsettled: ledger.unsettled,
      whyWaiting: (batch) => this.#whyWaiting(batch),
      pending: () => client.pending("produce"),
      say: (line, reason) => client.waits.say(line, reason),
    });
  }

  get counters(): ProducerCounters {
    return this.#ledger.counters;
  }

  /** The id of the newest batch: what a flush waits for. */
  get lastBatchId(): number {
    return this.#batchId;
  }

  /** Whether records wait for their topic's metadata. */
  get isHolding(): boolean {
    for (const topic of this.#topics.values()) if (topic.held.length > 0) return true;
    return false;
  }

  /** Why records wait that were accepted first; undefined where nothing went wrong. */
  get oldestError(): KafkaError | undefined {
    for (const topic of this.#topics.values()) if (topic.held.length > 0) return this.#whyUnknown(topic.topic);
    for (const batch of this.#ledger.unsettled) {
      const why = this.#whyWaiting(batch);
      return why === "expected" ? undefined : why;
    }
    return undefined;
  }

  /** How many records of each topic are not acknowledged. */
  unacknowledged(): ReadonlyMap<string, number> {
    const topics = new Map<string, number>();
    for (const topic of this.#topics.values()) if (topic.held.length > 0) topics.set(topic.topic, topic.held.length);
    for (const { topic, count } of this.#ledger.unsettled) topics.set(topic, (topics.get(topic) ?? 0) + count);
    return topics;
  }

  /** Everything is sent without waiting for more, until the answer is called. */
  hurry(): () => void {
    this.#urgent++;
    this.#kickAll();
    return () => {
      this.#urgent--;
    };
  }

  isUrgent(): boolean {
    return this.#urgent > 0;
  }

  topicId(topic: string): string | undefined {
    return this.client.snapshot.topics.get(topic)?.topicId;
  }

  /** Takes a record whose `bytes` the gate has counted. */
  append(
    name: string,
    partition: number,
    key: Part,
    value: Part,
    headers: Headers | undefined,
    timestamp: number,
    nowMs: number,
    bytes: number,
    settle?: Settle,
  ): void {
    let topic = this.#last;
    if (topic === undefined || topic.topic !== name) {
      topic = this.#topics.get(name) ?? this.#newTopic(name);
      this.#last = topic;
    }
    if (topic.isKnown && topic.held.length === 0 && !this.#mayBeNew(topic, partition, nowMs))
      this.#place(topic, partition, key, value, headers, timestamp, nowMs, bytes, settle);
    else
      this.#hold(topic, {
        record: new PackedRecord({ topic: name, partition, key, value, headers, timestamp, bytes }),
        createdMs: nowMs,
        settle,
      });
  }

  /** Takes the record back that is awaited with this function, as long as its batch was never sent. */
  withdraw(settle: Settle, error: KafkaError): void {
    for (const topic of this.#topics.values()) {
      const held = topic.held.find((waiting) => waiting.settle === settle);
      if (held !== undefined) {
        topic.held.splice(topic.held.indexOf(held), 1);
        this.#refuse(topic.topic, held.record.bytes, held.settle, error);
        return;
      }
      for (const queue of topic.partitions) {
        for (const batch of queue.batches) {
          const index = batch.indexOf(settle);
          if (index < 0) continue;
          if (batch.attempts === 0 && !batch.isInFlight) this.#withdrawFrom(queue, batch, index, error);
          return;
        }
      }
    }
  }

  /** What was sent, by topic. */
  sentByTopic(): readonly { readonly topic: string; readonly sent: SentCounters }[] {
    return [...this.#topics.values()];
  }

  sent(batch: ProducerBatch, nowMs: number): void {
    this.#topics.get(batch.topic)?.batchSent(batch, nowMs);
    this.transaction?.sent();
    if (batch.attempts > 1) return;
    const { counters } = this;
    const queuedMs = nowMs - batch.createdMs;
    counters.queuedBatches++;
    counters.queuedMs += queuedMs;
    if (queuedMs > counters.maxQueuedMs) counters.maxQueuedMs = queuedMs;
  }

  succeeded(queue: PartitionQueue, batch: ProducerBatch, baseOffset: number, appendTimestamp: number): void {
    queue.remove(batch);
    this.#ledger.succeeded(batch, baseOffset, appendTimestamp, this.#recycleSettled);
    this.#settleInFlightOwner(queue);
  }

  /** A batch failed for good. If it had its numbers, there is now a gap, and the partition needs a new epoch. */
  failed(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void {
    if (batch.isSettled) return; // with the transaction that one before it lost
    // Where the broker has written a later batch it does not wait for this one's numbers.
    if (batch.baseSequence >= 0 && !batch.isOvertaken && !queue.mustRestart) this.gap(queue);
    const topic = this.#topics.get(queue.topic);
    if (topic !== undefined) topic.sent.errors += batch.count;
    queue.remove(batch);
    this.#ledger.failed(batch, error);
    // Its bytes may still be on their way out: the buffer is used again only after the answer.
    if (!batch.isInFlight) this.#recycle(batch);
    this.#settleInFlightOwner(queue);
    this.transaction?.recordsFailed(error);
  }

  gap(queue: PartitionQueue): void {
    queue.gap(this.client.clock.monotonic());
    if (this.identities.bump()) this.counters.epochBumps++;
  }

  /** Fails what was not sent yet, or was refused and waits to be sent again; what is under way gets its answer. */
  dropUnsent(error: KafkaError): void {
    for (const topic of this.#topics.values()) {
      this.#failHeld(topic, error);
      for (const queue of topic.partitions)
        for (const batch of [...queue.batches])
          if (!batch.isInFlight) this.failed(queue, batch, this.#withOutcome(batch, error));
    }
  }

  /** Settles when no request is under way, also none whose records were given up. */
  quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#quietWaiters.push(resolve);
      this.#checkQuiet();
    });
  }

  /**
   * The broker takes no batch as large as this one: its records are sent again in two. They keep its numbers, so that
   * what stands behind it keeps its own. Later batches of the topic are made no larger than a half: every one would
   * make the same trip for nothing.
   */
  split(queue: PartitionQueue, batch: ProducerBatch): void {
    const topic = this.#topics.get(queue.topic);
    if (topic !== undefined) topic.batchSize = Math.max(1, Math.min(topic.batchSize, batch.builder.sizeInBytes >> 1));
    this.counters.splits++;
    keepNumbers(batch, this.#divide(queue, batch, halves(batch)));
    queue.doubt(this.client.clock.monotonic());
  }

  /**
   * The broker refused the batch for some of its records (KIP-467): they fail, the others are sent again. Nothing was
   * written; the numbers of those that fail leave a gap, so the rest goes under a new epoch.
   */
  failRecords(queue: PartitionQueue, batch: ProducerBatch, refused: ReadonlySet<number>, error: KafkaError): void {
    const { identity, baseSequence } = batch;
    const [failing] = this.#divide(queue, batch, (index) => (refused.has(index) ? 0 : 1));
    queue.doubt(this.client.clock.monotonic());
    if (failing === undefined) return;
    failing.stamp(identity, baseSequence);
    this.failed(queue, failing, error);
  }

  released(queue: PartitionQueue, batch: ProducerBatch): void {
    this.#recycle(batch);
    this.#settleInFlightOwner(queue);
  }

  /** Nothing that was accepted can be sent: every record fails with this error. */
  failAll(error: KafkaError): void {
    for (const topic of this.#topics.values()) {
      this.#failHeld(topic, error);
      for (const queue of topic.partitions)
        for (const batch of [...queue.batches]) this.failed(queue, batch, this.#withOutcome(batch, error));
    }
  }

  /** The delivery timeout of some batch, or the wait for some topic's metadata, may be over. */
  override onDeadline(): void {
    const nowMs = this.client.clock.monotonic();
    const { deliveryTimeoutMs, maxBlockMs } = this.settings;
    for (const topic of this.#topics.values()) {
      const first = topic.held[0];
      if (first !== undefined && nowMs >= first.createdMs + maxBlockMs)
        this.#failHeld(topic, this.#unknownTopic(topic.topic), nowMs);
      for (const queue of topic.partitions) {
        for (const batch of [...queue.batches]) {
          if (nowMs < batch.createdMs + deliveryTimeoutMs) continue;
          const why = this.#whyWaiting(batch);
          if (why !== undefined && why !== "expected") batch.waitsFor(why);
          this.failed(queue, batch, queue.expiry(batch, deliveryTimeoutMs));
        }
      }
    }
    this.#armDeadline();
  }

  close(): void {
    this.#unsubscribe();
    this.client.deadlines.remove(this);
    this.client.deadlines.remove(this.#watch);
  }

  #place(
    topic: TopicQueue,
    partition: number,
    key: Part,
    value: Part,
    headers: Headers | undefined,
    timestamp: number,
    nowMs: number,
    bytes: number,
    settle?: Settle,
  ): void {
    if (partition < 0 && topic.chooser !== undefined) {
      this.#placeChosen(topic, topic.chooser, key, value, headers, timestamp, nowMs, bytes, settle);
      return;
    }
    const isSticky = partition < 0 && key === null;
    const chosen =
      partition >= 0
        ? partition
        : isSticky
          ? topic.sticky(this.#sticky)
          : murmur2Partition(typeof key === "string" ? utf8Encode(key) : (key as Uint8Array), topic.partitions.length);
    const queue = topic.partitions[chosen];
    if (queue === undefined) {
      this.#refuse(
        topic.topic,
        bytes,
        settle,
        new KafkaError(
          "config",
          `topic ${topic.topic} has ${counted(topic.partitions.length, "partition")}, and the record names ` +
            `partition ${chosen}`,
          { topic: topic.topic, partition: chosen, outcome: "notWritten" },
        ),
      );
      return;
    }
    const { batchSize } = topic;
    let batch = queue.open;
    let size = batch === undefined ? 0 : batch.builder.tryAppend(key, value, headers, timestamp, batchSize);
    if (batch === undefined || size === 0) {
      batch = this.#newBatch(queue, nowMs);
      size = batch.builder.tryAppend(key, value, headers, timestamp, batchSize);
      this.#wake(topic, queue);
    }
    // The bound counts three bytes for each letter: what it was too high is room again. A few bytes are not worth the
    // call.
    const surplus = bytes - size;
    if (surplus >= WORTH_FREEING) this.#gate.free(surplus);
    batch.counted(surplus >= WORTH_FREEING ? size : bytes);
    if (settle !== undefined) batch.await(settle, timestamp);
    if (isSticky) topic.stuck(size, batchSize);
  }

  /**
   * Asks a partitioner that is not the default one; a record that it fails for is refused. Apart, so that the default
   * stays fast.
   */
  #placeChosen(
    topic: TopicQueue,
    chooser: PartitionChooser,
    key: Part,
    value: Part,
    headers: Headers | undefined,
    timestamp: number,
    nowMs: number,
    bytes: number,
    settle?: Settle,
  ): void {
    let chosen: number;
    try {
      chosen = chooser(key, value, headers, timestamp, topic);
    } catch (error) {
      this.#refuse(topic.topic, bytes, settle, KafkaError.from(error));
      return;
    }
    const isSticky = chosen === STICKY;
    this.#place(
      topic,
      isSticky ? topic.sticky(this.#sticky) : chosen,
      key,
      value,
      headers,
      timestamp,
      nowMs,
      bytes,
      settle,
    );
    if (isSticky) topic.stuck(recordSizeUpperBound(key, value, headers), topic.batchSize);
  }

  #withdrawFrom(queue: PartitionQueue, batch: ProducerBatch, withdrawn: number, error: KafkaError): void {
    const isOpen = queue.open === batch;
    const [gone, rest] = this.#divide(queue, batch, (index) => (index === withdrawn ? 0 : 1));
    if (isOpen) queue.reopen(rest);
    if (gone !== undefined) this.failed(queue, gone, error);
  }

  /** Puts two batches, or one, in the place of one that is not under way. */
  #divide(queue: PartitionQueue, batch: ProducerBatch, partOf: PartOf): readonly ProducerBatch[] {
    const parts = divide(batch, () => this.#newBuilder(), partOf).filter((part) => part !== undefined);
    queue.replace(batch, parts);
    this.#ledger.replace(batch, parts);
    batch.settled();
    this.#recycle(batch);
    return parts;
  }

  #newBuilder(): BatchBuilder {
    return this.#builders.pop() ?? new BatchBuilder(undefined, this.client.cluster.options.crc32c);
  }

  #newBatch(queue: PartitionQueue, nowMs: number): ProducerBatch {
    const batch = new ProducerBatch(queue.topic, queue.partition, this.#newBuilder(), ++this.#batchId, nowMs);
    queue.begin(batch);
    this.transaction?.enlist(queue);
    this.#ledger.add(batch);
    this.#armFor(nowMs + this.settings.deliveryTimeoutMs);
    this.#watch.begun();
    return batch;
  }

  /** A batch was begun: the leader's sink has to know, if there is a leader. */
  #wake(topic: TopicQueue, queue: PartitionQueue): void {
    if (queue.sink === undefined) this.#assign(queue, topic.leaderOf(queue.partition));
    if (queue.sink === undefined) this.client.refreshMetadata();
    else queue.sink.kick();
  }

  #newTopic(name: string): TopicQueue {
    const topic = new TopicQueue(
      name,
      this.settings.batchSize,
      this.#fault,
      this.#newChooser?.(),
      this.client.clock.monotonic(),
      this.forgotten.take(name),
    );
    this.#topics.set(name, topic);
    this.client.wantTopics([name], this);
    const metadata = this.client.snapshot.topics.get(name);
    if (metadata !== undefined) this.#update(topic, metadata);
    if (!topic.isKnown) this.#awaitTopic(topic);
    return topic;
  }

  mayCreate(name: string): boolean {
    return this.settings.allowAutoTopicCreation && this.#topics.get(name)?.isBusy === true;
  }

  forgetIdle(nowMs: number): void {
    if (this.transaction?.isOpen === true) return; // its partitions may be part of it
    const idle = [...this.#topics.values()].filter(
      (topic) => nowMs - topic.usedMs >= this.settings.metadataMaxIdleMs && !topic.isBusy,
    );
    for (const topic of idle) {
      this.#topics.delete(topic.topic);
      if (this.#last === topic) this.#last = undefined;
      for (const queue of topic.partitions) queue.moveTo(undefined, nowMs);
      this.forgotten.forget(topic);
    }
    this.forgotten.prune(this.identities.current);
    if (idle.length > 0) this.client.forgetTopics(idle.map(({ topic }) => topic));
  }

  /** Keeps metadata being fetched until it knows the topic, or the last record that waits for it has been given up. */
  #awaitTopic(topic: TopicQueue): void {
    const what = `metadata of topic ${topic.topic}`;
    this.client
      .awaitMetadata(
        (snapshot) =>
          (snapshot.topics.get(topic.topic)?.partitions.length ?? 0) > 0 || this.#isRefused(snapshot, topic.topic),
        {
          deadlineMs: this.client.clock.monotonic() + this.settings.maxBlockMs,
          what,
          why: (snapshot) => whyMissing(snapshot, topic.topic),
          isExpected: ({ code }) => code === ErrorCode.LEADER_NOT_AVAILABLE,
        },
      )
      .catch((error: unknown) => {
        const failure = KafkaError.from(error);
        if (failure.kind !== "closed")
          this.#failHeld(topic, failure.kind === "timeout" ? this.#unknownTopic(topic.topic) : failure);
      });
  }

  #isRefused(snapshot: MetadataSnapshot, name: string): boolean {
    const code = snapshot.topics.get(name)?.errorCode ?? 0;
    return code !== 0 && !isRetriable(code);
  }

  #hold(topic: TopicQueue, waiting: HeldRecord): void {
    if (topic.held.length === 0) this.#awaitTopic(topic);
    topic.held.push(waiting);
    this.#armFor(waiting.createdMs + this.settings.maxBlockMs);
  }

  #onMetadata(snapshot: MetadataSnapshot): void {
    for (const topic of this.#topics.values()) {
      const metadata = snapshot.topics.get(topic.topic);
      if (metadata === undefined) continue;
      if (metadata.errorCode !== 0 && !isRetriable(metadata.errorCode))
        this.#failHeld(
          topic,
          brokerError(metadata.errorCode, `metadata of topic ${topic.topic}`, {
            topic: topic.topic,
            outcome: "notWritten",
          }),
        );
      else this.#update(topic, metadata);
    }
  }

  #update(topic: TopicQueue, metadata: NonNullable<ReturnType<MetadataSnapshot["topics"]["get"]>>): void {
    if (!topic.update(metadata, this.client.clock.monotonic())) return;
    for (const queue of topic.takeSurplus()) this.#abandon(queue, topic);
    for (const queue of topic.partitions) this.#assign(queue, topic.leaderOf(queue.partition));
    if (topic.held.length === 0) return;
    topic.knownSinceMs = this.client.clock.monotonic();
    this.#ledger.settle({ some: () => this.#placeHeld(topic) });
  }

  /**
   * Places some of the records that waited for the topic's metadata; returns how many. The others still stand in
   * `topic.held`: records that are sent meanwhile stand behind them. What is held again holds back what came after it
   * as well: the order of the calls stays.
   */
  #placeHeld(topic: TopicQueue): number {
    const held = topic.held;
    const from = Math.min(held.length, PLACED_AT_ONCE);
    topic.held = [];
    let at = 0;
    for (; at < from; at++) {
      const waiting = held[at];
      if (waiting === undefined || this.#mayBeNew(topic, waiting.record.partition, waiting.createdMs)) break;
      const { record: r, createdMs, settle } = waiting;
      this.#place(topic, r.partition, r.key, r.value, r.headers, r.timestamp, createdMs, r.bytes, settle);
    }
    held.splice(0, at);
    topic.held = held;
    return at;
  }

  /** The topic was made anew with fewer partitions: what was for this one has no place to go. */
  #abandon(queue: PartitionQueue, topic: TopicQueue): void {
    const error = brokerError(
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      `topic ${topic.topic} was deleted and made anew with ${counted(topic.partitions.length, "partition")}, and ` +
        `these records were for partition ${queue.partition}`,
      { topic: topic.topic, partition: queue.partition, retriable: false },
    );
    for (const batch of [...queue.batches]) this.failed(queue, batch, this.#withOutcome(batch, error));
    queue.moveTo(undefined, this.client.clock.monotonic());
  }

  /**
   * Whether a record names a partition that metadata lacks, and metadata is older than the record: the topic may have
   * grown.
   */
  #mayBeNew(topic: TopicQueue, partition: number, createdMs: number): boolean {
    if (partition < topic.partitions.length || this.client.snapshot.updatedAtMs >= createdMs) return false;
    this.client.refreshMetadata();
    return true;
  }

  /** Puts a partition's batches under the sink of its leader. Without a leader they wait, and metadata is asked for. */
  #assign(queue: PartitionQueue, leaderId: number): void {
    if (queue.sink?.nodeId === leaderId) return;
    if (leaderId < 0) {
      queue.moveTo(undefined, this.client.clock.monotonic());
      if (queue.batches.length > 0) this.client.refreshMetadata();
      return;
    }
    let sink = this.#sinks.get(leaderId);
    if (sink === undefined) {
      sink = new Sink(leaderId, this);
      this.#sinks.set(leaderId, sink);
    }
    queue.moveTo(sink, this.client.clock.monotonic());
    if (queue.batches.length > 0) sink.kick();
  }

  /** The old leader has answered: the new one may be sent to. */
  #settleInFlightOwner(queue: PartitionQueue): void {
    if (queue.inFlight === 0 && queue.batches.length > 0) queue.sink?.kick();
    if (this.#quietWaiters.length > 0) this.#checkQuiet();
  }

  #checkQuiet(): void {
    for (const topic of this.#topics.values()) for (const queue of topic.partitions) if (queue.inFlight > 0) return;
    for (const resolve of this.#quietWaiters.splice(0)) resolve();
  }

  #failHeld(topic: TopicQueue, error: KafkaError, nowMs: number = Number.POSITIVE_INFINITY): void {
    // The same sum as where the deadline was armed: rounded otherwise, it could be due and not over, for ever.
    const isOver = (waiting: HeldRecord): boolean => waiting.createdMs + this.settings.maxBlockMs <= nowMs;
    const failed = topic.held.filter(isOver);
    topic.held = topic.held.filter((waiting) => !isOver(waiting));
    this.#ledger.settle(
      forEach(failed, ({ record, settle }) => this.#refuse(topic.topic, record.bytes, settle, error)),
    );
    if (topic.held.length > 0) this.#awaitTopic(topic);
  }

  #refuse(topic: string, bytes: number, settle: Settle | undefined, error: KafkaError): void {
    this.#gate.free(bytes);
    this.counters.failed++;
    if (settle === undefined) this.#ledger.lost(topic, 1, error);
    else settle(rejectionOf(error));
    this.transaction?.recordsFailed(error);
  }

  #unknownTopic(name: string): KafkaError {
    const cause = this.#whyUnknown(name);
    const { maxBlockMs } = this.settings;
    const message =
      cause?.code === undefined
        ? `cannot send to topic ${name}: no metadata came within maxBlockMs (${maxBlockMs} ` +
          `ms)${cause === undefined ? "" : `: ${cause.message}`}`
        : `topic ${name} is not known after maxBlockMs (${maxBlockMs} ms): ${cause.message}. Does it exist, and ` +
          "may this client see it?";
    return new KafkaError("timeout", message, { topic: name, outcome: "notWritten", retriable: true, cause });
  }

  /** Why a topic has no partitions yet: metadata cannot be fetched, or says so. */
  #whyUnknown(name: string): KafkaError | undefined {
    return this.client.metadataError ?? whyMissing(this.client.snapshot, name) ?? this.client.pendingError();
  }

  /** Why a batch is not written yet. A partition that never had a leader is of a topic that has just been created. */
  #whyWaiting({ topic, partition, lastError }: ProducerBatch): KafkaError | "expected" | undefined {
    if (lastError !== undefined) return lastError;
    const known = this.client.snapshot.topics.get(topic)?.partitions[partition];
    if (known === undefined || known.leaderId >= 0) return this.client.metadataError;
    return known.leaderEpoch <= 0
      ? "expected"
      : brokerError(ErrorCode.LEADER_NOT_AVAILABLE, `metadata of ${topic}-${partition}`, { topic, partition });
  }

  #withOutcome(batch: ProducerBatch, error: KafkaError): KafkaError {
    const outcome = batch.isInFlight || batch.isUnsure ? "indefinite" : "notWritten";
    return new KafkaError(error.kind, error.message, {
      ...detailsOf(error),
      cause: error,
      outcome,
      topic: batch.topic,
      partition: batch.partition,
    });
  }

  #recycle(batch: ProducerBatch): void {
    this.#gate.free(batch.takeCounted());
    batch.builder.reset();
    if (this.#builders.length < POOLED_BUILDERS) this.#builders.push(batch.builder);
  }

  /**
   * It may be armed for something later: a record that waited for metadata has longer than the batch that it comes
   * into.
   */
  #armFor(atMs: number): void {
    if (!this.isWaiting || atMs < this.deadlineMs) this.client.deadlines.add(this, atMs);
  }

  /** One deadline for all batches: the earliest. */
  #armDeadline(): void {
    const { deliveryTimeoutMs, maxBlockMs } = this.settings;
    let at = Number.POSITIVE_INFINITY;
    for (const batch of this.#ledger.unsettled) at = Math.min(at, batch.createdMs + deliveryTimeoutMs);
    for (const topic of this.#topics.values())
      at = Math.min(at, (topic.held[0]?.createdMs ?? Number.POSITIVE_INFINITY) + maxBlockMs);
    if (at < Number.POSITIVE_INFINITY) this.client.deadlines.add(this, at);
  }

  #kickAll(): void {
    for (const sink of this.#sinks.values()) sink.kick();
  }
}

/** What metadata says of a topic that has no partitions. */
function whyMissing({ topics }: MetadataSnapshot, name: string): KafkaError | undefined {
  const code = topics.get(name)?.errorCode ?? 0;
  return code === 0 ? undefined : brokerError(code, `metadata of topic ${name}`, { topic: name });
}
