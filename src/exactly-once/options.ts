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
 * The result of a transform: the records to send, in order, as an iterable or async iterable (a generator, for
 * example); or nothing, if it sent through {@link TransformContext.tx} or has nothing to send.
 */
export type TransformResults<K, V> =
  Iterable<ProducerRecord<K, V>> | AsyncIterable<ProducerRecord<K, V>> | undefined | void;

/** The second argument of a transform, after its records. */
export interface TransformContext<K, V> {
  /** The transaction. Use it to send records that are not simply returned. */
  readonly tx: Transaction<K, V>;
  /**
   * Fires when the transaction is being aborted (after a rebalance, or by close). Its results stay invisible, so stop.
   */
  readonly signal: AbortSignalLike;
}

/**
 * Makes the records to send from the records of one transaction. Called again with the same records after an abort.
 * Calls never overlap.
 */
export type Transform<KI, VI, KO, VO> = (
  records: readonly KafkaRecord<KI | null, VI | null>[],
  context: TransformContext<KO, VO>,
) => PromiseLike<TransformResults<KO, VO>> | TransformResults<KO, VO>;

/** The consumer's options that you may set. The others are fixed, since exactly-once depends on them. */
export type InputOptions<K, V> = Omit<
  ConsumerOptions<K, V>,
  "groupId" | "topics" | "assign" | "isolationLevel" | "enableAutoCommit" | "autoCommitIntervalMs"
>;

/** The producer's options that you may set. The others are fixed. */
export type OutputOptions<K, V> = Omit<ProducerOptions<K, V>, "transactionalId" | "acks" | "enableIdempotence">;

/** The options of `consumeTransformProduce`. */
export interface ConsumeTransformProduceOptions<
  KI = Uint8Array,
  VI = Uint8Array,
  KO = string | Uint8Array,
  VO = string | Uint8Array,
> {
  /** The consumer group that reads the topics. */
  readonly groupId: string;
  /** The topics to read, as names or regular expressions. Records of open or aborted transactions are not read. */
  readonly topics: TopicSelection;
  /**
   * A name for each instance of the application that stays the same after a restart: a restarted instance aborts at
   * once the transaction that it had left open. Partitions may move between instances; they need no name of their own
   * (KIP-447).
   */
  readonly transactionalId: string;
  /**
   * Processes the records of one transaction. If it throws a KafkaError that is temporary, the transaction is aborted
   * and its records are read again; any other error ends everything.
   */
  readonly transform: Transform<KI, VI, KO, VO>;
  /** The maximum number of records in a transaction. Default 5000. */
  readonly maxRecords?: number;
  /**
   * How long records are collected for a transaction after its first record, in ms. Default 100, as
   * `commit.interval.ms` of Kafka Streams. 0: only the records that are there already.
   */
  readonly maxMs?: number;
  /** More options for the consumer. Default: the consumer's own defaults. */
  readonly consumer?: InputOptions<KI, VI>;
  /**
   * More options for the producer. `transactionTimeoutMs` is 10000 by default, as in Kafka Streams: after a crash,
   * other instances wait that long for the transaction that was left open.
   */
  readonly producer?: OutputOptions<KO, VO>;
  /** Ends everything with an error of kind `cancelled`. A running transaction is aborted. Default: none. */
  readonly signal?: AbortSignalLike;
  /**
   * Called each time a transaction was aborted and its records will be read again, with the reason. If it throws, or
   * its promise rejects, the error is logged. Default: none.
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

/** {@link ConsumeTransformProduceOptions}, checked, with the defaults applied. */
export interface ExactlyOnceSettings<KI, VI, KO, VO> {
  readonly transform: Transform<KI, VI, KO, VO>;
  readonly maxRecords: number;
  readonly maxMs: number;
  readonly onAborted: ((error: KafkaError) => void) | undefined;
  /** Whether sent records wait for a serde's `prepare`. */
  readonly hasPreparation: boolean;
}

/** Checks the options. Throws kind `config` with the option's name. The consumer and the producer check their own. */
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
        `consumeTransformProduce sets ${chosen} of its ${part} itself, because exactly-once depends on it: remove it`,
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
