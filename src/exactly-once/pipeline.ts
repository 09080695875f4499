import { callUser } from "../cluster/user-callback.ts";
import type { Consumer } from "../consumer/consumer.ts";
import { Due } from "../consumer/group/due.ts";
import type { ConsumerHealth, HealthOptions } from "../consumer/health/health.ts";
import type { PartitionsHook } from "../consumer/group/options.ts";
import type { ConsumerOptions } from "../consumer/options.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import type { TransactionalReader } from "../consumer/reading/transactional-reader.ts";
import { counted } from "../errors/counted.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { errorOf, milliseconds, shape } from "../errors/shape.ts";
import type { ProducerOptions } from "../producer/options.ts";
import type { Producer } from "../producer/producer.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import { sleep } from "../runtime/sleep.ts";
import { afterFailure } from "./after-failure.ts";
import { Attempt, type Batch } from "./attempt.ts";
import { type ConsumeTransformProduceOptions, type ExactlyOnceSettings, exactlyOnceSettings } from "./options.ts";
import type { ConsumeTransformProduce, ExactlyOnceCounters } from "./handle.ts";
import { WorkBatch } from "./work-batch.ts";

/** The part of a `Kafka` that the pipeline uses. */
export interface ClientMaker {
  /** Same as {@link Kafka.consumer}. */
  consumer<K, V>(options: ConsumerOptions<K, V>): Consumer<K, V>;
  /** Same as {@link Kafka.producer}. */
  producer<K, V>(options: ProducerOptions<K, V>): Producer<K, V>;
}

const TRANSACTION_TIMEOUT_MS = 10_000;
const COMMITTED_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 30_000;
const CLOSE_OPTIONS = shape({ timeoutMs: milliseconds });

/** The loop: collects records, runs one transaction after the other, and handles rebalances, aborts and the end. */
export class Pipeline<KI, VI, KO, VO> implements ConsumeTransformProduce {
  readonly ended: Promise<void>;
  readonly #counters: ExactlyOnceCounters = { records: 0, results: 0, committed: 0, aborted: 0 };
  readonly #settings: ExactlyOnceSettings<KI, VI, KO, VO>;
  readonly #consumer: Consumer<KI, VI>;
  readonly #producer: Producer<KO, VO>;
  readonly #reader: TransactionalReader<KI | null, VI | null>;
  readonly #closing = new Cancellation();
  /** Ends the wait for the producer's first epoch. */
  readonly #starting = new Cancellation();
  readonly #expired = new Cancellation();
  readonly #due: Due;
  readonly #expiry: Due;
  readonly #unfollow: () => void;
  #batch: Batch<KI, VI>;
  #attempt: Attempt<KI, VI, KO, VO> | undefined;
  #isStopping = false;
  /** How many transactions have failed in a row. */
  #failures = 0;
  #closeTimeoutMs = CLOSE_TIMEOUT_MS;

