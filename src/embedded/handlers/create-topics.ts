import * as ErrorCode from "../../errors/error-code.ts";
import {
  type CreateTopicsRequestCreatableTopic,
  type CreateTopicsResponseCreatableTopicResult,
  createTopicsApi,
} from "../../protocol/messages/create-topics.ts";
import type { Input } from "../../protocol/schema.ts";
import { describedTopicConfigs } from "../configs/described-configs.ts";
import { topicConfigsError } from "../configs/topic-configs-error.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";
import { NO_TIME, type Outcome } from "../outcome.ts";
import { factorError, replicasError } from "../replica-assignment.ts";
import { ABOVE_QUOTA } from "../quota-messages.ts";
import type { MutationQuota } from "../state/quotas/mutation-quota.ts";
import { Topics } from "../state/topics.ts";

type Answer = Input<CreateTopicsResponseCreatableTopicResult>;

/** Clients of earlier versions do not know THROTTLING_QUOTA_EXCEEDED: they are only throttled. */
const QUOTA_ERRORS_SINCE = 6;
const FROM_ASSIGNMENTS = -1;
/** The topic of the controllers. */
const CLUSTER_METADATA = "__cluster_metadata";
/** The maximum number of partitions that one request may create. */
const MAX_PARTITIONS = 10_000;

const DENIED: Outcome = { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: "Authorization failed." };

/** The broker that was asked, and the quota of the client. */
interface CreateContext {
  readonly cluster: ClusterState;
  readonly nodeId: number;
  readonly quota: MutationQuota;
}

/** CreateTopics, 2 to 7. */
export function createTopics(): AnyHandler {
  return handler({
    api: createTopicsApi,
    min: 2,
    max: 7,
    handle: (request, { cluster, access, nodeId, throttle, clientId, apiVersion }) => {
      const quota = throttle.mutations(clientId, apiVersion >= QUOTA_ERRORS_SINCE);
      const { validateOnly } = request;
      const mayAll = access?.deniesCluster("CREATE") !== true;
      const isDenied = ({ name }: CreateTopicsRequestCreatableTopic): boolean =>
        !mayAll && access.denies("CREATE", "TOPIC", name);
      const topics = mayAll ? request.topics : request.topics.filter((topic) => !isDenied(topic));
      const denied = [...new Set(mayAll ? [] : request.topics.filter(isDenied).map(({ name }) => name))];
      const names = new Set<string>();
      const twice = new Set<string>();
      for (const { name } of topics) (names.has(name) ? twice : names).add(name);
      const wanted = topics.filter(({ name }) => name !== CLUSTER_METADATA && !twice.has(name));
      if (wanted.length > 0 && request.timeoutMs <= 0)
        return { topics: request.topics.map(({ name }) => refused(name, NO_TIME)) };
      // Kafka checks the total of the whole request before it checks any topic, because the controller writes all of
      // them at once.
      if (totalPartitions(wanted, cluster) > MAX_PARTITIONS)
        return {
          topics: topics.map(({ name }) =>
            refused(name, {
              errorCode: ErrorCode.POLICY_VIOLATION,
              errorMessage: "Excessively large number of partitions per request.",
            }),
          ),
        };
      const results = {
        topics: [
          ...wanted.map((topic) => {
            const answer = create(topic, validateOnly, { cluster, nodeId, quota });
            return access?.denies("DESCRIBE_CONFIGS", "TOPIC", topic.name) === true ? withoutConfigs(answer) : answer;
          }),
          ...[...twice]
            .filter((name) => name !== CLUSTER_METADATA)
            .map((name) =>
              refused(name, { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: "Duplicate topic name." }),
            ),
          ...[...names]
            .filter((name) => name === CLUSTER_METADATA)
            .map((name) =>
              refused(name, {
                errorCode: ErrorCode.INVALID_REQUEST,
                errorMessage: `Creation of internal topic ${name} is prohibited.`,
              }),
            ),
          ...denied.map((name) => refused(name, DENIED)),
        ],
      };
      return { ...results, throttleTimeMs: throttle.mutated(quota) };
    },
  });
}

function totalPartitions(topics: readonly CreateTopicsRequestCreatableTopic[], cluster: ClusterState): number {
  return topics.reduce(
    (sum, { numPartitions, assignments }) =>
      sum +
      (assignments.length > 0 ? assignments.length : numPartitions === -1 ? cluster.numPartitions : numPartitions),
    0,
  );
}

