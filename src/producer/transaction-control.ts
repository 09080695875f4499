import type { ClusterClient } from "../cluster/cluster-client.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import type { ProducerRecord, RecordMetadata } from "./delivery.ts";
import type { TransactionManager } from "./transaction-manager.ts";
import { checkOffsets, type OffsetAndPartition, type TransactionGroup } from "./transaction-offsets.ts";

/** How long a step of a transaction may take. */
export interface TransactionOptions {
  /** In ms. Default `maxBlockMs`; of a commit, as long as its records may be on their way besides. Java: `max.block.ms`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignalLike;
}

/** What can be done within `producer.transaction(…)`. */
export interface Transaction<K, V> {
  /** As the producer's. The transaction is committed without it being awaited, but its failure fails the commit. */
  send(record: ProducerRecord<K, V>): Promise<RecordMetadata>;
  /** As the producer's. */
  enqueue(record: ProducerRecord<K, V>): boolean;
  /** Settles when there is room for the record that {@link enqueue} refused last. */
  ready(): Promise<void>;
  /** As the producer's. */
  sendOffsets(offsets: readonly OffsetAndPartition[], group: TransactionGroup): Promise<void>;
}

/** What the control needs of its producer. */
export interface TransactionControlHost {
  readonly client: ClusterClient;
  readonly maxBlockMs: number;
  readonly deliveryTimeoutMs: number;
  /** Settles when everything that was accepted is settled; rejects when that takes too long. */
  drained(timeoutMs: number, what: string, signal?: AbortSignalLike): Promise<void>;
  /** Fails what was not sent, and from now on what is answered badly. */
  drop(error: KafkaError): void;
  keepAgain(): void;
  /** Forgets failures of enqueued records, which the end of the transaction tells. */
  takeFailure(): void;
}

/** The steps of a transaction, as users call them: what waits for what. */
export class TransactionControl {
  readonly #host: TransactionControlHost;
  readonly #manager: TransactionManager;
  #isBusy = false;

  constructor(host: TransactionControlHost, manager: TransactionManager) {
    this.#host = host;
    this.#manager = manager;
  }

  get isAbortable(): boolean {
    return this.#manager.isAbortable;
  }

  begin(options: TransactionOptions): Promise<void> {
    return this.#step(options, this.#host.maxBlockMs, (deadlineMs, signal) => this.#manager.begin(deadlineMs, signal));
  }

  sendOffsets(offsets: readonly OffsetAndPartition[], group: TransactionGroup, options: TransactionOptions): Promise<void> {
    checkOffsets(offsets, group);
    const refused = this.#manager.refusal();
    if (refused !== undefined) return Promise.reject(refused);
    if (offsets.length === 0) return Promise.resolve();
    return this.#limited(options, this.#host.maxBlockMs, (deadlineMs, signal) => this.#manager.sendOffsets(offsets, group, deadlineMs, signal));
  }

  commit(options: TransactionOptions): Promise<void> {
    const { deliveryTimeoutMs, maxBlockMs } = this.#host;
    return this.#step(options, deliveryTimeoutMs + maxBlockMs, async (deadlineMs, signal) => {
      this.#manager.commit();
      // All records are in the log before the coordinator is told: else the transaction would be committed without some.
      await this.#host.drained(this.#leftMs(deadlineMs), "commit", signal);
      this.#host.takeFailure();
      await this.#manager.end(deadlineMs, signal);
    });
  }

  abort(options: TransactionOptions): Promise<void> {
    const { deliveryTimeoutMs, maxBlockMs } = this.#host;
    return this.#step(options, deliveryTimeoutMs + maxBlockMs, async (deadlineMs, signal) => {
      this.#manager.abort();
      if (!this.#manager.isAbortable) return;
      this.#host.drop(new KafkaError("abortable", "the transaction was aborted", { outcome: "notWritten" }));
      try {
        // What is under way could arrive after the abort, and belong to no transaction then.
        await this.#host.drained(this.#leftMs(deadlineMs), "abort", signal);
      } finally {
        this.#host.keepAgain();
        this.#host.takeFailure();
      }
      await this.#manager.end(deadlineMs, signal);
    });
  }

  /** Runs `body` in a transaction: commits, or aborts when it throws, or when the commit fails. */
  async run<T>(body: () => PromiseLike<T> | T, options: TransactionOptions): Promise<T> {
    await this.begin(options);
    let value: T;
    try {
      value = await body();
      await this.commit(options);
    } catch (error) {
      if (this.#manager.isAbortable) {
        await this.abort(options).catch((failure: unknown) => {
          // That another producer took over matters more than what went wrong before.
          if (KafkaError.from(failure).kind === "fenced") throw failure;
          this.#host.client.cluster.log("warn", `a transaction could not be aborted: ${KafkaError.from(failure).message}; its timeout will end it`);
        });
      }
      throw error;
    }
    return value;
  }

  #leftMs(deadlineMs: number): number {
    return Math.max(0, deadlineMs - this.#host.client.clock.monotonic());
  }

  /** One step at a time: a second call would act on a state that the first is about to change. */
  async #step(options: TransactionOptions, defaultMs: number, work: (deadlineMs: number, signal: Cancellation) => Promise<void>): Promise<void> {
    if (this.#isBusy) throw new KafkaError("config", "a call of begin(), commit() or abort() is under way: await it before the next", { outcome: "notWritten" });
    this.#isBusy = true;
    try {
      await this.#limited(options, defaultMs, work);
    } finally {
      this.#isBusy = false;
    }
  }

  async #limited(options: TransactionOptions, defaultMs: number, work: (deadlineMs: number, signal: Cancellation) => Promise<void>): Promise<void> {
    const { client } = this.#host;
    const signal = new Cancellation();
    const unfollow = [signal.follow(options.signal), signal.follow(client.tasks.signal)];
    client.alive.hold();
    try {
      await work(client.clock.monotonic() + (options.timeoutMs ?? defaultMs), signal);
    } finally {
      client.alive.release();
      for (const stop of unfollow) stop();
    }
  }
}
