import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { PartitionInfo } from "../../cluster/partition-info.ts";
import type { MetadataSnapshot, TopicMetadata } from "../../cluster/metadata.ts";
import type { TopicWriter } from "../../cluster/metadata-refresh.ts";
import { brokerError, isRetriable } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { name as nonEmpty } from "../../errors/shape.ts";
import type { Headers } from "../../records/record.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import type { ProducerBatch, Settle } from "../partition/batch.ts";
import { DeliveryWatch } from "../sending/delivery-watch.ts";
import { ForgottenTopics } from "./forgotten-topics.ts";
import type { Identities } from "../partition/producer-identity.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { DeliveryLedger, SentCounters } from "../sending/ledger.ts";
import type { MemoryGate } from "./memory-gate.ts";
import type { ProducerSettings } from "./producer-settings.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import { BatchFates } from "../sending/batch-fates.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import { Sinks } from "../sending/sinks.ts";
import { HeldRecords } from "./held-records.ts";
import { stickyPolicy } from "./sticky-policy.ts";
import { WaitingRecords } from "./waiting-records.ts";
import { chooserFactory, type PartitionChooser } from "./partitioner.ts";
import {
  type AccumulatorTransaction,
  type PlacementParts,
  RecordPlacement,
  SpecialPlacement,
} from "./record-placement.ts";
import { TopicQueue } from "./topic-queue.ts";

type Part = Uint8Array | string | null;

/**
 * Keeps encoded records in batches, by topic and partition, until they are sent. Each partition's queue belongs to the
 * sink of its leader; when the leader changes, it moves to another sink.
 */
