import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { MetadataSnapshot } from "../../cluster/metadata.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { FetchResponse, FetchResponsePartitionData } from "../../protocol/messages/fetch.ts";
import type { Batch } from "../../records/batch.ts";
import { readSettings } from "../../records/read-settings.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import { AbortedFilter } from "../partitions/aborted-filter.ts";
import { type ConsumerCounters, type Tally, tallyOf } from "../partitions/counters.ts";
import { Cursor } from "../partitions/cursor.ts";
import { leaderMissing, readingFailed } from "../partitions/cursor-wait.ts";
import type { EpochAnswer } from "./epoch-check.ts";
import type { EpochEnd } from "../partitions/epoch-history.ts";
import { actionFor, fetchLeaderHint } from "./fetch-response.ts";
import { awaitTopics, hasOthers, refusalOf } from "../partitions/missing-topics.ts";
import { nodeToRead } from "../partitions/node-to-read.ts";
import { resetPlace } from "../partitions/offset-reset.ts";
import type { OffsetSpec } from "../partitions/offset-spec.ts";
import type { Assignment, ReadingSettings } from "../partitions/reading-settings.ts";
import type { TopicPartition } from "../partitions/topic-partition.ts";
import { PoisonPolicy } from "../partitions/poison.ts";
import { cutOffError, noStartError, outOfRangeError, positionWasReset } from "../partitions/position-lost.ts";
import { type CommittedLookup, PositionFinder } from "../partitions/position-finder.ts";
import type { ReadPreparation } from "../partitions/read-preparation.ts";
import type { Handout, Reading } from "../partitions/reading.ts";
import type { Subscription } from "../partitions/subscription.ts";
import { Timing } from "../partitions/timing.ts";
import { TopicDiscovery } from "../partitions/topic-discovery.ts";
import { Waiters } from "../partitions/waiters.ts";
import { type Asked, Source, type SourceHost } from "./source.ts";

/** So often a broker that has been deposed, by all that is known, is asked again before its word counts: some 6 s. */
const ASKED_OF_DEPOSED = 10;
/**
 * Up to here a response is delivered before the next fetch is sent; with more the broker is to be at work while the
 * application is.
 */
const LITTLE_BYTES = 16_384;

/** All partitions that a consumer reads, the sources that fetch for them, and what is ready to be handed out. */
export class Fetcher<K, V> implements SourceHost<K, V> {
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
  /** How long fetches took, with what the broker waited for records. */
  readonly timing: Timing = new Timing();
  /** By topic, as long as this consumer lives. */
  readonly tallies: Map<string, Tally> = new Map<string, Tally>();
  /** Undefined where the loop is to fail. */
  readonly poison: PoisonPolicy | undefined;
  /** Set where a serde has something to fetch before it reads. */
  preparation: ReadPreparation<K, V> | undefined;
  readonly #cursors = new Map<string, Cursor<K, V>>();
  /** What the application said is to be read; undefined where topics are subscribed to. */
  #assigned: readonly Assignment[] | undefined;
  readonly #sources = new Map<number, Source<K, V>>();
  readonly #finder: PositionFinder<K, V>;
  readonly discovery: TopicDiscovery;
  /** Cursors that hold data, in the order in which they get their turn. */
  readonly #ready: Cursor<K, V>[] = [];
  readonly #unsubscribe: () => void;
  /** The loops that run: while there is none nothing is fetched. */
  readonly loops: Set<Reading<K, V>> = new Set<Reading<K, V>>();
  /**
   * Whether a partition of a topic that was made anew under the name of the one that is read is this consumer's to
   * read: a coordinator that assigns by id may have others for it.
   */
  mayFollow: (topicId: string, partition: number) => boolean = () => true;
  committed: CommittedLookup = () => Promise.resolve([]); // set by who is in a group
  /** Told when the application asks for more, or leaves its loop: what it had in hand is done, or put back. */
  onAsked: (() => void) | undefined;
  /** The consumer is being closed: nothing more is handed out, and every loop ends when it asks for more. */
  isStopped = false;
  /** Whether partitions that are assigned later are paused from the start. */
  isAllPaused = false;
  /** After this time (monotonic) what is held may be another's already: nothing is delivered. */
  trustedUntilMs: number = Number.POSITIVE_INFINITY;
  #knowsTopics = false;
  #failure: KafkaError | undefined;
  readonly #waiters: Waiters;

