import { wholeNumber } from "../cluster/options.ts";
import type { ConsumerOptions } from "../consumer/options.ts";
import { subscriptionOf, type TopicSelection } from "../consumer/partitions/subscription.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { anything, callback, mapOf, name, reading, shape, signal } from "../errors/shape.ts";
import type { ProducerRecord } from "../producer/partition/delivery.ts";
import type { ProducerOptions } from "../producer/options.ts";
import type { Transaction } from "../producer/transaction.ts";
import type { KafkaRecord } from "../records/record.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";

/**
 * What a transform may return: the records to send, in order; a generator's too. Nothing where it used
 * {@link TransformContext.tx} or has none.
 */
export type TransformResults<K, V> =
  Iterable<ProducerRecord<K, V>> | AsyncIterable<ProducerRecord<K, V>> | undefined | void;

/** What a transform has beside its records. */
export interface TransformContext<K, V> {
  /** The transaction that it runs in, for what is not simply returned. */
  readonly tx: Transaction<K, V>;
  /**
   * Fires when the transaction is being aborted (partitions went to another member, close): nothing that comes of it
   * will be seen, so stop.
   */
  readonly signal: AbortSignalLike;
}

/**
 * From the records of one transaction to what is sent in it. Called again with the same records after an abort, and
 * never twice at a time.
 */
export type Transform<KI, VI, KO, VO> = (
  records: readonly KafkaRecord<KI | null, VI | null>[],
  context: TransformContext<KO, VO>,
) => PromiseLike<TransformResults<KO, VO>> | TransformResults<KO, VO>;

/** The consumer's options that are the user's to choose: what makes it exactly once is not. */
export type InputOptions<K, V> = Omit<
  ConsumerOptions<K, V>,
  "groupId" | "topics" | "assign" | "isolationLevel" | "enableAutoCommit" | "autoCommitIntervalMs"
>;

/** The producer's options that are the user's to choose. */
export type OutputOptions<K, V> = Omit<ProducerOptions<K, V>, "transactionalId" | "acks" | "enableIdempotence">;

/** The options of `consumeTransformProduce`. */
export interface ConsumeTransformProduceOptions<
  KI = Uint8Array,
  VI = Uint8Array,
  KO = string | Uint8Array,
  VO = string | Uint8Array,
> {
  /** The group that the topics are read with. */
  readonly groupId: string;
  /** What is read: only what is committed, where it was written in transactions. Names, or regular expressions. */
  readonly topics: TopicSelection;
  /**
   * A name for each instance of the application, the same after a restart: an instance that comes back ends at once
   * what it had left open. Partitions may move between instances, they need no name of their own (KIP-447).
   */
  readonly transactionalId: string;
  /**
   * What is done with the records. What it throws ends everything, but for a KafkaError that may pass: its transaction
   * is begun anew.
   */
  readonly transform: Transform<KI, VI, KO, VO>;
  /** The most records of a transaction. Default 5000. */
  readonly maxRecords?: number;
  /**
   * How long records are gathered for a transaction after its first, in ms. Default 100, as `commit.interval.ms` of
   * Kafka Streams; 0: what is there.
   */
  readonly maxMs?: number;
  /** The consumer's further options. */
  readonly consumer?: InputOptions<KI, VI>;
  /**
   * The producer's further options. Its `transactionTimeoutMs` is 10000 by default, as in Kafka Streams: until then,
   * others wait for what a crashed instance left open.
   */
  readonly producer?: OutputOptions<KO, VO>;
  /** Ends it with an error of kind `cancelled`; what is running is aborted. */
  readonly signal?: AbortSignalLike;
  /**
   * Told each time a transaction was aborted and its records are read again, and why. What it throws, or its promise
   * rejects with, is logged.
   */
  readonly onAborted?: (error: KafkaError) => void;
}

const OPTIONS = shape(
  {
    groupId: name,
    topics: anything,
    transactionalId: anything,
    transform: anything,
    maxRecords: anything,
    maxMs: anything,
    consumer: mapOf(anything),
    producer: mapOf(anything),
    signal,
    onAborted: callback,
  },
  {
    needs: ["groupId", "topics"],
    hints: { concurrency: "an instance has one transaction at a time; start more instances" },
  },
);
const FIXED_INPUT = [
  "groupId",
  "topics",
  "assign",
  "isolationLevel",
  "enableAutoCommit",
  "autoCommitIntervalMs",
] as const;
const FIXED_OUTPUT = ["transactionalId", "acks", "enableIdempotence"] as const;

/** {@link ConsumeTransformProduceOptions} with their defaults, checked. */
export interface ExactlyOnceSettings<KI, VI, KO, VO> {
  readonly transform: Transform<KI, VI, KO, VO>;
  readonly maxRecords: number;
  readonly maxMs: number;
  readonly onAborted: ((error: KafkaError) => void) | undefined;
  /** Whether what is sent waits for its serde. */
  readonly hasPreparation: boolean;
}

/** The settings, checked once. Throws kind `config` naming the option; the consumer and the producer check theirs. */
export function exactlyOnceSettings<KI, VI, KO, VO>(
  options: ConsumeTransformProduceOptions<KI, VI, KO, VO>,
): ExactlyOnceSettings<KI, VI, KO, VO> {
  return reading("consumeTransformProduce", () => readSettings(options));
}

function readSettings<KI, VI, KO, VO>(
  options: ConsumeTransformProduceOptions<KI, VI, KO, VO>,
): ExactlyOnceSettings<KI, VI, KO, VO> {
  OPTIONS(options, "consumeTransformProduce");
  for (const [part, fixed] of [
    ["consumer", FIXED_INPUT],
    ["producer", FIXED_OUTPUT],
  ] as const) {
    const chosen = fixed.find((name) => Object.hasOwn(options[part] ?? {}, name));
    if (chosen !== undefined)
      throw new KafkaError(
        "config",
        `consumeTransformProduce decides ${chosen} of its ${part} by itself: exactly once depends on it`,
      );
  }
  const { names, patterns } = subscriptionOf(options.topics, "consumeTransformProduce: topics");
  if (names.length + patterns.length === 0)
    throw new KafkaError(
      "config",
      "consumeTransformProduce: topics is empty; it takes the topics to read, which cannot change later",
    );
  if (typeof options.transform !== "function")
    throw new KafkaError("config", "consumeTransformProduce needs a `transform`");
  if (typeof options.transactionalId !== "string" || options.transactionalId === "")
    throw new KafkaError("config", "consumeTransformProduce needs a `transactionalId`: a name for each instance");
  return {
    transform: options.transform,
    maxRecords: wholeNumber("maxRecords", options.maxRecords, 5000, 1),
    maxMs: wholeNumber("maxMs", options.maxMs, 100, 0),
    onAborted: options.onAborted,
    hasPreparation: options.producer?.key?.prepare !== undefined || options.producer?.value?.prepare !== undefined,
  };
}
