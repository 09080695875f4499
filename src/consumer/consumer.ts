import { type CallLimit, ClusterClient } from "../cluster/cluster-client.ts";
import { wholeNumber } from "../cluster/options.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { type Metric, metricsOf } from "../cluster/metrics.ts";
import { StatisticsTimer } from "../cluster/statistics.ts";
import { consumerReadings, lagOf } from "./consumer-readings.ts";
import { checkOffsets, type CommittedOffset, type GroupMetadata, type GroupOffset } from "../cluster/group-offsets.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { ConsumerBase } from "./consumer-base.ts";
import { atLeastOneMs, errorOf, milliseconds, oneOf, shape, signal, text, wholeFrom } from "../errors/shape.ts";
import type { KafkaRecord } from "../records/record.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { sleep } from "../runtime/sleep.ts";
import { BatchStream } from "./reading/batch-stream.ts";
import type { ConsumedBatch } from "./reading/consumed-batch.ts";
import { recordDecoder } from "./reading/decoder.ts";
import type { ConsumerCounters } from "./partitions/counters.ts";
import { Fetcher } from "./fetching/fetcher.ts";
import type { GroupMembershipOperation } from "./group/member.ts";
import { Membership } from "./group/membership.ts";
import type { GroupSettings } from "./group/options.ts";
import {
  type OffsetAndTimestamp,
  OffsetQueries,
  type TimestampToSearch,
  type Watermarks,
} from "../cluster/offsets/offset-queries.ts";
import { notingTime } from "./partitions/offset-reset.ts";
import { checkedSpec, type OffsetSpec } from "./partitions/offset-spec.ts";
import {
  type Assignment,
  type ConsumerOptions,
  type TopicPartition,
  checkAssignment,
  consumerSettings,
} from "./options.ts";
import type { Cursor } from "./partitions/cursor.ts";
import { Loop } from "./reading/loop.ts";
import { PartitionStream } from "./reading/partition-stream.ts";
import { BatchLane } from "./reading/run/batch-lane.ts";
import { type RunOptions, checkRunOptions } from "./reading/run/options.ts";
import { KeyLane, RecordLane } from "./reading/run/record-lane.ts";
import { Runner } from "./reading/run/runner.ts";
import { arePlaces, isPlace } from "../cluster/topic-partition.ts";
import { RecordStream } from "./reading/record-stream.ts";
import { selected, subscriptionOf, type TopicSelection } from "./partitions/subscription.ts";
import { TransactionalReader } from "./reading/transactional-reader.ts";
import { WorkInHand } from "./reading/work-in-hand.ts";

const CLOSE_TIMEOUT_MS = 30_000;
/**
 * At least so long for committing, and so long again for leaving: the partitions of a member that does not leave wait
 * for the session's end.
 */
const LEAVE_MS = 1000;

/** How a loop is ended from outside. */
export interface LoopOptions {
  /** Ends the loop with an error of kind `cancelled`: in place of the next record, also in the middle of a batch. */
  readonly signal?: AbortSignalLike;
}

/** How a consumer is closed. */
export interface ConsumerCloseOptions {
  /**
   * How long the callbacks of `run` that are at work, and the body of a loop, are waited for, in ms. What is left of
   * it, and at least a second, is for committing and the `onRevoked` hook; the last second, or one more, is for leaving
   * the group. Default 30000, as in Java: `CloseOptions.timeout`. 0 waits for no work: call it so inside of a loop's
   * body.
   */
  readonly timeoutMs?: number;
  /** When it fires the application's work is waited for no longer. */
  readonly signal?: AbortSignalLike;
  /**
   * Whether the group is told (KIP-1092): `"leave"` surely, `"remain"` not, so that the partitions wait for who comes
   * back. Default: static members remain, others leave.
   */
  readonly groupMembership?: GroupMembershipOperation;
}

/** How long a call to the cluster may take. */
export interface CommitOptions extends LoopOptions {
  /** Default: `defaultApiTimeoutMs`. */
  readonly timeoutMs?: number;
}

const isOffset = wholeFrom(0);
const LOOP_OPTIONS = shape({ signal });
const CALL_OPTIONS = shape({ timeoutMs: atLeastOneMs, signal });
const CLOSE_OPTIONS = shape({ timeoutMs: milliseconds, signal, groupMembership: oneOf("default", "leave", "remain") });

/**
 * Reads records: `for await (const record of consumer)`, or batch by batch. One loop at a time; leaving it does not
 * close the consumer, and another goes on where it ended. Java: `KafkaConsumer`.
 */
