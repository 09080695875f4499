import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { either, flag, listOf, mapOf, name, oneOf, reading, shape, text, wholeFrom } from "../../errors/shape.ts";
import {
  type CreateTopicsResponseCreatableTopicResult,
  createTopicsApi,
} from "../../protocol/messages/create-topics.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { type ConfigEntry, sourceOf } from "../config-entry.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { Results } from "../results.ts";
import { onlyOnce } from "../only-once.ts";

/** A topic to create. Java: `NewTopic`. */
export interface NewTopic {
  /** The name of the topic. At most 249 letters, digits, `.`, `_` and `-`. */
  readonly topic: string;
  /** The number of partitions. Default: the broker's `num.partitions`. */
  readonly numPartitions?: number;
  /** The number of replicas of each partition. Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number;
  /**
   * The node ids of each partition's replicas, the preferred leader first: `[[1, 2], [2, 3]]` for two partitions.
   * Excludes `numPartitions` and `replicationFactor`. Default: the brokers choose. Java: `replicasAssignments`.
   */
  readonly replicasAssignments?: readonly (readonly number[])[];
  /** Topic configs by Kafka's names, for example `{ "cleanup.policy": "compact" }`. Default: the broker's. */
  readonly configs?: Readonly<Record<string, string>>;
}

/** The options of `createTopics`. */
export interface CreateTopicsOptions extends CallOptions {
  /** Only checks whether the topics could be created. Default false. Java: `validateOnly`. */
  readonly validateOnly?: boolean;
  /**
   * Whether topics that a quota of the brokers refused (KIP-599) are sent again when the quota allows it. Default true;
   * false: they fail with `codeName` THROTTLING_QUOTA_EXCEEDED. Java: `retryOnQuotaViolation`.
   */
  readonly retryOnQuotaViolation?: boolean;
}

/** A topic that was created. Java: `CreateTopicsResult.TopicMetadataAndConfig`. */
export interface CreatedTopic {
  /** The name of the topic. */
  readonly topic: string;
  /** The topic id: URL-safe base64 without padding, as Kafka prints it. Undefined from brokers before Kafka 2.8. */
  readonly topicId: string | undefined;
  /** The number of partitions. Undefined without the right to describe the topic's configs, and before Kafka 2.4. */
  readonly numPartitions: number | undefined;
  /** The number of replicas of each partition. Undefined as `numPartitions`. */
  readonly replicationFactor: number | undefined;
  /** All configs of the topic. Undefined as `numPartitions`. */
  readonly configs: readonly ConfigEntry[] | undefined;
}

const PARTITIONS = either(
  "a whole number from 1, or -1 for the broker's default",
  wholeFrom(1, 2_147_483_647),
  oneOf(-1),
);
const REPLICAS = either("a whole number from 1, or -1 for the broker's default", wholeFrom(1, 32_767), oneOf(-1));
const ASSIGNMENTS = listOf(
  listOf(wholeFrom(0, 2_147_483_647)),
  ": pass the node ids of each partition, [[1, 2], [2, 3]]",
);
const NEW_TOPICS = listOf(
  shape(
    {
      topic: name,
      numPartitions: PARTITIONS,
      replicationFactor: REPLICAS,
      replicasAssignments: ASSIGNMENTS,
      configs: mapOf(text),
    },
    {
      needs: ["topic"],
      noun: "field",
      hints: {
        name: "topic",
        partitions: "numPartitions",
        replicas: "replicationFactor",
        config: "configs",
        configEntries: "configs",
        replicaAssignment: "replicasAssignments",
      },
    },
  ),
  ": pass the list of topics, [{ topic, numPartitions }]",
);
const OPTIONS = optionsWith({ validateOnly: flag, retryOnQuotaViolation: flag });
const IDS_SINCE = 7;
const CONFIGS_SINCE = 5;

