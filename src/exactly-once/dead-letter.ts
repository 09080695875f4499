import type { Poison } from "../consumer/partitions/poison.ts";
import type { FailedRecord } from "../consumer/reading/run/failure.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { name, shape, withMethods } from "../errors/shape.ts";
import type { ProducerRecord } from "../producer/partition/delivery.ts";
import type { Bytes } from "../serdes/serde.ts";
import { utf8Encode } from "../wire/utf8.ts";

/** Sends dead letters: a producer without serdes. */
export interface DeadLetterSender {
  /** Resolves when the letter is written. */
  send(record: ProducerRecord<Bytes, Bytes>): Promise<unknown>;
}

/** Where dead letters are sent. */
export interface DeadLetterOptions {
  /** The topic. It must exist, unless brokers create topics automatically. */
  readonly topic: string;
}

/** Sends one dead letter; resolves when the broker has it. For a consumer's `onPoison`, and for `onFailed` of `run`. */
export type DeadLetterHandler = (letter: Poison | FailedRecord) => Promise<unknown>;

const SENDER = withMethods("send");
const OPTIONS = shape({ topic: name }, { needs: ["topic"] });

/** The prefix of the header names, modelled on Kafka Connect's `__connect.errors.`. */
const PREFIX = "__odradek.errors.";

/**
 * Makes a handler for a consumer's `onPoison` and for `onFailed` of `run`. It sends a record that cannot be read, or
 * whose callback failed at its last try, to a separate topic. Key, value, headers and timestamp stay as they were.
 * Added headers give the reason: `__odradek.errors.topic`, `partition`, `offset`, `last.offset`, `what` (record or
 * batch), `kind` and `message`; after a failed callback also `attempts`, the number of calls. `kind` is the kind of a
 * `KafkaError`, or the name of another error, for example `TypeError`.
 *
 * Reading continues when the broker has the letter. The producer tries until its `deliveryTimeoutMs`; if that fails,
 * the loop throws, or run() rejects, and the record is read again. After a crash a letter may be sent twice. Throws
 * kind `config` without a topic. Kafka Connect: `errors.deadletterqueue.topic.name` (KIP-298).
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

/** The kind of a KafkaError; the name of any other error. */
function kindOf(error: unknown): string {
  if (KafkaError.is(error)) return error.kind;
  const named = typeof error === "object" && error !== null ? (error as { readonly name?: unknown }).name : undefined;
  return typeof named === "string" ? named : "Error";
}
