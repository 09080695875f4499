import type { PartitionInfo } from "../../cluster/partition-info.ts";
import { isPromiseOfNobody } from "../../cluster/user-callback.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { callback } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import type { Headers } from "../../records/record.ts";
import { crc32 } from "../../wire/crc32.ts";
import { murmur2 } from "../../wire/murmur2.ts";
import { utf8Encode } from "../../wire/utf8.ts";
import { fnv1a } from "./partitioner-fnv1a.ts";

/**
 * The partitioner for records that name no partition. `"default"` is Java's: the murmur2 hash of the key; records
 * without a key fill one partition at a time. `"round_robin"` is Java's RoundRobinPartitioner, which ignores keys. The
 * others are librdkafka's, under its names: crc32 (`consistent`), murmur2 and FNV-1a of the key. `_random` in a name
 * means that records without a key go anywhere instead of all to one partition. `"fnv1a_random"` is also Sarama's
 * `NewHashPartitioner`.
 */
export type PartitionerName =
  | "default"
  | "round_robin"
  | "random"
  | "consistent"
  | "consistent_random"
  | "murmur2"
  | "murmur2_random"
  | "fnv1a"
  | "fnv1a_random";

/** A record as your own partitioner gets it: serialised. */
export interface PartitionedRecord {
  /** The serialised key; null for none. */
  readonly key: Uint8Array | null;
  /** The serialised value; null for a tombstone. */
  readonly value: Uint8Array | null;
  /** The headers, in order and with duplicates. */
  readonly headers: Headers;
  /** The timestamp, in ms since the epoch. */
  readonly timestamp: number;
}

/** The topic as your own partitioner gets it. */
export interface PartitioningContext {
  /** The name of the topic. */
  readonly topic: string;
  /** How many partitions the topic has. */
  readonly partitionCount: number;
  /** The partitions that have a leader now. */
  readonly availablePartitions: readonly number[];
  /** The partitions in order, with leaders and replicas: the same list until metadata changes. */
  readonly partitionInfo: readonly PartitionInfo[];
}

/**
 * Returns the partition, 0 to `partitionCount` − 1. If it returns anything else, or throws, the record fails with kind
 * `config`. It runs for each record, so it must be fast. Java: `Partitioner.partition`.
 */
export type Partitioner = (record: PartitionedRecord, context: PartitioningContext) => number;

type Part = Uint8Array | string | null;

/** A chooser's view of its topic. */
export interface PartitionView {
  readonly topic: string;
  readonly partitionCount: number;
  isAvailable(partition: number): boolean;
  readonly partitionInfo: readonly PartitionInfo[];
}

/** Returns a partition, or {@link STICKY}. Each topic has its own chooser, since some of them count. */
export type PartitionChooser = (
  key: Part,
  value: Part,
  headers: Headers | undefined,
  timestamp: number,
  view: PartitionView,
) => number;

/** The record goes to the partition that records without a key fill now. */
export const STICKY = -1;

const NAMES: readonly PartitionerName[] = [
  "default",
  "round_robin",
  "random",
  "consistent",
  "consistent_random",
  "murmur2",
  "murmur2_random",
  "fnv1a",
  "fnv1a_random",
];
const NO_BYTES = new Uint8Array(0);

/**
 * Returns the function that makes a topic's chooser; undefined for the default partitioner, which is in the
 * accumulator. Throws kind `config` for an unknown name.
 */
