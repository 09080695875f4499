import { callInterceptors } from "../../cluster/interceptors.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { LogLevel } from "../../runtime/platform.ts";
import type { ProducerRecord, RecordMetadata } from "../partition/delivery.ts";
import { unknownField, unreadableRecord } from "./record-fields.ts";
import type { HeadersReader } from "./record-headers.ts";

/**
 * A record as an interceptor sees it, before it is serialised. It is a copy: changes do not reach the caller's object.
 */
export interface OutgoingRecord<K, V> {
  /** The name of the topic. Another name sends the record there. */
  topic: string;
  /** The key, before serialisation; null for none. */
  key: K | null;
  /** The value, before serialisation; null for a tombstone. */
  value: V | null;
  /** The headers, in order and with duplicates. You may change the list. Text is written as UTF-8. */
  headers: [name: string, value: Uint8Array | string | null][];
  /** The number of the partition; undefined lets the partitioner choose. */
  partition: number | undefined;
  /** The timestamp, in ms since the epoch; undefined for the time of sending. */
  timestamp: number | undefined;
}

/**
 * Sees each record before it is sent, for tracing or auditing, and may change it; and sees whether it was written. It
 * has at least one of these methods. Java: `ProducerInterceptor`.
 */
export interface ProducerInterceptor<K, V> {
  /**
   * Called by `send` and `enqueue` for each record before it is serialised, interceptor by interceptor; called again if
   * `enqueue` had no room and the record is offered again. Change the record in place: if `onSend` returns a record, or
   * leaves unknown fields in it, the record is refused with kind `config`. If `onSend` throws, or its promise rejects,
   * the error is logged and the record is sent as it stands. The promise is not awaited. Java: `onSend`.
   */
  onSend?(record: OutgoingRecord<K, V>): void;
  /**
   * Called once for each record of `send`, and each that `enqueue` accepts, when it is written or has failed, just
   * before the promise of `send` settles. For a failed record `error` is the reason, and the offset and timestamp of
   * `metadata` are −1; so is its partition if none was chosen yet. It runs in the async context of the record's `send`
   * or `enqueue`. If it throws, or its promise rejects, the error is logged. Costs a promise for each record. Java:
   * `onAcknowledgement`.
   */
  onAcknowledgement?(metadata: RecordMetadata, error: KafkaError | undefined): void;
  /** Called once when the producer is closed, after all acknowledgements. Java: `close`. */
  close?(): void;
}

/** The interceptors of one producer. */
export class Interceptors<K, V> {
  readonly #all: readonly ProducerInterceptor<K, V>[];
  readonly #reader: HeadersReader;
  readonly #log: (level: LogLevel, message: string) => void;
  /** Whether any of them is called for the end of a record. */
  readonly isTold: boolean;

  constructor(
    all: readonly ProducerInterceptor<K, V>[],
    reader: HeadersReader,
    log: (level: LogLevel, message: string) => void,
  ) {
    this.#all = [...all];
    this.#reader = reader;
    this.#log = log;
    this.isTold = all.some((one) => "onAcknowledgement" in one);
  }

  /**
   * Returns the record as the interceptors leave it; the caller's record stays unchanged. Throws kind `config` if they
   * leave or return something that is not a valid record.
   */
  sent(record: ProducerRecord<K, V>): ProducerRecord<K, V> {
    const outgoing = outgoingOf(record, this.#reader);
    if (outgoing === undefined) return record;
    const { topic } = outgoing;
    let wrong = false;
    const call = (interceptor: ProducerInterceptor<K, V>): unknown => {
      const returned: unknown = interceptor.onSend?.(outgoing);
      if (returned !== outgoing && returned !== outgoing.value && isRecord(returned)) wrong = true;
      return returned;
    };
    callInterceptors(this.#all, "onSend", call, (level, message) =>
      this.#log(level, `a record of topic ${topic}: ${message}`),
    );
    if (wrong)
      throw new KafkaError(
        "config",
        "an interceptor's onSend returned a record: it must change the given record in place",
        { topic, outcome: "notWritten" },
      );
    const unknown = unknownField(outgoing, "the record that interceptors left");
    if (unknown !== undefined) throw unknown;
    return { ...outgoing } as ProducerRecord<K, V>; // undefined fields count as absent
  }

  /** Calls `onAcknowledgement` when the record is written or has failed. The promise settles as `sent` does. */
  async followed(
    { topic, partition = -1 }: ProducerRecord<K, V>,
    sent: Promise<RecordMetadata>,
  ): Promise<RecordMetadata> {
    const ended = (metadata: RecordMetadata, error?: KafkaError): void =>
      callInterceptors(this.#all, "onAcknowledgement", (one) => one.onAcknowledgement?.(metadata, error), this.#log);
    try {
      const metadata = await sent;
      ended(metadata);
      return metadata;
    } catch (thrown) {
      const error = KafkaError.from(thrown);
      ended({ topic, partition: error.partition ?? partition, offset: -1, timestamp: -1 }, error);
      throw error;
    }
  }

  /** The producer was closed. */
  closed(): void {
    callInterceptors(this.#all, "close", (one) => one.close?.(), this.#log);
  }
}

/** A copy of the record that may be changed; undefined for something that the checks that follow will refuse. */
export function outgoingOf<K, V>(
  record: ProducerRecord<K, V>,
  reader: HeadersReader,
): OutgoingRecord<K, V> | undefined {
  if (typeof record !== "object" || (record as unknown) === null) return undefined;
  try {
    const { topic, key = null, value, partition, timestamp } = record;
    if ((value as unknown) === undefined || typeof (topic as unknown) !== "string") return undefined;
    const headers =
      record.headers === undefined
        ? []
        : reader.list(record.headers, topic).map(([name, one]): [string, Uint8Array | string | null] => [name, one]);
    return { topic, key, value, headers, partition, timestamp };
  } catch (error) {
    throw unreadableRecord(error);
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && "topic" in value;
}
