import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";
import {
  anything,
  type Check,
  guarded,
  isNatural32,
  listOf,
  MAX_INT32,
  name,
  shape,
  wholeFrom,
} from "../errors/shape.ts";

/** A partition of a topic. */
export interface TopicPartition {
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
}

const PLACE = shape(
  {
    topic: name,
    partition: wholeFrom(0, MAX_INT32),
    offset: anything,
    timestamp: anything,
    leaderEpoch: anything,
    metadata: anything,
  },
  {
    needs: ["topic", "partition"],
    noun: "field",
    hints: { partitions: "name each partition, { topic, partition }", topics: "name each topic, { topic, partition }" },
  },
);

/**
 * Checks that an object names a partition. Records, batches and committed offsets do; their other fields are ignored.
 */
export const isPlace: Check = guarded((value, path) => {
  if (!isInstance(value)) PLACE(value, path);
  else if (typeof value.topic !== "string" || !isNatural32(value.partition))
    throw new KafkaError("config", `${path} takes an object with topic and partition, not ${inWords(value)}`);
});

/** Checks a list of objects that name partitions. */
export const arePlaces: Check = listOf(isPlace, ": name each partition, [{ topic, partition }]");

/**
 * Accepts records, batches, and instances of users' classes, from any copy of the package: only their topic and
 * partition are read.
 */
function isInstance(value: unknown): value is { readonly topic?: unknown; readonly partition?: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}