  constructor(kafka: ClientMaker, options: ConsumeTransformProduceOptions<KI, VI, KO, VO>) {
    this.#settings = exactlyOnceSettings(options);
    const { groupId, topics, transactionalId, signal } = options;
    const { onAssigned, onRevoked, onLost, ...input } = options.consumer ?? {};
    this.#producer = kafka.producer<KO, VO>({
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
      ...options.producer,
      transactionalId,
    });
    try {
      this.#consumer = kafka.consumer<KI, VI>({
        ...input,
        groupId,
        topics,
        isolationLevel: "read_committed",
        enableAutoCommit: false,
        ...(onAssigned === undefined ? {} : { onAssigned }),
        onRevoked: (partitions) => this.#revoked(partitions, onRevoked),
        onLost: (partitions) => this.#lost(partitions, onLost),
      });
      this.#reader = this.#consumer.transactionalReader();
    } catch (error) {
      this.#producer.close().catch(() => undefined);
      throw error;
    }
    this.#batch = new WorkBatch(this.#settings.maxRecords);
    this.#due = new Due(() => this.#reader.interrupt());
    this.#expiry = new Due(() => this.#expired.cancel(new KafkaError("closed", "close() has reached its timeout")));
    this.#closing.addEventListener("abort", () => this.#interrupted());
    this.ended = this.#start();
    this.#unfollow = this.#closing.follow(this.#reader.client.shared(signal));
  }

  health(options: HealthOptions = {}): ConsumerHealth {
    return this.#consumer.health(options);
  }

  get counters(): Readonly<ExactlyOnceCounters> {
    return this.#counters;
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    this.#starting.cancel(new KafkaError("cancelled", "consumeTransformProduce was stopped"));
    this.#reader.interrupt();
    return this.#whenEnded();
  }

  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const wrong = errorOf(CLOSE_OPTIONS, options, "close");
    if (wrong !== undefined) return Promise.reject(wrong);
    if (!this.#closing.aborted) this.#closeTimeoutMs = options.timeoutMs ?? CLOSE_TIMEOUT_MS;
    this.#closing.cancel(new KafkaError("closed", "consumeTransformProduce was closed"));
    return this.#whenEnded();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #whenEnded(): Promise<void> {
    return this.ended.catch(() => undefined);
  }

  #interrupted(): void {
    const { client } = this.#reader;
    const reason = this.#closing.reason ?? new KafkaError("closed", "consumeTransformProduce was closed");
    this.#starting.cancel(reason);
    client.deadlines.add(this.#expiry, client.clock.monotonic() + this.#closeTimeoutMs);
    this.#attempt?.doom(reason);
    this.#reader.interrupt();
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#reader.client.runtime.spawn(() => {
        void this.#run().then(resolve, reject);
        return Promise.resolve();
      });
    });
  }

  async #run(): Promise<void> {
    let end: { readonly error: unknown } | undefined;
    try {
      await this.#initialise();
      while (await this.#step());
    } catch (error) {
      end = { error };
    }
    if (this.#closing.aborted) end = { error: this.#closing.reason };
    this.#unfollow();
    this.#isStopping = true;
    const timeoutMs = this.#closeTimeoutMs;
    // The producer first: it aborts the open transaction, and the consumer's revoke hook waits for that.
    await this.#producer.close({ timeoutMs }).catch(() => undefined);
    await this.#consumer.close({ timeoutMs });
    // Closed by `close`, or together with the Kafka that made the clients: not an error.
    if (end !== undefined && !(KafkaError.is(end.error) && end.error.kind === "closed")) throw end.error;
  }

  /**
   * The producer gets its epoch before the consumer asks for committed offsets. These would otherwise wait for a
   * transaction that an earlier run left open; getting the epoch aborts that transaction.
   */
  async #initialise(): Promise<void> {
    for (let tried = 0; !this.#starting.aborted; tried++) {
      try {
        await this.#producer.initTransactions({ signal: this.#starting });
        return;
      } catch (error) {
        if (this.#starting.aborted) return;
        if (afterFailure(KafkaError.from(error)) === "end") throw error;
        this.#reader.client.cluster.log("debug", `transactions cannot begin yet: ${KafkaError.from(error).message}`);
        await this.#pause(tried, this.#starting);
      }
    }
  }

  /** Runs one transaction. Returns whether to continue. */
  async #step(): Promise<boolean> {
    const failure = await this.#gather();
    const batch = this.#batch;
    if (this.#isStopping || this.#closing.aborted) return false;
    if (!batch.isEmpty) await this.#transact(batch);
    if (failure !== undefined) throw failure.error;
    return !this.#reader.isEnded;
  }

  /**
   * Collects records for one transaction: waits for the first, then for up to `maxMs`. Returns the error that ended
   * reading.
   */
  async #gather(): Promise<{ readonly error: unknown } | undefined> {
    const { client } = this.#reader;
    const batch: Batch<KI, VI> = new WorkBatch(this.#settings.maxRecords);
    this.#batch = batch;
    try {
      while (!batch.isFull && !this.#isStopping && !this.#closing.aborted) {
        const read = await this.#reader.next();
        if (read === undefined) {
          if (!batch.isEmpty || this.#reader.isEnded) break;
          continue;
        }
        if (read.cursor.isGone) continue;
        if (batch.isEmpty) client.deadlines.add(this.#due, client.clock.monotonic() + this.#settings.maxMs);
        batch.add(read.record, read.cursor);
      }
    } catch (error) {
      return { error };
    } finally {
      client.deadlines.remove(this.#due);
      batch.drop(({ isGone }) => isGone);
    }
    return undefined;
  }

  /** Commits the batch, or aborts it and rewinds to its records. Throws an error that ends everything. */
  async #transact(batch: Batch<KI, VI>): Promise<void> {
    const attempt = new Attempt<KI, VI, KO, VO>(
      {
        settings: this.#settings,
        reader: this.#reader,
        producer: this.#producer,
        closing: this.#closing,
        expired: this.#expired,
      },
      batch,
    );
    this.#attempt = attempt;
    try {
      await attempt.run();
      this.#failures = 0;
      this.#counters.committed++;
      this.#counters.records += batch.records.length;
      this.#counters.results += attempt.results;
    } catch (thrown) {
      if (!this.#closing.aborted) await this.#aborted(batch, thrown, attempt.doomed !== undefined);
    } finally {
      this.#attempt = undefined;
    }
  }

  async #aborted(batch: Batch<KI, VI>, thrown: unknown, isDoomed: boolean): Promise<void> {
    this.#counters.aborted++;
    if (!KafkaError.is(thrown)) throw thrown; // thrown by the transform
    const next = isDoomed ? "again" : afterFailure(thrown);
    if (next === "end") throw thrown;
    callUser("onAborted", this.#settings.onAborted, thrown, (level, message) =>
      this.#reader.client.cluster.log(level, message),
    );
    this.#reader.client.cluster.log(
      "debug",
      `a transaction was aborted, ${counted(batch.records.length, "record")} will be read again: ` + thrown.message,
    );
    await this.#pause(next === "again" ? 0 : this.#failures++);
    await this.#rewind(batch);
  }

  /**
   * Moves the positions back to the committed offsets. A partition that this member no longer owns is left out: its
   * next owner reads it.
   */
  async #rewind(batch: Batch<KI, VI>): Promise<void> {
    const { client } = this.#reader;
    for (let tried = 0; !this.#closing.aborted; tried++) {
      const spans = batch.spans().filter(({ held }) => !held.isGone);
      if (spans.length === 0) return;
      try {
        const committed = await this.#reader.committed(
          spans.map(({ held }) => held),
          client.clock.monotonic() + COMMITTED_TIMEOUT_MS,
          this.#closing,
        );
        for (const [i, { held, first }] of spans.entries()) {
          const position = committed[i];
          const isOffset = (position?.offset ?? -1) >= 0; // a negative one stands for a place: the batch began there
          this.#reader.rewind(held, isOffset ? (position?.offset ?? first) : first, position?.leaderEpoch);
        }
        return;
      } catch (error) {
        if (this.#reader.isEnded || this.#closing.aborted) return;
        if (afterFailure(KafkaError.from(error)) === "end") throw error;
        await this.#pause(tried);
      }
    }
  }

  async #pause(tried: number, signal = this.#closing): Promise<void> {
    const { client } = this.#reader;
    await sleep(client, client.backoffMs(tried), signal).catch(() => undefined);
  }

  /**
   * Partitions are being revoked: waits until the transaction with their records is over, or aborts it if that takes
   * too long.
   */
  async #revoked(partitions: readonly TopicPartition[], hook: PartitionsHook | undefined): Promise<void> {
    const attempt = this.#attempt;
    if (attempt === undefined) this.#batch.drop((held) => isAmong(held, partitions));
    else if (attempt.batch.has((held) => isAmong(held, partitions))) {
      const quarterMs = this.#reader.rebalanceTimeoutMs / 4;
      if (!(await this.#isSettled(attempt, 3 * quarterMs))) {
        attempt.doom(
          new KafkaError(
            "abortable",
            "the group is rebalancing, and the transaction took longer than three quarters of maxPollIntervalMs " +
              `(${this.#reader.rebalanceTimeoutMs} ms)`,
          ),
        );
        await this.#isSettled(attempt, quarterMs);
      }
    }
    await hook?.(partitions);
  }

  /** Partitions were lost: aborts the transaction with their records, since it cannot be committed any more. */
  async #lost(partitions: readonly TopicPartition[], hook: PartitionsHook | undefined): Promise<void> {
    const attempt = this.#attempt;
    if (attempt === undefined) this.#batch.drop((held) => isAmong(held, partitions));
    else if (attempt.batch.has((held) => isAmong(held, partitions))) {
      attempt.doom(
        new KafkaError("abortable", "the group has rebalanced without this member: others own its partitions now"),
      );
      await this.#isSettled(attempt, this.#reader.rebalanceTimeoutMs);
    }
    await hook?.(partitions);
  }

  async #isSettled(attempt: Attempt<KI, VI, KO, VO>, withinMs: number): Promise<boolean> {
    const enough = new Cancellation();
    const late = sleep(this.#reader.client, withinMs, enough).then(
      () => false,
      () => false,
    );
    const isSettled = await Promise.race([attempt.settled.then(() => true), late]);
    enough.cancel(new KafkaError("cancelled", "it is settled"));
    return isSettled;
  }
}

function isAmong({ topic, partition }: TopicPartition, partitions: readonly TopicPartition[]): boolean {
  return partitions.some((one) => one.topic === topic && one.partition === partition);
}
