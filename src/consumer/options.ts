import { wholeNumber } from "../cluster/options.ts";
import type { StatisticsOptions } from "../cluster/statistics.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import {
  anything,
  callback,
  errorOf,
  flag,
  isNatural32,
  listOf,
  MAX_INT32,
  reading,
  shape,
  text,
} from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import { canDeserialize, type Serde } from "../serdes/serde.ts";
import { GROUP_FIELDS, MEMBERS_ONLY, type GroupOptions, type GroupSettings, groupSettings } from "./group/options.ts";
import {
  type AutoOffsetReset,
  checkedReset,
  checkedSpec,
  checkedStart,
  type StartOffset,
} from "./partitions/offset-spec.ts";
import type { OnPoison } from "./partitions/poison.ts";
import { selected, subscriptionOf, type TopicSelection } from "./partitions/subscription.ts";
import type { Assignment, PositionReset, ReadingSettings } from "./partitions/reading-settings.ts";

export type { Assignment, PositionReset } from "./partitions/reading-settings.ts";
export type { TopicPartition } from "../cluster/topic-partition.ts";

/** The options of a consumer: `assign` or `topics`, and how to read. With `groupId` also those of a group's member. */
export interface ConsumerOptions<K = Uint8Array, V = Uint8Array> extends GroupOptions, StatisticsOptions {
  /**
   * The partitions to read; `[]` for none yet, until you call `consumer.assign`. With `groupId` reading begins at the
   * group's committed offsets, and the consumer commits for the group without joining it; while the group has members,
   * its commits are refused. Default: none; then `topics` is required. Java: `assign`.
   */
  readonly assign?: readonly Assignment[];
  /**
   * Topics to read: without a group all their partitions, also those that are added later; in a group those that are
   * assigned to this member. A regular expression matches any topic name that contains a match (add `^` and `$`
   * yourself), except internal topics. New and deleted topics are noticed within `metadataMaxAgeMs`; without a group a
   * new topic is read from its beginning. `[]` for none yet, until you call `consumer.subscribe`. Default: none; then
   * `assign` is required. Java: `subscribe(Pattern)`.
   */
  readonly topics?: TopicSelection;
  /** The serde of keys. Default: bytes, or null. Java: `key.deserializer`. */
  readonly key?: Serde<K>;
  /** The serde of values. Default: bytes, or null. Java: `value.deserializer`. */
  readonly value?: Serde<V>;
  /**
   * The start of a partition without a committed offset: `"earliest"` (the first record), `"latest"` (the end), `{
   * timestamp }` (the first record of that time or later, in ms since the epoch), `{ durationMs }` (the first record of
   * that last time, KIP-1106; Java's `by_duration:PT1H` works too), `{ tail: n }` (at most n offsets before the end),
   * or `"none"`: an error of kind `config`. Default: `autoOffsetReset`, as in Java, which has one option for both;
   * `"earliest"` if that is `"nearest"`. An `offset` in `assign` has precedence. franz-go: `ConsumeStartOffset`.
   */
  readonly startOffset?: StartOffset;
  /**
   * The new position when the partition's log no longer has the current one, because records were deleted or the log
   * was truncated. Takes the values of `startOffset` (`"none"`: an error of kind `broker`), and `"nearest"`: the first
   * record whose timestamp is not before that of the last record that this consumer consumed from the partition. If all
   * records are older, reading continues at the end; if none was consumed, `startOffset` applies. Default `"earliest"`,
   * so that no record is skipped silently. Java: `auto.offset.reset`, whose default is latest. franz-go:
   * `ConsumeResetOffset`.
   */
  readonly autoOffsetReset?: AutoOffsetReset;
  /**
   * `"read_committed"` leaves out records of open and aborted transactions. Default `"read_uncommitted"`, as in Java:
   * `isolation.level`.
   */
  readonly isolationLevel?: "read_uncommitted" | "read_committed";
  /**
   * The minimum size of a response, in bytes; a broker waits up to `fetchMaxWaitMs` for it. Default 1. Java:
   * `fetch.min.bytes`.
   */
  readonly fetchMinBytes?: number;
  /** How long a broker waits for `fetchMinBytes`, in ms. Default 500. Java: `fetch.max.wait.ms`. */
  readonly fetchMaxWaitMs?: number;
  /** The maximum size of one response, in bytes. Default 52428800. Java: `fetch.max.bytes`. */
  readonly fetchMaxBytes?: number;
  /**
   * The maximum size of one partition in a response, in bytes. Default 1048576, as in Java; larger ones cost more than
   * they save, in cache and young generation. Java: `max.partition.fetch.bytes`.
   */
  readonly maxPartitionFetchBytes?: number;
  /**
   * The maximum of buffered bytes over all partitions. Default 67108864. A partition without buffered records may
   * always fetch one batch.
   */
  readonly fetchBufferBytes?: number;
  /**
   * Whether the broker may create topics of `topics` (names, not patterns) and `assign` that do not exist, if its
   * `auto.create.topics.enable` allows that. A topic that is deleted while it is read is created again. Default false:
   * a misspelt name would create a topic. Java: `allow.auto.create.topics`, whose default is true (KIP-361).
   */
  readonly allowAutoCreateTopics?: boolean;
  /**
   * How long the consumer looks for an unknown topic or partition before the loop throws, and the default deadline of
   * its calls, in ms. Default 60000. Java: `default.api.timeout.ms`.
   */
  readonly defaultApiTimeoutMs?: number;
  /** Whether to check the CRC-32C of each batch. Default true. Java: `check.crcs`. */
  readonly checkCrcs?: boolean;
  /**
   * The maximum decompressed size of a batch, in bytes. Default 25165824, or 64 times its compressed size up to
   * 134217728: JSON compresses 20 to 40 times, and a decompression bomb of a kilobyte must not cost a gigabyte. For a
   * larger batch the loop throws kind `config`, whatever `onPoison` says, because the records are intact; the message
   * has the size that is needed. Java has no such limit.
   */
  readonly maxDecompressedBytes?: number;
  /**
   * The rack of this consumer. Brokers that choose replicas by rack let it read from a near one (KIP-392). Default:
   * none, so it always reads from leaders. Java: `client.rack`.
   */
  readonly clientRack?: string;
  /**
   * Called when the partition's log no longer had a position, and it was replaced. Default: none; the client logs a
   * warning in any case.
   */
  readonly onPositionReset?: (reset: PositionReset) => void;
  /**
   * The handling of a record whose key or value its serde refuses, and of a batch that is corrupt or cannot be
   * decompressed. A batch is fetched once more from the leader before it counts as damaged. A batch that exceeds
   * `maxDecompressedBytes` is intact: the loop throws kind `config`. `"fail"`, the default: the loop throws, and the
   * position stays. `"skip"` skips it and logs a warning. A function: it gets the bytes and the error, and reading
   * continues when it resolves; `deadLetter(producer, { topic })` returns such a function. Kafka Streams:
   * `deserialization.exception.handler`; Connect: `errors.tolerance`.
   */
  readonly onPoison?: OnPoison;
}

