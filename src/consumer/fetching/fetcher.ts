import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { TopicWriter } from "../../cluster/metadata-refresh.ts";
import { type MetadataSnapshot, NO_METADATA, type TopicMetadata } from "../../cluster/metadata.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import type { PreparingSerdes } from "../partitions/batch-preparation.ts";
import type { ConsumerCounters } from "../partitions/counters.ts";
import type { Cursor } from "../partitions/cursor.ts";
import { awaitTopics, hasOthers, refusalOf } from "../partitions/missing-topics.ts";
import type { OffsetSpec } from "../partitions/offset-spec.ts";
import { type CommittedLookup, PositionFinder } from "../partitions/position-finder.ts";
import { positionWasReset } from "../partitions/position-lost.ts";
import type { Assignment, ReadingSettings } from "../partitions/reading-settings.ts";
import type { Subscription } from "../partitions/subscription.ts";
import { Timing } from "../partitions/timing.ts";
import { TopicDiscovery } from "../partitions/topic-discovery.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { FetchAnswers } from "./fetch-answers.ts";
import { HandOut } from "./hand-out.ts";
import { Partitions } from "./partitions.ts";
import { Routes } from "./routes.ts";

/** The part of the group that decides about partitions. */
export interface GroupView {
  /**
   * Whether this member still owns the partition after its topic was deleted and recreated. KIP-848 assigns by topic
   * id.
   */
  mayFollow(topicId: string, partition: number): boolean;
  /** Looks up committed offsets. */
  readonly committed: CommittedLookup;
}

/**
 * Decides which partitions are read, from topics, assignments and metadata; the other files of this folder fetch them.
 */
export class Fetcher<K, V> {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  readonly counters: ConsumerCounters = {
    fetches: 0,
    fetchedBytes: 0,
    batches: 0,
    records: 0,
    positionResets: 0,
    poison: 0,
    retries: 0,
    failed: 0,
  };
  /** The duration of fetches, including the time in which the broker waits for records. */
  readonly timing: Timing = new Timing();
  readonly discovery: TopicDiscovery;
  readonly partitions: Partitions<K, V>;
  readonly handOut: HandOut<K, V>;
  readonly #routes: Routes<K, V>;
  readonly #answers: FetchAnswers<K, V>;
  readonly #finder: PositionFinder<K, V>;
  readonly #unsubscribe: () => void;
  #group: GroupView | undefined;
  /** The partitions that the application assigned; undefined for a consumer with topics. */
  #assigned: readonly Assignment[] | undefined;
  #knowsTopics = false;
  /** The metadata that the cursors follow. Topics that it shares with the next snapshot need not be examined again. */
  #followed = NO_METADATA;

