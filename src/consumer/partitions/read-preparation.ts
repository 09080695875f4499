import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { PartitionMap } from "../../cluster/routing/partition-map.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import type { KafkaRecord } from "../../records/record.ts";
import { BatchPreparation, type PreparingSerdes } from "./batch-preparation.ts";
import type { Cursor } from "./cursor.ts";

type Decode<K, V> = (record: KafkaRecord<K, V>) => void;

/**
 * Serdes that must prepare before they read (`prepareRead`). A batch stays with its partition until its serdes are
 * ready, as if it had not been fetched yet. So everything that works for a partition without data works here too: other
 * partitions continue, and close, pause, seek, a rebalance or a signal need not wait.
 */
export class ReadPreparation<K, V> {
  readonly #client: ClusterClient;
  readonly #serdes: PreparingSerdes;
  /** The errors of unreadable records in each partition's last batch, by offset. */
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
   * Undefined if no serde must prepare; then a batch costs nothing. `isTolerant`: the loop continues after a record
   * that cannot be read. `changed` is called with a partition whose batch is ready.
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
   * Whether the batch can be delivered. Otherwise it becomes the next batch of its partition again, and is delivered
   * when its serdes are ready.
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

  /** A `decode` that first throws for a record whose serde could not prepare. */
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
