import type { KafkaRecord } from "../../records/record.ts";
import { BatchStream } from "./batch-stream.ts";
import type { ConsumedBatch } from "./consumed-batch.ts";
import type { Loop } from "./loop.ts";
import { RecordStream } from "./record-stream.ts";
import { tracedStream } from "./traced-stream.ts";

/** One partition that was split off. Iterate over it once, by record, or by batch with {@link batches}. */
export class PartitionStream<K = Uint8Array | null, V = Uint8Array | null> implements AsyncIterable<KafkaRecord<K, V>> {
  /** The topic of the partition. */
  readonly topic: string;
  /** The number of the partition in its topic. */
  readonly partition: number;
  readonly #loop: Loop<K, V>;
  readonly #decode: ((record: KafkaRecord<K, V>) => void) | undefined;
  #iterator: AsyncIterableIterator<unknown> | undefined;

  /** @internal */
  constructor(
    topic: string,
    partition: number,
    loop: Loop<K, V>,
    decode: ((record: KafkaRecord<K, V>) => void) | undefined,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.#loop = loop;
    this.#decode = decode;
  }

  /**
   * Iterates over records. Ends without an error when the partition is revoked or lost, or the consumer is closed.
   * Leaving it gives the partition back to the consumer's own loop.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<KafkaRecord<K, V>> {
    const records = tracedStream(this.#loop.handOut.client, new RecordStream<K, V>(this.#loop, this.#decode));
    this.#iterator = records;
    return records;
  }

  /** Iterates over batches; otherwise the same. */
  batches(): AsyncIterableIterator<ConsumedBatch<K, V>> {
    const batches = tracedStream(this.#loop.handOut.client, new BatchStream<K, V>(this.#loop, this.#decode));
    this.#iterator = batches;
    return batches;
  }

  /**
   * Gives the partition back to the consumer's own loop, also if it was never iterated. In the middle of a loop it is a
   * `break`: the record in progress is not processed, and the consumer's own loop begins with it. Idempotent.
   */
  leave(): void {
    void this.#iterator?.return?.();
    this.#loop.end();
  }
}
