import type { FetchRequest } from "../../protocol/messages/fetch.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import { type Fields, REQUEST_TOPICS, isTopicApi, listOf } from "./topic-fields.ts";

/** The topics of the cluster, to complete a request that names topics by id or not at all. */
export interface TopicNames {
  /** All existing topics. */
  all(): readonly string[];
  nameOf(topicId: string): string | undefined;
  /** The partitions of a fetch session of this broker: an incremental fetch need not name them again (KIP-227). */
  inSession(
    sessionId: number,
  ): readonly { readonly topic: string; readonly topicId: string; readonly partition: number }[];
}

/** A partition that a request is about. */
export interface AskedPartition {
  /** The name of the topic, even if the request has an id; empty for an unknown id. */
  readonly topic: string;
  /** The topic's name in the request; empty if the request has its id. */
  readonly name: string;
  readonly topicId: string;
  /** Undefined if the request is about the whole topic. */
  readonly partition: number | undefined;
}

/** The partitions that a request is about; none for an API without topics. */
export function askedPartitions(apiName: string, message: unknown, names: TopicNames): readonly AskedPartition[] {
  if (!isTopicApi(apiName)) return [];
  const { topics, plainNames, name, id, partitions, index } = REQUEST_TOPICS[apiName];
  const wholeTopic = (topic: string): AskedPartition => ({
    topic,
    name: topic,
    topicId: ZERO_UUID,
    partition: undefined,
  });
  // Metadata: null means all topics. Version 0 has no null; there, an empty list does. In later versions no client
  // sends an empty list.
  if (apiName === "Metadata" && listOf(message, topics).length === 0) return names.all().map(wholeTopic);
  const asked = listOf(message, topics).flatMap((entry): AskedPartition[] => {
    const topic = asNamed(entry as Fields, name, id, names);
    if (partitions === undefined) return [{ ...topic, partition: undefined }];
    return listOf(entry, partitions).map((one) => ({ ...topic, partition: indexOf(one, index) }));
  });
  const remembered = apiName === "Fetch" ? inSession(message as FetchRequest, asked, names) : [];
  return [...asked, ...remembered, ...listOf(message, plainNames).map((topic) => wholeTopic(String(topic)))];
}

function asNamed(
  entry: Fields,
  nameField: string,
  idField: string | undefined,
  names: TopicNames,
): Omit<AskedPartition, "partition"> {
  const name = entry[nameField];
  const id = idField === undefined ? undefined : entry[idField];
  const topicId = typeof id === "string" ? id : ZERO_UUID;
  const given = typeof name === "string" ? name : "";
  return { topic: given === "" ? (names.nameOf(topicId) ?? "") : given, name: given, topicId };
}

/** The number of a partition, from a list of structs or of numbers. */
export function indexOf(partition: unknown, index: string | undefined): number {
  return Number(index === undefined ? partition : (partition as Fields)[index]);
}

/** The partitions that the fetch session adds: those that the request neither names nor forgets. */
function inSession(
  { sessionId, sessionEpoch, forgottenTopicsData }: FetchRequest,
  named: readonly AskedPartition[],
  names: TopicNames,
): readonly AskedPartition[] {
  if (sessionEpoch <= 0) return [];
  const key = (topic: string, topicId: string, partition: number | undefined): string =>
    `${topic}/${topicId}/${String(partition)}`;
  const changed = new Set(named.map((one) => key(one.name, one.topicId, one.partition)));
  for (const { topic, topicId, partitions } of forgottenTopicsData)
    for (const partition of partitions) changed.add(key(topic, topicId, partition));
  return names
    .inSession(sessionId)
    .flatMap(({ topic, topicId, partition }) =>
      changed.has(key(topic, topicId, partition))
        ? []
        : [{ topic: topic === "" ? (names.nameOf(topicId) ?? "") : topic, name: topic, topicId, partition }],
    );
}
