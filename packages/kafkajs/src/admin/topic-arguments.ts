import { checkTopicNames, inText, listOf, refuse, toNumber, type Unchecked } from "./argument-checks.ts";

/** A topic as CreateTopics takes it. */
export interface TopicToCreate {
  readonly name: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[];
  readonly configs: readonly { readonly name: string; readonly value: string }[];
}

/** The broker's default. */
const DEFAULT = -1;

/** Checks `topics` of `createTopics`. */
export function topicsToCreate(topics: unknown): readonly TopicToCreate[] {
  const entries = listOf(topics, "Invalid topics array");
  checkTopicNames(entries, "topics array");
  return entries.map(({ topic, numPartitions, replicationFactor, replicaAssignment, configEntries }) => ({
    name: topic as string,
    numPartitions: toNumber(numPartitions ?? DEFAULT),
    replicationFactor: toNumber(replicationFactor ?? DEFAULT),
    assignments: assignmentsOf(topic as string, replicaAssignment),
    configs: configsOf(topic as string, configEntries),
  }));
}

function assignmentsOf(topic: string, replicaAssignment: unknown): TopicToCreate["assignments"] {
  return listOf(replicaAssignment ?? [], `Invalid replicaAssignment for topic "${topic}":`).map(
    ({ partition, replicas }) => ({
      partitionIndex: toNumber(partition),
      brokerIds: numbersOf(replicas, `Invalid replicas for topic "${topic}":`),
    }),
  );
}

function configsOf(topic: string, configEntries: unknown): TopicToCreate["configs"] {
  if (configEntries === undefined || configEntries === null) return [];
  const wrong = `Invalid configEntries for topic "${topic}"`;
  if (!Array.isArray(configEntries)) refuse(`${wrong}, must be an array`);
  return (configEntries as readonly unknown[]).map((entry, i) => {
    if (typeof entry !== "object" || entry === null) refuse(`${wrong}. Entry ${i} must be an object`);
    for (const member of ["name", "value"])
      if (!Object.hasOwn(entry, member) || typeof (entry as Unchecked)[member] !== "string")
        refuse(`${wrong}. Entry ${i} must have a valid "${member}" property`);
    const { name, value } = entry as { readonly name: string; readonly value: string };
    return { name, value };
  });
}

/** A topic as CreatePartitions takes it. */
export interface PartitionsToCreate {
  readonly name: string;
  readonly count: number;
  /** The brokers of each new partition; null: the controller chooses. */
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null;
}

/** Checks `topicPartitions` of `createPartitions`. */
export function partitionsToCreate(topicPartitions: unknown): readonly PartitionsToCreate[] {
  const entries = listOf(topicPartitions, "Invalid topic partitions array");
  if (entries.length === 0) refuse("Empty topic partitions array");
  checkTopicNames(entries, "topic partitions array");
  return entries.map(({ topic, count, assignments }) => ({
    name: topic as string,
    count: toNumber(count),
    assignments: newAssignments(topic as string, assignments),
  }));
}

function newAssignments(topic: string, assignments: unknown): PartitionsToCreate["assignments"] {
  if (assignments === undefined || assignments === null) return null;
  const wrong = `Invalid assignments for topic "${topic}":`;
  if (!Array.isArray(assignments)) refuse(`${wrong} ${inText(assignments)}`);
  if (assignments.length === 0) return null;
  return assignments.map((brokers) => ({ brokerIds: numbersOf(brokers, wrong) }));
}

/** Checks `topics` of `deleteTopics`. */
export function namesToDelete(topics: unknown): readonly string[] {
  if (!Array.isArray(topics)) refuse(`Invalid topics array ${inText(topics)}`);
  if (topics.some((topic) => typeof topic !== "string"))
    refuse("Invalid topics array, the names must be a valid string");
  return topics as string[];
}

function numbersOf(value: unknown, refusal: string): readonly number[] {
  if (!Array.isArray(value)) refuse(`${refusal} ${inText(value)}`);
  return value.map(toNumber);
}

/** Checks `topic` where texts have no quotes. */
export function topicName(topic: unknown): string {
  if (typeof topic !== "string" || topic === "") refuse(`Invalid topic ${inText(topic)}`);
  return topic;
}
