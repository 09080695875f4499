import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, type Verdict } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { flag, listOf, reading, wholeFrom } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import {
  type DescribeTopicPartitionsResponse,
  type DescribeTopicPartitionsResponseCursor,
  describeTopicPartitionsApi,
} from "../../protocol/messages/describe-topic-partitions.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import type { AclOperation } from "../../security/acl-words.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { operationsIn } from "../authorized-operations.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import type { Results } from "../results.ts";
import { idOfRef, ownRefs, refInText, topicOf, type TopicRef, topicRef } from "./topic-ref.ts";

/** One partition as the cluster describes it. Java: `TopicPartitionInfo`. */
export interface PartitionDescription {
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The node id of the leader; undefined if there is none. */
  readonly leader: number | undefined;
  /** The leader epoch, which rises with each change of the leader. */
  readonly leaderEpoch: number;
  /** The node ids of all replicas, the preferred leader first. */
  readonly replicas: readonly number[];
  /** The node ids of the in-sync replicas. */
  readonly isr: readonly number[];
  /** The node ids of the replicas that are offline. */
  readonly offlineReplicas: readonly number[];
  /**
   * The node ids of replicas that are not in sync, and hold all committed records nevertheless (KIP-966). Undefined
   * from brokers before Kafka 3.8, and of a topic that was named by its id. Java: `elr`.
   */
  readonly elr: readonly number[] | undefined;
  /** The last known eligible replicas (KIP-966). Undefined as `elr`. */
  readonly lastKnownElr: readonly number[] | undefined;
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
  /** The operations on the topic that this user is allowed. Only with `includeAuthorizedOperations`. */
  readonly authorizedOperations: readonly AclOperation[] | undefined;
}

/** The options of `describeTopics`. */
export interface DescribeTopicsOptions extends CallOptions {
  /** Also returns the operations that this user is allowed. Default false. Java: `includeAuthorizedOperations`. */
  readonly includeAuthorizedOperations?: boolean;
  /**
   * How many partitions one response may have; more come in further responses. Brokers have a limit of their own
   * (`max.request.partition.size.limit`, 2000). Default 2000. Java: `partitionSizeLimitPerResponse`.
   */
  readonly partitionSizeLimitPerResponse?: number;
}

const REFS = listOf(topicRef, ": pass the list of names");
const OPTIONS = optionsWith({
  includeAuthorizedOperations: flag,
  partitionSizeLimitPerResponse: wholeFrom(1, 2_147_483_647),
});
const PARTITIONS_PER_RESPONSE = 2000;
/** From these versions of Metadata on. */
const OPERATIONS_SINCE = 8;
const IDS_SINCE = 12;

/** See `Admin.describeTopics`. */
export async function describeTopics(
  context: AdminContext,
  topics: readonly TopicRef[],
  options: DescribeTopicsOptions,
): Promise<Results<TopicRef, TopicDescription>> {
  REFS(topics, "describeTopics: topics");
  const keys = reading("describeTopics: topics", () => ownRefs(topics));
  const limit = callLimit(options, "describeTopics", OPTIONS);
  const asking = new Asking(context, options);
  const results = await askItems<TopicRef, TopicDescription>(
    context.client,
    {
      what: `cannot describe ${counted(keys.length, "topic")}`,
      keys,
      route: { to: "any" },
      send: (connection, asked) => asking.send(connection, asked),
    },
    limit,
  );
  return resultsOf(keys, results, idOfRef);
}

/** A topic of either response. */
interface FoundTopic {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicId: string;
  readonly isInternal: boolean;
  readonly partitions: readonly FoundPartition[];
  readonly topicAuthorizedOperations: number;
}

interface FoundPartition {
  readonly partitionIndex: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  readonly offlineReplicas: readonly number[];
  readonly eligibleLeaderReplicas?: readonly number[] | null;
  readonly lastKnownElr?: readonly number[] | null;
}

/** The requests of one call. */
class Asking {
  readonly #client: ClusterClient;
  readonly #createdTopics: AdminContext["createdTopics"];
  readonly #includesOperations: boolean;
  readonly #limit: number;

  constructor(
    { client, createdTopics }: AdminContext,
    {
      includeAuthorizedOperations = false,
      partitionSizeLimitPerResponse = PARTITIONS_PER_RESPONSE,
    }: DescribeTopicsOptions,
  ) {
    this.#client = client;
    this.#createdTopics = createdTopics;
    this.#includesOperations = includeAuthorizedOperations;
    this.#limit = partitionSizeLimitPerResponse;
  }

