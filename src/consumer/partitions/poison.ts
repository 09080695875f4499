import { KafkaError } from "../../errors/kafka-error.ts";
import { inWords } from "../../errors/words.ts";
import type { Batch } from "../../records/batch.ts";
import type { Headers, KafkaRecord } from "../../records/record.ts";
import type { LogEntry } from "../../runtime/platform.ts";
import { asItLies } from "./as-it-lies.ts";
import type { Cursor } from "./cursor.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";

/**
 * A record whose key or value its serde refuses, or a batch that is corrupt: its checksum is wrong, or it cannot be
 * decompressed or decoded.
 */
export interface Poison extends TopicPartition {
  /** Whether one record or a whole batch cannot be read. */
  readonly what: "record" | "batch";
  /** The first offset that is skipped. */
  readonly offset: number;
  /** The last offset that is skipped; for a batch as far as the log shows it. */
  readonly lastOffset: number;
  /** The record's timestamp, in ms since the epoch; for a batch the highest timestamp in its header. */
  readonly timestamp: number;
  /** The bytes of the record's key; null for none, and for a batch. */
  readonly key: Uint8Array | null;
  /** The bytes that could not be read: the record's value, or the whole batch as stored. */
  readonly value: Uint8Array | null;
  /** The record's headers; none for a batch. */
  readonly headers: Headers;
  /** Why it cannot be read: kind `serialization` or `corrupt`. */
  readonly error: KafkaError;
}

/**
 * Handles a record or batch that cannot be read. When it resolves, reading continues after it. If it rejects, throws,
 * or returns `"fail"` or false, the loop throws.
 */
export type PoisonHandler = (poison: Poison) => PromiseLike<unknown>;

/**
 * The handling of records and batches that cannot be read: end the loop, skip with a warning, or call a function first.
 */
export type OnPoison = "fail" | "skip" | PoisonHandler;

/** The policy of a consumer that continues after unreadable records. */
export class PoisonPolicy {
  readonly #handler: PoisonHandler | undefined;
  readonly #log: (level: LogEntry["level"], message: string, fields: LogEntry["fields"]) => void;
  readonly #counters: { poison: number };
  readonly #isFetchedAgain: <K, V>(cursor: Cursor<K, V>, batch: Batch<K, V>, error: KafkaError) => boolean;

  constructor(
    policy: "skip" | PoisonHandler,
    log: (level: LogEntry["level"], message: string, fields: LogEntry["fields"]) => void,
    counters: { poison: number },
    isFetchedAgain: <K, V>(cursor: Cursor<K, V>, batch: Batch<K, V>, error: KafkaError) => boolean,
  ) {
    this.#isFetchedAgain = isFetchedAgain;
    this.#handler = policy === "skip" ? undefined : policy;
    this.#log = log;
    this.#counters = counters;
  }

  /**
   * Resolves when the record or batch may be skipped. Rejects with the error of the handler; then the position must
   * stay.
   */
  async pass(poison: Poison): Promise<void> {
    const { what, topic, partition, offset, lastOffset, error } = poison;
    if (this.#handler !== undefined) {
      try {
        const decision = await this.#handler(poison);
        // A handler that returns this wants the loop to end, which it must do by throwing.
        if (decision === "fail" || decision === false)
          throw new KafkaError("config", `it returned ${inWords(decision)}; to end the loop it must throw`);
      } catch (thrown) {
        const failure = KafkaError.from(thrown);
        throw new KafkaError(
          failure.kind,
          `${topic}-${partition}: the ${what} at offset ${offset} cannot be read, and onPoison could not handle ` +
            `it: ${failure.message}`,
          { cause: failure, topic, partition, offset },
        );
      }
    }
    this.#counters.poison++;
    const which = lastOffset > offset ? `offsets ${offset} to ${lastOffset} are` : `offset ${offset} is`;
    this.#log(
      "warn",
      `${topic}-${partition}: ${which} ` +
        `${this.#handler === undefined ? "skipped" : "passed to onPoison and skipped"}: ${error.message}`,
      { topic, partition, offset, lastOffset },
    );
  }

  /**
   * Reads a batch to its end before any record of it is delivered, from the cursor's position on. Returns the offsets
   * of skipped records. Returns undefined if the batch itself was skipped, or is fetched once more.
   */
  async sift<K, V>(
    cursor: Cursor<K, V>,
    batch: Batch<K, V>,
    decode: ((record: KafkaRecord<K, V>) => void) | undefined,
  ): Promise<ReadonlySet<number> | undefined> {
    const passed = new Set<number>();
    const from = cursor.position;
    const { generation } = cursor;
    let record: KafkaRecord<K, V> | undefined;
    let failure: KafkaError | undefined;
    try {
      const reader = batch.reader();
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        if (next.offset < from) continue;
        record = next;
        const refused = refusal(next, decode);
        if (refused === undefined) continue;
        if (!isPoison(refused)) throw refused;
        passed.add(next.offset);
        await this.pass(poisonRecord(next, refused));
      }
    } catch (error) {
      failure = KafkaError.from(error);
      if (record !== undefined && passed.has(record.offset)) throw failure; // the error of the handler
    }
    if (failure === undefined) return passed;
    if (!isPoison(failure)) throw failure;
    if (cursor.generation === generation && this.#isFetchedAgain(cursor, batch, failure)) return undefined;
    await this.pass(poisonBatch(cursor, batch, failure));
    if (cursor.generation === generation) cursor.pass(batch);
    return undefined;
  }
}

function refusal<K, V>(
  record: KafkaRecord<K, V>,
  decode: ((record: KafkaRecord<K, V>) => void) | undefined,
): KafkaError | undefined {
  try {
    decode?.(record);
    return undefined;
  } catch (error) {
    return KafkaError.from(error);
  }
}

/**
 * Whether the record or batch itself is at fault. A missing codec (`unsupported`) is not its fault, and a batch that
 * exceeds our own limits (`config`) is intact.
 */
export function isPoison(error: KafkaError): boolean {
  return error.kind === "serialization" || error.kind === "corrupt";
}

export function poisonRecord<K, V>(record: KafkaRecord<K, V>, error: KafkaError): Poison {
  return { ...asItLies(record), error };
}

export function poisonBatch<K, V>(cursor: Cursor<K, V>, batch: Batch<K, V>, error: KafkaError): Poison {
  const { topic, partition, position } = cursor;
  return {
    what: "batch",
    topic,
    partition,
    offset: position,
    lastOffset: cursor.nextAfter(batch) - 1,
    timestamp: batch.maxTimestamp,
    key: null,
    value: batch.bytes,
    headers: [],
    error,
  };
}
