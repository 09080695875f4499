import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { PartitionMap } from "../../cluster/routing/partition-map.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import type { KafkaRecord } from "../../records/record.ts";
import { BatchPreparation, type PreparingSerdes } from "./batch-preparation.ts";
import type { Cursor } from "./cursor.ts";

type Decode<K, V> = (record: KafkaRecord<K, V>) => void;

/**
 * Serdes that fetch something before they read (`prepareRead`). A batch stays with its partition until its serdes are
 * ready, as if it had not been fetched yet. So everything that works on a partition without data works here too: other
 * partitions go on, and close, pause, seek, a rebalance or a signal wait for nothing.
 */
export class ReadPreparation<K, V> {
  readonly #client: ClusterClient;
  readonly #serdes: PreparingSerdes;
  /** Of the batch that each partition handed out last: why records cannot be read, by their offset. */
  readonly #failures = new PartitionMap<ReadonlyMap<number, KafkaError>>();

  readonly #isTolerant: boolean;
  readonly #changed: (cursor: Cursor<K, V>) => void;

  constructor(
    client: ClusterClient,
    serdes: PreparingSerdes,
    isTolerant: boolean,
    changed: (cursor: Cursor<K, V>) => void,
  ) {
    this.#client = client;
    this.#serdes = serdes;
    this.#isTolerant = isTolerant;
    this.#changed = changed;
  }

  /**
   * Undefined where no serde has anything to prepare: then nothing is done for a batch. `isTolerant`: the loop goes on
   * behind a record that cannot be read. `changed` is called with a partition whose batch may be handed out now.
   */
  static of<K, V>(
    client: ClusterClient,
    serdes: PreparingSerdes,
    isTolerant: boolean,
    changed: (cursor: Cursor<K, V>) => void,
  ): ReadPreparation<K, V> | undefined {
    const isNeeded = serdes.key?.prepareRead !== undefined || serdes.value?.prepareRead !== undefined;
    return isNeeded ? new ReadPreparation<K, V>(client, serdes, isTolerant, changed) : undefined;
  }

  /**
   * Whether the batch may be handed out. Otherwise it is the next of its partition again, once its serdes are ready.
   */
  isReady(cursor: Cursor<K, V>, batch: Batch<K, V>): boolean {
    const before = cursor.preparing;
    cursor.prepare(undefined);
    if (before?.batch === batch) return this.#ready(cursor, before.failures);
    before?.leave();
    const client = this.#client;
    const { topic, partition } = cursor;
    const preparation = new BatchPreparation<K, V>(
      batch,
      cursor.position,
      { topic, utf8: client.cluster.options.utf8 },
      this.#isTolerant,
    );
    const settled = preparation.begin(this.#serdes, () =>
      client.waits.begin(`prepareRead of a serde, for records of ${topic}-${partition}`),
    );
    if (settled === undefined) return this.#ready(cursor, preparation.failures);
    cursor.prepare(preparation);
    cursor.putBack(batch, true);
    void settled.then(() => {
      if (cursor.preparing === preparation) this.#changed(cursor);
    });
    return false;
  }

  /** `decode` that first throws for a record whose serde could not prepare. */
  decoder(decode: Decode<K, V> | undefined): Decode<K, V> {
    const failures = this.#failures;
    return (record) => {
      if (failures.size > 0) this.#throwFailure(record);
      decode?.(record);
    };
  }

  #throwFailure(record: KafkaRecord<K, V>): void {
    const failure = this.#failures.get(record)?.get(record.offset);
    if (failure !== undefined) throw failure;
  }

  #ready(cursor: Cursor<K, V>, failures: ReadonlyMap<number, KafkaError>): true {
    if (failures.size > 0) this.#failures.set(cursor, failures);
    else this.#failures.delete(cursor);
    return true;
  }
}
