import type { Wait } from "../../cluster/waits.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import type { KafkaRecord } from "../../records/record.ts";
import type { Serde, SerdeTopic, SerializedPart } from "../../serdes/serde.ts";

/** The part of a serde that is needed here; it does not depend on the type of its values. */
export type PreparingSerde = Pick<Serde<never>, "prepareRead">;

/** The serdes of a consumer, by the part of a record that they read. */
export interface PreparingSerdes {
  readonly key: PreparingSerde | undefined;
  readonly value: PreparingSerde | undefined;
}

type Field = "key" | "value";

/** A batch whose serdes prepare before its first record is delivered. */
export class BatchPreparation<K, V> {
  readonly batch: Batch<K, V>;
  /** The errors of records that cannot be read, by offset. */
  readonly failures: Map<number, KafkaError> = new Map<number, KafkaError>();
  readonly #from: number;
  readonly #context: SerdeTopic;
  readonly #isTolerant: boolean;
  #isSettled = false;
  #isLeft = false;
  #wait: Wait | undefined;

  /** `from` is the first offset to deliver. `isTolerant`: the loop continues after a record that cannot be read. */
  constructor(batch: Batch<K, V>, from: number, context: SerdeTopic, isTolerant: boolean) {
    this.batch = batch;
    this.#from = from;
    this.#context = context;
    this.#isTolerant = isTolerant;
  }

  /** Whether the batch can be delivered. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Calls the serdes. Returns a promise that never rejects; undefined if the batch can be delivered at once. */
  begin(serdes: PreparingSerdes, beginWait: () => Wait): Promise<void> | undefined {
    const waits = (["key", "value"] as const).flatMap((field): readonly Promise<void>[] => {
      const serde = serdes[field];
      const parts = new Parts(this.batch, this.#from, field);
      if (serde?.prepareRead === undefined || parts.isEmpty) return [];
      const asked = ask(serde, parts, this.#context);
      return asked === undefined ? [] : [this.#settle(field, serde, parts, asked)];
    });
    if (waits.length === 0) return undefined;
    this.#wait = beginWait();
    return Promise.all(waits).then(() => {
      this.#isSettled = true;
      this.#wait?.end();
    });
  }

  /** Nothing waits for it any more: the position was moved, or the partition is gone. */
  leave(): void {
    this.#isLeft = true;
    this.#wait?.end();
  }

  /**
   * An unreadable record must not make the good records of its batch fail. So after a rejection each part is prepared
   * alone. If the loop ends at the first unreadable record, this ends there too.
   */
  async #settle(field: Field, serde: PreparingSerde, parts: Parts<K, V>, asked: Promise<unknown>): Promise<void> {
    try {
      await asked;
      return;
    } catch (error) {
      const all = [...parts];
      const [only] = all;
      if (all.length === 1 && only !== undefined) this.#refused(field, only, error);
      else await this.#settleApart(field, serde, all);
    }
  }

  async #settleApart(field: Field, serde: PreparingSerde, parts: readonly Part<K, V>[]): Promise<void> {
    for (const part of parts) {
      if (this.#isLeft) return;
      try {
        const asked = ask(serde, [part], this.#context);
        if (asked !== undefined) await asked;
      } catch (error) {
        this.#refused(field, part, error);
        if (!this.#isTolerant) return;
      }
    }
  }

  #refused(field: Field, { offset }: Part<K, V>, cause: unknown): void {
    const { topic, partition } = this.batch;
    const { message, retriable } = KafkaError.from(cause);
    const what = `the ${field} of the record at ${topic}-${partition} offset ${offset} cannot be deserialised`;
    this.failures.set(
      offset,
      new KafkaError("serialization", `${what}: prepareRead of its serde failed: ${message}`, {
        cause,
        topic,
        partition,
        offset,
        retriable,
      }),
    );
  }
}

/** The key or the value of one record. */
class Part<K, V> implements SerializedPart {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly #record: KafkaRecord<K, V>;

  constructor(bytes: Uint8Array, record: KafkaRecord<K, V>) {
    this.bytes = bytes;
    this.offset = record.offset;
    this.#record = record;
  }

  get headers(): SerializedPart["headers"] {
    return this.#record.headers;
  }
}

/** The keys or values of a batch from an offset on, without nulls, created during the iteration. */
class Parts<K, V> implements Iterable<Part<K, V>> {
  readonly #batch: Batch<K, V>;
  readonly #from: number;
  readonly #field: Field;

  constructor(batch: Batch<K, V>, from: number, field: Field) {
    this.#batch = batch;
    this.#from = from;
    this.#field = field;
  }

  get isEmpty(): boolean {
    return this[Symbol.iterator]().next().done === true;
  }

  /** Ends at damage: the loop finds it itself when it gets there, and handles it as `onPoison` says. */
  *[Symbol.iterator](): Generator<Part<K, V>, undefined, undefined> {
    let record: KafkaRecord<K, V> | undefined;
    try {
      const reader = this.#batch.reader();
      while ((record = reader.next()) !== undefined) {
        if (record.offset < this.#from) continue;
        const bytes = this.#field === "key" ? record.keyBytes : record.valueBytes;
        if (bytes !== null) yield new Part(bytes, record);
      }
    } catch (error) {
      if (!KafkaError.is(error)) throw error;
    }
    return undefined;
  }
}

/**
 * Calls `prepareRead`. Returns its promise, or one that rejects with the error that it threw; undefined if there is
 * nothing to wait for.
 */
function ask(
  serde: PreparingSerde,
  parts: Iterable<SerializedPart>,
  context: SerdeTopic,
): Promise<unknown> | undefined {
  try {
    const made: unknown = serde.prepareRead?.(parts, context);
    const isPromise =
      typeof made === "object" && made !== null && typeof (made as { then?: unknown }).then === "function";
    return isPromise ? Promise.resolve(made as PromiseLike<unknown>) : undefined;
  } catch (error) {
    return Promise.reject(KafkaError.from(error, "serialization"));
  }
}