  constructor(client: ClusterClient, settings: ReadingSettings, serdes: PreparingSerdes) {
    this.client = client;
    this.settings = settings;
    const { counters, timing } = this;
    const sought = (): void => this.#finder.kick();
    this.partitions = new Partitions<K, V>(client, settings, (cursor) => this.handOut.offer(cursor));
    this.handOut = new HandOut<K, V>(
      {
        client,
        settings,
        counters,
        begin: () => this.#begin(),
        sought,
        distrust: (cursor, error) => this.#answers.distrust(cursor, error),
      },
      serdes,
    );
    const { handOut } = this;
    this.#routes = new Routes<K, V>({
      client,
      settings,
      timing,
      handOut,
      hasRoom: () => this.partitions.held.bytes < settings.fetchBufferBytes,
      received: (nodeId, response, asked) => this.#answers.received(nodeId, response, asked),
      checked: (answer, nodeId) => this.#answers.checked(answer, nodeId),
      unreachable: (nodeId) => this.#unreachable(nodeId),
    });
    this.#answers = new FetchAnswers<K, V>({
      client,
      settings,
      counters,
      routes: this.#routes,
      handOut,
      goesOnWithout: (topic) =>
        this.#assigned === undefined && hasOthers(client.snapshot, this.discovery.topics, topic),
      sought,
    });
    this.#finder = new PositionFinder<K, V>({
      client,
      isReadCommitted: settings.isReadCommitted,
      settings,
      isActive: () => handOut.isActive,
      cursors: () => this.partitions,
      committed: (partitions, signal) => this.#group?.committed(partitions, signal) ?? Promise.resolve([]),
      found: (cursor, offset, epoch) => this.#found(cursor, offset, epoch),
      fail: (error) => handOut.fail(error),
    });
    this.#assigned = settings.assign;
    for (const { topic, partition, offset } of settings.assign ?? []) this.add(topic, partition, offset);
    this.discovery = new TopicDiscovery(client, settings.subscription, (error) => handOut.fail(error));
    this.discovery.onChange(() => this.#onTopics());
    client.wantTopics(this.#wanted(), this.#creator());
    this.#unsubscribe = client.onMetadata((snapshot) => this.#onMetadata(snapshot));
  }

  /** The group that this consumer is a member of, or commits for. */
  joins(group: GroupView): void {
    this.#group = group;
  }

  /**
   * Begins to read a partition, after a record of `epoch` if that is known. Does nothing for one that is read already.
   * Throws if nothing says at which offset to begin.
   */
  add(topic: string, partition: number, offset?: OffsetSpec, epoch?: number): void {
    const cursor = this.partitions.add(topic, partition, offset, epoch);
    if (cursor !== undefined && this.settings.group !== undefined) this.#routes.assign(cursor);
  }

  /** Stops reading a partition: drops buffered batches and ignores fetches in flight. */
  remove(one: TopicPartition): void {
    const cursor = this.partitions.remove(one);
    if (cursor !== undefined) this.handOut.removed(cursor);
  }

  /**
   * Reads exactly these partitions from now on. Those that are read already keep their positions. Throws, and changes
   * nothing, if nothing says at which offset to begin.
   */
  assign(assigned: readonly Assignment[]): void {
    const before = new Set(this.partitions);
    try {
      for (const { topic, partition, offset } of assigned) this.add(topic, partition, offset);
    } catch (error) {
      for (const cursor of [...this.partitions]) if (!before.has(cursor)) this.remove(cursor);
      throw error;
    }
    this.#assigned = assigned;
    const kept = new Set(assigned.map((one) => this.partitions.find(one)));
    for (const cursor of [...this.partitions]) if (!kept.has(cursor)) this.remove(cursor);
    this.client.wantTopics(this.#wanted());
    if (this.handOut.isActive) this.#begin();
  }

  /** Reads these topics from now on. In a group nothing changes before the rebalance. */
  subscribe(subscription: Subscription): void {
    this.#knowsTopics = false;
    this.discovery.subscribe(subscription);
    if (this.handOut.isActive) this.#begin();
  }

  close(): void {
    this.#unsubscribe();
    this.discovery.close();
    this.handOut.stop();
  }

  /**
   * Waits until the topics are known, then fetches. A topic that stays unknown fails the loop, with an error that names
   * it.
   */
  #begin(): void {
    void this.discovery.start();
    const wanted = this.#wanted();
    awaitTopics(this.client, wanted, {
      timeoutMs: this.settings.defaultApiTimeoutMs,
      goesOn: this.#assigned === undefined,
      mayCreate: this.settings.allowAutoCreateTopics,
    })
      .then((snapshot) => {
        const refusal = wanted.map((name) => refusalOf(snapshot, name)).find((error) => error !== undefined);
        if (refusal !== undefined) this.handOut.fail(refusal); // such a topic has no cursor that could report it
        this.#followed = NO_METADATA;
        this.#onMetadata(snapshot);
      })
      .catch((error: unknown) => {
        const failure = KafkaError.from(error);
        if (failure.kind !== "closed") this.handOut.fail(failure);
      });
  }

  /** Lets the broker create topics that are wanted by name; undefined if it may not. */
  #creator(): TopicWriter | undefined {
    if (!this.settings.allowAutoCreateTopics) return undefined;
    return { mayCreate: (name) => this.#wanted().includes(name), forgetIdle: () => undefined };
  }

  /** The topics that are wanted by name, without those that match a pattern. */
  #wanted(): readonly string[] {
    return this.#assigned === undefined ? this.discovery.names : [...new Set(this.#assigned.map(({ topic }) => topic))];
  }

  /**
   * The topics that match the patterns have changed: stops reading those that are gone. For a member the group does
   * that.
   */
  #onTopics(): void {
    if (this.settings.group !== undefined) return;
    const topics = new Set(this.discovery.topics);
    for (const cursor of [...this.partitions]) if (!topics.has(cursor.topic)) this.remove(cursor);
    this.#followed = NO_METADATA;
    this.#onMetadata(this.client.snapshot);
  }

  /** Metadata arrives in background tasks, so errors go to the loop. */
  #onMetadata(snapshot: MetadataSnapshot): void {
    try {
      if (this.settings.group === undefined) this.#addNew(snapshot);
      this.#follow(snapshot);
      this.#followed = snapshot;
    } catch (error) {
      this.handOut.fail(KafkaError.from(error)); // startOffset is "none", and the partition has no offset to begin at
    }
  }

  #addNew(snapshot: MetadataSnapshot): void {
    const { topics } = this.discovery;
    for (const name of topics) {
      const topic = snapshot.topics.get(name);
      if (topic === undefined || topic === this.#followed.topics.get(name)) continue;
      for (const { partition } of topic.partitions) {
        if (this.partitions.find({ topic: name, partition }) !== undefined) continue;
        // A new partition is read from its beginning, whatever the policy: records written before metadata listed it
        // must not be skipped.
        this.add(name, partition, this.#knowsTopics ? "earliest" : undefined);
      }
    }
    if (this.discovery.isDone && topics.every((name) => (snapshot.topics.get(name)?.partitions.length ?? 0) > 0))
      this.#knowsTopics = true;
  }

  #follow(snapshot: MetadataSnapshot): void {
    let name: string | undefined;
    let topic: TopicMetadata | undefined;
    let isUnchanged = false;
    for (const cursor of this.partitions) {
      if (cursor.topic !== name) {
        name = cursor.topic;
        topic = snapshot.topics.get(name);
        isUnchanged = topic === this.#followed.topics.get(name);
        const refusal = refusalOf(snapshot, name);
        if (refusal !== undefined) this.handOut.fail(refusal);
      }
      if (isUnchanged && topic !== undefined && follows(cursor, topic)) continue;
      if (topic?.errorCode === 0) {
        if (cursor.partition >= topic.partitions.length) this.#outside(cursor, topic.partitions.length);
        if (topic.topicId !== ZERO_UUID) this.#identify(cursor, topic.topicId);
      }
      this.#routes.assign(cursor);
      cursor.source?.touch(cursor); // the leader may have another epoch
    }
    if (!this.handOut.isActive) return;
    this.#finder.kick();
    this.#routes.kick();
  }

  /** The topic has fewer partitions: it was recreated, or one broker is behind. */
  #outside(cursor: Cursor<K, V>, partitions: number): void {
    this.#answers.unknown(
      cursor,
      brokerError(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        `cannot read ${cursor.topic}-${cursor.partition} (the topic has ${counted(partitions, "partition")})`,
      ),
    );
  }

  /**
   * A recreated topic has new records and new offsets. Reading begins with its first record, whatever the policy,
   * unless that is "none".
   */
  #identify(cursor: Cursor<K, V>, topicId: string): void {
    const { topic, partition, state } = cursor;
    if (cursor.topicId === topicId && state.name !== "lost") return;
    const isOther = cursor.topicId !== undefined && cursor.topicId !== topicId;
    if (isOther && this.#group?.mayFollow(topicId, partition) === false) {
      if (cursor.position >= 0) cursor.losePosition(cursor.position); // nothing is read until the application seeks
      return;
    }
    const position = state.name === "lost" ? state.from : cursor.position;
    cursor.identify(topicId);
    if (!isOther || position < 0) return;
    if (this.settings.autoOffsetReset === undefined) {
      cursor.losePosition();
      this.handOut.fail(
        new KafkaError(
          "broker",
          `${topic}-${partition}: the topic was deleted and recreated, and offset ` +
            `${position} of the old one was the position; autoOffsetReset is "none": seek to a position`,
          { topic, partition, offset: position },
        ),
      );
      return;
    }
    cursor.seek("earliest", {
      from: position,
      why: `the topic was deleted and recreated; the old one was read up to offset ${position}`,
    });
    this.#finder.kick();
  }

  #unreachable(nodeId: number): void {
    for (const cursor of this.partitions) if (cursor.route.replica.nodeId === nodeId) this.#routes.leaveReplica(cursor);
  }

  #found(cursor: Cursor<K, V>, offset: number, epoch?: number): void {
    const lost = cursor.state.name === "seeking" ? cursor.state.lost : undefined;
    cursor.moveTo(offset, epoch);
    if (lost !== undefined) positionWasReset(this, cursor, lost.from, lost.why);
    cursor.source?.kick();
  }
}

/** Whether a cursor is where a topic that has not changed leads it, so that there is nothing to do for it. */
function follows<K, V>({ partition, route, source, state, topicId }: Cursor<K, V>, topic: TopicMetadata): boolean {
  return (
    topic.errorCode === 0 &&
    (topicId ?? ZERO_UUID) === topic.topicId &&
    state.name !== "lost" &&
    route.replica.nodeId < 0 &&
    source !== undefined &&
    source.nodeId === topic.partitions[partition]?.leaderId
  );
}
