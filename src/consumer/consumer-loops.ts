import { KafkaError } from "../errors/kafka-error.ts";
import type { KafkaRecord } from "../records/record.ts";
import { type LoopOptions, checkLoopOptions } from "./call-options.ts";
import type { Closing } from "./closing.ts";
import type { Fetcher } from "./fetching/fetcher.ts";
import { ConsumerInterceptors } from "./interceptor.ts";
import type { Membership } from "./group/membership.ts";
import type { ConsumerOptions, TopicPartition } from "./options.ts";
import { notingTime } from "./partitions/offset-reset.ts";
import { BatchStream } from "./reading/batch-stream.ts";
import type { ConsumedBatch } from "./reading/consumed-batch.ts";
import { recordDecoder } from "./reading/decoder.ts";
import { Loop } from "./reading/loop.ts";
import { PartitionStream } from "./reading/partition-stream.ts";
import { BatchLane, BatchesLane } from "./reading/run/batch-lane.ts";
import { inContextOfRun } from "./reading/run/in-context-of-run.ts";
import { type RunOptions, checkRunOptions } from "./reading/run/options.ts";
import { KeyLane, RecordLane } from "./reading/run/record-lane.ts";
import { Runner } from "./reading/run/runner.ts";
import { RecordStream } from "./reading/record-stream.ts";
import { tracedStream } from "./reading/traced-stream.ts";
import { TransactionalReader } from "./reading/transactional-reader.ts";

type Decode<K, V> = (record: KafkaRecord<K | null, V | null>) => void;

/** The loops of a consumer: one over all partitions at a time, and one for each partition that was split off. */
export class ConsumerLoops<K, V> {
  readonly #fetcher: Fetcher<K | null, V | null>;
  readonly #closing: Closing<K | null, V | null>;
  /** Deserialises a record just before the application gets it; undefined if there is nothing to do for a record. */
  readonly decode: Decode<K, V> | undefined;
  #isLooping = false;

  constructor(
    fetcher: Fetcher<K | null, V | null>,
    { key, value, interceptors = [] }: Pick<ConsumerOptions<K, V>, "key" | "value" | "interceptors">,
    closing: Closing<K | null, V | null>,
  ) {
    this.#fetcher = fetcher;
    this.#closing = closing;
    const { cluster } = fetcher.client;
    const decode = recordDecoder(key, value, cluster.options.utf8);
    const { preparation } = fetcher.handOut;
    const prepared = preparation === undefined ? decode : preparation.decoder(decode);
    if (interceptors.length > 0)
      fetcher.handOut.interceptBy(
        new ConsumerInterceptors<K, V>(interceptors, prepared, (level, message) => cluster.log(level, message)),
      );
    this.decode =
      fetcher.settings.autoOffsetReset === "nearest"
        ? notingTime((record) => fetcher.partitions.find(record), prepared)
        : prepared;
  }

  /** A loop over all partitions. Throws kind `config` while another one is active. */
  begin(options: LoopOptions, call: string): Loop<K | null, V | null> {
    checkLoopOptions(options, call);
    this.#closing.check(call);
    if (this.#isLooping)
      throw new KafkaError(
        "config",
        `cannot begin ${call}: this consumer has a loop already; two loops would share its position, and each would ` +
          "miss the records of the other",
      );
    this.#isLooping = true;
    return new Loop<K | null, V | null>(this.#fetcher.handOut, options.signal, () => {
      this.#isLooping = false;
    });
  }

  /** A loop over records. */
  records(options: LoopOptions): AsyncIterableIterator<KafkaRecord<K | null, V | null>> {
    const records = new RecordStream<K | null, V | null>(this.begin(options, "records"), this.decode);
    return tracedStream(this.#fetcher.client, records);
  }

  /** A loop over batches. */
  batches(options: LoopOptions): AsyncIterableIterator<ConsumedBatch<K | null, V | null>> {
    const batches = new BatchStream<K | null, V | null>(this.begin(options, "batches"), this.decode);
    return tracedStream(this.#fetcher.client, batches);
  }

  transactionalReader(membership: Membership<K | null, V | null>): TransactionalReader<K | null, V | null> {
    const loop = this.begin({}, "reading for transactions");
    return new TransactionalReader<K | null, V | null>(this.#fetcher, membership, loop, this.decode);
  }

  async run(options: RunOptions<K | null, V | null>): Promise<void> {
    const { concurrency, isByKey, failures } = checkRunOptions(options, this.#fetcher.client.cluster.settings);
    const loop = this.begin({ ...(options.signal === undefined ? {} : { signal: options.signal }) }, "run");
    const settings = { decode: this.decode, counters: this.#fetcher.counters, concurrency };
    const { maxPartitionFetchBytes } = this.#fetcher.settings;
    const { captureContext } = loop.handOut.client.cluster.options;
    if (options.eachBatches !== undefined)
      await new Runner(
        loop,
        concurrency,
        (cursor) => new BatchesLane(cursor, settings, (of) => loop.more(of), maxPartitionFetchBytes),
        inContextOfRun(options.eachBatches, captureContext),
        failures,
        settings,
      ).run();
    else if (options.eachBatch !== undefined)
      await new Runner(
        loop,
        concurrency,
        (cursor) => new BatchLane(cursor, settings),
        inContextOfRun(options.eachBatch, captureContext),
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

  /** Splits a partition off; `place` is checked already. */
  partition(place: TopicPartition, options: LoopOptions): PartitionStream<K | null, V | null> {
    const { topic, partition } = place;
    checkLoopOptions(options, "partition");
    const { handOut, partitions } = this.#fetcher;
    const cursor = partitions.get(place);
    this.#closing.check("partition");
    if (cursor.taker !== undefined)
      throw new KafkaError(
        "config",
        `cannot split off ${topic}-${partition}: another stream, or run, reads it already`,
        { topic, partition },
      );
    const loop: Loop<K | null, V | null> = new Loop<K | null, V | null>(
      handOut,
      options.signal,
      () => {
        cursor.release(loop);
        handOut.changed(cursor);
      },
      cursor,
    );
    cursor.claim(loop);
    // The main loop drops the batch that it has open of this partition; the stream reads it again from the position.
    if (cursor.position >= 0) cursor.moveTo(cursor.position);
    handOut.changed(cursor);
    return new PartitionStream(topic, partition, loop, this.decode);
  }
}
