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

/**
 * The options of a consumer: `assign` or `topics`, and how to read; with `groupId` those of a member of a group too.
 */
export interface ConsumerOptions<K = Uint8Array, V = Uint8Array> extends GroupOptions, StatisticsOptions {
  /**
   * The partitions to read; `[]` for none yet: `consumer.assign` says which, and changes them. With `groupId` reading
   * goes on where that group has committed, and commits are made in its name, by themselves or by `commit`, without
   * joining it: while it has live members a commit is refused. Java: `assign`.
   */
  readonly assign?: readonly Assignment[];
  /**
   * Topics to read; without a group all their partitions, also those that are added later; in a group
   * those that the group gives this member. A regular expression stands for all topics whose name it finds
   * (as `test` does: `^` and `$` are yours to write), but Kafka's own; topics that come and go are noticed
   * within `metadataMaxAgeMs`, and one that comes later is read from its beginning without a group. `[]`
   * for none yet: `consumer.subscribe` says which, and changes them. Java: `subscribe(Pattern)`.
   */
  readonly topics?: TopicSelection;
  /** How keys are read. Default: bytes, or null. Java: `key.deserializer`. */
  readonly key?: Serde<K>;
  /** How values are read. Java: `value.deserializer`. */
  readonly value?: Serde<V>;
  /**
   * Where a partition begins for which no offset is committed: `"earliest"` (the first record), `"latest"` (the end),
   * `{ timestamp }` (the first record that is no older, in ms since the epoch), `{ durationMs }` (no older than that
   * ago, KIP-1106; Java's `by_duration:PT1H` is taken too), `{ tail: n }` (at most n offsets before the end), or
   * `"none"`: an error of kind `config`. Default: as `autoOffsetReset`, as in Java, which has one option for both;
   * `"earliest"` where that is `"nearest"`. An `offset` in `assign` goes first. franz-go: `ConsumeStartOffset`.
   */
  readonly startOffset?: StartOffset;
  /**
   * Where reading goes on when the log does not have the position any more: it was deleted, or the log was cut off.
   * Takes what `startOffset` takes (`"none"`: an error of kind `broker`), and `"nearest"`: the first record whose
   * timestamp is not before that of the last record which this consumer has consumed of the partition. Where no
   * record is that young, the end; where none was consumed, `startOffset` decides. Default `"earliest"`: nothing is
   * skipped silently. Java: `auto.offset.reset`, whose default is latest. franz-go: `ConsumeResetOffset`.
   */
  readonly autoOffsetReset?: AutoOffsetReset;
  /**
   * Whether records of transactions that are open or aborted are left out. Default `"read_uncommitted"`. Java:
   * `isolation.level`.
   */
  readonly isolationLevel?: "read_uncommitted" | "read_committed";
  /** The least that a broker answers with at once, in bytes. Default 1. Java: `fetch.min.bytes`. */
  readonly fetchMinBytes?: number;
  /** How long a broker waits for `fetchMinBytes`, in ms. Default 500. Java: `fetch.max.wait.ms`. */
  readonly fetchMaxWaitMs?: number;
  /** The most that one response holds, in bytes. Default 52428800. Java: `fetch.max.bytes`. */
  readonly fetchMaxBytes?: number;
  /**
   * The most of one partition in a response. Default 1048576, as in Java; larger ones cost more than they save, in
   * cache and young generation. Java: `max.partition.fetch.bytes`.
   */
  readonly maxPartitionFetchBytes?: number;
  /**
   * The most that is held for the application, over all partitions. Default 67108864. An empty partition may always ask
   * for one batch.
   */
  readonly fetchBufferBytes?: number;
  /**
   * How long an unknown topic or partition is asked for before the loop throws, in ms. Default 60000. Java:
   * `default.api.timeout.ms`.
   */
  readonly defaultApiTimeoutMs?: number;
  /** Whether the CRC-32C of each batch is checked. Default true. Java: `check.crcs`. */
  readonly checkCrcs?: boolean;
  /**
   * What a batch may decompress to, in bytes. Default 25165824, or 64 times its compressed size up to 134217728: JSON
   * compresses 20 to 40 times, and a bomb of a kilobyte must not cost a gigabyte. For a batch that needs more the loop
   * throws kind `config`, whatever `onPoison` says: the record is sound. The message says how much it needs. Java has
   * no such limit.
   */
  readonly maxDecompressedBytes?: number;
  /**
   * Where this consumer stands: brokers that choose replicas by rack let it read from a near one (KIP-392). Default:
   * nowhere, so always from leaders. Java: `client.rack`.
   */
  readonly clientRack?: string;
  /** Called when a position was gone from the log, and another was taken. */
  readonly onPositionReset?: (reset: PositionReset) => void;
  /**
   * What to do with a record whose key or value its serde refuses, and with a batch whose checksum is wrong or that
   * cannot be decompressed. A batch is fetched once more from the leader before it counts as damaged. A batch that
   * exceeds `maxDecompressedBytes` is not damaged: the loop throws kind `config`. `"fail"`, the default: the loop
   * throws, and the position stays at it. `"skip"`: it is passed over, with a warning that names it. A function: it is
   * given the bytes and the reason, and reading goes on when it settles: `deadLetter(producer, { topic })` is one.
   * Kafka Streams: `deserialization.exception.handler`; Connect: `errors.tolerance`.
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
      allowAutoTopicCreation: "a consumer never creates a topic",
      "allow.auto.create.topics": "a consumer never creates a topic",
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

/** {@link ConsumerOptions} with their defaults, checked. */
export interface ConsumerSettings extends ReadingSettings {
  /** Undefined for a consumer in no group. */
  readonly group: GroupSettings | undefined;
  /** As it was given. */
  readonly topics: readonly (string | RegExp)[];
  readonly statisticsIntervalMs: number;
}

/** The settings, checked once. Throws kind `config` naming the option. */
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

/** Throws kind `config` where what is to be read makes no sense. */
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
