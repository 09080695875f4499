import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { TimeLimit } from "../cluster/time-limit.ts";
import { brokerError } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import { either, listOf, mapOf, name, oneOf, shape, text, wholeFrom } from "../errors/shape.ts";
import { createTopicsApi } from "../protocol/messages/create-topics.ts";
import { deleteTopicsApi } from "../protocol/messages/delete-topics.ts";
import { type MetadataResponse, metadataApi } from "../protocol/messages/metadata.ts";
import { type CallOptions, callLimit } from "./call-options.ts";

/** A topic to create. Java: `NewTopic`. */
export interface NewTopic {
  /** The name of the topic. At most 249 letters, digits, `.`, `_` and `-`. */
  readonly topic: string;
  /** The number of partitions. Default: the broker's `num.partitions`. */
  readonly numPartitions?: number;
  /** The number of replicas of each partition. Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number;
  /** Topic configs by Kafka's names, for example `{ "cleanup.policy": "compact" }`. Default: the broker's. */
  readonly configs?: Readonly<Record<string, string>>;
}

/** One partition as the cluster describes it. Java: `TopicPartitionInfo`. */
export interface PartitionDescription {
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The node id of the leader; −1 if there is none. */
  readonly leader: number;
  /** The leader epoch, which rises with each change of the leader. */
  readonly leaderEpoch: number;
  /** The node ids of all replicas, the preferred leader first. */
  readonly replicas: readonly number[];
  /** The node ids of the in-sync replicas. */
  readonly isr: readonly number[];
}

/** A topic as the cluster describes it. Java: `TopicDescription`. */
export interface TopicDescription {
  /** The name of the topic. */
  readonly topic: string;
  /** The topic id: URL-safe base64 without padding, as Kafka prints it. */
  readonly topicId: string;
  /** Whether it is an internal topic of Kafka, for example `__consumer_offsets`. */
  readonly isInternal: boolean;
  /** The partitions, in the order of their numbers. */
  readonly partitions: readonly PartitionDescription[];
}

const PARTITIONS = either(
  "a whole number from 1, or -1 for the broker's default",
  wholeFrom(1, 2_147_483_647),
  oneOf(-1),
);
const REPLICAS = either("a whole number from 1, or -1 for the broker's default", wholeFrom(1, 32_767), oneOf(-1));
const NEW_TOPICS = listOf(
  shape(
    { topic: name, numPartitions: PARTITIONS, replicationFactor: REPLICAS, configs: mapOf(text) },
    {
      needs: ["topic"],
      noun: "field",
      hints: {
        name: "topic",
        partitions: "numPartitions",
        replicas: "replicationFactor",
        config: "configs",
        replicaAssignment: "replicas are placed by the broker",
      },
    },
  ),
  ": pass the list of topics, [{ topic, numPartitions }]",
);
const TOPIC_NAMES = listOf(name, ": pass the list of names");

/**
 * See `Admin.createTopics`. Retries only if the error says that the broker did not create any topic of the request
 * (NOT_CONTROLLER, for example).
 */
export async function createTopics(
  client: ClusterClient,
  topics: readonly NewTopic[],
  options: CallOptions,
  created: CreatedTopics,
): Promise<void> {
  NEW_TOPICS(topics, "createTopics: topics");
  const bounds = callLimit(options, "createTopics");
  const names = topics.map((topic) => topic.topic);
  const end = client.clock.monotonic() + bounds.timeoutMs;
  await client.call(`cannot create ${list(names)}`, bounds, async (limit) => {
    const connection = await client.anyConnection(limit.signal);
    const response = await connection.request(createTopicsApi, {
      topics: topics.map((topic) => ({
        name: topic.topic,
        numPartitions: topic.numPartitions ?? -1,
        replicationFactor: topic.replicationFactor ?? -1,
        configs: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
      })),
      timeoutMs: remaining(client, limit),
    });
    throwFirst(
      response.topics.map((topic) => ({
        code: topic.errorCode,
        what: `cannot create topic ${topic.name}`,
        message: topic.errorMessage,
        topic: topic.name,
      })),
    );
  });
  await untilUsable(client, names, { ...options, timeoutMs: Math.max(1, Math.ceil(end - client.clock.monotonic())) });
  const nowMs = client.clock.monotonic();
  for (const [name, untilMs] of created) if (untilMs <= nowMs) created.delete(name);
  for (const name of names) created.set(name, nowMs + CREATED_LATELY_MS);
}

/**
 * Waits until the new topics have leaders. The broker that created them knows them before the others do, so "unknown
 * topic" and "no leader" are expected answers here and not logged as warnings.
 */
