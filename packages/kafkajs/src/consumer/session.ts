import type { AnyKafka, ConsumedBatch, Consumer, PositionReset, TopicPartition } from "odradek";
import type { ClientLife } from "../client-life.ts";
import { isRebalancing, KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { toKafkaJsError } from "../errors/to-kafkajs-error.ts";
import { Pause } from "../host-time.ts";
import type { RetrySettings } from "../retry/retry-options.ts";
import { type AssignedPartition, AssignedPartitions } from "./assigned-partitions.ts";
import { Batch, batchPayload } from "./batch.ts";
import { BatchWork, type BatchWorkHost } from "./batch-work.ts";
import type { CheckedOffset, GivenPartitions } from "./check-partitions.ts";
import type { ConsumerSettings } from "./consumer-settings.ts";
import { GroupEvents } from "./group-events.ts";
import { afterFailure } from "./handler-failures.ts";
import type { RunFields } from "./handlers.ts";
import { OffsetCommits, type OffsetsByTopic } from "./offset-commits.ts";
import { PausedPartitions } from "./paused-partitions.ts";
import type { Strategy } from "./strategy.ts";
import { beginningOf, commonBeginning, differing, type Subscriptions } from "./start-positions.ts";

/** Error codes of Kafka. */
const UNKNOWN_MEMBER_ID = 25;
const REBALANCE_IN_PROGRESS = 27;
/** The consumer looks at most this often whether positions have passed control records, in ms. */
const LOOK_MS = 100;
/** How long leaving the group may take, in ms: nothing of the user is waited for in it. */
const LEAVE_MS = 5000;

/** What a {@link Session} is made of. */
export interface SessionParts {
  readonly life: ClientLife<"consumer">;
  readonly settings: ConsumerSettings;
  readonly retry: RetrySettings;
  readonly subscriptions: Subscriptions;
  readonly run: RunFields;
  readonly strategy: (topics: readonly string[], failed: (error: unknown) => void) => Strategy;
  /** Called once, when the session cannot continue. */
  readonly crashed: (error: Error) => void;
}

type AnyConsumer = Consumer<Uint8Array, Uint8Array>;

/** A consumer between `run` and `stop`, or a crash: one Odradek consumer, and the user's handlers. */
export class Session implements BatchWorkHost {
  readonly run: RunFields;
  readonly paused = new PausedPartitions();
  readonly commits: OffsetCommits;
  rebalances = 0;
  interruption: Error = protocolError(REBALANCE_IN_PROGRESS);
  readonly #parts: SessionParts;
  readonly #partitions = new AssignedPartitions();
  readonly #group: GroupEvents;
  /** Seeks of partitions that are not assigned. */
  readonly #seeks = new Map<string, CheckedOffset>();
  /** The waits of handlers before their next try. */
  readonly #waits = new Set<Pause>();
  /** Batches at work. */
  readonly #works = new Set<Promise<void>>();
  #consumer: AnyConsumer | undefined;
  /** Ends when the consumer is closed, or cannot read on. Never rejects. */
  #reading: Promise<void> | undefined;
  #unobserve: () => void = () => undefined;
  #isRunning = true;
  #failure: { readonly error: unknown } | undefined;
  #joined: () => void = () => undefined;
  #hasJoined = false;
  #lookedMs = -Infinity;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.run = parts.run;
    const { life, settings, run } = parts;
    const { groupId } = settings;
    const { autoCommit = true, autoCommitInterval = null, autoCommitThreshold = null } = run;
    this.commits = new OffsetCommits(
      { autoCommit, autoCommitInterval, autoCommitThreshold },
      {
        host: this.host,
        partitions: this.#partitions,
        commit: (offsets) => this.#commit(offsets),
        committedElsewhere: (topic, partition) => life.cluster.offsets.get(groupId, topic, partition),
      },
    );
    this.#group = new GroupEvents({
      host: this.host,
      events: life.events,
      logger: life.cluster.rootLogger,
      groupId,
      topics: [...parts.subscriptions.keys()],
      began: () => this.#interrupt(REBALANCE_IN_PROGRESS),
      joined: () => this.#joined(),
      fetched: () => this.#look(),
    });
  }

  get host(): SessionParts["life"]["cluster"]["host"] {
    return this.#parts.life.cluster.host;
  }

  get logger(): BatchWorkHost["logger"] {
    return this.#parts.life.cluster.rootLogger.namespace("Runner");
  }

  get events(): BatchWorkHost["events"] {
    return this.#parts.life.events;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Connects, joins the group, and begins to read. Resolves after the first join. Rejects if it fails before. */
  async start(): Promise<void> {
    const { life, subscriptions } = this.#parts;
    const kafka = await life.connect();
    if (!this.#isRunning) return;
    const first = new Promise<void>((resolve) => {
      this.#joined = () => {
        this.#hasJoined = true;
        resolve();
      };
    });
    const consumer = this.#open(kafka);
    const ended = this.#read(consumer);
    this.#reading = ended;
    if (subscriptions.size === 0) return; // nothing to join for; kafkajs joins with no topics
    await Promise.race([first, ended]);
    if (!this.#hasJoined && this.#failure !== undefined) throw this.#failure.error as Error;
  }

  /** Waits for handlers at work, commits, and leaves the group. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    for (const wait of this.#waits) wait.end();
    const consumer = this.#consumer;
    consumer?.pauseAll();
    while (this.#works.size > 0) await Promise.all(this.#works);
    if (this.#hasJoined) await this.commits.automatic()?.catch(() => undefined);
    await consumer?.close({ timeoutMs: LEAVE_MS });
    await this.#reading;
    this.#unobserve();
  }

  seek(sought: CheckedOffset): void {
    const assigned = this.#partitions.get(sought.topic, sought.partition);
    if (assigned === undefined) this.#seeks.set(`${sought.topic}/${sought.partition}`, sought);
    else this.#seekNow(assigned, sought.offset);
  }

  /** `pause` of the user: a topic, or some of its partitions. */
  pausePartitions(given: readonly GivenPartitions[]): void {
    for (const one of given) this.paused.pause(one);
    this.#applyPauses();
  }

  resumePartitions(given: readonly GivenPartitions[]): void {
    for (const one of given) this.paused.resume(one);
    this.#applyPauses();
  }

  /** The paused partitions of those that are assigned. */
  pausedPartitions(): { topic: string; partitions: number[] }[] {
    const byTopic = new Map<string, number[]>();
    for (const { topic, partition } of this.#partitions)
      if (this.paused.has(topic, partition)) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
    return [...byTopic].map(([topic, partitions]) => ({ topic, partitions }));
  }

  pause(topic: string, partition: number): () => void {
    this.pausePartitions([{ topic, partitions: [partition] }]);
    return () => this.resumePartitions([{ topic, partitions: [partition] }]);
  }

  #open(kafka: AnyKafka): AnyConsumer {
    const { life, settings, subscriptions, strategy } = this.#parts;
    const topics = [...subscriptions.keys()];
    const beginning = commonBeginning(subscriptions);
    const consumer = kafka.consumer({
      ...settings.options,
      ...strategy(topics, (error) => (this.#failure ??= { error })),
      topics,
      startOffset: beginning,
      autoOffsetReset: beginning,
      onAssigned: (partitions) => this.#assigned(partitions),
      onRevoked: (partitions) => this.#removed(partitions),
      onLost: (partitions) => {
        this.#interrupt(UNKNOWN_MEMBER_ID);
        this.#removed(partitions);
      },
      onPositionReset: (reset) => this.#reset(reset),
    });
    this.#consumer = consumer;
    this.#unobserve = life.cluster.host.observe(consumer, this.#group.listeners());
    return consumer;
  }

  /** Reads until the consumer is closed. What ends it otherwise is a crash. */
  async #read(consumer: AnyConsumer): Promise<void> {
    const { partitionsConsumedConcurrently: concurrency = 1 } = this.run;
    try {
      await consumer.run({ concurrency, eachBatches: (batches) => this.#batches(batches) });
    } catch (error) {
      this.#crash(this.#failure?.error ?? toKafkaJsError(error));
    }
  }

  #crash(error: unknown): void {
    const hasJoined = this.#hasJoined;
    const isFirst = this.#isRunning;
    this.#isRunning = false;
    this.#failure = { error };
    this.#consumer?.pauseAll();
    // Before the first join `start` rejects, and its caller deals with it.
    if (isFirst && hasJoined) this.#parts.crashed(error as Error);
  }

  async #batches(batches: readonly ConsumedBatch[]): Promise<void> {
    const [first] = batches;
    if (first === undefined) return;
    const partition = this.#partitions.get(first.topic, first.partition);
    if (partition === undefined || !this.#isRunning || this.#consumer === undefined) return;
    const next = this.#consumer.position(first);
    partition.committed ??= first.baseOffset;
    partition.isBusy = true;
    const work = this.#work(partition, new BatchWork(this, partition, batches, next), next);
    this.#works.add(work);
    try {
      await work;
    } finally {
      partition.isBusy = false;
      this.#works.delete(work);
    }
  }

  /** Never rejects: Odradek's own handling of failures is not kafkajs's. */
  async #work(partition: AssignedPartition, work: BatchWork, next: number): Promise<void> {
    try {
      await work.run();
    } catch (error) {
      await this.#failed(partition, work, error);
    }
    if (work.isStale) return;
    const at = partition.resolved ?? work.first;
    if (at !== next) this.#moveTo(partition, at);
  }

  async #failed(partition: AssignedPartition, work: BatchWork, error: unknown): Promise<void> {
    const isOfMember =
      isRebalancing(error) || (error as { readonly type?: unknown } | null)?.type === "UNKNOWN_MEMBER_ID";
    if (work.isInterrupted || isOfMember) {
      await this.commits.automatic()?.catch(() => undefined);
      if (!work.isInterrupted) this.#consumer?.enforceRebalance("a handler has learned that the group rebalances");
      return;
    }
    if (!this.#isRunning) return;
    const after = afterFailure(error, partition, this.#parts.retry, () => this.host.random());
    if (after.then === "crash") {
      this.#crash(after.error);
      return;
    }
    this.logger.debug("Error while scheduling fetch manager, trying again...", {
      groupId: this.#parts.settings.groupId,
      memberId: this.#group.memberId,
      error: (error as Partial<Error> | null | undefined)?.message,
      stack: (error as Partial<Error> | null | undefined)?.stack,
      retryCount: partition.failures,
      retryTime: after.waitMs,
    });
    partition.failures = after.failures;
    partition.retryTime = after.retryTime;
    await this.#wait(after.waitMs);
  }

  /** Waits, unless a stop or a rebalance ends the wait. */
  async #wait(ms: number): Promise<void> {
    const wait = new Pause(this.host, ms);
    this.#waits.add(wait);
    await wait.done;
    this.#waits.delete(wait);
  }

  #interrupt(code: number): void {
    this.rebalances++;
    this.interruption = protocolError(code);
    for (const wait of this.#waits) wait.end();
  }

  /** Delivery of these partitions begins when this has ended. */
  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    const { subscriptions, settings, life } = this.#parts;
    for (const one of partitions) {
      life.cluster.offsets.forget(settings.groupId, one.topic, one.partition);
      const assigned = this.#partitions.add(one);
      const position = consumer.position(one);
      if (position >= 0) assigned.committed = position;
    }
    const others = differing(partitions, subscriptions);
    if (others.length > 0) {
      const committed = await consumer.committed(others);
      for (const [i, one] of others.entries())
        if ((committed[i] ?? null) === null) consumer.seek(one, beginningOf(subscriptions, one.topic));
    }
    this.#applyPauses();
    for (const one of partitions) {
      const key = `${one.topic}/${one.partition}`;
      const sought = this.#seeks.get(key);
      const assigned = this.#partitions.get(one.topic, one.partition);
      if (sought === undefined || assigned === undefined) continue;
      this.#seeks.delete(key);
      this.#seekNow(assigned, sought.offset);
    }
    this.commits.recount();
  }

  #removed(partitions: readonly TopicPartition[]): void {
    for (const one of partitions) this.#partitions.remove(one);
    this.commits.recount();
  }

  #applyPauses(): void {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    const owned = new Set(consumer.assignment().map(({ topic, partition }) => `${topic}/${partition}`));
    const all = [...this.#partitions].filter(({ topic, partition }) => owned.has(`${topic}/${partition}`));
    consumer.pause(all.filter(({ topic, partition }) => this.paused.has(topic, partition)).map(placeOf));
    consumer.resume(all.filter(({ topic, partition }) => !this.paused.has(topic, partition)).map(placeOf));
  }

  /** −1 is the end, −2 the beginning. With `autoCommit` the new position is committed at once, as in kafkajs. */
  #seekNow(partition: AssignedPartition, offset: number): void {
    partition.seeks++;
    partition.failures = 0;
    partition.resolved = undefined;
    partition.committed = undefined;
    partition.mustCommit = true;
    this.commits.recount();
    this.#moveTo(partition, offset === -1 ? "latest" : offset === -2 ? "earliest" : offset);
    if (offset >= 0) this.#placed(partition, offset);
  }

  #moveTo(partition: AssignedPartition, where: number | "latest" | "earliest"): void {
    if (this.#consumer === undefined || this.#partitions.get(partition.topic, partition.partition) !== partition)
      return;
    try {
      this.#consumer.seek(placeOf(partition), where);
    } catch {
      // The partition has gone in this moment: it is read from the committed offset by its next owner.
    }
  }

  /** The log no longer had the position: the new one is committed. */
  #reset({ topic, partition, to }: PositionReset): void {
    const assigned = this.#partitions.get(topic, partition);
    if (assigned === undefined) return;
    assigned.seeks++;
    assigned.resolved = undefined;
    assigned.committed = undefined;
    assigned.mustCommit = true;
    const beginning = beginningOf(this.#parts.subscriptions, topic);
    if (beginning !== commonBeginning(this.#parts.subscriptions)) this.#moveTo(assigned, beginning);
    else this.#placed(assigned, to);
  }

  /** A partition has got its position. */
  #placed(partition: AssignedPartition, position: number): void {
    partition.committed ??= partition.mustCommit ? undefined : position;
    if (!partition.mustCommit) return;
    partition.mustCommit = false;
    const { autoCommit = true } = this.run;
    if (autoCommit) {
      partition.committed = position;
      this.#commitPlace(partition, position);
    } else this.commits.resolve(partition, position);
  }

  /** Commits where a partition begins now. COMMIT_OFFSETS does not tell of it, as in kafkajs. */
  #commitPlace(place: AssignedPartition, offset: number): void {
    const { topic, partition } = place;
    const offsets = { topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }] };
    this.host.runtime.spawn(async () => {
      try {
        if (this.#isRunning) await this.#commit(offsets, false);
      } catch {
        place.committed = undefined; // the next commit has it
        place.resolved ??= offset;
      }
    });
  }

  #commitSoon(): void {
    this.host.runtime.spawn(async () => {
      if (this.#isRunning) await this.commits.automatic()?.catch(() => undefined);
    });
  }

  /** Positions that were looked up are known now, and others have passed control records or aborted ones. */
  #look(): void {
    const consumer = this.#consumer;
    const nowMs = this.host.clock.monotonic();
    if (consumer === undefined || !this.#isRunning) return;
    const isWhole = nowMs - this.#lookedMs >= LOOK_MS;
    if (isWhole) this.#lookedMs = nowMs;
    let hasMoved = false;
    for (const partition of this.#partitions) {
      if (partition.isBusy || (!isWhole && partition.committed !== undefined)) continue;
      const position = positionOf(consumer, partition);
      if (position < 0) continue;
      if (partition.committed === undefined && partition.resolved === undefined) this.#placed(partition, position);
      const from = partition.resolved ?? partition.committed ?? position;
      if (position <= from) continue;
      this.#passed(partition, from, position);
      hasMoved = true;
    }
    if (hasMoved) this.#commitSoon();
  }

  /** Everything from `first` to `next` was left out: control records and aborted ones. */
  #passed(passed: AssignedPartition, first: number, next: number): void {
    const { topic, partition } = passed;
    const batch = new Batch({ topic, partition, highWatermark: next, first, next }, []);
    this.events.emit("START_BATCH_PROCESS", () => batchPayload(batch, 0));
    this.commits.resolve(passed, next);
    this.events.emit("END_BATCH_PROCESS", () => ({ ...batchPayload(batch, 0), duration: 0 }));
  }

  async #commit(offsets: OffsetsByTopic, isTold = true): Promise<void> {
    const { life, settings } = this.#parts;
    const { groupId } = settings;
    const flat = offsets.topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset, metadata }) => ({
        topic,
        partition: Number(partition),
        offset: Number(offset),
        ...(metadata === null || metadata === undefined ? {} : { metadata }),
      })),
    );
    if (flat.length === 0 || this.#consumer === undefined) return;
    try {
      await this.#consumer.commit(flat);
    } catch (error) {
      throw toKafkaJsError(error);
    }
    for (const { topic, partition, offset } of flat)
      life.cluster.offsets.mark(groupId, topic, partition, String(offset));
    const { memberId, generation: groupGenerationId } = this.#group;
    if (isTold) this.events.emit("COMMIT_OFFSETS", () => ({ groupId, memberId, groupGenerationId, topics: offsets.topics }));
  }
}

function placeOf({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition };
}

/** −1 if it is not known, or the partition has gone. */
function positionOf(consumer: AnyConsumer, partition: TopicPartition): number {
  try {
    return consumer.position(placeOf(partition));
  } catch {
    return -1;
  }
}

function protocolError(code: number): KafkaJSProtocolError {
  return new KafkaJSProtocolError(protocolFault(code));
}
