import type { ConsumedBatch } from "odradek";
import { KafkaJSError } from "../errors/kafkajs-error.ts";
import type { ClientEvents } from "../events/client-events.ts";
import type { Host } from "../host.ts";
import { sleep } from "../host-time.ts";
import type { Logger } from "../logging/logger.ts";
import type { AssignedPartition } from "./assigned-partitions.ts";
import { Batch, type BatchBounds, batchPayload, messagesOf } from "./batch.ts";
import type { RunFields } from "./handlers.ts";
import { MessageMaker } from "./messages.ts";
import type { OffsetCommits, OffsetsByTopic } from "./offset-commits.ts";
import type { PausedPartitions } from "./paused-partitions.ts";

/** After this time with messages whose handlers never wait, the host gets a turn: for heartbeats and other work. */
const TURN_MS = 10;
/** The clock is read once in this number of messages. */
const MESSAGES_PER_LOOK = 64;

/** The parts of its consumer that {@link BatchWork} uses. */
export interface BatchWorkHost {
  readonly host: Host;
  readonly logger: Logger;
  readonly events: ClientEvents<"consumer">;
  readonly commits: OffsetCommits;
  readonly paused: PausedPartitions;
  readonly run: RunFields;
  /** False once the consumer is being stopped. */
  readonly isRunning: boolean;
  /** Increases when a rebalance begins: a batch of before it ends. */
  readonly rebalances: number;
  /** The error that tells a handler of the rebalance. */
  readonly interruption: Error;
  pause(topic: string, partition: number): () => void;
}

/** One batch in the hands of the user: messages one by one, or all of them. */
export class BatchWork {
  readonly #of: BatchWorkHost;
  readonly #partition: AssignedPartition;
  readonly #batches: readonly ConsumedBatch[];
  readonly #bounds: BatchBounds;
  readonly #seeks: number;
  readonly #rebalances: number;

  constructor(of: BatchWorkHost, partition: AssignedPartition, batches: readonly ConsumedBatch[], next: number) {
    this.#of = of;
    this.#partition = partition;
    this.#batches = batches;
    const { topic, partition: number } = partition;
    const { baseOffset: first = next } = batches[0] ?? {};
    const { highWatermark = next } = batches.at(-1) ?? {};
    this.#bounds = { topic, partition: number, highWatermark, first, next };
    this.#seeks = partition.seeks;
    this.#rebalances = of.rebalances;
  }

  /** Whether a seek has come since the batch began. */
  get isStale(): boolean {
    return this.#partition.seeks !== this.#seeks;
  }

  /** Whether a rebalance has begun since. */
  get isInterrupted(): boolean {
    return this.#of.rebalances !== this.#rebalances;
  }

  /** False if the batch must be read again later: a stop, a seek, a rebalance or a pause came before its turn. */
  get mayBegin(): boolean {
    const { topic, partition } = this.#bounds;
    return this.#of.isRunning && !this.isStale && !this.isInterrupted && !this.#of.paused.has(topic, partition);
  }

  /** The first offset of the batch. */
  get first(): number {
    return this.#bounds.first;
  }

