import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";

/** An offset to commit or to seek, as users give it. */
export interface GivenOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string | number | bigint;
  readonly metadata?: string | null | undefined;
}

/** A checked offset. */
export interface CheckedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string | null;
}

/** A topic, and some of its partitions or all. */
export interface GivenPartitions {
  readonly topic: string;
  readonly partitions?: readonly number[] | undefined;
}

/** The offsets that stand for the end and the beginning of a partition. */
const LATEST = -1;
const EARLIEST = -2;

/** Checks one offset in kafkajs's order and with its texts. `special` allows −1 and −2. */
export function checkedOffset(given: GivenOffset, special: boolean): CheckedOffset {
  const {
    topic,
    partition,
    metadata = null,
  } = given as {
    readonly [F in keyof GivenOffset]: unknown;
  };
  if (typeof topic !== "string" || topic === "") throw new KafkaJSNonRetriableError(`Invalid topic ${inText(topic)}`);
  if (partition === undefined || Number.isNaN(Number(partition)))
    throw new KafkaJSNonRetriableError(`Invalid partition, expected a number received ${inText(partition)}`);
  const offset = longOf(given.offset);
  if (offset === undefined)
    throw new KafkaJSNonRetriableError(`Invalid offset, expected a long received ${inText(given.offset)}`);
  if (offset < 0 && !(special && (offset === LATEST || offset === EARLIEST)))
    throw new KafkaJSNonRetriableError("Offset must not be a negative number");
  if (metadata !== null && typeof metadata !== "string")
    throw new KafkaJSNonRetriableError(
      `Invalid offset metadata, expected string or null, received ${inText(metadata)}`,
    );
  return { topic, partition: Number(partition), offset, metadata };
}

/** Checks the argument of `pause` or `resume` with kafkajs's texts. */
export function checkPartitions(call: "pause" | "resume", given: readonly GivenPartitions[]): void {
  for (const one of given as readonly (GivenPartitions | null | undefined)[]) {
    if (!one?.topic) throw new KafkaJSNonRetriableError(`Invalid topic ${inText(one)}`);
    const { partitions } = one;
    if (
      partitions !== undefined &&
      (!Array.isArray(partitions) || (partitions as unknown[]).some((partition) => Number.isNaN(Number(partition))))
    )
      throw new KafkaJSNonRetriableError(
        `Array of valid partitions required to ${call} specific partitions instead of ${inText(partitions)}`,
      );
  }
}

/** The number that kafkajs's Long reads; undefined for what it refuses. */
function longOf(offset: unknown): number | undefined {
  if (typeof offset === "bigint") return Number(offset);
  if (typeof offset === "number") return Number.isFinite(offset) ? Math.trunc(offset) : undefined;
  if (typeof offset !== "string" || !/^[+-]?\d+$/.test(offset.trim())) return undefined;
  return Number(offset);
}

/** A value as kafkajs's texts show it. */
function inText(value: unknown): string {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? "[object Object]" : String(value);
}
