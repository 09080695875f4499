import type { Poison } from "../consumer/partitions/poison.ts";
import type { FailedRecord } from "../consumer/reading/run/failure.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { name, shape, withMethods } from "../errors/shape.ts";
import type { ProducerRecord } from "../producer/partition/delivery.ts";
import type { Bytes } from "../serdes/serde.ts";
import { utf8Encode } from "../wire/utf8.ts";

/** What dead letters are sent with: a producer without serdes. */
export interface DeadLetterSender {
  /** Settles when the letter is written. */
  send(record: ProducerRecord<Bytes, Bytes>): Promise<unknown>;
}

/** Where dead letters go. */
export interface DeadLetterOptions {
  /** The topic, which must exist unless brokers create topics by themselves. */
  readonly topic: string;
}

/**
 * Sends one dead letter, and settles when the broker has it:
 * for a consumer's `onPoison`, and for `onFailed` of `run`.
 */
export type DeadLetterHandler = (letter: Poison | FailedRecord) => Promise<unknown>;

const SENDER = withMethods("send");
const OPTIONS = shape({ topic: name }, { needs: ["topic"] });

/** What the names of the headers begin with, in the manner of Kafka Connect's `__connect.errors.`. */
const PREFIX = "__odradek.errors.";

/**
 * For a consumer's `onPoison`, and for `onFailed` of `run`: sends what cannot be read, or a record whose
 * callback failed at its last try, to a topic of its own, with its key, value, headers and timestamp as they
 * were, and headers that say why: `__odradek.errors.topic`, `partition`, `offset`, `last.offset`, `what`
 * (record or batch), `kind` and `message`; after a failed callback also `attempts`, how often it was called.
 * `kind` is that of a `KafkaError`, or the name of another error: `TypeError`. Reading goes on when the
 * broker has the letter. When it cannot be sent, which the producer tries until its `deliveryTimeoutMs`, the
 * loop throws, or run() rejects, and the record is the next again. After a crash it may be sent twice.
 * Throws kind `config` without a topic. Kafka Connect: `errors.deadletterqueue.topic.name` (KIP-298).
 */
export function deadLetter(producer: DeadLetterSender, options: DeadLetterOptions): DeadLetterHandler {
  SENDER(producer, "deadLetter: the producer");
  OPTIONS(options, "deadLetter");
  const { topic } = options;
  return (poison) => producer.send(letter(topic, poison));
}

function letter(topic: string, dead: Poison | FailedRecord): ProducerRecord<Bytes, Bytes> {
  const { what, topic: from, partition, offset, lastOffset, timestamp, key, value, headers, error } = dead;
  const why: Readonly<Record<string, string | number>> = {
    topic: from,
    partition,
    offset,
    "last.offset": lastOffset,
    what,
    kind: kindOf(error),
    message: KafkaError.from(error).message,
    ...("attempts" in dead ? { attempts: dead.attempts } : {}),
  };
  return {
    topic,
    key,
    value,
    ...(timestamp < 0 ? {} : { timestamp }),
    headers: [
      ...headers,
      ...Object.entries(why).map(([name, text]) => [`${PREFIX}${name}`, utf8Encode(String(text))] as const),
    ],
  };
}

/** The kind of a KafkaError; of another error its name. */
function kindOf(error: unknown): string {
  if (KafkaError.is(error)) return error.kind;
  const named = typeof error === "object" && error !== null ? (error as { readonly name?: unknown }).name : undefined;
  return typeof named === "string" ? named : "Error";
}