export function chooserFactory(
  partitioner: PartitionerName | Partitioner,
  ignoreKeys: boolean,
  random: () => number,
): (() => PartitionChooser) | undefined {
  if (typeof partitioner === "function") {
    callback(partitioner, "partitioner");
    return () => custom(partitioner);
  }
  if (!NAMES.includes(partitioner))
    throw new KafkaError(
      "config",
      `partitioner takes a function or one of ${NAMES.join(", ")}, not ${inWords(partitioner)}`,
    );
  if (ignoreKeys && partitioner !== "default")
    throw new KafkaError(
      "config",
      `partitionerIgnoreKeys works only with the default partitioner: the name "${partitioner}" already decides ` +
        "whether keys count",
    );
  switch (partitioner) {
    case "default":
      return ignoreKeys ? () => () => STICKY : undefined;
    case "round_robin":
      return () => roundRobin(random);
    case "random":
      return () => (_key, _value, _headers, _timestamp, view) => anyAvailable(view, random);
    case "consistent":
      return () => hashed((key) => crc32(key), "to one partition");
    case "consistent_random":
      return () => hashed((key) => crc32(key), "anywhere, and so do empty ones");
    case "murmur2":
      return () => hashed((key) => murmur2(key) & 0x7fffffff, "to one partition");
    case "murmur2_random":
      return () => hashed((key) => murmur2(key) & 0x7fffffff, "anywhere");
    case "fnv1a":
      return () => hashed(fnv1a, "to one partition");
    case "fnv1a_random":
      return () => hashed(fnv1a, "anywhere");
  }
}

function hashed(
  hash: (key: Uint8Array) => number,
  keyless: "to one partition" | "anywhere" | "anywhere, and so do empty ones",
): PartitionChooser {
  return (key, _value, _headers, _timestamp, view) => {
    if (key === null && keyless !== "to one partition") return STICKY;
    const bytes = key === null ? NO_BYTES : bytesOf(key);
    if (bytes.length === 0 && keyless === "anywhere, and so do empty ones") return STICKY;
    return hash(bytes) % view.partitionCount;
  };
}

/**
 * Begins at a random partition. Otherwise the first partitions of each topic would get all records of producers that
 * send only a few.
 */
function roundRobin(random: () => number): PartitionChooser {
  let next = -1;
  return (_key, _value, _headers, _timestamp, view) => {
    const count = view.partitionCount;
    if (next < 0) next = Math.floor(random() * count);
    for (let i = 0; i < count; i++) {
      const partition = (next + i) % count;
      if (!view.isAvailable(partition)) continue;
      next = partition + 1;
      return partition;
    }
    return next++ % count; // no partition has a leader: the record waits in any of them
  };
}

function anyAvailable(view: PartitionView, random: () => number): number {
  const led: number[] = [];
  for (let i = 0; i < view.partitionCount; i++) if (view.isAvailable(i)) led.push(i);
  return led[Math.floor(random() * led.length)] ?? Math.floor(random() * view.partitionCount);
}

function custom(partitioner: Partitioner): PartitionChooser {
  return (key, value, headers, timestamp, view) => {
    const availablePartitions: number[] = [];
    for (let i = 0; i < view.partitionCount; i++) if (view.isAvailable(i)) availablePartitions.push(i);
    const context: PartitioningContext = {
      topic: view.topic,
      partitionCount: view.partitionCount,
      availablePartitions,
      get partitionInfo() {
        return view.partitionInfo;
      },
    };
    let partition: number;
    try {
      partition = partitioner(
        {
          key: key === null ? null : bytesOf(key),
          value: value === null ? null : bytesOf(value),
          headers: headers ?? [],
          timestamp,
        },
        context,
      );
    } catch (cause) {
      throw new KafkaError(
        "config",
        `the partitioner threw for a record of topic ${view.topic}: ${KafkaError.from(cause).message}`,
        { cause, topic: view.topic, outcome: "notWritten" },
      );
    }
    if (Number.isInteger(partition) && partition >= 0 && partition < view.partitionCount) return partition;
    const answer = isPromiseOfNobody(partition) ? "a promise, but must return a number at once," : inWords(partition);
    throw new KafkaError(
      "config",
      `the partitioner returned ${answer} for a record of topic ${view.topic}, which has partitions 0 to ` +
        `${view.partitionCount - 1}`,
      { topic: view.topic, outcome: "notWritten" },
    );
  };
}

function bytesOf(part: Uint8Array | string): Uint8Array {
  return typeof part === "string" ? utf8Encode(part) : part;
}
