import { type CreateTopicsRequestCreatableTopic, type CreateTopicsResponseCreatableTopicResult, createTopicsApi } from "../../protocol/messages/create-topics.ts";
import type { Input } from "../../protocol/schema.ts";
import { codes } from "../codes.ts";
import { describedTopicConfigs } from "../described-configs.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";
import { Topics } from "../state/topics.ts";
import { topicConfigError } from "../topic-configs.ts";

type Answer = Input<CreateTopicsResponseCreatableTopicResult>;

const FROM_ASSIGNMENTS = -1;

/** Why a topic cannot be made. */
interface Refusal {
  readonly errorCode: number;
  readonly errorMessage: string;
}

/** CreateTopics, 2 to 7. */
export function createTopics(): AnyHandler {
  return handler({
    api: createTopicsApi,
    min: 2,
    max: 7,
    handle: ({ topics, validateOnly }, { cluster }) => {
      const count = (name: string): number => topics.filter((topic) => topic.name === name).length;
      const names = new Set(topics.map((topic) => topic.name));
      return {
        topics: [...names].map((name): Answer => {
          const topic = topics.find((wanted) => wanted.name === name);
          if (topic === undefined || count(name) > 1) return refused(name, { errorCode: codes.INVALID_REQUEST, errorMessage: "Duplicate topic name." });
          return create(topic, validateOnly, cluster);
        }),
      };
    },
  });
}

function create(topic: CreateTopicsRequestCreatableTopic, validateOnly: boolean, cluster: ClusterState): Answer {
  const { name } = topic;
  const nameError = topicNameError(name, cluster);
  if (nameError !== undefined) return refused(name, nameError);
  const plan = topic.assignments.length > 0 ? planByHand(topic, cluster) : planInTurn(topic, cluster);
  if ("errorCode" in plan) return refused(name, plan);
  for (const config of topic.configs) {
    const errorMessage = topicConfigError(config.name, config.value);
    if (errorMessage !== undefined) return refused(name, { errorCode: codes.INVALID_CONFIG, errorMessage });
  }
  const configs = new Map(topic.configs.map((config) => [config.name, config.value ?? ""]));
  const made = validateOnly ? undefined : cluster.createTopic(name, plan.numPartitions, plan.replicationFactor, configs, plan.replicas);
  const { numPartitions, replicationFactor } = plan;
  return { name, topicId: made?.topicId ?? cluster.topics.newId(), errorCode: codes.NONE, errorMessage: null, numPartitions, replicationFactor, configs: describedTopicConfigs(configs) };
}

function refused(name: string, { errorCode, errorMessage }: Refusal): Answer {
  return { name, errorCode, errorMessage };
}

function topicNameError(name: string, { topics }: ClusterState): Refusal | undefined {
  if (!Topics.isValidName(name)) return { errorCode: codes.INVALID_TOPIC_EXCEPTION, errorMessage: Topics.nameError(name) };
  if (topics.byName(name) !== undefined) return { errorCode: codes.TOPIC_ALREADY_EXISTS, errorMessage: `Topic '${name}' already exists.` };
  const collision = topics.collision(name);
  return collision === undefined ? undefined : { errorCode: codes.INVALID_TOPIC_EXCEPTION, errorMessage: `Topic '${name}' collides with existing topic: ${collision}` };
}

interface Plan {
  readonly numPartitions: number;
  readonly replicationFactor: number;
  /** Replicas by partition, where the client chose them. */
  readonly replicas?: readonly (readonly number[])[];
}

function planInTurn({ numPartitions, replicationFactor }: CreateTopicsRequestCreatableTopic, cluster: ClusterState): Plan | Refusal {
  const brokers = cluster.brokers().length;
  if (replicationFactor < -1 || replicationFactor === 0) return { errorCode: codes.INVALID_REPLICATION_FACTOR, errorMessage: "Replication factor must be larger than 0, or -1 to use the default value." };
  if (numPartitions < -1 || numPartitions === 0) return { errorCode: codes.INVALID_PARTITIONS, errorMessage: "Number of partitions was set to an invalid non-positive value." };
  const factor = replicationFactor === -1 ? cluster.defaultReplicationFactor : replicationFactor;
  if (factor > brokers) return { errorCode: codes.INVALID_REPLICATION_FACTOR, errorMessage: `Unable to replicate the partition ${factor} time(s): The target replication factor of ${factor} cannot be reached because only ${brokers} broker(s) are registered or some brokers have all their log directories cordoned.` };
  return { numPartitions: numPartitions === -1 ? cluster.numPartitions : numPartitions, replicationFactor: factor };
}

function planByHand({ assignments, numPartitions, replicationFactor }: CreateTopicsRequestCreatableTopic, cluster: ClusterState): Plan | Refusal {
  if (replicationFactor !== FROM_ASSIGNMENTS) return { errorCode: codes.INVALID_REQUEST, errorMessage: "A manual partition assignment was specified, but replication factor was not set to -1." };
  if (numPartitions !== FROM_ASSIGNMENTS) return { errorCode: codes.INVALID_REQUEST, errorMessage: "A manual partition assignment was specified, but numPartitions was not set to -1." };
  const invalid = (errorMessage: string): Refusal => ({ errorCode: codes.INVALID_REPLICA_ASSIGNMENT, errorMessage });
  const replicas: (readonly number[])[] = [];
  for (const { partitionIndex, brokerIds } of assignments) {
    if (partitionIndex in replicas) return invalid(`Found multiple manual partition assignments for partition ${partitionIndex}`);
    if (brokerIds.length === 0) return invalid("The manual partition assignment includes an empty replica list.");
    if (new Set(brokerIds).size < brokerIds.length) return invalid(`The manual partition assignment includes the broker ${brokerIds.find((id, i) => brokerIds.indexOf(id) !== i) ?? -1} more than once.`);
    const unknown = brokerIds.find((id) => !cluster.brokers().some((broker) => broker.nodeId === id));
    if (unknown !== undefined) return invalid(`The manual partition assignment includes broker ${unknown}, but no such broker is registered.`);
    replicas[partitionIndex] = brokerIds;
  }
  if (replicas.length !== assignments.length) return invalid("partitions should be a consecutive 0-based integer sequence");
  const replicationFactorOfFirst = replicas[0]?.length ?? 1;
  if (replicas.some((ids) => ids.length !== replicationFactorOfFirst)) return invalid("The manual partition assignment includes partitions with different numbers of replicas.");
  return { numPartitions: replicas.length, replicationFactor: replicationFactorOfFirst, replicas };
}
