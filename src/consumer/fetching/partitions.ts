import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { readSettings } from "../../records/read-settings.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import { type Tally, tallyOf } from "../partitions/counters.ts";
import { Cursor, type CursorHost } from "../partitions/cursor.ts";
import { HeldBytes } from "../partitions/held-bytes.ts";
import type { OffsetSpec } from "../partitions/offset-spec.ts";
import { noStartError } from "../partitions/position-lost.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";

/** The partitions that a consumer reads, each with its cursor. */
export class Partitions<K, V> implements Iterable<Cursor<K, V>> {
  /** The buffered bytes of all partitions. */
  readonly held: HeldBytes = new HeldBytes();
  /** The totals of each topic since the consumer was created. */
  readonly tallies: Map<string, Tally> = new Map<string, Tally>();
  readonly #client: ClusterClient;
  readonly #settings: ReadingSettings;
  readonly #host: CursorHost<K, V>;
  readonly #cursors = new Map<string, Cursor<K, V>>();
  #isAllPaused = false;

  /** Calls `offer` with each cursor that may have a deliverable batch. */
  constructor(client: ClusterClient, settings: ReadingSettings, offer: (cursor: Cursor<K, V>) => void) {
    this.#client = client;
    this.#settings = settings;
    this.#host = { held: this.held, offer, fault: (what) => client.cluster.fault(what) };
  }

  [Symbol.iterator](): Iterator<Cursor<K, V>> {
    return this.#cursors.values();
  }

  find({ topic, partition }: TopicPartition): Cursor<K, V> | undefined {
    return this.#cursors.get(`${topic}/${partition}`);
  }

  /** Throws kind `config` for a partition that this consumer does not read. */
  get({ topic, partition }: TopicPartition): Cursor<K, V> {
    const cursor = this.find({ topic, partition });
    if (cursor === undefined)
      throw new KafkaError("config", `${topic}-${partition} is not read by this consumer`, { topic, partition });
    return cursor;
  }

  /**
   * Begins to read a partition, after a record of `epoch` if that is known. Returns its cursor; undefined for one that
   * is read already, which keeps its position. Throws if nothing says at which offset to begin.
   */
  add(topic: string, partition: number, offset?: OffsetSpec, epoch?: number): Cursor<K, V> | undefined {
    const { startOffset, maxDecompressedBytes, checkCrcs, isManual } = this.#settings;
    const key = `${topic}/${partition}`;
    if (this.#cursors.has(key)) return undefined;
    const { codecs, crc32c, bytesView } = this.#client.cluster.options;
    const seeking = offset ?? (isManual ? "committed" : startOffset);
    if (seeking === undefined)
      throw noStartError(this.#settings, { topic, partition }, `${key} has no offset to begin at`);
    const cursor = new Cursor<K, V>(
      topic,
      partition,
      readSettings({ codecs, crc32c, bytesView, maxDecompressedBytes, checkCrcs, topic, partition }),
      tallyOf(this.tallies, topic),
      this.#host,
    );
    if (typeof seeking === "number") cursor.moveTo(seeking, epoch);
    else cursor.seek(seeking);
    this.#cursors.set(key, cursor);
    if (this.#isAllPaused) cursor.pause(true);
    const known = this.#client.snapshot.topics.get(topic);
    if (known !== undefined && known.errorCode === 0 && known.topicId !== ZERO_UUID) cursor.identify(known.topicId);
    return cursor;
  }

  /** Stops reading a partition. Returns its cursor; undefined for one that was not read. */
  remove({ topic, partition }: TopicPartition): Cursor<K, V> | undefined {
    const key = `${topic}/${partition}`;
    const cursor = this.#cursors.get(key);
    this.#cursors.delete(key);
    cursor?.remove();
    return cursor;
  }

  /** Pauses all partitions, also those that are added later. */
  pauseAll(): void {
    this.#isAllPaused = true;
    for (const cursor of this) cursor.pause(true);
  }

  /** Partitions that are added later are not paused. */
  pauseNoMore(): void {
    this.#isAllPaused = false;
  }
}
