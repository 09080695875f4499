import { KafkaError } from "../errors/kafka-error.ts";
import type { Headers } from "../records/record.ts";
import type { Utf8 } from "../runtime/utf8.ts";
import type { Serde } from "../serdes/serde.ts";
import type { ProducerRecord } from "./delivery.ts";
import { withoutValue } from "./record-fields.ts";
import type { HeadersReader } from "./record-headers.ts";
import { topicOf } from "./record-preparer.ts";

/** What the serdes of a producer must fetch before they can write a record: a schema, for example. */
export class RecordPreparation<K, V> {
  readonly #key: Serde<K> | undefined;
  readonly #value: Serde<V> | undefined;
  readonly #utf8: Utf8;
  readonly #headers: HeadersReader;
  #last: Promise<void> | undefined;

  constructor(key: Serde<K> | undefined, value: Serde<V> | undefined, utf8: Utf8, headers: HeadersReader) {
    this.#key = key;
    this.#value = value;
    this.#utf8 = utf8;
    this.#headers = headers;
  }

  /** Whether a serde has something to prepare at all. */
  get isNeeded(): boolean {
    return this.#key?.prepare !== undefined || this.#value?.prepare !== undefined;
  }

  /** Settles when the records that were there before have had their turn; undefined when none is waited for. */
  get pending(): Promise<void> | undefined {
    return this.#last;
  }

  /**
   * Runs `next` when the serdes are ready for the record, and the records before it have had their turn: at once where
   * nothing is to be waited for. A preparation that fails fails its record alone. Throws what is wrong with the record.
   */
  run<T>(record: ProducerRecord<K, V>, next: () => Promise<T>): Promise<T> {
    let ready: PromiseLike<unknown> | undefined;
    const topic = topicOf(record);
    const headers = record.headers === undefined ? [] : this.#headers.bytes(record.headers, topic);
    if (record.value === undefined) throw withoutValue(record, topic, this.#value !== undefined);
    try {
      ready = this.#ready(record, headers);
    } catch (error) {
      return Promise.reject(unprepared(error, topic));
    }
    const before = this.#last;
    if (ready === undefined && before === undefined) return next();
    const mine = this.#inTurn(ready, before, topic, next);
    const turn = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#last = turn;
    void turn.then(() => {
      if (this.#last === turn) this.#last = undefined;
    });
    return mine.then(({ sent }) => sent);
  }

  /** Its turn is over when the record was taken: its fate is boxed, or the next would wait for the broker's answer. */
  async #inTurn<T>(ready: PromiseLike<unknown> | undefined, before: Promise<void> | undefined, topic: string, next: () => Promise<T>): Promise<{ readonly sent: Promise<T> }> {
    let failure: KafkaError | undefined;
    try {
      await ready;
    } catch (error) {
      failure = unprepared(error, topic);
    }
    await before;
    if (failure !== undefined) throw failure;
    return { sent: next() };
  }

  #ready(record: ProducerRecord<K, V>, headers: Headers): PromiseLike<unknown> | undefined {
    const context = { topic: record.topic, headers, utf8: this.#utf8 };
    const key = record.key === undefined || record.key === null ? undefined : this.#key?.prepare?.(record.key, context);
    const value = record.value === null ? undefined : this.#value?.prepare?.(record.value, context);
    return key === undefined ? value : value === undefined ? key : Promise.all([key, value]);
  }
}

function unprepared(error: unknown, topic: string): KafkaError {
  const { message, retriable } = KafkaError.from(error);
  return new KafkaError("serialization", `a serde could not prepare for a record of topic ${topic}: ${message}`, { cause: error, topic, retriable, outcome: "notWritten" });
}