async function untilUsable(client: ClusterClient, names: readonly string[], options: CallOptions): Promise<void> {
  await client.call(
    `cannot find the leaders of ${list(names)}`,
    callLimit(options, "createTopics"),
    async (limit) => {
      const found = await fetchTopics(client, names, limit);
      for (const topic of found.topics) {
        if (topic.errorCode !== ErrorCode.NONE)
          throw brokerError(topic.errorCode, `cannot describe topic ${topic.name ?? ""}`);
        if (topic.partitions.some((partition) => partition.leaderId < 0))
          throw brokerError(
            ErrorCode.LEADER_NOT_AVAILABLE,
            `topic ${topic.name ?? ""} has a partition without a leader`,
            { topic: topic.name ?? "" },
          );
      }
    },
    {
      isExpected: ({ code }) =>
        code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || code === ErrorCode.LEADER_NOT_AVAILABLE,
    },
  );
}

/** See `Admin.deleteTopics`. */
export async function deleteTopics(
  client: ClusterClient,
  topics: readonly string[],
  options: CallOptions,
  created: CreatedTopics,
): Promise<void> {
  TOPIC_NAMES(topics, "deleteTopics: topics");
  for (const name of topics) created.delete(name);
  await client.call(`cannot delete ${list(topics)}`, callLimit(options, "deleteTopics"), async (limit) => {
    const connection = await client.anyConnection(limit.signal);
    const timeoutMs = remaining(client, limit);
    // From version 6 on, topics are structs, so that they can be named by id; before, they are plain names.
    const request =
      connection.version(deleteTopicsApi) >= 6
        ? { topics: topics.map((name) => ({ name })), timeoutMs }
        : { topicNames: [...topics], timeoutMs };
    const response = await connection.request(deleteTopicsApi, request);
    throwFirst(
      response.responses.map((topic) => ({
        code: topic.errorCode,
        what: `cannot delete topic ${topic.name ?? ""}`,
        message: topic.errorMessage,
        topic: topic.name,
      })),
    );
  });
}

/** See `Admin.listTopics`. */
export async function listTopics(client: ClusterClient, options: CallOptions): Promise<readonly string[]> {
  const response = await client.call("cannot list topics", callLimit(options, "listTopics"), (limit) =>
    fetchTopics(client, null, limit),
  );
  return response.topics.map((topic) => topic.name ?? "").sort();
}

/** See `Admin.describeTopics`. */
export async function describeTopics(
  client: ClusterClient,
  topics: readonly string[],
  options: CallOptions,
  created: CreatedTopics,
): Promise<readonly TopicDescription[]> {
  TOPIC_NAMES(topics, "describeTopics: topics");
  return client.call(`cannot describe ${list(topics)}`, callLimit(options, "describeTopics"), async (limit) => {
    const response = await fetchTopics(client, topics, limit);
    return response.topics.map((topic) => {
      if (topic.errorCode !== ErrorCode.NONE)
        throw describeError(
          topic.errorCode,
          topic.name ?? "",
          client.clock.monotonic() < (created.get(topic.name ?? "") ?? 0),
        );
      return {
        topic: topic.name ?? "",
        topicId: topic.topicId,
        isInternal: topic.isInternal,
        partitions: topic.partitions
          .map((p) => ({
            partition: p.partitionIndex,
            leader: p.leaderId,
            leaderEpoch: p.leaderEpoch,
            replicas: p.replicaNodes,
            isr: p.isrNodes,
          }))
          .sort((a, b) => a.partition - b.partition),
      };
    });
  });
}

async function fetchTopics(
  client: ClusterClient,
  names: readonly string[] | null,
  { signal }: TimeLimit,
): Promise<MetadataResponse> {
  const connection = await client.anyConnection(signal);
  return connection.request(metadataApi, {
    topics: names === null ? null : names.map((name) => ({ name })),
    allowAutoTopicCreation: false,
  });
}

interface TopicResult {
  readonly code: number;
  readonly what: string;
  readonly message: string | null;
  readonly topic: string | null;
}

/**
 * Brokers learn of a new topic one after the other. For this long after the creation, in ms, a broker may not know it.
 */
const CREATED_LATELY_MS = 5000;

/** The topics that an admin created recently, each with the time until which a broker may not know it. */
export type CreatedTopics = Map<string, number>;

/** "Unknown topic" is a final answer, as in Java, unless the topic was created just now. */
function describeError(code: number, topic: string, mayBeNew: boolean): KafkaError {
  return brokerError(
    code,
    `cannot describe topic ${topic}`,
    code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && !mayBeNew ? { topic, retriable: false } : { topic },
  );
}

function throwFirst(results: readonly TopicResult[]): void {
  const failed = results.find((result) => result.code !== ErrorCode.NONE);
  if (failed === undefined) return;
  // The answer comes from the controller, which knows every topic: "unknown topic" is final.
  const isKnownNotToBe = failed.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION ? { retriable: false } : {};
  throw brokerError(failed.code, failed.message === null ? failed.what : `${failed.what} (${failed.message})`, {
    ...isKnownNotToBe,
    ...(failed.topic === null ? {} : { topic: failed.topic }),
  });
}

function remaining(client: ClusterClient, limit: TimeLimit): number {
  return Math.max(1, Math.min(30_000, Math.floor(limit.endsAtMs - client.clock.monotonic())));
}

function list(names: readonly string[]): string {
  return names.length === 1
    ? `topic ${names[0] ?? ""}`
    : `${names.length} topics (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`;
}