  async send(connection: Connection, asked: readonly TopicRef[]): Promise<readonly Verdict<TopicDescription>[]> {
    const names = asked.filter((ref) => typeof ref === "string");
    const ids = asked.flatMap((ref) => (typeof ref === "string" ? [] : ref));
    const found = [
      ...(names.length === 0
        ? []
        : connection.brokerVersions.has(describeTopicPartitionsApi.key)
          ? await this.#byPages(connection, names)
          : await this.#byMetadata(
              connection,
              names.map((name) => ({ name })),
            )),
      ...(ids.length === 0 || connection.version(metadataApi) < IDS_SINCE
        ? []
        : await this.#byMetadata(
            connection,
            ids.map(({ topicId }) => ({ name: null, topicId })),
          )),
    ];
    return asked.map((ref) => {
      if (typeof ref !== "string" && connection.version(metadataApi) < IDS_SINCE)
        return { then: "fail", error: new KafkaError("unsupported", `${ID_NEEDS} (${refInText(ref)})`) };
      const topic = found.find(({ name, topicId }) =>
        typeof ref === "string" ? name === ref : topicId === ref.topicId,
      );
      return this.#verdict(ref, topic ?? notAnswered("Metadata"));
    });
  }

  async #byMetadata(
    connection: Connection,
    topics: readonly { readonly name: string | null; readonly topicId?: string }[],
  ): Promise<readonly FoundTopic[]> {
    const version = connection.version(metadataApi);
    const operations =
      version >= OPERATIONS_SINCE ? { includeTopicAuthorizedOperations: this.#includesOperations } : {};
    const response = await connection.request(
      metadataApi,
      { topics, allowAutoTopicCreation: false, ...operations },
      { version },
    );
    return response.topics;
  }

  /** Asks until the broker has returned all partitions. It returns topics in the order of their names. */
  async #byPages(connection: Connection, names: readonly string[]): Promise<readonly FoundTopic[]> {
    const found = new Map<string, FoundTopic>();
    let missing = [...names].sort();
    let cursor: DescribeTopicPartitionsResponseCursor | null = null;
    do {
      const response: DescribeTopicPartitionsResponse = await connection.request(describeTopicPartitionsApi, {
        topics: missing.map((name) => ({ name })),
        responsePartitionLimit: this.#limit,
        cursor,
      });
      for (const topic of response.topics) {
        const name = topic.name ?? "";
        const partitions = [...(found.get(name)?.partitions ?? []), ...topic.partitions];
        // The operations are returned whether they are asked for or not.
        found.set(name, {
          ...topic,
          partitions,
          topicAuthorizedOperations: this.#includesOperations ? topic.topicAuthorizedOperations : NOT_ASKED,
        });
      }
      cursor = response.nextCursor;
      const next = cursor?.topicName;
      missing = missing.filter((name) => next !== undefined && (name === next || !found.has(name)));
    } while (cursor !== null && missing.length > 0);
    return [...found.values()];
  }

  #verdict(ref: TopicRef, topic: FoundTopic): Verdict<TopicDescription> {
    if (topic.errorCode === ErrorCode.NONE) return done(descriptionOf(topic));
    const error = itemError(topic.errorCode, `cannot describe ${refInText(ref)}`, null, topicOf(ref));
    const isUnknown = topic.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const mayBeNew =
      isUnknown && typeof ref === "string" && this.#createdTopics.isNew(ref, this.#client.clock.monotonic());
    const isTemporary = mayBeNew || topic.errorCode === ErrorCode.LEADER_NOT_AVAILABLE;
    return { then: isTemporary ? "retry" : "fail", error };
  }
}

const ID_NEEDS = "brokers before Kafka 3.1 do not describe topics by id: name the topic";
const NOT_ASKED = -2_147_483_648;

function descriptionOf(topic: FoundTopic): TopicDescription {
  return {
    topic: topic.name ?? "",
    topicId: topic.topicId,
    isInternal: topic.isInternal,
    partitions: topic.partitions
      .map((one): PartitionDescription => ({
        partition: one.partitionIndex,
        leader: one.leaderId < 0 ? undefined : one.leaderId,
        leaderEpoch: one.leaderEpoch,
        replicas: one.replicaNodes,
        isr: one.isrNodes,
        offlineReplicas: one.offlineReplicas,
        elr: one.eligibleLeaderReplicas ?? undefined,
        lastKnownElr: one.lastKnownElr ?? undefined,
      }))
      .sort((a, b) => a.partition - b.partition),
    authorizedOperations: operationsIn(topic.topicAuthorizedOperations),
  };
}
