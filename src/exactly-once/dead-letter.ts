import type { Poison, PoisonHandler } from "../consumer/poison.ts";
import { name, shape, withMethods } from "../errors/shape.ts";
import type { ProducerRecord } from "../producer/delivery.ts";
import type { Bytes } from "../serdes/serde.ts";
import { utf8Encode } from "../wire/utf8.ts";

/** What dead letters are sent with: a producer without serdes. */
export interface DeadLetterSender {
  send(record: ProducerRecord<Bytes, Bytes>): Promise<unknown>;
}

/** Where dead letters go. */
export interface DeadLetterOptions {
  /** The topic, which must exist unless brokers create topics by themselves. */
  readonly topic: string;
}

const SENDER = withMethods("send");
const OPTIONS = shape({ topic: name }, { needs: ["topic"] });

/** What the names of the headers begin with, in the manner of Kafka Connect's `__connect.errors.`. */
const PREFIX = "__odradek.errors.";

/**
 * For a consumer's `onPoison`: sends what cannot be read to a topic of its own, with its key, value, headers and timestamp as they were, and
 * headers `__odradek.errors.topic`, `partition`, `offset`, `last.offset`, `what` (record or batch), `kind` and `message` that say why. Reading goes on when
 * the broker has it; when it cannot be sent the loop throws, and it is the next again. After a crash it may be sent twice.
 * Throws kind `config` without a topic. Kafka Connect: `errors.deadletterqueue.topic.name` (KIP-298).
 */
export function deadLetter(producer: DeadLetterSender, options: DeadLetterOptions): PoisonHandler {
  SENDER(producer, "deadLetter: the producer");
  OPTIONS(options, "deadLetter");
  const { topic } = options;
  return (poison) => producer.send(letter(topic, poison));
}

function letter(topic: string, { what, topic: from, partition, offset, lastOffset, timestamp, key, value, headers, error }: Poison): ProducerRecord<Bytes, Bytes> {
  const why: Readonly<Record<string, string | number>> = { topic: from, partition, offset, "last.offset": lastOffset, what, kind: error.kind, message: error.message };
  return {
    topic,
    key,
    value,
    ...(timestamp < 0 ? {} : { timestamp }),
    headers: [...headers, ...Object.entries(why).map(([name, text]) => [`${PREFIX}${name}`, utf8Encode(String(text))] as const)],
  };
}