export class Consumer<K = Uint8Array, V = Uint8Array>
  extends ConsumerBase
  implements AsyncIterable<KafkaRecord<K | null, V | null>>
{
  readonly #client: ClusterClient;
  readonly #fetcher: Fetcher<K | null, V | null>;
  readonly #decode: ((record: KafkaRecord<K | null, V | null>) => void) | undefined;
  #membership: Membership<K | null, V | null> | undefined;
  #topics: readonly (string | RegExp)[];
  #unsubscribing: Promise<void> | undefined;
  readonly #queries: OffsetQueries;
  readonly #work: WorkInHand<K | null, V | null>;
  #isLooping = false;
  #closing: Promise<void> | undefined;
  readonly #group: GroupSettings | undefined;

  /** @internal */
  constructor(cluster: Cluster, options: ConsumerOptions<K, V>) {
    super();
    const settings = consumerSettings(options as ConsumerOptions<never, never>);
    this.#client = new ClusterClient(cluster, "consumer", settings.group?.groupId);
    this.#fetcher = new Fetcher<K | null, V | null>(this.#client, settings, {
      key: options.key,
      value: options.value,
    });
    this.#work = new WorkInHand<K | null, V | null>(this.#fetcher.handOut);
    this.#queries = new OffsetQueries(this.#client, settings.isReadCommitted);
    this.#group = settings.group;
    this.#membership =
      settings.group === undefined ? undefined : new Membership<K | null, V | null>(this.#fetcher, settings.group);
    this.#topics = settings.topics;
    const decode = recordDecoder(options.key, options.value, cluster.options.utf8);
    const { preparation } = this.#fetcher.handOut;
    const prepared = preparation === undefined ? decode : preparation.decoder(decode);
    this.#decode =
      settings.autoOffsetReset === "nearest"
        ? notingTime((record) => this.#fetcher.partitions.find(record), prepared)
        : prepared;
    const { onStatistics } = options;
    if (onStatistics !== undefined)
      new StatisticsTimer(
        this.#client,
        settings.statisticsIntervalMs,
        () => consumerReadings(this.#fetcher, this.#membership),
        onStatistics,
      );
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** What this consumer has done so far. Plain fields, read them whenever you like. */
  get counters(): Readonly<ConsumerCounters> {
    return this.#fetcher.counters;
  }

  /**
   * All numbers that this consumer has, under Java's names: totals since it was made, what stands now, and averages
   * over its life. For rates, and averages of an interval, give it `onStatistics`. Java: `metrics`.
   */
  metrics(): readonly Metric[] {
    return metricsOf(consumerReadings(this.#fetcher, this.#membership));
  }

  /**
   * Bytes of batches that were fetched and not handed out yet: at most `fetchBufferBytes`, and what one response for
   * each partition has.
   */
  get bufferedBytes(): number {
    return this.#fetcher.partitions.held.bytes;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<KafkaRecord<K | null, V | null>> {
    return this.records();
  }

  /** Records one by one, for ever: what `for await` over the consumer does, with options. */
  records(options: LoopOptions = {}): AsyncIterableIterator<KafkaRecord<K | null, V | null>> {
    return new RecordStream<K | null, V | null>(this.#loop(options, "records"), this.#decode);
  }

  /** Batch by batch, as they lie in the log: the cheapest way to read. A batch is done when the next is asked for. */
  batches(options: LoopOptions = {}): AsyncIterableIterator<ConsumedBatch<K | null, V | null>> {
    return new BatchStream<K | null, V | null>(this.#loop(options, "batches"), this.#decode);
  }

  /**
   * Calls back for every record, or every batch, `concurrency` at once: partitions beside each other,
   * each in order, or with `orderBy: "key"` the records of one key. What is committed of a partition is
   * its lowest offset that is not done. Settles when the consumer is closed. A callback that fails is
   * called again `retries` times; then `onFailed` decides. By default the first failure ends the run:
   * nothing more is started, callbacks that are at work end, and run() rejects with that error; that
   * record, and what was not started, is the next again. A partition that goes to another member waits
   * for its callbacks, until `maxPollIntervalMs` is over. Callbacks that return no promise cost none.
   */
  async run(options: RunOptions<K | null, V | null>): Promise<void> {
    const { concurrency, isByKey, failures } = checkRunOptions(options, this.#client.cluster.settings);
    const loop = this.#loop({ signal: options.signal }, "run");
    const settings = { decode: this.#decode, counters: this.#fetcher.counters, concurrency };
    if (options.eachBatch !== undefined)
      await new Runner(
        loop,
        concurrency,
        (cursor) => new BatchLane(cursor, settings),
        options.eachBatch,
        failures,
        settings,
      ).run();
    else
      await new Runner(
        loop,
        concurrency,
        (cursor) => (isByKey ? new KeyLane(cursor, settings) : new RecordLane(cursor, settings)),
        options.eachRecord,
        failures,
      ).run();
  }

  /**
   * Splits a partition off, to be read beside the others at its own pace; the consumer's own loop gets it no more until
   * the stream is left. Ask for it in `onAssigned`, or before the loop reads it: what a loop has in hand of it counts
   * as done. Commits, hooks and `maxPollIntervalMs` are as for a loop. Throws kind `config` where this consumer does
   * not read it, or it was split off before. librdkafka: `rd_kafka_queue_get_partition`.
   */
  partition(topic: string, partition: number, options: LoopOptions = {}): PartitionStream<K | null, V | null> {
    isPlace({ topic, partition }, "partition: the partition");
    LOOP_OPTIONS(options, "partition");
    const cursor = this.#fetcher.partitions.get({ topic, partition });
    if (this.#closing !== undefined) throw new KafkaError("closed", "this consumer was closed; make another");
    if (cursor.taker !== undefined)
      throw new KafkaError("config", `${topic}-${partition} is read by a stream of its own, or by run, already`, {
        topic,
        partition,
      });
    const loop: Loop<K | null, V | null> = new Loop<K | null, V | null>(
      this.#fetcher.handOut,
      options.signal,
      () => {
        cursor.release(loop);
        this.#fetcher.handOut.changed(cursor);
      },
      cursor,
    );
    cursor.claim(loop);
    // What the main loop has open of it is left behind there, and read again here.
    if (cursor.position >= 0) cursor.moveTo(cursor.position);
    this.#fetcher.handOut.changed(cursor);
    return new PartitionStream(topic, partition, loop, this.#decode);
  }

  /** Not for users: what `consumeTransformProduce` reads with. It is this consumer's loop. @internal */
  transactionalReader(): TransactionalReader<K | null, V | null> {
    return new TransactionalReader<K | null, V | null>(
      this.#fetcher,
      this.#inGroup("reading for transactions"),
      this.#loop({}, "reading for transactions"),
      this.#decode,
    );
  }

  /** The offset of the next record that is delivered of a partition; −1 while it is not known. */
  position(partition: TopicPartition): number {
    isPlace(partition, "position: the partition");
    return this.#fetcher.partitions.get(partition).position;
  }

  /**
   * Goes on at an offset, at the first or the next one, at a time (`{ timestamp }`, `{ durationMs }`), or n
   * offsets before the end (`{ tail: n }`). Takes effect with the next record, also in the middle of a loop.
   */
  seek(partition: TopicPartition, offset: OffsetSpec): void {
    isPlace(partition, "seek: the partition");
    const spec = checkedSpec("seek({ topic, partition }, offset): the offset", offset);
    const cursor = this.#fetcher.partitions.get(partition);
    if (typeof spec === "number") cursor.moveTo(spec);
    else cursor.seek(spec);
    this.#fetcher.handOut.changed(cursor);
  }

  /**
   * How many records lie between the position and the log's end, as the last fetch saw it; under `read_committed` the
   * end of what is decided. Undefined while either is not known. Costs nothing. Java: `currentLag` (KIP-695).
   */
  currentLag(partition: TopicPartition): number | undefined {
    isPlace(partition, "currentLag: the partition");
    return lagOf(this.#fetcher.partitions.get(partition), this.#fetcher.settings.isReadCommitted);
  }

  /**
   * For each partition the first record whose timestamp is not before the one given; null where there is none. Any
   * partitions, whether they are read or not. Rejects with kind `timeout` where a topic stays unknown. Java:
   * `offsetsForTimes`.
   */
  async offsetsForTimes(
    searches: readonly TimestampToSearch[],
    options: CommitOptions = {},
  ): Promise<readonly (OffsetAndTimestamp | null)[]> {
    return this.#queries.forTimes(searches, this.#limit(options, "offsetsForTimes"));
  }

  /** The offset of the first record of each partition. Java: `beginningOffsets`. */
  async beginningOffsets(
    partitions: readonly TopicPartition[],
    options: CommitOptions = {},
  ): Promise<readonly number[]> {
    arePlaces(partitions, "beginningOffsets: partitions");
    return this.#queries.beginning(partitions, this.#limit(options, "beginningOffsets"));
  }

  /**
   * The offset of the next record of each partition; under `read_committed` that of the first which is not decided.
   * Java: `endOffsets`.
   */
  async endOffsets(partitions: readonly TopicPartition[], options: CommitOptions = {}): Promise<readonly number[]> {
    arePlaces(partitions, "endOffsets: partitions");
    return this.#queries.end(partitions, this.#limit(options, "endOffsets"));
  }

  /** Where a partition's log begins and ends, asked of its leader now. librdkafka: `query_watermark_offsets`. */
  async watermarks(partition: TopicPartition, options: CommitOptions = {}): Promise<Watermarks> {
    isPlace(partition, "watermarks: the partition");
    return this.#queries.watermarks(partition, this.#limit(options, "watermarks"));
  }

  /** Delivers nothing of these partitions, and fetches nothing, until {@link resume}. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const cursor of this.#cursors(partitions, "pause")) cursor.pause(true);
  }

  /** Pauses what is read, and what comes to be read later, until {@link resumeAll}; {@link resume} excepts some. */
  pauseAll(): void {
    this.#fetcher.partitions.pauseAll();
  }

  /** Ends {@link pauseAll}, and every {@link pause}. */
  resumeAll(): void {
    this.#fetcher.partitions.pauseNoMore();
    this.resume(this.paused());
  }

  /** The partitions that are paused. Java: `paused`. */
  paused(): readonly TopicPartition[] {
    const paused = [...this.#fetcher.partitions].filter(({ isPausedByUser }) => isPausedByUser);
    return paused.map(({ topic, partition }) => ({ topic, partition }));
  }

  /** Delivers and fetches these partitions again, after {@link pause}. Java: `resume`. */
  resume(partitions: readonly TopicPartition[]): void {
    for (const cursor of this.#cursors(partitions, "resume")) {
      cursor.pause(false);
      this.#fetcher.handOut.changed(cursor);
    }
  }

  /**
   * Commits for the group: without arguments what the loop has moved past, else these offsets, each that of the next
   * record to read, with a text of your own (`metadata`) and the leader epoch of the record before it, if you have
   * them; of what the loop has read it is known. Settles when the coordinator has them. Rejects with the broker's code
   * where the group went on without this member: what was read since the last commit is read again by others. Java:
   * `commitSync`.
   */
  async commit(offsets?: readonly GroupOffset[], options: CommitOptions = {}): Promise<void> {
    const { client } = this.#fetcher;
    if (offsets !== undefined) checkOffsets("commit", offsets);
    const { timeoutMs, signal } = this.#limit(options, "commit");
    const cancelled = new Cancellation();
    const unfollow = cancelled.follow(this.#client.shared(signal));
    try {
      await this.#inGroup("commit").commit(offsets, client.clock.monotonic() + timeoutMs, cancelled);
    } finally {
      unfollow();
    }
  }

  /**
   * What the group has committed for these partitions, in their order: the offset of the next record to read, and what
   * was committed with it; null for nothing. Java: `committed`.
   */
  async committed(
    partitions: readonly TopicPartition[],
    options: CommitOptions = {},
  ): Promise<readonly (CommittedOffset | null)[]> {
    arePlaces(partitions, "committed: partitions");
    const { timeoutMs, signal } = this.#limit(options, "committed");
    return this.#inGroup("committed").offsets.fetch(partitions, this.#client.clock.monotonic() + timeoutMs, signal);
  }

  /**
   * This consumer's place in its group, for a producer's `sendOffsets` (KIP-447): the coordinator then takes the
   * offsets of present members only. It changes with every rebalance: ask for it when you send. Before the loop has
   * joined, and after the group went on without it, it has no member id, and generation −1. Throws kind `config`
   * without a group. Java: `groupMetadata`.
   */
  groupMetadata(): GroupMetadata {
    return this.#inGroup("groupMetadata").metadata();
  }

  /**
   * The record in hand is done, although the next was not asked for: before a `break`, or a commit in the middle of its
   * work.
   */
  markProcessed(record: { readonly topic: string; readonly partition: number; readonly offset: number }): void {
    isPlace(record, "markProcessed: the record");
    isOffset(record.offset, "markProcessed: the record.offset");
    this.#fetcher.partitions.find(record)?.progress.markProcessed(record.offset + 1);
  }

  /**
   * Reads these partitions from now on, and no others, also in the middle of a loop: of what is left out nothing more
   * is delivered. What is read already goes on where it is, whatever `offset` says; `[]` reads nothing, and a loop
   * waits. For a consumer that was made with `assign`; throws kind `config` for others, and where nothing says at which
   * offset to begin. Java: `assign`; librdkafka's `incremental_assign` is `assign([...consumer.assignment(), more])`.
   */
  assign(partitions: readonly Assignment[]): void {
    const { group, assign } = this.#fetcher.settings;
    if (this.#closing !== undefined) throw new KafkaError("closed", "this consumer was closed; make another");
    if (assign === undefined)
      throw new KafkaError(
        "config",
        `assign: this consumer ${group === undefined ? "reads topics" : "gets its partitions from its group"}; ` +
          `make one with \`assign\` (\`[]\` for none yet)`,
      );
    checkAssignment(partitions);
    this.#fetcher.assign(partitions);
  }

  /**
   * Replaces the topics that this consumer reads, also in the middle of a loop. To add one, call
   * `subscribe([...consumer.subscription(), "more"])`. In a group this begins a rebalance, and the hooks tell which
   * partitions come and go. Without a group, topics that are left out are dropped at once, with their positions.
   *
   * The consumer must have been made with `topics` (`[]` for none yet). Throws kind `config`
   * where it was not, for an empty list, and for a wrong topic name. Java: `subscribe`.
   */
  subscribe(topics: TopicSelection): void {
    this.#checkSubscribing("subscribe");
    const subscription = subscriptionOf(topics, "subscribe: topics");
    if (subscription.names.length + subscription.patterns.length === 0) {
      throw new KafkaError("config", "subscribe: the list of topics is empty; unsubscribe() is for none");
    }
    this.#topics = selected(topics);
    if (this.#unsubscribing !== undefined) return; // what ends it goes on with these
    this.#fetcher.subscribe(subscription);
    this.#membership?.asked();
  }

  /**
   * Stops reading until {@link subscribe} is called; a loop waits meanwhile. A member of a group
   * commits what is done, gives its partitions back (`onRevoked`) and leaves the group; a static
   * member stays in it. The record that a loop has in hand does not count as done: leave the
   * loop first, or call `markProcessed`. Settles when the member has left, after `timeoutMs` at
   * the latest (default `defaultApiTimeoutMs`). Harmless when repeated. Java: `unsubscribe`.
   */
  async unsubscribe(options: CommitOptions = {}): Promise<void> {
    const { timeoutMs } = this.#limit(options, "unsubscribe");
    this.#checkSubscribing("unsubscribe");
    this.#topics = [];
    this.#unsubscribing ??= this.#leaveGroup(timeoutMs);
    return this.#unsubscribing;
  }

  /** What is subscribed to, as it was given. Java: `subscription`. */
  subscription(): readonly (string | RegExp)[] {
    return this.#topics;
  }

  /**
   * Starts a rebalance of a classic group. Use it when something changed that your own
   * assignor looks at. Does nothing while the group rebalances already, or before this
   * consumer has joined. Under KIP-848 only the coordinator starts rebalances: then this call
   * logs a warning. Throws kind `config` without a group. Java: `enforceRebalance` (KIP-568).
   */
  enforceRebalance(reason = "the application asked for it"): void {
    text(reason, "enforceRebalance: the reason");
    if (this.#closing !== undefined) throw new KafkaError("closed", "this consumer was closed; make another");
    this.#inGroup("enforceRebalance").enforceRebalance(reason);
  }

  #checkSubscribing(call: string): void {
    const { assign } = this.#fetcher.settings;
    if (this.#closing !== undefined) throw new KafkaError("closed", "this consumer was closed; make another");
    const why =
      assign !== undefined ? "reads the partitions of `assign`" : "subscribes by topicsPattern, which cannot change";
    if (assign === undefined && (this.#group?.topicsPattern ?? null) === null) return;
    throw new KafkaError("config", `${call}: this consumer ${why}; make one with \`topics\` (\`[]\` for none yet)`);
  }

  async #leaveGroup(timeoutMs: number): Promise<void> {
    const group = this.#group;
    const nowMs = this.#client.clock.monotonic();
    try {
      await this.#membership?.close("default", nowMs + Math.max(0, timeoutMs - LEAVE_MS), nowMs + timeoutMs);
    } finally {
      this.#unsubscribing = undefined;
      if (this.#closing === undefined) {
        if (group !== undefined) this.#membership = new Membership<K | null, V | null>(this.#fetcher, group);
        this.#fetcher.subscribe(subscriptionOf(this.#topics));
        this.#membership?.asked();
      }
    }
  }

  /** The partitions that are read. */
  assignment(): readonly TopicPartition[] {
    return [...this.#fetcher.partitions].map(({ topic, partition }) => ({ topic, partition }));
  }

  /**
   * Ends a loop that waits, and leaves no task, delay or connection behind. No record is handed out any more; callbacks
   * of `run` that are at work, and the body of a loop until it asks for its next record, are waited for, at most
   * `timeoutMs`. Then a member of a group commits what is done, gives its partitions back (`onRevoked`) and leaves. A
   * callback of `run` that closes the consumer is not waited for, and its record is not committed. The body of a loop
   * cannot be told from other code: call `close({ timeoutMs: 0 })` there, or leave the loop first. Always ends;
   * harmless when repeated, also inside a hook; a second call may shorten the wait. Java: `close`.
   */
  close(options: ConsumerCloseOptions = {}): Promise<void> {
    const wrong = errorOf(CLOSE_OPTIONS, options, "close");
    if (wrong !== undefined) return Promise.reject(wrong);
    const { cluster, clock } = this.#client;
    const { timeoutMs, signal } = options;
    this.#work.excuse(cluster.callContext.get());
    if (this.#closing === undefined || timeoutMs !== undefined)
      this.#work.until(clock.monotonic() + (timeoutMs ?? CLOSE_TIMEOUT_MS));
    const giveUp = new Cancellation();
    giveUp.addEventListener("abort", () => this.#work.until(clock.monotonic()));
    const unfollow = giveUp.follow(this.#client.shared(signal));
    this.#closing ??= this.#close(options);
    return this.#closing.finally(unfollow);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close({
    timeoutMs = CLOSE_TIMEOUT_MS,
    groupMembership = "default",
    signal,
  }: ConsumerCloseOptions): Promise<void> {
    const { clock } = this.#client;
    const membership = this.#membership;
    const deadlineMs = clock.monotonic() + timeoutMs;
    this.#fetcher.handOut.stop();
    await this.#work.wait();
    const commitMs = Math.max(LEAVE_MS, signal?.aborted === true ? 0 : deadlineMs - LEAVE_MS - clock.monotonic());
    const leaveMs = commitMs + LEAVE_MS;
    if (membership !== undefined) {
      const expired = new Cancellation();
      const nowMs = clock.monotonic();
      // Not at once: a hook that closes as well must find that this has begun.
      const leave =
        this.#unsubscribing ??
        Promise.resolve().then(() => membership.close(groupMembership, nowMs + commitMs, nowMs + leaveMs));
      const left = leave.catch((error: unknown) =>
        this.#client.cluster.log("error", `leaving the group failed: ${KafkaError.from(error).message}`),
      );
      // A hook that never ends must not keep it open.
      await Promise.race([left, sleep(this.#client, leaveMs, expired).catch(() => undefined)]);
      expired.cancel(new KafkaError("closed", "the consumer has left its group"));
    }
    const closed = this.#client.close();
    this.#fetcher.close();
    await closed;
  }

  #limit(options: CommitOptions, call: string): CallLimit {
    CALL_OPTIONS(options, call);
    const { timeoutMs, signal } = options;
    return {
      timeoutMs: wholeNumber(`${call}: timeoutMs`, timeoutMs, this.#fetcher.settings.defaultApiTimeoutMs, 1),
      signal,
    };
  }

  /** All of them, or none where one is not read. */
  #cursors(partitions: readonly TopicPartition[], call: string): readonly Cursor<K | null, V | null>[] {
    arePlaces(partitions, `${call}: partitions`);
    return partitions.map((partition) => this.#fetcher.partitions.get(partition));
  }

  #inGroup(what: string): Membership<K | null, V | null> {
    if (this.#membership === undefined)
      throw new KafkaError("config", `${what} needs a consumer in a group: give it a groupId`);
    return this.#membership;
  }

  #loop(options: { readonly signal?: AbortSignalLike | undefined }, call: string): Loop<K | null, V | null> {
    LOOP_OPTIONS(options, call);
    if (this.#closing !== undefined) throw new KafkaError("closed", "this consumer was closed; make another");
    if (this.#isLooping)
      throw new KafkaError(
        "config",
        "this consumer has a loop already: two would share its position, and each would miss what the other got",
      );
    this.#isLooping = true;
    return new Loop<K | null, V | null>(this.#fetcher.handOut, options.signal, () => {
      this.#isLooping = false;
    });
  }
}
