import { type CallLimit, ClusterClient } from "../cluster/cluster-client.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { checkOffsets, type CommittedOffset, type GroupMetadata, type GroupOffset } from "../cluster/group-offsets.ts";
import { type Metric, metricsOf } from "../cluster/metrics.ts";
import {
  type OffsetAndTimestamp,
  OffsetQueries,
  type TimestampToSearch,
  type Watermarks,
} from "../cluster/offsets/offset-queries.ts";
import { StatisticsTimer } from "../cluster/statistics.ts";
import { arePlaces, isPlace, type TopicPartition } from "../cluster/topic-partition.ts";
import { text, wholeFrom } from "../errors/shape.ts";
import { observableAs } from "../hooks/observable.ts";
import type { KafkaRecord } from "../records/record.ts";
import { type CommitOptions, type LoopOptions, callLimit } from "./call-options.ts";
import { Closing, type ConsumerCloseOptions } from "./closing.ts";
import { ConsumerBase } from "./consumer-base.ts";
import { ConsumerLoops } from "./consumer-loops.ts";
import { Fetcher } from "./fetching/fetcher.ts";
import type { ConsumerHealth, HealthOptions } from "./health/health.ts";
import { Insight } from "./insight.ts";
import type { ConsumerLag, LagOptions } from "./lag.ts";
import { type Assignment, type ConsumerOptions, consumerSettings } from "./options.ts";
import type { ConsumerCounters } from "./partitions/counters.ts";
import type { Cursor } from "./partitions/cursor.ts";
import { checkedSpec, type OffsetSpec } from "./partitions/offset-spec.ts";
import type { TopicSelection } from "./partitions/subscription.ts";
import type { ConsumedBatch } from "./reading/consumed-batch.ts";
import type { PartitionStream } from "./reading/partition-stream.ts";
import type { RunOptions } from "./reading/run/options.ts";
import type { TransactionalReader } from "./reading/transactional-reader.ts";
import { Subscriber } from "./subscriber.ts";

/**
 * Reads records: `for await (const record of consumer)`, by batch, or with callbacks. A consumer has one loop at a
 * time. Leaving it does not close the consumer; the next loop continues at the same position. After {@link close} every
 * method that reads or sends a request fails with kind `closed`. Java: `KafkaConsumer`.
 */