  /** Calls the handlers. Rejects with the error of one, of a commit, or of a rebalance. */
  async handle(): Promise<void> {
    const { events, host, run } = this.#of;
    const began = host.clock.monotonic();
    const { eachMessage, eachBatch } = run;
    const isCounted = events.hears("START_BATCH_PROCESS") || events.hears("END_BATCH_PROCESS") || !eachMessage;
    const batch = isCounted ? new Batch(this.#bounds, messagesOf(this.#batches)) : undefined;
    const payload = (more: object): object => ({
      ...(batch === undefined ? {} : batchPayload(batch, batch.messages.length)),
      ...more,
    });
    events.emit("START_BATCH_PROCESS", () => payload({}));
    if (eachMessage) await this.#eachMessage(eachMessage, batch);
    else if (batch !== undefined && eachBatch) await this.#eachBatch(eachBatch, batch);
    events.emit("END_BATCH_PROCESS", () => payload({ duration: Math.round(host.clock.monotonic() - began) }));
  }

  /** Throws the error that tells of a rebalance, if one has begun since. */
  throwIfInterrupted(): void {
    if (this.isInterrupted) throw this.#of.interruption;
  }

  async #eachMessage(each: NonNullable<RunFields["eachMessage"]>, batch: Batch | undefined): Promise<void> {
    const { topic, partition } = this.#bounds;
    const { commits, host, paused } = this.#of;
    const { clock } = host;
    const heartbeat = (): Promise<void> => this.#heartbeat();
    const pause = (): (() => void) => this.#of.pause(topic, partition);
    let count = 0;
    let turnMs = clock.monotonic();
    for (const stored of this.#batches) {
      const maker = new MessageMaker(stored);
      for (const record of stored.records) {
        if (!this.#of.isRunning || this.isStale) return;
        this.throwIfInterrupted();
        const { offset } = record;
        const message = batch?.messages[count] ?? maker.make(record);
        try {
          await each({ topic, partition, message, heartbeat, pause });
        } catch (error) {
          await this.#failed("eachMessage", message.offset, error);
        }
        if (!this.isStale) commits.resolve(this.#partition, offset + 1);
        this.#partition.failures = 0;
        this.throwIfInterrupted();
        const committed = commits.automaticIfNecessary();
        if (committed !== undefined) await committed;
        if (paused.has(topic, partition)) return;
        if (++count % MESSAGES_PER_LOOK === 0 && clock.monotonic() - turnMs >= TURN_MS) {
          await sleep(host, 0);
          turnMs = clock.monotonic();
        }
      }
    }
    if (!this.isStale) commits.resolve(this.#partition, this.#bounds.next);
  }

  async #eachBatch(each: NonNullable<RunFields["eachBatch"]>, batch: Batch): Promise<void> {
    const { topic, partition, next } = this.#bounds;
    const { commits, run } = this.#of;
    const last = batch.messages.at(-1)?.offset;
    const before = this.#partition.resolved;
    try {
      await each({
        batch,
        resolveOffset: (offset) => {
          if (this.isStale) return;
          const isLast = last !== undefined && Number(offset) === Number(last);
          commits.resolve(this.#partition, isLast ? next : Number(offset) + 1);
        },
        heartbeat: () => this.#heartbeat(),
        pause: () => this.#of.pause(topic, partition),
        commitOffsetsIfNecessary: async (offsets?: OffsetsByTopic) => {
          await (offsets ? commits.commit(offsets) : commits.ifNecessary());
        },
        uncommittedOffsets: () => commits.uncommitted(),
        isRunning: () => this.#of.isRunning,
        isStale: () => this.isStale,
      });
    } catch (error) {
      if (this.#partition.resolved !== before) this.#partition.failures = 0;
      await this.#failed("eachBatch", batch.firstOffset(), error);
    }
    this.#partition.failures = 0;
    if (run.eachBatchAutoResolve !== false && !this.isStale) commits.resolve(this.#partition, next);
  }

  /** Logs the error of a handler, commits what is resolved, and throws the error. */
  async #failed(handler: "eachMessage" | "eachBatch", offset: string | null, error: unknown): Promise<never> {
    const { topic, partition } = this.#bounds;
    if (!(error instanceof KafkaJSError))
      this.#of.logger.error(`Error when calling ${handler}`, {
        topic,
        partition,
        offset,
        stack: (error as Partial<Error> | null | undefined)?.stack,
        error,
      });
    await this.#of.commits.automatic();
    throw error;
  }

  async #heartbeat(): Promise<void> {
    if (!this.isInterrupted) return;
    await this.#of.commits.automatic();
    throw this.#of.interruption;
  }
}
