import { checkTopicNames, inText, listOf, membersOf, refuse } from "./argument-checks.ts";

/** A topic as AlterPartitionReassignments takes it. */
export interface TopicToReassign {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number; readonly replicas: readonly number[] }[];
}

/** Checks `topics` of `alterPartitionReassignments`. */
export function partitionsToReassign(topics: unknown): readonly TopicToReassign[] {
  const entries = listOf(topics, "Invalid topics array");
  checkTopicNames(entries, "topics array");
  return entries.map(({ topic, partitionAssignment }) => {
    const name = topic as string;
    if (!Array.isArray(partitionAssignment))
      refuse(`Invalid partitions array: ${inText(partitionAssignment)} for topic: ${name}`);
    return { name, partitions: partitionAssignment.map((entry) => replicasOf(name, entry)) };
  });
}

function replicasOf(topic: string, entry: unknown): TopicToReassign["partitions"][number] {
  const { partition, replicas } = membersOf(entry);
  if (!isNumber(partition)) refuse(`Invalid partitions index: ${inText(partition)} for topic: ${topic}`);
  const wrong = `Invalid replica assignment: ${inText(replicas)} for topic: ${topic} on partition: ${partition}`;
  if (!Array.isArray(replicas)) refuse(wrong);
  if (!replicas.every(isNumber)) refuse(`${wrong}. Replicas must be a non negative number`);
  return { partitionIndex: partition, replicas };
}

/** A topic as ListPartitionReassignments takes it. */
export interface TopicToList {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

/** Checks `topics` of `listPartitionReassignments`; null: all topics. */
export function partitionsToList(topics: unknown): readonly TopicToList[] | null {
  if (!Boolean(topics)) return null;
  const entries = listOf(topics, "Invalid topics array");
  checkTopicNames(entries, "topics array");
  return entries.map(({ topic, partitions }) => {
    const wrong = `Invalid partition array: ${inText(partitions)} for topic: ${topic as string}`;
    if (!Array.isArray(partitions)) refuse(wrong);
    if (!partitions.every(isNumber))
      refuse(`${wrong}. The partition indices have to be a valid number greater than 0.`);
    return { name: topic as string, partitionIndexes: partitions };
  });
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}
