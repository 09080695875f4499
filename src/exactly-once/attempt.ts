import type { TransactionalReader } from "../consumer/reading/transactional-reader.ts";
import type { Cursor } from "../consumer/partitions/cursor.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { is } from "../errors/shape.ts";
import type { ProducerRecord } from "../producer/partition/delivery.ts";
import type { Producer } from "../producer/producer.ts";
import { Transaction } from "../producer/transaction.ts";
import type { KafkaRecord } from "../records/record.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import { sleep, turn } from "../runtime/sleep.ts";
import { afterFailure } from "./after-failure.ts";
import type { ExactlyOnceSettings } from "./options.ts";
import type { WorkBatch } from "./work-batch.ts";
import { whenSettled } from "../runtime/when-settled.ts";

/** After this many results, check the clock: the host may need a turn. */
const RESULTS_PER_LOOK = 256;
const TURN_EVERY_MS = 5;

/** The records of one transaction. */
export type Batch<K, V> = WorkBatch<KafkaRecord<K | null, V | null>, Cursor<K | null, V | null>>;

/** The parts of the pipeline that an attempt uses. */
export interface AttemptHost<KI, VI, KO, VO> {
  readonly settings: ExactlyOnceSettings<KI, VI, KO, VO>;
  readonly reader: TransactionalReader<KI | null, VI | null>;
  readonly producer: Producer<KO, VO>;
  /** Fires when everything must end. From then on, wait only for the outcome of the transaction. */
  readonly closing: Cancellation;
  /** Fires when the time for that has passed too. */
  readonly expired: Cancellation;
}

const RESULTS = is(
  "records, as a list or anything else that iterates over them",
  (value) => typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value),
);

/** One transaction, from its begin until its outcome is known. */
export class Attempt<KI, VI, KO, VO> {
  readonly batch: Batch<KI, VI>;
  /** Resolves when the transaction is committed or aborted; never rejects. The transform may still be running. */
  readonly settled: Promise<void>;
  readonly #host: AttemptHost<KI, VI, KO, VO>;
  readonly #signal = new Cancellation();
  #stage: "beginning" | "working" | "committing" | "over" = "beginning";
  #doom: KafkaError | undefined;
  #aborting: Promise<boolean> | undefined;
  #results = 0;
  #settle: () => void = () => undefined;

