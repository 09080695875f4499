import type { AnyKafka, Consumer, GroupOffset } from "odradek";
import type { ClientLife } from "../client-life.ts";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { toKafkaJsError } from "../errors/to-kafkajs-error.ts";
import type { RetrySettings } from "../retry/retry-options.ts";
import { type AssignedPartition, AssignedPartitions } from "./assigned-partitions.ts";
import { BatchRunner, type BatchRunnerHost } from "./batch-runner.ts";
import type { ConsumerSettings } from "./consumer-settings.ts";
import { GroupEvents } from "./group-events.ts";
import type { RunFields } from "./handlers.ts";
import { OffsetCommits, type OffsetsByTopic } from "./offset-commits.ts";
import { Positions } from "./positions.ts";
import { commonBeginning, type Subscriptions } from "./start-positions.ts";
import type { Strategy } from "./strategy.ts";

/** Error codes of Kafka. */
const UNKNOWN_MEMBER_ID = 25;
const REBALANCE_IN_PROGRESS = 27;
/** How long leaving the group may take, in ms: nothing of the user is waited for in it. */
const LEAVE_MS = 5000;
/** Partitions whose batches may wait for a handler, or for their commit, beside those that are with a handler. */
const MORE_PARTITIONS = 3;

/** The parts of a {@link Session}. */
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