export class Accumulator extends DeadlineEntry implements TopicWriter {
  readonly client: ClusterClient;
  readonly settings: ProducerSettings;
  readonly transaction: AccumulatorTransaction | undefined;
  /** Decides what happens to batches. */
  readonly fates: BatchFates;
  /** Reports which records are not acknowledged, and why. */
  readonly waiting: WaitingRecords;
  readonly #ledger: DeliveryLedger;
  readonly forgotten: ForgottenTopics = new ForgottenTopics();
  readonly #topics = new Map<string, TopicQueue>();
  readonly #sinks: Sinks;
  readonly #held: HeldRecords;
  readonly #plain: RecordPlacement;
  readonly #special: SpecialPlacement;
  /** One of the two. */
  #placement: RecordPlacement;
  readonly #newChooser: (() => PartitionChooser) | undefined;
  readonly #unsubscribe: () => void;
  readonly #watch: DeliveryWatch;
  #last: TopicQueue | undefined;
  /** The topics of calls of {@link partitionsFor} that wait. */
  readonly #asked: string[] = [];
  readonly #fault = (what: string): void => this.client.cluster.fault(what);

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
    this.transaction = transaction;
    this.#ledger = ledger;
    const free = (bytes: number): void => gate.free(bytes);
    const failAll = (error: KafkaError): void => this.failAll(error);
    const topics = this.#topics;
    this.fates = new BatchFates({ client, settings, identities, transaction, ledger, free, topics, failAll });
    this.#sinks = new Sinks(this.fates);
    this.#held = new HeldRecords({
      client,
      settings,
      ledger,
      mayBeNew: (topic, partition, createdMs) => this.#mayBeNew(topic, partition, createdMs),
      place: (topic, record) => {
        const { settings } = this.#placement;
        this.use(record.settings);
        this.#placement.placeWaiting(topic, record);
        this.use(settings);
      },
      refuse: (topic, bytes, settle, error) => this.#placement.refuse(topic, bytes, settle, error),
      armFor: (atMs) => this.#armFor(atMs),
    });
    const { partitioner, ignoreKeys } = settings.partitioning;
    if (typeof partitioner === "function") client.cluster.keepsReplicas = true;
    this.#newChooser = chooserFactory(partitioner, ignoreKeys, () => client.cluster.random());
    const parts: PlacementParts = {
      client,
      sticky: stickyPolicy(client, settings.partitioning),
      fates: this.fates,
      sinks: this.#sinks,
      ledger,
      gate,
      transaction,
      begun: (nowMs) => {
        this.#armFor(nowMs + settings.deliveryTimeoutMs);
        this.#watch.begun();
      },
    };
    this.#special = new SpecialPlacement(parts);
    this.#placement = this.#plain = new RecordPlacement(parts);
    this.waiting = new WaitingRecords(client, ledger, this.#held);
    client.broken.addEventListener("abort", () => {
      const { reason = new KafkaError("closed", "the producer was closed") } = client.broken;
      gate.fail(reason);
      this.failAll(reason);
    });
    this.#unsubscribe = client.onMetadata((snapshot) => this.#onMetadata(snapshot));
    this.#watch = new DeliveryWatch({
      clock: client.clock,
      deadlines: client.deadlines,
      lingerMs: Math.max(0, settings.lingerMs),
      placedMs: (batch) => Math.max(batch.createdMs, this.#topics.get(batch.topic)?.knownSinceMs ?? 0),
      unsettled: ledger.unsettled,
      whyWaiting: (batch) => this.waiting.why(batch),
      pending: () => client.pending("produce"),
      say: (line, reason) => client.waits.say(line, reason),
    });
  }

  /** Begins to send everything without waiting for more records. Call the returned function to end that. */
  hurry(): () => void {
    const relax = this.fates.hurry();
    this.#sinks.kickAll();
    return relax;
  }

  /** Appends a record whose `bytes` the memory gate has already counted. */
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
      this.#placement.place(topic, partition, key, value, headers, timestamp, nowMs, bytes, settle);
    else {
      topic.held.add(partition, key, value, headers, timestamp, nowMs, bytes, settle, this.#placement.settings);
      this.#held.added(topic, nowMs);
    }
  }

  /** The settings of the records that are appended from now on; undefined: the producer's. */
  use(settings: BatchSettings | undefined): void {
    this.#special.settings = settings;
    this.#placement = settings === undefined ? this.#plain : this.#special;
  }

  /** Withdraws the record whose promise this function settles, unless its batch was sent. */
  withdraw(settle: Settle, error: KafkaError): void {
    for (const topic of this.#held.topics) {
      const bytes = topic.held.withdraw(settle);
      if (bytes === undefined) continue;
      this.#placement.refuse(topic.topic, bytes, settle, error);
      return;
    }
    for (const batch of this.#ledger.unsettled) {
      if (batch.indexOf(settle) < 0) continue;
      const queue = this.#queueOf(batch);
      if (queue !== undefined) this.fates.withdraw(queue, settle, error);
      return;
    }
  }

  /** The counters of sent records, by topic. */
  sentByTopic(): readonly { readonly topic: string; readonly sent: SentCounters }[] {
    return [...this.#topics.values()];
  }

  /**
   * Fails the records that were never sent, or that wait to be sent again. Batches in flight wait for their response.
   */
  dropUnsent(error: KafkaError): void {
    for (const topic of this.#topics.values()) {
      this.#held.fail(topic, error);
      for (const queue of topic.partitions) this.fates.failBatches(queue, error, "unsent");
    }
  }

  /** Fails every record with this error, because no accepted record can be sent. */
  failAll(error: KafkaError): void {
    for (const topic of this.#topics.values()) {
      this.#held.fail(topic, error);
      for (const queue of topic.partitions) this.fates.failBatches(queue, error, "all");
    }
  }

  /** The delivery timeout of a batch, or the wait for a topic's metadata, may be over. */
  override onDeadline(): void {
    const nowMs = this.client.clock.monotonic();
    const { deliveryTimeoutMs, maxBlockMs } = this.settings;
    for (const topic of this.#held.topics) {
      const { first } = topic.held;
      if (first !== undefined && nowMs >= first.createdMs + maxBlockMs)
        this.#held.fail(topic, this.#held.unknown(topic.topic), nowMs);
    }
    // Not all partitions: of 30,000, most have no batch.
    for (const batch of this.#ledger.unsettled) {
      if (nowMs < batch.createdMs + deliveryTimeoutMs) continue;
      const queue = this.#queueOf(batch);
      if (queue === undefined) continue;
      const why = this.waiting.why(batch);
      if (why !== undefined && why !== "expected") batch.waitsFor(why);
      this.fates.failed(queue, batch, queue.expiry(batch, deliveryTimeoutMs));
    }
    this.#armDeadline();
  }

  close(): void {
    this.#unsubscribe();
    this.client.deadlines.remove(this);
    this.client.deadlines.remove(this.#watch);
  }

  #queueOf({ topic, partition }: ProducerBatch): PartitionQueue | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  #newTopic(name: string): TopicQueue {
    const nowMs = this.client.clock.monotonic();
    const sequencers = this.forgotten.take(name);
    const topic = new TopicQueue(name, this.settings.batchSize, this.#fault, this.#newChooser?.(), nowMs, sequencers);
    this.#topics.set(name, topic);
    this.client.wantTopics([name], this);
    const metadata = this.client.snapshot.topics.get(name);
    // Metadata of another client may lack the replicas that a partitioner of the user gets.
    if (
      metadata !== undefined &&
      typeof this.settings.partitioning.partitioner === "function" &&
      !hasReplicas(metadata)
    )
      this.client.refreshMetadata();
    else if (metadata !== undefined) this.#update(topic, metadata, nowMs);
    if (!topic.isKnown) this.#held.await(topic);
    return topic;
  }

  /** See the producer's `partitionsFor`. */
  async partitionsFor(name: string, { timeoutMs, signal }: WaitOptions): Promise<readonly PartitionInfo[]> {
    nonEmpty(name, "partitionsFor: the topic");
    const { client, settings } = this;
    if (client.tasks.isClosed) throw client.tasks.endError("this producer was closed; make another");
    client.cluster.keepsReplicas = true;
    const topic = this.#topics.get(name) ?? this.#newTopic(name);
    topic.usedMs = client.clock.monotonic();
    const deadlineMs = topic.usedMs + (timeoutMs ?? settings.maxBlockMs);
    const errorOf = ({ topics }: MetadataSnapshot): KafkaError | undefined => {
      const code = topics.get(name)?.errorCode ?? 0;
      return code === 0 ? undefined : brokerError(code, `metadata of topic ${name}`, { topic: name });
    };
    this.#asked.push(name);
    try {
      const snapshot = await client.awaitMetadata(
        (found) => hasReplicas(found.topics.get(name)) || errorOf(found)?.retriable === false,
        {
          deadlineMs,
          what: `metadata of topic ${name}`,
          why: errorOf,
          isExpected: ({ code }) => code === ErrorCode.LEADER_NOT_AVAILABLE,
          ...(signal === undefined ? {} : { signal: client.shared(signal) }),
        },
      );
      const error = errorOf(snapshot);
      if (error !== undefined) throw error;
      return topic.partitionInfo;
    } finally {
      this.#asked.splice(this.#asked.indexOf(name), 1);
    }
  }

  mayCreate(name: string): boolean {
    return (
      this.settings.allowAutoTopicCreation && (this.#topics.get(name)?.isBusy === true || this.#asked.includes(name))
    );
  }

  forgetIdle(nowMs: number): void {
    if (this.transaction?.isOpen === true) return; // its partitions may be part of the transaction
    const idle = [...this.#topics.values()].filter(
      (topic) => nowMs - topic.usedMs >= this.settings.metadataMaxIdleMs && !topic.isBusy,
    );
    for (const topic of idle) {
      this.#topics.delete(topic.topic);
      if (this.#last === topic) this.#last = undefined;
      for (const queue of topic.partitions) queue.moveTo(undefined, nowMs);
      this.forgotten.forget(topic);
    }
    this.forgotten.prune(this.fates.identities.current);
    if (idle.length > 0) this.client.forgetTopics(idle.map(({ topic }) => topic));
  }

  #onMetadata(snapshot: MetadataSnapshot): void {
    const nowMs = this.client.clock.monotonic();
    for (const topic of this.#topics.values()) {
      const metadata = snapshot.topics.get(topic.topic);
      if (metadata === undefined) continue;
      if (metadata.errorCode !== 0 && !isRetriable(metadata.errorCode))
        this.#held.fail(
          topic,
          brokerError(metadata.errorCode, `metadata of topic ${topic.topic}`, {
            topic: topic.topic,
            outcome: "notWritten",
          }),
        );
      else this.#update(topic, metadata, nowMs);
    }
  }

  #update(topic: TopicQueue, metadata: TopicMetadata, nowMs: number): void {
    const hasChanged = topic.update(metadata, nowMs);
    if (hasChanged) for (const queue of topic.takeSurplus()) this.#abandon(queue, topic);
    // Without a leader, metadata is requested again, also if it is the same as before.
    for (const queue of topic.partitions)
      if (hasChanged || queue.sink === undefined) this.#sinks.assign(queue, topic.leaderOf(queue.partition));
    if (topic.held.length === 0 || metadata.partitions.length === 0) return;
    topic.knownSinceMs = nowMs;
    this.#ledger.settle({ some: () => this.#held.placeSome(topic) });
  }

  /** The topic was recreated with fewer partitions: records for this partition can never be sent. */
  #abandon(queue: PartitionQueue, topic: TopicQueue): void {
    const error = brokerError(
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      `cannot write to ${topic.topic}-${queue.partition}: the topic was deleted and recreated with ` +
        counted(topic.partitions.length, "partition"),
      { topic: topic.topic, partition: queue.partition, retriable: false },
    );
    this.fates.failBatches(queue, error, "all");
    queue.moveTo(undefined, this.client.clock.monotonic());
  }

  /**
   * Whether a record names a partition that is not in the metadata, and the metadata is older than the record: the
   * topic may have grown.
   */
  #mayBeNew(topic: TopicQueue, partition: number, createdMs: number): boolean {
    if (partition < topic.partitions.length || this.client.snapshot.updatedAtMs >= createdMs) return false;
    this.client.refreshMetadata();
    return true;
  }

  /**
   * A later deadline may be armed already: a record that waited for metadata has a later one than the batch it joins.
   */
  #armFor(atMs: number): void {
    if (!this.isWaiting || atMs < this.deadlineMs) this.client.deadlines.add(this, atMs);
  }

  /** Arms one deadline for all batches: the earliest. */
  #armDeadline(): void {
    const { deliveryTimeoutMs, maxBlockMs } = this.settings;
    let at = Number.POSITIVE_INFINITY;
    for (const batch of this.#ledger.unsettled) at = Math.min(at, batch.createdMs + deliveryTimeoutMs);
    for (const topic of this.#held.topics)
      at = Math.min(at, (topic.held.first?.createdMs ?? Number.POSITIVE_INFINITY) + maxBlockMs);
    if (at < Number.POSITIVE_INFINITY) this.client.deadlines.add(this, at);
  }
}

interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignalLike;
}

function hasReplicas(topic: TopicMetadata | undefined): boolean {
  return topic?.partitions[0]?.lists !== undefined;
}