export class Consumer<K = Uint8Array, V = Uint8Array>
  extends ConsumerBase
  implements AsyncIterable<KafkaRecord<K | null, V | null>>
{
  readonly #fetcher: Fetcher<K | null, V | null>;
  readonly #loops: ConsumerLoops<K, V>;
  readonly #queries: OffsetQueries;
  readonly #subscriber: Subscriber<K | null, V | null>;
  readonly #closing: Closing<K | null, V | null>;
  readonly #insight: Insight<K | null, V | null>;

  /** @internal */
  constructor(cluster: Cluster, options: ConsumerOptions<K, V>) {
    super();
    const settings = consumerSettings(options as ConsumerOptions<never, never>);
    const { key, value, onStatistics } = options;
    const client = observableAs(this, new ClusterClient(cluster, "consumer", settings.group?.groupId));
    this.#fetcher = new Fetcher<K | null, V | null>(client, settings, { key, value });
    this.#queries = new OffsetQueries(client, settings.isReadCommitted);
    this.#subscriber = new Subscriber<K | null, V | null>(this.#fetcher, settings);
    this.#closing = new Closing<K | null, V | null>(this.#fetcher, this.#subscriber);
    this.#loops = new ConsumerLoops<K, V>(this.#fetcher, options, this.#closing);
    this.#insight = new Insight<K | null, V | null>(this.#fetcher, this.#subscriber, this.#closing);
    if (onStatistics !== undefined)
      new StatisticsTimer(client, settings.statisticsIntervalMs, () => this.#insight.readings(), onStatistics);
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#closing.hasBegun;
  }

  /** Totals since the consumer was created. Reading them costs nothing. */
  get counters(): Readonly<ConsumerCounters> {
    return this.#fetcher.counters;
  }

  /** All metrics since the consumer was created, under Java's names. For intervals: `onStatistics`. Java: `metrics`. */
  metrics(): readonly Metric[] {
    return metricsOf(this.#insight.readings());
  }

  /** Bytes fetched and not delivered yet: at most `fetchBufferBytes`, plus one response for each partition. */
  get bufferedBytes(): number {
    return this.#fetcher.partitions.held.bytes;
  }

  /** The same as {@link records} without options. */
  [Symbol.asyncIterator](): AsyncIterableIterator<KafkaRecord<K | null, V | null>> {
    return this.records();
  }

  /**
   * Iterates over records, one by one, without end. The first `next()` is accepted as the beginning of the loop; each
   * further one marks the previous record as processed. Has no deadline: it waits for records. If `signal` fires, the
   * loop throws kind `cancelled` in place of the next record. `close()` ends the loop without an error. Throws kind
   * `config` while another loop is active.
   */
  records(options: LoopOptions = {}): AsyncIterableIterator<KafkaRecord<K | null, V | null>> {
    return this.#loops.records(options);
  }

  /**
   * Iterates over batches as they are in the partition's log: the cheapest way to read. Asking for the next batch marks
   * the previous one as processed. Beginning, deadline, signal, `close()` and errors: as for {@link records}.
   */
  batches(options: LoopOptions = {}): AsyncIterableIterator<ConsumedBatch<K | null, V | null>> {
    return this.#loops.batches(options);
  }

  /**
   * Calls back for each record, each batch, or all batches of a partition that have arrived. At most `concurrency`
   * callbacks run at a time: partitions in parallel, and each in order, or with `orderBy: "key"` the records of one key
   * in order. A commit covers each partition up to its lowest unprocessed offset. A callback that returns no promise
   * costs none.
   *
   * If a callback fails, it is called again up to `retries` times; then `onFailed` decides. By default the first
   * failure ends the run: no callback starts any more, the running ones end, and `run` rejects with that error. The
   * failed record, and those that were not started, are read again by the next loop. A partition that is revoked waits
   * for its callbacks, for at most `maxPollIntervalMs`.
   *
   * Accepted when it returns, without a deadline. If `signal` fires, `run` rejects with `cancelled` when the running
   * callbacks have ended; `close()` waits for them too, then `run` resolves. Kind `config`: another loop is active.
   */
  async run(options: RunOptions<K | null, V | null>): Promise<void> {
    return this.#loops.run(options);
  }

  /**
   * Splits off one partition into a separate stream. Accepted when it returns: the consumer's own loop gets no records
   * of it from then on, until the stream is left. Call it in `onAssigned`, or before the loop reads the partition: a
   * record that a loop has in progress counts as processed. Commits, hooks, deadline, `signal` and `close()`: as for
   * {@link records}. Throws kind `config` if this consumer does not read the partition, or it was split off already.
   * librdkafka: `rd_kafka_queue_get_partition`.
   */
  partition(topic: string, partition: number, options: LoopOptions = {}): PartitionStream<K | null, V | null> {
    isPlace({ topic, partition }, "partition: the partition");
    return this.#loops.partition({ topic, partition }, options);
  }

  /** The reader of `consumeTransformProduce`. It is this consumer's loop. @internal */
  transactionalReader(): TransactionalReader<K | null, V | null> {
    return this.#loops.transactionalReader(this.#subscriber.inGroup("read for transactions"));
  }

  /**
   * The offset of the next record to deliver; −1 while it is not known. Costs nothing. Throws kind `config` if this
   * consumer does not read the partition. Java: `position`.
   */
  position(partition: TopicPartition): number {
    isPlace(partition, "position: the partition");
    return this.#fetcher.partitions.get(partition).position;
  }

  /**
   * Moves the position to an offset, to `"earliest"` or `"latest"`, to a time (`{ timestamp }`, `{ durationMs }`), or
   * n offsets before the end (`{ tail: n }`). Takes effect with the next record, also in the middle of a loop. Throws
   * kind `config` if this consumer does not read the partition. Java: `seek`.
   */
  seek(partition: TopicPartition, offset: OffsetSpec): void {
    isPlace(partition, "seek: the partition");
    this.#subscriber.seek(partition, checkedSpec("seek({ topic, partition }, offset): the offset", offset));
  }

  /**
   * The number of records from the position to the end that the last fetch reported; under `read_committed` to the last
   * stable offset. Undefined while either is not known. Costs nothing. Java: `currentLag` (KIP-695).
   */
  currentLag(partition: TopicPartition): number | undefined {
    isPlace(partition, "currentLag: the partition");
    return this.#insight.currentLag(partition);
  }

  /**
   * How far the application is behind in all partitions that it reads, from what it has processed to their ends; with
   * `inTime` also the age of the next records. Ends that no fetch reported in the last second are looked up, with one
   * request to each leader. A partition that fails has an `error`. Deadline and signal: as for {@link offsetsForTimes}.
   */
  async lag(options: LagOptions = {}): Promise<ConsumerLag> {
    return this.#insight.lag(options);
  }

  /**
   * The state of the consumer, and whether it is well. A stall of the application is found by comparing two calls, so
   * call it regularly; members of a group look once a second themselves. Throws kind `config` for a wrong option.
   */
  health(options: HealthOptions = {}): ConsumerHealth {
    return this.#insight.health(options);
  }

  /**
   * For each partition, the first record whose timestamp (ms since the epoch) is not before the given one; null if
   * there is none. The consumer need not read these partitions. Rejects with kind `timeout` after `timeoutMs` (default
   * `defaultApiTimeoutMs`), with `cancelled` if `signal` fires, and with `closed` if the consumer is closed. Java:
   * `offsetsForTimes`.
   */
  async offsetsForTimes(
    searches: readonly TimestampToSearch[],
    options: CommitOptions = {},
  ): Promise<readonly (OffsetAndTimestamp | null)[]> {
    return this.#queries.forTimes(searches, this.#limit(options, "offsetsForTimes"));
  }

  /**
   * The offset of each partition's first record. Deadline, signal and errors: as for {@link offsetsForTimes}. Java:
   * `beginningOffsets`.
   */
  async beginningOffsets(
    partitions: readonly TopicPartition[],
    options: CommitOptions = {},
  ): Promise<readonly number[]> {
    arePlaces(partitions, "beginningOffsets: partitions");
    return this.#queries.beginning(partitions, this.#limit(options, "beginningOffsets"));
  }

  /**
   * The end of each partition: the offset of the next record to be written, or under `read_committed` the last stable
   * offset. Deadline, signal and errors: as for {@link offsetsForTimes}. Java: `endOffsets`.
   */
  async endOffsets(partitions: readonly TopicPartition[], options: CommitOptions = {}): Promise<readonly number[]> {
    arePlaces(partitions, "endOffsets: partitions");
    return this.#queries.end(partitions, this.#limit(options, "endOffsets"));
  }

  /**
   * Asks the leader for the first offset of a partition and its end. Deadline, signal and errors: as for
   * {@link offsetsForTimes}. librdkafka: `query_watermark_offsets`.
   */
  async watermarks(partition: TopicPartition, options: CommitOptions = {}): Promise<Watermarks> {
    isPlace(partition, "watermarks: the partition");
    return this.#queries.watermarks(partition, this.#limit(options, "watermarks"));
  }

  /**
   * Stops fetching and delivering these partitions until {@link resume}, from the next record on. Throws kind `config`,
   * and pauses none, if this consumer does not read one of them. Java: `pause`.
   */
  pause(partitions: readonly TopicPartition[]): void {
    for (const cursor of this.#cursors(partitions, "pause")) cursor.pause(true);
  }

  /** Pauses all partitions, also those assigned later, until {@link resumeAll}. {@link resume} resumes some of them. */
  pauseAll(): void {
    this.#fetcher.partitions.pauseAll();
  }

  /** Ends {@link pauseAll} and every {@link pause}. */
  resumeAll(): void {
    this.#fetcher.partitions.pauseNoMore();
    this.resume(this.paused());
  }

  /** The partitions that the application paused. Java: `paused`. */
  paused(): readonly TopicPartition[] {
    return this.assignment().filter((one) => this.#fetcher.partitions.get(one).isPausedByUser);
  }

  /** Fetches and delivers these partitions again after {@link pause}. Errors: as for `pause`. Java: `resume`. */
  resume(partitions: readonly TopicPartition[]): void {
    for (const cursor of this.#cursors(partitions, "resume")) {
      cursor.pause(false);
      this.#fetcher.handOut.changed(cursor);
    }
  }

  /**
   * Commits for the group: all processed records, or the given offsets. Each offset is that of the next record to read.
   * You may add a text of your own (`metadata`) and the leader epoch of the record before the offset; for records that
   * this consumer has read, it fills in the epoch. Accepted when it returns, with the offsets at that moment; resolves
   * when the coordinator has stored them.
   *
   * Rejects with kind `timeout` after `timeoutMs` (default `defaultApiTimeoutMs`), and with kind `config` without a
   * group. If the group has rebalanced without this member, it rejects with the broker's code, and other members read
   * again from the last commit. If `signal` fires, it rejects with `cancelled`, and the offsets may still be committed.
   * `close()` may end a commit early; it then commits the processed records itself. Java: `commitSync`.
   */
  async commit(offsets?: readonly GroupOffset[], options: CommitOptions = {}): Promise<void> {
    if (offsets !== undefined) checkOffsets("commit", offsets);
    return this.#subscriber.commit(offsets, this.#limit(options, "commit"));
  }

  /**
   * The committed offset of each partition, in the order given: the offset of the next record to read, and the metadata
   * that was committed with it; null if nothing is committed. Deadline, signal and `close()`: as for
   * {@link offsetsForTimes}. Rejects with kind `config` without a group. Java: `committed`.
   */
  async committed(
    partitions: readonly TopicPartition[],
    options: CommitOptions = {},
  ): Promise<readonly (CommittedOffset | null)[]> {
    arePlaces(partitions, "committed: partitions");
    return this.#subscriber.committed(partitions, this.#limit(options, "committed"));
  }

  /**
   * The member id and generation of this consumer, for a producer's `sendOffsets` (KIP-447): the coordinator then
   * accepts offsets of current members only. They change with every rebalance, so call this just before you send. While
   * the consumer is not a member, the member id is empty and the generation −1. Throws kind `config` without a group.
   * Java: `groupMetadata`.
   */
  groupMetadata(): GroupMetadata {
    return this.#subscriber.inGroup("groupMetadata").metadata();
  }

  /** Marks the record in progress as processed. Use it before a `break`, or before a commit in a loop's body. */
  markProcessed(record: { readonly topic: string; readonly partition: number; readonly offset: number }): void {
    isPlace(record, "markProcessed: the record");
    wholeFrom(0)(record.offset, "markProcessed: the record.offset");
    this.#fetcher.partitions.find(record)?.progress.markProcessed(record.offset + 1);
  }

  /**
   * Replaces the partitions to read, also in the middle of a loop; removed ones deliver nothing more. A partition that
   * is read already keeps its position, whatever `offset` says. With `[]` the loop waits. Throws kind `config` if the
   * consumer was not created with `assign`, or nothing says at which offset to begin. To add one:
   * `assign([...consumer.assignment(), more])`. Java: `assign`; librdkafka: `incremental_assign`.
   */
  assign(partitions: readonly Assignment[]): void {
    this.#closing.check("assign");
    this.#subscriber.assign(partitions);
  }

  /**
   * Replaces the topics to read, also in the middle of a loop. To add one, call
   * `subscribe([...consumer.subscription(), "more"])`. In a group this starts a rebalance, and the hooks report which
   * partitions are assigned and revoked. Without a group, removed topics are dropped at once, with their positions.
   * Throws kind `config` if the consumer was not created with `topics` (`[]` for none yet), for an empty list, and for
   * a wrong topic name. Java: `subscribe`.
   */
  subscribe(topics: TopicSelection): void {
    this.#closing.check("subscribe");
    this.#subscriber.subscribe(topics);
  }

  /**
   * Stops reading until {@link subscribe} is called; a loop waits meanwhile. A member of a group commits its processed
   * records, gives its partitions back (`onRevoked`) and leaves the group; a static member stays in it. The record that
   * a loop has in progress is not committed: leave the loop first, or call `markProcessed`.
   *
   * Accepted when it returns. Resolves when the member has left, at the latest after `timeoutMs` (default
   * `defaultApiTimeoutMs`). `signal` ends only the wait, not the leaving. `close()` waits for it. Java: `unsubscribe`.
   */
  async unsubscribe(options: CommitOptions = {}): Promise<void> {
    const { timeoutMs, signal } = this.#limit(options, "unsubscribe");
    this.#closing.check("unsubscribe");
    return this.#subscriber.unsubscribe(timeoutMs, signal);
  }

  /** The subscribed topics and patterns, as you gave them. Java: `subscription`. */
  subscription(): readonly (string | RegExp)[] {
    return this.#subscriber.topics;
  }

  /**
   * Starts a rebalance of a classic group. Use it after a change of something that your own assignor considers. It does
   * nothing during a rebalance, or before this consumer has joined. Under KIP-848 only the coordinator starts
   * rebalances, and this logs a warning. Throws kind `config` without a group. Java: `enforceRebalance` (KIP-568).
   */
  enforceRebalance(reason = "the application asked for it"): void {
    text(reason, "enforceRebalance: the reason");
    this.#closing.check("enforceRebalance");
    this.#subscriber.inGroup("enforceRebalance").enforceRebalance(reason);
  }

  /** The partitions that this consumer reads. Java: `assignment`. */
  assignment(): readonly TopicPartition[] {
    return [...this.#fetcher.partitions].map(({ topic, partition }) => ({ topic, partition }));
  }

  /**
   * Accepted when it returns. Ends the loop and delivers no more records. Waits for running callbacks of `run`, and for
   * the body of a loop until it asks for its next record, for at most `timeoutMs` (default 30000 ms, as in Java) or
   * until `signal` fires. Then a member of a group commits its processed records, gives its partitions back
   * (`onRevoked`) and leaves; this takes at most two seconds more. No task, delay or connection remains. The promise
   * always settles.
   *
   * A callback of `run` may call `close()`: it is not waited for, and its record is not committed. Inside the body of a
   * loop call `close({ timeoutMs: 0 })`, or leave the loop first: the client cannot tell that body from other code.
   * Calling it again, also in a hook, returns the same promise; a shorter `timeoutMs` shortens the wait. Java: `close`.
   */
  close(options: ConsumerCloseOptions = {}): Promise<void> {
    return this.#closing.close(options);
  }

  /** The same as {@link close} without options. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #limit(options: CommitOptions, call: string): CallLimit {
    return callLimit(options, call, this.#fetcher.settings.defaultApiTimeoutMs);
  }

  /** The cursors of all these partitions; throws if this consumer does not read one of them. */
  #cursors(partitions: readonly TopicPartition[], call: string): readonly Cursor<K | null, V | null>[] {
    arePlaces(partitions, `${call}: partitions`);
    return partitions.map((partition) => this.#fetcher.partitions.get(partition));
  }
}