function create(
  topic: CreateTopicsRequestCreatableTopic,
  validateOnly: boolean,
  { cluster, nodeId, quota }: CreateContext,
): Answer {
  const { name } = topic;
  const nameError = topicNameError(name, cluster);
  if (nameError !== undefined) return refused(name, nameError);
  const errorMessage = topicConfigsError(topic.configs.map((config) => [config.name, config.value] as const));
  if (errorMessage !== undefined) return refused(name, { errorCode: ErrorCode.INVALID_CONFIG, errorMessage });
  const plan = topic.assignments.length > 0 ? planByHand(topic, cluster) : planInTurn(topic, cluster);
  if ("errorCode" in plan) return refused(name, plan);
  if (!quota.take(plan.numPartitions)) return refused(name, ABOVE_QUOTA);
  const configs = new Map(topic.configs.map((config) => [config.name, config.value ?? ""]));
  const made = validateOnly
    ? undefined
    : cluster.createTopic(name, plan.numPartitions, plan.replicationFactor, configs, plan.replicas);
  const { numPartitions, replicationFactor } = plan;
  return {
    name,
    topicId: made?.topicId ?? cluster.topics.newId(),
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    numPartitions,
    replicationFactor,
    // Kafka returns the values as they were given, by name.
    configs: describedTopicConfigs(configs, cluster.configs, nodeId)
      .map((config) => ({ ...config, value: configs.get(config.name) ?? config.value ?? null }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** The answer for a client that may not describe the topic's configs. */
function withoutConfigs(answer: Answer): Answer {
  if (answer.errorCode !== ErrorCode.NONE) return answer;
  const topicConfigErrorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
  return { ...answer, topicConfigErrorCode, numPartitions: -1, replicationFactor: -1, configs: [] };
}

function refused(name: string, { errorCode, errorMessage }: Outcome): Answer {
  return { name, errorCode, errorMessage };
}

function topicNameError(name: string, { topics }: ClusterState): Outcome | undefined {
  if (!Topics.isValidName(name))
    return { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage: Topics.nameError(name) };
  if (topics.byName(name) !== undefined)
    return { errorCode: ErrorCode.TOPIC_ALREADY_EXISTS, errorMessage: `Topic '${name}' already exists.` };
  const collision = topics.collision(name);
  return collision === undefined
    ? undefined
    : {
        errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION,
        errorMessage: `Topic '${name}' collides with existing topic: ${collision}`,
      };
}

interface Plan {
  readonly numPartitions: number;
  readonly replicationFactor: number;
  /** The replicas of each partition, if the client chose them. */
  readonly replicas?: readonly (readonly number[])[];
}

function planInTurn(
  { numPartitions, replicationFactor }: CreateTopicsRequestCreatableTopic,
  cluster: ClusterState,
): Plan | Outcome {
  const brokers = cluster.brokers().length;
  if (replicationFactor < -1 || replicationFactor === 0)
    return {
      errorCode: ErrorCode.INVALID_REPLICATION_FACTOR,
      errorMessage: "Replication factor must be larger than 0, or -1 to use the default value.",
    };
  if (numPartitions < -1 || numPartitions === 0)
    return {
      errorCode: ErrorCode.INVALID_PARTITIONS,
      errorMessage: "Number of partitions was set to an invalid non-positive value.",
    };
  const factor = replicationFactor === -1 ? cluster.defaultReplicationFactor : replicationFactor;
  if (factor > brokers)
    return {
      errorCode: ErrorCode.INVALID_REPLICATION_FACTOR,
      errorMessage:
        `Unable to replicate the partition ${factor} time(s): The target replication factor of ${factor} cannot be ` +
        `reached because only ${brokers} broker(s) are registered or some brokers have all their log directories ` +
        "cordoned.",
    };
  return { numPartitions: numPartitions === -1 ? cluster.numPartitions : numPartitions, replicationFactor: factor };
}

function planByHand(
  { assignments, numPartitions, replicationFactor }: CreateTopicsRequestCreatableTopic,
  cluster: ClusterState,
): Plan | Outcome {
  if (replicationFactor !== FROM_ASSIGNMENTS)
    return {
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: "A manual partition assignment was specified, but replication factor was not set to -1.",
    };
  if (numPartitions !== FROM_ASSIGNMENTS)
    return {
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: "A manual partition assignment was specified, but numPartitions was not set to -1.",
    };
  const invalid = (errorMessage: string): Outcome => ({
    errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    errorMessage,
  });
  const replicas: (readonly number[])[] = [];
  let factor: number | undefined;
  for (const { partitionIndex, brokerIds } of assignments) {
    if (partitionIndex in replicas)
      return invalid(`Found multiple manual partition assignments for partition ${partitionIndex}`);
    const error = replicasError(brokerIds, cluster);
    if (error !== undefined) return invalid(error);
    factor ??= brokerIds.length;
    const unequal = factorError(brokerIds, factor);
    if (unequal !== undefined) return invalid(unequal);
    replicas[partitionIndex] = brokerIds;
  }
  if (replicas.length !== assignments.length)
    return invalid("partitions should be a consecutive 0-based integer sequence");
  return { numPartitions: replicas.length, replicationFactor: factor ?? 1, replicas };
}
