import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Entropy } from "../runtime/entropy.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import { uuidText } from "../wire/uuid.ts";
import { defaultFactor, defaultPartitions } from "./configs/cluster-defaults.ts";
import { groupSettings } from "./configs/group-settings.ts";
import { Loggers } from "./configs/loggers.ts";
import { GroupCoordinator } from "./group-coordinator.ts";
import type { ClusterState } from "./handler.ts";
import { LogCleaning } from "./log-cleaning.ts";
import { memberId } from "./member-id.ts";
import type { EmbeddedClusterOptions } from "./options.ts";
import { Coordinators } from "./state/coordinators.ts";
import { GROUP_DEFAULTS } from "./state/groups/group-configs.ts";
import { Groups } from "./state/groups/groups.ts";
import { Quorum } from "./state/quorum.ts";
import { ClientQuotas } from "./state/quotas/client-quotas.ts";
import { mutationBuckets } from "./state/quotas/mutation-quota.ts";
import type { Topics } from "./state/topics.ts";
import { Transactions } from "./state/transactions/transactions.ts";
import { TransactionCoordinator } from "./transaction-coordinator.ts";

/** The host and the parts of a cluster that its state is made from. */
export interface ClusterStateParts extends Pick<
  ClusterState,
  | "brokers"
  | "configs"
  | "nodes"
  | "unregister"
  | "metadataOf"
  | "createSoon"
  | "createTopic"
  | "features"
  | "internalTopics"
  | "leadership"
  | "security"
> {
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly topics: Topics;
  readonly tasks: TaskGroup;
}

/** The state of a new cluster: no topics, groups or transactions. */
export function clusterState(options: EmbeddedClusterOptions, parts: ClusterStateParts): ClusterState {
  const { runtime, clock, entropy, topics, tasks, features } = parts;
  const id = new Uint8Array(16);
  entropy.fill(id);
  // As in Kafka, the first producer of a cluster gets the id 0.
  let producerIds = 0;
  const nextProducerId = (): number => producerIds++;
  const { brokers = 1, firstNodeId = 0 } = options;
  const brokerIds = Array.from({ length: brokers }, (_, i) => firstNodeId + i);
  const coordinators = new Coordinators(brokerIds);
  const configs = { ...GROUP_DEFAULTS, ...options.groups };
  const groups = new Groups({
    configs,
    configsOf: (groupId) => groupSettings(groupId, configs, parts.configs),
    newId: () => memberId(entropy),
    topics,
  });
  const transactions = new Transactions(nextProducerId);
  return {
    coordinators,
    groups,
    groupCoordinator: new GroupCoordinator({ runtime, clock, coordinators, groups, configs }),
    transactions,
    transactionCoordinator: new TransactionCoordinator({
      runtime,
      clock,
      topics,
      tasks,
      groups,
      coordinators,
      transactions,
      markerDelayMs: options.transactionMarkerDelayMs ?? 0,
      transactionVersion: () => features().transactionVersion,
    }),
    features,
    security: parts.security,
    quotas: new ClientQuotas(),
    mutations: mutationBuckets(),
    clusterId: uuidText(id, 0),
    runtime,
    clock,
    topics,
    configs: parts.configs,
    loggers: new Loggers(),
    logCleaning: new LogCleaning({ clock, topics, configs: parts.configs }),
    hasEligibleReplicas: options.eligibleLeaderReplicas ?? true,
    numPartitions: defaultPartitions(options),
    defaultReplicationFactor: defaultFactor(options),
    autoCreateTopics: options.autoCreateTopics ?? true,
    internalTopics: parts.internalTopics,
    leadership: parts.leadership,
    quorum: new Quorum(brokerIds, clock.now()),
    brokers: parts.brokers,
    nodes: parts.nodes,
    unregister: parts.unregister,
    metadataOf: parts.metadataOf,
    nextProducerId,
    newMemberId: () => memberId(entropy),
    createSoon: parts.createSoon,
    createTopic: parts.createTopic,
  };
}
