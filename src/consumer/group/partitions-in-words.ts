import { counted } from "../../errors/counted.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";

/** A log line stays readable with thousands of partitions. */
const NAMED = 10;

/** For a log line: how many partitions, and the names of the first ten. */
export function partitionsInWords(partitions: readonly TopicPartition[]): string {
  const names = partitions.slice(0, NAMED).map(({ topic, partition }) => `${topic}-${partition}`);
  const rest = partitions.length - names.length;
  return `${counted(partitions.length, "partition")} (${names.join(", ")}${rest > 0 ? ` and ${rest} more` : ""})`;
}