/** See `Admin.createTopics`. */
export async function createTopics(
  { client, createdTopics }: AdminContext,
  topics: readonly NewTopic[],
  options: CreateTopicsOptions,
): Promise<Results<string, CreatedTopic>> {
  const path = "createTopics: topics";
  NEW_TOPICS(topics, path);
  const wanted = reading(path, () => topics.map((topic, i) => toWire(topic, `${path}[${i}]`)));
  const names = onlyOnce(
    wanted.map(({ name }) => name),
    path,
  );
  const limit = callLimit(options, "createTopics", OPTIONS);
  const { validateOnly = false, retryOnQuotaViolation = true } = options;
  const endsAtMs = client.clock.monotonic() + limit.timeoutMs;
  const results = await askItems<string, CreatedTopic>(
    client,
    {
      what: `cannot ${validateOnly ? "validate" : "create"} ${counted(names.length, "topic")}`,
      keys: names,
      route: { to: "controller" },
      isChange: !validateOnly,
      send: async (connection, asked, within) => {
        const version = connection.version(createTopicsApi);
        const response = await connection.request(
          createTopicsApi,
          {
            topics: wanted.filter(({ name }) => asked.includes(name)),
            timeoutMs: brokersLimit(client, within),
            validateOnly,
          },
          { version },
        );
        const found = new Map(response.topics.map((topic) => [topic.name, topic]));
        return asked.map((name) => {
          const answer = found.get(name) ?? notAnswered("CreateTopics");
          if (answer.errorCode === ErrorCode.NONE) return done(createdTopic(answer, version));
          const error = itemError(answer.errorCode, `cannot create topic ${name}`, answer.errorMessage, {
            topic: name,
          });
          return itemVerdict(error, retryOnQuotaViolation ? response.throttleTimeMs : "final");
        });
      },
    },
    limit,
  );
  const created = results.map(({ error, answer }, i) => [names[i] ?? "", error ?? answer] as const);
  if (validateOnly) return new Results(created, (name) => name);
  const made = created.flatMap(([name, result]) => (KafkaError.is(result) ? [] : [name]));
  for (const name of made) createdTopics.add(name, client.clock.monotonic());
  const unusable = await untilUsable(client, made, { ...options, timeoutMs: restOf(client, endsAtMs) });
  const nowMs = client.clock.monotonic();
  for (const name of made) createdTopics.add(name, nowMs);
  return new Results(
    created.map(([name, result]) => [name, unusable.get(name) ?? result] as const),
    (name) => name,
  );
}

interface WireTopic {
  readonly name: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[];
  readonly configs: readonly { readonly name: string; readonly value: string }[];
}

function toWire(topic: NewTopic, path: string): WireTopic {
  const { numPartitions, replicationFactor, replicasAssignments = [], configs = {} } = topic;
  if (replicasAssignments.length > 0 && (numPartitions ?? replicationFactor) !== undefined)
    throw new KafkaError(
      "config",
      `${path} has replicasAssignments, which says how many partitions and replicas there are: leave out ` +
        (numPartitions === undefined ? "replicationFactor" : "numPartitions"),
    );
  return {
    name: topic.topic,
    numPartitions: numPartitions ?? -1,
    replicationFactor: replicationFactor ?? -1,
    assignments: replicasAssignments.map((nodes, partitionIndex) => ({ partitionIndex, brokerIds: [...nodes] })),
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  };
}

function createdTopic(answer: CreateTopicsResponseCreatableTopicResult, version: number): CreatedTopic {
  const { name: topic, topicId, numPartitions, replicationFactor, configs, topicConfigErrorCode } = answer;
  const isDescribed = version >= CONFIGS_SINCE && topicConfigErrorCode === ErrorCode.NONE;
  return {
    topic,
    topicId: version >= IDS_SINCE ? topicId : undefined,
    numPartitions: isDescribed ? numPartitions : undefined,
    replicationFactor: isDescribed ? replicationFactor : undefined,
    configs: isDescribed
      ? configs?.map((config) => ({
          name: config.name,
          value: config.value,
          source: sourceOf(config.configSource),
          isReadOnly: config.readOnly,
          isSensitive: config.isSensitive,
        }))
      : undefined,
  };
}

/**
 * Waits until the new topics have leaders, so that they can be used. The broker that created them knows them before the
 * others do: "unknown topic" and "no leader" are expected answers here and not logged as warnings. Returns an error for
 * each topic that has no leaders at the deadline.
 */
async function untilUsable(
  client: ClusterClient,
  names: readonly string[],
  options: CallOptions,
): Promise<ReadonlyMap<string, KafkaError>> {
  const waiting = new Set(names);
  if (waiting.size === 0) return new Map();
  try {
    await client.call(
      `cannot find the leaders of ${counted(names.length, "new topic")}`,
      callLimit(options, "createTopics", OPTIONS),
      async ({ signal }) => {
        const connection = await client.anyConnection(signal);
        const { topics } = await connection.request(metadataApi, {
          topics: [...waiting].map((name) => ({ name })),
          allowAutoTopicCreation: false,
        });
        let last: KafkaError | undefined;
        for (const { name, errorCode, partitions } of topics) {
          const isLeaderless = partitions.some(({ leaderId }) => leaderId < 0);
          if (errorCode === ErrorCode.NONE && !isLeaderless) waiting.delete(name ?? "");
          else
            last = brokerError(
              errorCode === ErrorCode.NONE ? ErrorCode.LEADER_NOT_AVAILABLE : errorCode,
              `topic ${name ?? ""} was created, and not all of its partitions have a leader yet`,
              { topic: name ?? "" },
            );
        }
        if (last !== undefined) throw last;
      },
      {
        isExpected: ({ code }) =>
          code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || code === ErrorCode.LEADER_NOT_AVAILABLE,
      },
    );
  } catch (cause) {
    const error = KafkaError.from(cause);
    if (error.kind === "cancelled" || error.kind === "closed") throw error;
    return new Map([...waiting].map((name) => [name, error]));
  }
  return new Map();
}

function restOf(client: ClusterClient, endsAtMs: number): number {
  return Math.max(1, Math.ceil(endsAtMs - client.clock.monotonic()));
}