  constructor(client: ClusterClient, settings: ReadingSettings) {
    this.client = client;
    this.settings = settings;
    this.#waiters = new Waiters(client.alive);
    const { onPoison } = settings;
    if (onPoison !== "fail")
      this.poison = new PoisonPolicy(
        onPoison,
        (level, message, fields) => client.cluster.log(level, message, fields),
        this.counters,
        (cursor, batch, error) =>
          this.isFetchedAgain(cursor as unknown as Cursor<K, V>, batch as unknown as Batch<K, V>, error),
      );
    this.#finder = new PositionFinder<K, V>({
      client,
      isReadCommitted: settings.isReadCommitted,
      settings,
      isActive: () => this.isActive,
      cursors: () => this.#cursors.values(),
      committed: (partitions, signal) => this.committed(partitions, signal),
      found: (cursor, offset, epoch) => this.#found(cursor, offset, epoch),
      fail: (error) => this.fail(error),
    });
    this.#assigned = settings.assign;
    for (const { topic, partition, offset } of settings.assign ?? []) this.add(topic, partition, offset);
    this.discovery = new TopicDiscovery(client, settings.subscription, (error) => this.fail(error));
    this.discovery.onChange(() => this.#onTopics());
    client.wantTopics(this.#wanted());
    this.#unsubscribe = client.onMetadata((snapshot) => this.#onMetadata(snapshot));
  }

  /** Whether an error waits for a loop to throw it. */
  get isFailing(): boolean {
    return this.#failure !== undefined;
  }

  get isActive(): boolean {
    return this.loops.size > 0;
  }

  get cursors(): Iterable<Cursor<K, V>> {
    return this.#cursors.values();
  }

  /** Bytes that were fetched and not handed out. */
  get heldBytes(): number {
    return [...this.#cursors.values()].reduce((held, cursor) => held + cursor.heldBytes, 0);
  }

  /** A loop begins: fetching goes on. */
  activate(loop: Reading<K, V>): void {
    this.loops.add(loop);
    this.#begin();
  }

  /** Whether the application is at work on something of this partition. */
  isInHand(cursor: Cursor<K, V>): boolean {
    return [...this.loops].some(({ hand }) => hand.holds(cursor));
  }

  /** The offset up to which a partition is done; −1 where nothing is known. */
  doneTo(cursor: Cursor<K, V>): number {
    return [...this.loops].reduce((done, { hand }) => Math.min(done, hand.doneTo(cursor) ?? done), cursor.position);
  }

  find({ topic, partition }: TopicPartition): Cursor<K, V> | undefined {
    return this.#cursors.get(`${topic}/${partition}`);
  }

  cursor({ topic, partition }: TopicPartition): Cursor<K, V> {
    const cursor = this.find({ topic, partition });
    if (cursor === undefined)
      throw new KafkaError("config", `${topic}-${partition} is not read by this consumer`, { topic, partition });
    return cursor;
  }

  /**
   * The next batch that is there, of this partition, or of all that no loop has for itself in turn; undefined when
   * there is none. Throws when reading has failed.
   */
  nextBatch(only?: Cursor<K, V>): Handout<K, V> | undefined {
    if (this.#failure !== undefined) throw this.#takeFailure(this.#failure);
    if (!this.isTrusted()) return undefined;
    if (only !== undefined)
      return only.isPaused || only.preparing?.isSettled === false ? undefined : this.#handOut(only);
    for (let looked = this.#ready.length; looked > 0; looked--) {
      const cursor = this.#ready.shift();
      if (cursor === undefined) break;
      if (cursor.isPaused || cursor.taker !== undefined || cursor.preparing?.isSettled === false) {
        this.#ready.push(cursor);
        continue;
      }
      const handout = this.#handOut(cursor);
      if (cursor.hasData) this.#ready.push(cursor);
      if (handout !== undefined) return handout;
    }
    return undefined;
  }

  #handOut(cursor: Cursor<K, V>): Handout<K, V> | undefined {
    const before = cursor.heldBytes;
    const batch = cursor.nextBatch();
    if (batch !== undefined && this.preparation?.isReady(cursor, batch) === false) return undefined;
    this.#wakeSource(cursor, before);
    if (batch === undefined) return undefined;
    try {
      batch.reader(); // checks and decompresses, once: the loop does not pay for it again
    } catch (error) {
      if (this.isFetchedAgain(cursor, batch, KafkaError.from(error))) return undefined;
    }
    this.counters.batches++;
    return { cursor, batch, generation: cursor.generation };
  }

  /**
   * A batch cannot be read. The first time it may have been damaged on its way: all that is held of the partition is
   * fetched once more from the leader. Answers whether that is so.
   */
  isFetchedAgain(cursor: Cursor<K, V>, batch: Batch<K, V>, error: KafkaError): boolean {
    if (error.kind !== "corrupt" || cursor.isGone || !cursor.doubt(batch)) return false;
    cursor.refetch();
    this.#lookAgain(cursor, error);
    this.changed(cursor);
    return true;
  }

  #lookAgain(cursor: Cursor<K, V>, error: KafkaError): void {
    const { topic, partition } = cursor;
    this.client.cluster.log(
      "warn",
      `${topic}-${partition}: a response was damaged, and is fetched once more from the leader: ${error.message}`,
      { topic, partition, offset: cursor.fetchOffset },
    );
    cursor.preferredNodeId = -1;
    this.#assign(cursor);
  }

  isTrusted(): boolean {
    return this.trustedUntilMs === Number.POSITIVE_INFINITY || this.client.clock.monotonic() < this.trustedUntilMs;
  }

  /**
   * Settles when there may be a batch, or reading has failed, or the consumer was closed. A loop that waits keeps the
   * process alive.
   */
  wait(): Promise<void> {
    return this.#waiters.wait();
  }

  /** Answers whether anybody waited. */
  wake(): boolean {
    return this.#waiters.wake();
  }

  /** Something of a cursor changed that lets it be fetched, or handed out, again. */
  changed(cursor: Cursor<K, V>): void {
    if (cursor.hasData && !this.#ready.includes(cursor)) this.#ready.push(cursor);
    if (!cursor.hasData && this.#ready.includes(cursor)) this.#ready.splice(this.#ready.indexOf(cursor), 1);
    if (cursor.seeking !== undefined) this.#finder.kick();
    cursor.source?.kick();
    this.wake();
  }

  hasRoom(): boolean {
    return this.heldBytes < this.settings.fetchBufferBytes;
  }

  received(nodeId: number, asked: readonly Asked<K, V>[], response: FetchResponse): boolean {
    const fetchedBefore = this.counters.fetchedBytes;
    this.counters.fetches++;
    for (const topic of response.responses) {
      for (const partition of topic.partitions) {
        const found = asked.find(
          ({ cursor }) =>
            cursor.partition === partition.partitionIndex &&
            (topic.topic !== ""
              ? cursor.topic === topic.topic
              : this.client.snapshot.topics.get(cursor.topic)?.topicId === topic.topicId),
        );
        // A seek meanwhile makes the answer one to a question that nobody asks any more; a moved leader's last answer
        // is good.
        if (found === undefined || found.cursor.fetchGeneration !== found.generation) continue;
        if (partition.errorCode === 0) this.#take(found, partition);
        else this.#partitionFailed(found.cursor, partition, response, nodeId);
      }
    }
    return this.wake() && this.counters.fetchedBytes - fetchedBefore <= LITTLE_BYTES;
  }

  checked({ cursor, divergedAt, errorCode }: EpochAnswer<K, V>, nodeId: number): void {
    if (divergedAt !== undefined) {
      this.#diverged(cursor, divergedAt);
      return;
    }
    // A follower cannot answer: the leader is asked, and may name it again.
    if (this.#leavePreferred(cursor)) return;
    const error = brokerError(
      errorCode,
      `asking broker ${nodeId} where epoch ${cursor.fetchEpoch} of ${cursor.topic}-${cursor.partition} ended`,
      { topic: cursor.topic, partition: cursor.partition, offset: cursor.fetchOffset },
    );
    const action = actionFor(errorCode);
    if (action === "unknown-topic") {
      this.#unknown(cursor, error);
      return;
    }
    if (action === "fail") this.fail(error);
    this.#backOff(cursor);
    this.client.refreshMetadata();
  }

  unreachable(nodeId: number): void {
    for (const cursor of this.#cursors.values()) if (cursor.preferredNodeId === nodeId) this.#leavePreferred(cursor);
  }

  fail(error: KafkaError): void {
    this.#failure ??= error;
    this.wake();
  }

  /** No loop gets anything more. */
  stop(): void {
    this.isStopped = true;
    this.wake();
  }

  close(): void {
    this.#unsubscribe();
    this.discovery.close();
    this.stop();
  }

  #takeFailure(error: KafkaError): KafkaError {
    this.#failure = undefined;
    return error;
  }

  /**
   * Begins to read a partition, after a record of `epoch` if that is known. Harmless for one that is read already.
   * Throws where nothing says at which offset.
   */
  add(topic: string, partition: number, offset: OffsetSpec | undefined, epoch?: number): void {
    const { startOffset, maxDecompressedBytes, checkCrcs } = this.settings;
    const key = `${topic}/${partition}`;
    if (this.#cursors.has(key)) return;
    const { codecs, crc32c, bytesView } = this.client.cluster.options;
    const seeking = offset ?? (this.settings.isManual ? "committed" : startOffset);
    if (seeking === undefined)
      throw noStartError(this.settings, { topic, partition }, `${key} has no offset to begin at`);
    const cursor = new Cursor<K, V>(
      topic,
      partition,
      typeof seeking === "number" ? undefined : seeking,
      readSettings({ codecs, crc32c, bytesView, maxDecompressedBytes, checkCrcs, topic, partition }),
      tallyOf(this.tallies, topic),
    );
    if (typeof seeking === "number") cursor.moveTo(seeking, epoch);
    this.#cursors.set(key, cursor);
    if (this.isAllPaused) cursor.pause(true);
    const known = this.client.snapshot.topics.get(topic);
    if (known !== undefined && known.errorCode === 0 && known.topicId !== ZERO_UUID) cursor.topicId = known.topicId;
    if (this.settings.group !== undefined) this.#assign(cursor);
  }

  /** Reads a partition no more: what is held of it, and what is under way, is dropped. */
  remove({ topic, partition }: TopicPartition): void {
    const key = `${topic}/${partition}`;
    const cursor = this.#cursors.get(key);
    if (cursor === undefined) return;
    cursor.isGone = true;
    cursor.moveTo(-1);
    cursor.leaveSource();
    cursor.wait?.end();
    this.#cursors.delete(key);
    if (this.#ready.includes(cursor)) this.#ready.splice(this.#ready.indexOf(cursor), 1);
    if (cursor.taker !== undefined || cursor.awaitsRetry) this.wake(); // its own loop ends, or a wait of run
  }

  /**
   * Reads these partitions from now on, and no others; what is read already goes on where it is. Throws, and changes
   * nothing, where nothing says at which offset.
   */
  assign(assigned: readonly Assignment[]): void {
    const before = new Set(this.#cursors.values());
    try {
      for (const { topic, partition, offset } of assigned) this.add(topic, partition, offset);
    } catch (error) {
      for (const cursor of this.#cursors.values()) if (!before.has(cursor)) this.remove(cursor);
      throw error;
    }
    this.#assigned = assigned;
    const keys = new Set(assigned.map(({ topic, partition }) => `${topic}/${partition}`));
    for (const [key, cursor] of this.#cursors) if (!keys.has(key)) this.remove(cursor);
    this.client.wantTopics(this.#wanted());
    if (this.isActive) this.#begin();
  }

  /** Reads these topics from now on. In a group nothing changes before it has divided them. */
  subscribe(subscription: Subscription): void {
    this.#knowsTopics = false;
    this.discovery.subscribe(subscription);
    if (this.isActive) this.#begin();
  }

  /** Makes sure that the topics are known, then fetches. What stays unknown fails the loop, and is named. */
  #begin(): void {
    void this.discovery.start();
    const wanted = this.#wanted();
    awaitTopics(this.client, wanted, {
      timeoutMs: this.settings.defaultApiTimeoutMs,
      goesOn: this.#assigned === undefined,
    })
      .then((snapshot) => {
        const refusal = wanted.map((name) => refusalOf(snapshot, name)).find((error) => error !== undefined);
        if (refusal !== undefined) this.fail(refusal); // a topic without partitions has no cursor that could say it
        this.#onMetadata(snapshot);
      })
      .catch((error: unknown) => {
        const failure = KafkaError.from(error);
        if (failure.kind !== "closed") this.fail(failure);
      });
  }

  /** By name, without what patterns may find. */
  #wanted(): readonly string[] {
    return this.#assigned === undefined ? this.discovery.names : [...new Set(this.#assigned.map(({ topic }) => topic))];
  }

  /**
   * Patterns found other topics than before: those that are gone are read no more. The group does that for its members.
   */
  #onTopics(): void {
    if (this.settings.group !== undefined) return;
    const topics = new Set(this.discovery.topics);
    for (const cursor of [...this.#cursors.values()]) if (!topics.has(cursor.topic)) this.remove(cursor);
    this.#onMetadata(this.client.snapshot);
  }

  /** Metadata comes in tasks of the client: what is wrong there the loop throws. */
  #onMetadata(snapshot: MetadataSnapshot): void {
    try {
      this.#follow(snapshot);
    } catch (error) {
      this.fail(KafkaError.from(error)); // startOffset is "none", and a partition has no offset to begin at
    }
  }

  #follow(snapshot: MetadataSnapshot): void {
    const { topics } = this.discovery;
    for (const name of this.settings.group === undefined ? topics : []) {
      const partitions = snapshot.topics.get(name)?.partitions ?? [];
      // A partition that is added later is read from its beginning, whatever the policy: what was written before we
      // heard of it is not skipped.
      for (const { partition } of partitions)
        this.add(
          name,
          partition,
          this.#knowsTopics && !this.#cursors.has(`${name}/${partition}`) ? "earliest" : undefined,
        );
    }
    if (this.discovery.isDone && topics.every((name) => (snapshot.topics.get(name)?.partitions.length ?? 0) > 0))
      this.#knowsTopics = true;
    for (const cursor of this.#cursors.values()) {
      const refusal = refusalOf(snapshot, cursor.topic);
      if (refusal !== undefined) this.fail(refusal);
      const topic = snapshot.topics.get(cursor.topic);
      if (topic !== undefined && topic.errorCode === 0 && cursor.partition >= topic.partitions.length)
        this.#unknown(
          cursor,
          brokerError(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            `reading ${cursor.topic}-${cursor.partition} (the topic has ` +
              `${counted(topic.partitions.length, "partition")})`,
          ),
        );
      if (topic !== undefined && topic.errorCode === 0 && topic.topicId !== ZERO_UUID)
        this.#identify(cursor, topic.topicId);
      this.#assign(cursor);
    }
    if (this.isActive) {
      this.#finder.kick();
      for (const source of this.#sources.values()) source.kick();
    }
  }

  /**
   * A topic that was deleted and created anew under its name has nothing in common with the old one, least of all
   * offsets. Its records are all new: reading begins with the first, whatever the policy, unless that is "none".
   */
  #identify(cursor: Cursor<K, V>, topicId: string): void {
    const { topic, partition } = cursor;
    const isOther = cursor.topicId !== undefined && cursor.topicId !== topicId;
    if (isOther && !this.mayFollow(topicId, partition)) {
      if (cursor.position < 0) return;
      cursor.lostPosition = cursor.position;
      cursor.moveTo(-1); // nothing is read meanwhile
      return;
    }
    const position = cursor.position < 0 && cursor.seeking === undefined ? cursor.lostPosition : cursor.position;
    cursor.topicId = topicId;
    if (!isOther || position < 0) return;
    cursor.committed = -1;
    cursor.consumedTimestamp = -1;
    if (this.settings.autoOffsetReset === undefined) {
      cursor.moveTo(-1);
      this.fail(
        new KafkaError(
          "broker",
          `${topic}-${partition}: the topic was deleted and created anew, and reading had come to offset ` +
            `${position} of the old one; autoOffsetReset is "none": seek to where reading is to go on`,
          { topic, partition, offset: position },
        ),
      );
      return;
    }
    cursor.seek("earliest");
    cursor.lostPosition = position;
    cursor.lostReason = `the topic was deleted and created anew: the old one was read up to offset ${position}`;
    this.#finder.kick();
  }

  /** Puts a partition under the source of the broker that it is read from. */
  #assign(cursor: Cursor<K, V>): void {
    const leaderId = nodeToRead(this.client, cursor);
    if (cursor.source?.nodeId === leaderId) return;
    cursor.leaveSource();
    if (leaderId < 0) {
      this.client.refreshMetadata();
      if (this.isActive) leaderMissing(this.client, cursor);
      return;
    }
    let source = this.#sources.get(leaderId);
    if (source === undefined) {
      source = new Source<K, V>(leaderId, this);
      this.#sources.set(leaderId, source);
    }
    cursor.source = source;
    cursor.notBeforeMs = 0;
    source.cursors.add(cursor);
  }

  #take({ cursor, leaderEpoch, isDoubted }: Asked<K, V>, partition: FetchResponsePartitionData): void {
    cursor.isDoubted = false;
    cursor.isFetchedAlone = false;
    cursor.failures = 0;
    cursor.timesOutOfRange = 0;
    cursor.wait?.end();
    cursor.unknownSinceMs = -1;
    cursor.highWatermark = partition.highWatermark;
    cursor.lastStableOffset = partition.lastStableOffset;
    if (partition.divergingEpoch.endOffset >= 0 || cursor.isParting) {
      this.#diverged(cursor, partition.divergingEpoch);
      return;
    }
    if (partition.preferredReadReplica >= 0 && !isDoubted) this.#prefer(cursor, partition.preferredReadReplica);
    const bytes = partition.records;
    if (bytes === null || bytes.length === 0) return;
    this.counters.fetchedBytes += bytes.length;
    cursor.isIdle = false;
    const filter = this.settings.isReadCommitted ? new AbortedFilter(partition.abortedTransactions) : undefined;
    const hadData = cursor.hasData;
    const { advanced, doubt } = cursor.take(bytes, filter, leaderEpoch);
    if (advanced && !hadData) this.#ready.push(cursor);
    if (doubt !== undefined) this.#lookAgain(cursor, doubt.why);
    else if (!advanced) this.#backOff(cursor);
  }

  #partitionFailed(
    cursor: Cursor<K, V>,
    partition: FetchResponsePartitionData,
    response: FetchResponse,
    nodeId: number,
  ): void {
    // Only the leader's word counts: a follower may be behind, or have been given up.
    if (this.#leavePreferred(cursor)) return;
    const error = brokerError(
      partition.errorCode,
      `fetching ${cursor.topic}-${cursor.partition} at offset ${cursor.fetchOffset} from broker ${nodeId}`,
      { topic: cursor.topic, partition: cursor.partition, offset: cursor.fetchOffset },
    );
    const action = actionFor(partition.errorCode);
    switch (action) {
      case "out-of-range":
        this.#outOfRange(cursor, error);
        return;
      case "unknown-topic":
        this.#unknown(cursor, error);
        return;
      case "retry": {
        readingFailed(this.client, cursor, error);
        const hint = fetchLeaderHint(response, cursor.topic, partition);
        this.#backOff(cursor);
        if (hint === undefined || !this.client.applyLeaderHint(hint)) this.client.refreshMetadata();
        return;
      }
      case "fail":
        this.fail(error);
        return;
    }
  }

  /**
   * The log does not have the position. A new leader may only be behind, or the old one deposed: the first time
   * metadata is asked for and the fetch repeated. The second time the policy applies, and what is done is reported. Who
   * commits an epoch of which no leader ever knows hears so a little later.
   */
  #outOfRange(cursor: Cursor<K, V>, error: KafkaError): void {
    if (cursor.hasData) {
      // The application has not come so far yet: asked again at
      // once, the broker would say so again and again until it has.
      cursor.notBeforeMs = this.client.clock.monotonic() + this.client.cluster.settings.retryBackoffMaxMs;
      return;
    }
    this.client.refreshMetadata();
    // A broker whose leader epoch is older than that of the record before the position is not the leader any more, and
    // does not know.
    const leaderEpoch = this.client.snapshot.topics.get(cursor.topic)?.partitions[cursor.partition]?.leaderEpoch ?? -1;
    if (cursor.timesOutOfRange++ < (cursor.fetchEpoch > leaderEpoch ? ASKED_OF_DEPOSED : 1))
      return this.#backOff(cursor);
    const place = resetPlace(this.settings, cursor);
    if (place === undefined) return this.fail(outOfRangeError(cursor, error, this.settings));
    const lost = cursor.isParting ? cursor.position : cursor.fetchOffset;
    cursor.seek(place);
    cursor.consumedOffset = -1; // its time holds for the position that is found, wherever that is
    cursor.lostPosition = lost;
    cursor.lostReason = `the log does not have offset ${lost} any more`;
    this.#finder.kick();
  }

  /**
   * The leader has named a replica that is nearer. Believed as long as metadata is, as in Java; then the leader is
   * asked again.
   */
  #prefer(cursor: Cursor<K, V>, nodeId: number): void {
    if (!this.client.snapshot.brokers.has(nodeId)) {
      this.client.refreshMetadata();
      return;
    }
    cursor.preferredNodeId = nodeId;
    cursor.preferredUntilMs = this.client.clock.monotonic() + this.client.cluster.settings.metadataMaxAgeMs;
    this.#assign(cursor);
    cursor.source?.kick();
  }

  /** Goes back to the leader; answers whether the partition was read elsewhere. */
  #leavePreferred(cursor: Cursor<K, V>): boolean {
    if (cursor.preferredNodeId < 0) return false;
    cursor.preferredNodeId = -1;
    this.#assign(cursor);
    this.#backOff(cursor); // the leader may name the same replica again, at once
    cursor.source?.kick();
    return true;
  }

  /**
   * The log was cut off below what was fetched, by an unclean election, and other records stand there now (KIP-320).
   * What is held is of the old log. Where the application had come further than the two logs have in common, records
   * that it was given are gone: it goes back to where they part, as Java does, and is told.
   */
  #diverged(cursor: Cursor<K, V>, end: EpochEnd): void {
    const offset = cursor.partsAt(end);
    if (offset !== undefined) this.#cutOff(cursor, offset);
    else this.changed(cursor);
  }

  #cutOff(cursor: Cursor<K, V>, endOffset: number): void {
    const { position } = cursor;
    if (position > endOffset && this.settings.autoOffsetReset === undefined) {
      cursor.stay();
      this.fail(cutOffError(cursor, endOffset));
      this.#backOff(cursor);
      return;
    }
    cursor.cutOff(endOffset);
    this.changed(cursor);
    if (position > endOffset)
      positionWasReset(this, cursor, position, `the log was cut off at offset ${endOffset}, below ${position}`);
  }

  #unknown(cursor: Cursor<K, V>, error: KafkaError): void {
    const nowMs = this.client.clock.monotonic();
    if (cursor.unknownSinceMs < 0) cursor.unknownSinceMs = nowMs;
    const goesOn = this.#assigned === undefined && hasOthers(this.client.snapshot, this.discovery.topics, cursor.topic);
    if (!goesOn && nowMs - cursor.unknownSinceMs >= this.settings.defaultApiTimeoutMs) {
      cursor.unknownSinceMs = -1;
      this.fail(
        new KafkaError(
          "timeout",
          `${error.message} for ${this.settings.defaultApiTimeoutMs} ms; was the topic deleted?`,
          { cause: error, topic: cursor.topic, partition: cursor.partition },
        ),
      );
      return;
    }
    readingFailed(this.client, cursor, error);
    this.#backOff(cursor);
    this.client.refreshMetadata();
  }

  #backOff(cursor: Cursor<K, V>): void {
    cursor.notBeforeMs = this.client.clock.monotonic() + this.client.backoffMs(cursor.failures++);
  }

  #found(cursor: Cursor<K, V>, offset: number, epoch?: number): void {
    const from = cursor.lostPosition;
    cursor.lostPosition = -1;
    cursor.moveTo(offset, epoch);
    if (from >= 0) positionWasReset(this, cursor, from, cursor.lostReason);
    cursor.source?.kick();
  }

  /** What is held fell below a response's worth: there is something to fetch again. */
  #wakeSource(cursor: Cursor<K, V>, before: number): void {
    const mark = this.settings.maxPartitionFetchBytes;
    if ((before >= mark && cursor.heldBytes < mark) || cursor.heldBytes === 0) cursor.source?.kick();
  }
}