  constructor(host: AttemptHost<KI, VI, KO, VO>, batch: Batch<KI, VI>) {
    this.#host = host;
    this.batch = batch;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** The reason why it must not be committed; undefined while it may be. */
  get doomed(): KafkaError | undefined {
    return this.#doom;
  }

  /** How many records it has sent. */
  get results(): number {
    return this.#results;
  }

  /**
   * Aborts the transaction at once, even while its transform runs. A running commit is left alone: its offsets were
   * sent while this member still owned the partitions.
   */
  doom(reason: KafkaError): void {
    if (this.#doom !== undefined || this.#stage === "committing" || this.#stage === "over") return;
    this.#doom = reason;
    this.#signal.cancel(reason);
    if (this.#stage === "working") this.#abort().catch(() => undefined); // run() reports the error
  }

  /**
   * Resolves when the transaction is committed. Otherwise rejects with the reason; the transaction is then aborted, or
   * can never be committed.
   */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      if (await this.#abort()) return; // a commit whose response was lost had succeeded
      throw this.#doom ?? error;
    } finally {
      this.#stage = "over";
      this.#settle();
    }
  }

  async #run(): Promise<void> {
    const { producer, reader, settings, closing, expired } = this.#host;
    await producer.begin({ signal: closing });
    this.#check();
    this.#stage = "working";
    const tx = new Transaction<KO, VO>(producer, () => this.#stage === "working" && this.#doom === undefined);
    await this.#unlessClosing(reader.process(this.batch.records, () => this.#work(settings.transform, tx)));
    this.#check();
    await producer.sendOffsets(this.batch.offsets(), reader.metadata(), { signal: closing });
    this.#check();
    this.#stage = "committing";
    await producer.commit({ signal: expired });
  }

  /**
   * Throws if other members may own the partitions now. The offsets of such partitions must not be sent with this
   * member's current generation, which would make the coordinator accept them.
   */
  #check(): void {
    const { reader, closing } = this.#host;
    if (this.#doom !== undefined) throw this.#doom;
    if (closing.aborted) throw closing.reason ?? new KafkaError("closed", "consumeTransformProduce was closed");
    if (this.batch.has(({ isGone }) => isGone) || !reader.isMember)
      throw new KafkaError(
        "abortable",
        "the group has rebalanced without this member: other members read the transaction's records now",
      );
  }

  async #work(transform: ExactlyOnceSettings<KI, VI, KO, VO>["transform"], tx: Transaction<KO, VO>): Promise<void> {
    const results = await transform(this.batch.records, { tx, signal: this.#signal });
    if (results === undefined) return;
    RESULTS(results, "the transform's result");
    const send = this.#sender(tx);
    if (Symbol.asyncIterator in results) for await (const record of results) await send(record);
    else await this.#sendAll(results, send);
  }

  async #sendAll(
    results: Iterable<ProducerRecord<KO, VO>>,
    send: (record: ProducerRecord<KO, VO>) => PromiseLike<void> | undefined,
  ): Promise<void> {
    const { runtime, clock } = this.#host.reader.client;
    let sinceMs = clock.monotonic();
    for (const record of results) {
      const room = send(record);
      if (room !== undefined) await room;
      if (this.#results % RESULTS_PER_LOOK !== 0 || clock.monotonic() - sinceMs < TURN_EVERY_MS) continue;
      await turn(runtime);
      sinceMs = clock.monotonic();
    }
  }

  /** Returns a function that sends a record, and returns a promise if the caller must wait before it sends the next. */
  #sender(tx: Transaction<KO, VO>): (record: ProducerRecord<KO, VO>) => PromiseLike<void> | undefined {
    if (this.#host.settings.hasPreparation) {
      return (record) => {
        this.#results++;
        tx.send(record).catch(() => undefined); // the commit will fail
        return undefined;
      };
    }
    return (record) => {
      this.#results++;
      return tx.enqueue(record) ? undefined : this.#withRoom(tx, record);
    };
  }

  async #withRoom(tx: Transaction<KO, VO>, record: ProducerRecord<KO, VO>): Promise<void> {
    do await tx.ready();
    while (!tx.enqueue(record));
  }

  /** Stops waiting for the transform on close, because a transform that never ends must not prevent the end. */
  #unlessClosing(work: Promise<void>): Promise<void> {
    const { closing } = this.#host;
    return new Promise((resolve, reject) => {
      const onClose = (): void =>
        reject(closing.reason ?? new KafkaError("closed", "consumeTransformProduce was closed"));
      if (closing.aborted) onClose();
      closing.addEventListener("abort", onClose);
      void whenSettled(work, () => closing.removeEventListener("abort", onClose)).then(resolve, reject);
    });
  }

  /**
   * Aborts once, and retries until the outcome is known. Returns whether the transaction turned out to be committed.
   */
  #abort(): Promise<boolean> {
    this.#aborting ??= whenSettled(this.#abortSurely(), this.#settle);
    return this.#aborting;
  }

  async #abortSurely(): Promise<boolean> {
    const { producer, reader, closing, expired } = this.#host;
    for (let tried = 0; ; tried++) {
      try {
        await producer.abort({ signal: expired });
        return false;
      } catch (error) {
        const failure = KafkaError.from(error);
        if (failure.outcome === "written") return true;
        if (closing.aborted || afterFailure(failure) === "end") throw failure;
        await sleep(reader.client, reader.client.backoffMs(tried), closing).catch(() => undefined);
      }
    }
  }
}