const OPTIONS = shape(
  {
    assign: anything,
    topics: anything,
    key: canDeserialize,
    value: canDeserialize,
    startOffset: anything,
    autoOffsetReset: anything,
    isolationLevel: anything,
    fetchMinBytes: anything,
    fetchMaxWaitMs: anything,
    fetchMaxBytes: anything,
    maxPartitionFetchBytes: anything,
    fetchBufferBytes: anything,
    allowAutoCreateTopics: flag,
    defaultApiTimeoutMs: anything,
    checkCrcs: flag,
    maxDecompressedBytes: anything,
    clientRack: text,
    onPositionReset: callback,
    onPoison: anything,
    onStatistics: callback,
    statisticsIntervalMs: anything,
    ...GROUP_FIELDS,
  },
  {
    hints: {
      tail: "startOffset: { tail: n }",
      topic: "topics",
      partitions: "assign",
      allowAutoTopicCreation: "allowAutoCreateTopics",
      maxInFlightRequests: "a consumer has one fetch in flight to each broker",
    },
  },
);
const ASSIGNMENTS = listOf(
  shape(
    {
      topic: anything,
      partition: anything,
      offset: anything,
      timestamp: anything,
      leaderEpoch: anything,
      metadata: anything,
    },
    { noun: "field", hints: { partitions: "name each partition, { topic, partition }" } },
  ),
  ": name each partition, [{ topic, partition }]",
);

/** {@link ConsumerOptions} with defaults, checked. */
export interface ConsumerSettings extends ReadingSettings {
  /** Undefined without a group. */
  readonly group: GroupSettings | undefined;
  /** The subscription as the user gave it. */
  readonly topics: readonly (string | RegExp)[];
  readonly statisticsIntervalMs: number;
}

/** Checks the options. Throws kind `config` and names the wrong option. */
export function consumerSettings(options: ConsumerOptions<never, never>): ConsumerSettings {
  return reading("a consumer", () => readSettings(options));
}

