import { KafkaError } from "./errors/kafka-error.ts";
import { reading } from "./errors/shape.ts";
import { inWords } from "./errors/words.ts";
import { Producer } from "./producer/producer.ts";
import type { RecordIntake } from "./producer/accepting/record-intake.ts";
import {
  AROUND_SEND_ALL,
  type SendTogether,
  type TracedProducer,
  type WrittenRecords,
} from "./producer/around-send-all.ts";
import type { BatchFate, Settle } from "./producer/partition/batch.ts";
import type { BatchSettings } from "./producer/partition/batch-settings.ts";
import type { ProducerRecord, RecordMetadata } from "./producer/partition/delivery.ts";
import type { RecordOptions } from "./producer/sending/send-settings.ts";

export type { WrittenRecords } from "./producer/around-send-all.ts";

/**
 * Sends many records with one promise: as fast as `enqueue`, and with the offsets. Resolves when all are written, as
 * `acks` demands, with one entry for each partition, in the order of their first records.
 *
 * Rejects with the error of the first record that failed, once every record is written or has failed. If there is no
 * room for a record, it and those after it wait for room, up to `maxBlockMs`; so do not change the records before the
 * promise settles. A record that is not valid ends the call: the records before it are sent, those after it are not.
 * Deadlines and `close()`: as for `send`. Throws nothing; rejects with kind `unsupported` if a serde has `prepare`.
 *
 * Java has no counterpart; franz-go: `ProduceSync`.
 */
export function sendAll<K, V>(
  producer: Producer<K, V>,
  records: Iterable<ProducerRecord<K, V>>,
  options: RecordOptions = NO_OPTIONS,
): Promise<readonly WrittenRecords[]> {
  try {
    if (!reading("sendAll: the producer", () => producer instanceof Producer))
      throw new KafkaError("config", `sendAll takes a producer as its first argument, not ${inWords(producer)}`);
    if (!reading("sendAll: the records", () => isIterable(records)))
      throw new KafkaError("config", `sendAll takes records as its second argument, not ${inWords(records)}`);
    const { intake } = producer;
    const settings = intake.settingsOf(options);
    const send: SendTogether<K, V> = (given) => new SentTogether(intake, given[Symbol.iterator](), settings).run();
    return (producer as TracedProducer<K, V>)[AROUND_SEND_ALL]?.(records, send) ?? send(records);
  } catch (error) {
    return Promise.reject(KafkaError.from(error));
  }
}

/** Frozen, so that it is checked only once. */
const NO_OPTIONS: RecordOptions = Object.freeze({});

/** The records of one call. */
class SentTogether<K, V> {
  readonly #intake: RecordIntake<K, V>;
  readonly #records: Iterator<ProducerRecord<K, V>>;
  readonly #settings: BatchSettings | undefined;
  readonly #written: Written[] = [];
  /** Called with the records as they settle: the same function for all of them. */
  readonly #settle: Settle;
  /** How many records are neither written nor failed; and one more while records are offered. */
  #open = 1;
  #failed: Promise<never> | undefined;
  #resolve: (written: readonly WrittenRecords[] | Promise<never>) => void = () => undefined;

  constructor(
    intake: RecordIntake<K, V>,
    records: Iterator<ProducerRecord<K, V>>,
    settings: BatchSettings | undefined,
  ) {
    this.#intake = intake;
    this.#records = records;
    this.#settings = settings;
    this.#settle = (metadata, count = 1, fate) => this.#settled(metadata, count, fate);
  }

  run(): Promise<readonly WrittenRecords[]> {
    const all = new Promise<readonly WrittenRecords[]>((resolve) => (this.#resolve = resolve));
    const refused = this.#offer(undefined);
    if (refused === undefined) this.#ends(1);
    else
      void this.#intake.room
        .remember(this.#offerWithRoom(refused))
        .catch((error: unknown) => this.#fails(Promise.reject(this.#intake.failed(error))))
        .then(() => this.#ends(1));
    return all;
  }

  /** Offers records until there is no room. Returns the record that must wait; undefined after the last. */
  #offer(first: Refused<K, V> | undefined): Refused<K, V> | undefined {
    const intake = this.#intake;
    try {
      let record = first?.record;
      for (;;) {
        this.#open++; // before the record can be refused, and settled, at once
        if (record === undefined) {
          const next = this.#records.next();
          if (next.done === true) break;
          record = next.value;
        }
        const bytes = intake.offer(record, this.#settings, this.#settle);
        if (bytes > 0) {
          this.#open--;
          return { record, bytes };
        }
        record = undefined;
      }
      this.#open--;
      return undefined;
    } catch (error) {
      this.#open--;
      this.#fails(Promise.reject(intake.failed(error)));
      this.#records.return?.();
      return undefined;
    }
  }

  async #offerWithRoom(first: Refused<K, V>): Promise<void> {
    let refused: Refused<K, V> | undefined = first;
    while (refused !== undefined) {
      await this.#intake.room.ready(refused.bytes);
      refused = this.#offer(refused);
    }
  }

  #settled(metadata: RecordMetadata | Promise<never>, count: number, fate: BatchFate | undefined): void {
    if ("then" in metadata) this.#fails(metadata);
    else this.#writes(metadata, count, fate);
    this.#ends(count);
  }

  #writes({ topic, partition, offset }: RecordMetadata, count: number, fate: BatchFate | undefined): void {
    let known = this.#written.find((one) => one.partition === partition && one.topic === topic);
    if (known === undefined) {
      const { appendTimestamp = -1, logStartOffset = -1 } = fate ?? {};
      known = { topic, partition, baseOffset: offset, count: 0, appendTimestamp, logStartOffset };
      this.#written.push(known);
    }
    known.count += count;
  }

  #fails(rejection: Promise<never>): void {
    if (this.#failed === undefined) this.#failed = rejection;
    rejection.catch(() => undefined); // the call returns only the first one
  }

  #ends(count: number): void {
    this.#open -= count;
    if (this.#open === 0) this.#resolve(this.#failed ?? this.#written);
  }
}

/** A record for which there is no room. */
interface Refused<K, V> {
  readonly record: ProducerRecord<K, V>;
  readonly bytes: number;
}

type Written = { -readonly [K in keyof WrittenRecords]: WrittenRecords[K] };

function isIterable(value: unknown): value is Iterable<never> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Iterable<never>>)[Symbol.iterator] === "function"
  );
}