/** A consumer between `run` and `stop`, or a crash: one Odradek consumer, and the user's handlers. */
export class Session implements BatchRunnerHost {
  readonly run: RunFields;
  readonly retry: RetrySettings;
  readonly partitions = new AssignedPartitions();
  readonly commits: OffsetCommits;
  readonly positions: Positions;
  rebalances = 0;
  interruption: Error = protocolError(REBALANCE_IN_PROGRESS);
  readonly #parts: SessionParts;
  readonly #group: GroupEvents;
  readonly #runner: BatchRunner;
  #consumer: Consumer | undefined;
  /** Ends when the consumer is closed, or cannot read on. Never rejects. */
  #reading: Promise<void> | undefined;
  #unobserve: () => void = () => undefined;
  #isRunning = true;
  #failure: { readonly error: unknown } | undefined;
  #joined: () => void = () => undefined;
  #hasJoined = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.run = parts.run;
    this.retry = parts.retry;
    const { host, events, partitions } = this;
    const { life, settings, run, subscriptions } = parts;
    const { groupId } = settings;
    const { autoCommit = true, autoCommitInterval = null, autoCommitThreshold = null } = run;
    this.commits = new OffsetCommits(
      { autoCommit, autoCommitInterval, autoCommitThreshold },
      {
        host,
        partitions,
        commit: (offsets) => this.#commit(offsets),
        isCommittedElsewhere: (topic, partition, offset) => life.cluster.offsets.has(groupId, topic, partition, offset),
      },
    );
    this.positions = new Positions({
      ...{ host, events, partitions, subscriptions, autoCommit, commits: this.commits },
      isRunning: () => this.#isRunning,
      consumer: () => this.#consumer,
      commitSilently: (offsets) => this.#send(offsets),
      moved: (topic, partition) => life.cluster.offsets.forget(groupId, topic, partition),
    });
    this.#runner = new BatchRunner(this);
    this.#group = new GroupEvents({
      ...{ host, events, groupId, logger: life.cluster.rootLogger, topics: [...subscriptions.keys()] },
      began: () => this.#interrupt(REBALANCE_IN_PROGRESS),
      joined: () => {
        this.commits.joined();
        this.#joined();
      },
      fetched: () => this.positions.look(),
    });
  }

  get host(): BatchRunnerHost["host"] {
    return this.#parts.life.cluster.host;
  }

  get logger(): BatchRunnerHost["logger"] {
    return this.#parts.life.cluster.rootLogger.namespace("Runner");
  }

  get events(): BatchRunnerHost["events"] {
    return this.#parts.life.events;
  }

  get concurrency(): number {
    return this.run.partitionsConsumedConcurrently ?? 1;
  }

  get paused(): BatchRunnerHost["paused"] {
    return this.positions.paused;
  }

  get member(): BatchRunnerHost["member"] {
    return { groupId: this.#parts.settings.groupId, memberId: this.#group.memberId };
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
    const reading = this.#read(consumer);
    this.#reading = reading;
    if (subscriptions.size === 0) return; // there is nothing to join for; kafkajs joins with no topics
    await Promise.race([first, reading]);
    if (!this.#hasJoined && this.#failure !== undefined) throw this.#failure.error as Error;
  }

  /** Waits for handlers at work, commits, and leaves the group. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#runner.endWaits();
    const consumer = this.#consumer;
    consumer?.pauseAll();
    await this.#runner.idle();
    if (this.#hasJoined) await this.commits.automatic()?.catch(() => undefined);
    await consumer?.close({ timeoutMs: LEAVE_MS });
    await this.#reading;
    this.#unobserve();
  }

  pause(topic: string, partition: number): () => void {
    const given = [{ topic, partitions: [partition] }];
    this.positions.pause(given);
    return () => this.positions.resume(given);
  }

  position({ topic, partition }: AssignedPartition): number {
    return this.#consumer?.position({ topic, partition }) ?? -1;
  }

  moveTo(partition: AssignedPartition, offset: number): void {
    this.positions.moveTo(partition, offset);
  }

  rejoin(): void {
    this.#consumer?.enforceRebalance("a handler has learned that the group rebalances");
  }

  crash(error: unknown): void {
    const isFirst = this.#isRunning;
    this.#isRunning = false;
    this.#failure = { error };
    this.#consumer?.pauseAll();
    // Before the first join `start` rejects, and its caller deals with it.
    if (isFirst && this.#hasJoined) this.#parts.crashed(error as Error);
  }

  #open(kafka: AnyKafka): Consumer {
    const { life, settings, subscriptions, strategy } = this.#parts;
    const { groupId } = settings;
    const topics = [...subscriptions.keys()];
    const beginning = commonBeginning(subscriptions);
    const consumer = kafka.consumer({
      ...settings.options,
      ...strategy(topics, (error) => (this.#failure ??= { error })),
      topics,
      startOffset: beginning,
      autoOffsetReset: beginning,
      onAssigned: (partitions) => {
        for (const { topic, partition } of partitions) life.cluster.offsets.forget(groupId, topic, partition);
        return this.positions.assigned(partitions);
      },
      onRevoked: (partitions) => this.positions.removed(partitions),
      onLost: (partitions) => {
        this.#interrupt(UNKNOWN_MEMBER_ID);
        this.positions.removed(partitions);
      },
      onPositionReset: (reset) => this.positions.reset(reset),
    });
    this.#consumer = consumer;
    this.#unobserve = this.host.observe(consumer, this.#group.listeners());
    return consumer;
  }

  /** Reads until the consumer is closed. Any other end is a crash. */
  async #read(consumer: Consumer): Promise<void> {
    try {
      // More than handlers may have: these wait for a handler, or for their common commit.
      await consumer.run({
        concurrency: this.concurrency + MORE_PARTITIONS,
        eachBatches: (batches) => this.#runner.run(batches),
      });
    } catch (error) {
      this.crash(this.#failure?.error ?? toKafkaJsError(error));
    }
  }

  /** A rebalance: handlers at work learn of it. */
  #interrupt(code: number): void {
    this.rebalances++;
    this.interruption = protocolError(code);
    this.#runner.endWaits();
  }

  async #commit(offsets: OffsetsByTopic): Promise<void> {
    await this.#send(offsets);
    const { memberId, generation: groupGenerationId } = this.#group;
    const { groupId } = this.#parts.settings;
    this.events.emit("COMMIT_OFFSETS", () => ({ groupId, memberId, groupGenerationId, topics: offsets.topics }));
  }

  async #send({ topics }: OffsetsByTopic): Promise<void> {
    const { life, settings } = this.#parts;
    const offsets: GroupOffset[] = [];
    for (const { topic, partitions } of topics)
      for (const { partition: number, offset: at, metadata } of partitions) {
        const partition = Number(number);
        const offset = Number(at);
        const isBare = metadata === null || metadata === undefined;
        offsets.push(isBare ? { topic, partition, offset } : { topic, partition, offset, metadata });
      }
    try {
      await this.#consumer?.commit(offsets);
    } catch (error) {
      throw toKafkaJsError(error);
    }
    for (const { topic, partition, offset } of offsets)
      life.cluster.offsets.mark(settings.groupId, topic, partition, String(offset));
  }
}

function protocolError(code: number): KafkaJSProtocolError {
  return new KafkaJSProtocolError(protocolFault(code));
}