function readSettings(options: ConsumerOptions<never, never>): ConsumerSettings {
  OPTIONS(options, "a consumer");
  const group = groupSettings(options);
  const { assign } = options;
  const subscription = subscriptionOf(options.topics);
  const isNamed = options.topics !== undefined || (group?.topicsPattern ?? null) !== null;
  const isSubscribed =
    subscription.names.length + subscription.patterns.length > 0 || (group?.topicsPattern ?? null) !== null;
  if (assign === undefined && !isNamed)
    throw new KafkaError(
      "config",
      "a consumer needs `assign` (partitions) or `topics`; `[]` for none yet: consumer.assign or " +
        "consumer.subscribe says which",
    );
  if (assign !== undefined && isSubscribed)
    throw new KafkaError("config", "a consumer takes `assign` or `topics`, not both");
  const member = MEMBERS_ONLY.find((name) => options[name] !== undefined);
  if (assign !== undefined && member !== undefined)
    throw new KafkaError(
      "config",
      `${member} is an option of a group's members, and a consumer with \`assign\` joins none: leave it out, or ` +
        `give \`topics\``,
    );
  if (assign !== undefined) checkAssignment(assign);
  const { isolationLevel: isolation = "read_uncommitted" } = options;
  const autoOffsetReset = checkedReset(options.autoOffsetReset);
  if (isolation !== "read_uncommitted" && isolation !== "read_committed")
    throw new KafkaError(
      "config",
      `isolationLevel takes "read_uncommitted" or "read_committed", not ${inWords(isolation)}`,
    );
  return {
    group,
    assign,
    isManual: assign !== undefined && group !== undefined,
    subscription,
    topics: selected(options.topics),
    startOffset:
      options.startOffset !== undefined
        ? checkedStart(options.startOffset)
        : autoOffsetReset === "nearest"
          ? "earliest"
          : autoOffsetReset,
    startOption: options.startOffset === undefined ? "autoOffsetReset" : "startOffset",
    autoOffsetReset,
    statisticsIntervalMs: wholeNumber("statisticsIntervalMs", options.statisticsIntervalMs, 30_000, 1),
    isReadCommitted: isolation === "read_committed",
    fetchMinBytes: wholeNumber("fetchMinBytes", options.fetchMinBytes, 1, 0),
    fetchMaxWaitMs: wholeNumber("fetchMaxWaitMs", options.fetchMaxWaitMs, 500, 0),
    fetchMaxBytes: wholeNumber("fetchMaxBytes", options.fetchMaxBytes, 52_428_800, 1),
    maxPartitionFetchBytes: wholeNumber("maxPartitionFetchBytes", options.maxPartitionFetchBytes, 1_048_576, 1),
    fetchBufferBytes: wholeNumber("fetchBufferBytes", options.fetchBufferBytes, 67_108_864, 1, Number.MAX_SAFE_INTEGER),
    defaultApiTimeoutMs: wholeNumber("defaultApiTimeoutMs", options.defaultApiTimeoutMs, 60_000, 1),
    allowAutoCreateTopics: options.allowAutoCreateTopics ?? false,
    checkCrcs: options.checkCrcs ?? true,
    maxDecompressedBytes:
      options.maxDecompressedBytes === undefined
        ? undefined
        : wholeNumber("maxDecompressedBytes", options.maxDecompressedBytes, 0, 1),
    clientRack: options.clientRack ?? "",
    onPositionReset: options.onPositionReset,
    onPoison: checkedPoison(options.onPoison),
  };
}

function checkedPoison(onPoison: OnPoison = "fail"): OnPoison {
  if (onPoison === "fail" || onPoison === "skip" || errorOf(callback, onPoison, "") === undefined) return onPoison;
  throw new KafkaError("config", `onPoison takes "fail", "skip" or a function, not ${inWords(onPoison)}`);
}

/** Throws kind `config` for partitions that are not valid. */
export function checkAssignment(assigned: readonly Assignment[]): void {
  ASSIGNMENTS(assigned, "a consumer: assign");
  for (const { topic, partition, offset } of assigned) {
    if (typeof topic !== "string" || topic === "") throw new KafkaError("config", "an entry of `assign` has no topic");
    if (!isNatural32(partition))
      throw new KafkaError(
        "config",
        `assign: ${topic} has partition ${inWords(partition)}, which is no whole number from 0 to ${MAX_INT32}`,
      );
    if (offset !== undefined) checkedSpec(`assign: the offset of ${topic}-${partition}`, offset);
  }
}
