import type { TopicPartition } from "../topic-partition.ts";

/** A log line stays readable with thousands of partitions. */
const NAMED = 10;

/** For a log line: how many partitions, and the names of the first ten. */
export function partitionsInWords(partitions: readonly TopicPartition[]): string {
  const names = partitions.slice(0, NAMED).map(({ topic, partition }) => `${topic}-${partition}`);
  const rest = partitions.length - names.length;
  const count = partitions.length === 1 ? "1 partition" : `${partitions.length} partitions`;
  return `${count} (${names.join(", ")}${rest > 0 ? ` and ${rest} more` : ""})`;
}
