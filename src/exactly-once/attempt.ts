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

/** After so many results the host may need a turn: looked at by the clock. */
const RESULTS_PER_LOOK = 256;
const TURN_EVERY_MS = 5;

/** The records of one transaction. */
export type Batch<K, V> = WorkBatch<KafkaRecord<K | null, V | null>, Cursor<K | null, V | null>>;

/** What an attempt needs. */
export interface AttemptHost<KI, VI, KO, VO> {
  readonly settings: ExactlyOnceSettings<KI, VI, KO, VO>;
  readonly reader: TransactionalReader<KI | null, VI | null>;
  readonly producer: Producer<KO, VO>;
  /** Fires when everything is to end: then nothing is waited for but what makes the transaction's fate certain. */
  readonly closing: Cancellation;
  /** Fires when the time for that is over too. */
  readonly expired: Cancellation;
}

const RESULTS = is(
  "records, as a list or anything else that iterates over them",
  (value) => typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value),
);

/** One transaction, from its begin to the moment at which its fate is known. */
export class Attempt<KI, VI, KO, VO> {
  readonly batch: Batch<KI, VI>;
  /** Settles, never rejects, when it is committed or aborted; its transform may still be running. */
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

  /** Why it must not be committed; undefined while it may. */
  get doomed(): KafkaError | undefined {
    return this.#doom;
  }

  /** How many records it has sent. */
  get results(): number {
    return this.#results;
  }

  /**
   * It is not to be committed: aborted at once, also while its transform runs. A commit that is under way is let be: it
   * was taken with offsets that were this member's.
   */
  doom(reason: KafkaError): void {
    if (this.#doom !== undefined || this.#stage === "committing" || this.#stage === "over") return;
    this.#doom = reason;
    this.#signal.cancel(reason);
    if (this.#stage === "working") this.#abort().catch(() => undefined); // told where it is awaited
  }

  /**
   * Settles when it is committed. Rejects with what prevented that: then it is aborted, or cannot ever be committed.
   */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      if (await this.#abort()) return; // the commit whose answer was lost had been carried out
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
    await this.#unlessClosing(this.#work(settings.transform, tx));
    this.#check();
    await producer.sendOffsets(this.batch.offsets(), reader.metadata(), { signal: closing });
    this.#check();
    this.#stage = "committing";
    await producer.commit({ signal: expired });
  }

  /**
   * Throws where the partitions may be others' already: their offsets must not be sent in the name of what this member
   * is by now.
   */
  #check(): void {
    const { reader, closing } = this.#host;
    if (this.#doom !== undefined) throw this.#doom;
    if (closing.aborted) throw closing.reason ?? new KafkaError("closed", "it was closed");
    if (this.batch.has(({ isGone }) => isGone) || !reader.isMember)
      throw new KafkaError(
        "abortable",
        "the group went on without this member: the transaction's records are others' to read",
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

  /** Sends a record; answers what to wait for, if anything. */
  #sender(tx: Transaction<KO, VO>): (record: ProducerRecord<KO, VO>) => PromiseLike<void> | undefined {
    if (this.#host.settings.hasPreparation) {
      return (record) => {
        this.#results++;
        tx.send(record).catch(() => undefined); // the commit fails
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

  /** A transform that never ends must not keep anything open. */
  #unlessClosing(work: Promise<void>): Promise<void> {
    const { closing } = this.#host;
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(closing.reason ?? new KafkaError("closed", "it was closed"));
      if (closing.aborted) onClose();
      closing.addEventListener("abort", onClose);
      work.then(resolve, reject).finally(() => closing.removeEventListener("abort", onClose));
    });
  }

  /** Aborts, once; until it is known to be aborted. Answers whether it turned out to be committed. */
  #abort(): Promise<boolean> {
    this.#aborting ??= this.#abortSurely().finally(this.#settle);
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
