import { ClusterClient } from "../cluster/cluster-client.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { KafkaRecord } from "../records/record.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { BatchStream, type ConsumedBatch } from "./batch-stream.ts";
import { recordDecoder } from "./decoder.ts";
import { type ConsumerCounters, Fetcher } from "./fetcher.ts";
import { type ConsumerOptions, type TopicPartition, consumerSettings } from "./options.ts";
import { RecordStream } from "./record-stream.ts";

/** How a loop is ended from outside. */
export interface LoopOptions {
  /** Ends the loop with an error of kind `cancelled`. */
  readonly signal?: AbortSignalLike;
}

/**
 * Reads records: `for await (const record of consumer)`, or batch by batch. One loop at a time; leaving it does not close the
 * consumer, and another goes on where it ended. Java: `KafkaConsumer`.
 */
export class Consumer<K = Uint8Array, V = Uint8Array> implements AsyncIterable<KafkaRecord<K | null, V | null>> {
  readonly #client: ClusterClient;
  readonly #fetcher: Fetcher<K | null, V | null>;
  readonly #decode: ((record: KafkaRecord<K | null, V | null>) => void) | undefined;
  #isLooping = false;
  #closing: Promise<void> | undefined;

  constructor(cluster: Cluster, options: ConsumerOptions<K, V>) {
    const settings = consumerSettings(options as ConsumerOptions<never, never>);
    this.#client = new ClusterClient(cluster, "consumer");
    this.#fetcher = new Fetcher<K | null, V | null>(this.#client, settings);
    this.#decode = recordDecoder(options.key, options.value, cluster.options.utf8);
  }

  /** What this consumer has done so far. Plain fields, read them whenever you like. */
  get counters(): Readonly<ConsumerCounters> {
    return this.#fetcher.counters;
  }

  /** Bytes of batches that were fetched and not handed out yet: at most `fetchBufferBytes`, and what one response for each partition has. */
  get bufferedBytes(): number {
    return this.#fetcher.heldBytes;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<KafkaRecord<K | null, V | null>> {
    return this.records();
  }

  /** Records one by one, for ever: what `for await` over the consumer does, with options. */
  records(options: LoopOptions = {}): AsyncIterableIterator<KafkaRecord<K | null, V | null>> {
    return new RecordStream<K | null, V | null>(this.#loop(options), this.#decode);
  }

  /** Batch by batch, as they lie in the log: the cheapest way to read. A batch is done when the next is asked for. */
  batches(options: LoopOptions = {}): AsyncIterableIterator<ConsumedBatch<K | null, V | null>> {
    return this.#loop(options);
  }

  /** The offset of the next record that is delivered of a partition; −1 while it is not known. */
  position(partition: TopicPartition): number {
    return this.#fetcher.cursor(partition).position;
  }

  /** Goes on at an offset, or at the first or the next one. Takes effect with the next record, also in the middle of a loop. */
  seek(partition: TopicPartition, offset: number | "earliest" | "latest"): void {
    const cursor = this.#fetcher.cursor(partition);
    if (typeof offset === "string") cursor.seek(offset);
    else if (Number.isSafeInteger(offset) && offset >= 0) cursor.moveTo(offset);
    else throw new KafkaError("config", `seek takes a whole number from 0, "earliest" or "latest", not ${String(offset)}`);
    this.#fetcher.changed(cursor);
  }

  /** Delivers nothing of these partitions, and fetches nothing, until {@link resume}. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#fetcher.cursor(partition).isPaused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const cursor = this.#fetcher.cursor(partition);
      cursor.isPaused = false;
      this.#fetcher.changed(cursor);
    }
  }

  /** The partitions that are read. */
  assignment(): readonly TopicPartition[] {
    return [...this.#fetcher.cursors].map(({ topic, partition }) => ({ topic, partition }));
  }

  /** Ends a loop that waits, and leaves no task, delay or connection behind. Harmless when repeated. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closed = this.#client.close();
    this.#fetcher.close();
    await closed;
  }

  #loop(options: LoopOptions): BatchStream<K | null, V | null> {
    if (this.#closing !== undefined) throw new KafkaError("closed", "this consumer was closed; make another");
    if (this.#isLooping) throw new KafkaError("config", "this consumer has a loop already: two would share its position, and each would miss what the other got");
    this.#isLooping = true;
    return new BatchStream<K | null, V | null>(this.#fetcher, this.#decode, options.signal, () => {
      this.#isLooping = false;
    });
  }
}
