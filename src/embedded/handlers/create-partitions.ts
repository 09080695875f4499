import * as ErrorCode from "../../errors/error-code.ts";
import {
  type CreatePartitionsRequestCreatePartitionsTopic,
  type CreatePartitionsResponseCreatePartitionsTopicResult,
  createPartitionsApi,
} from "../../protocol/messages/create-partitions.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";
import { NO_TIME } from "../outcome.ts";
import { factorError, replicasError } from "../replica-assignment.ts";
import { ABOVE_QUOTA } from "../quota-messages.ts";
import type { MutationQuota } from "../state/quotas/mutation-quota.ts";

type Answer = Input<CreatePartitionsResponseCreatePartitionsTopicResult>;

/**
 * The maximum number of partitions that a request may add to a topic: as many as fit into one batch of the controller's
 * log.
 */
const MAX_PARTITIONS = 10_000;
/** Clients of earlier versions do not know THROTTLING_QUOTA_EXCEEDED: they are only throttled. */
const QUOTA_ERRORS_SINCE = 3;

/** CreatePartitions, 0 to 3. */
export function createPartitions(): AnyHandler {
  return handler({
    api: createPartitionsApi,
    min: 0,
    max: 3,
    handle: ({ topics, validateOnly, timeoutMs }, { cluster, access, throttle, clientId, apiVersion }) => {
      const quota = throttle.mutations(clientId, apiVersion >= QUOTA_ERRORS_SINCE);
      const byName = new Map(topics.map((topic) => [topic.name, topic]));
      const twice = new Set<string>();
      // The map has the last topic of a name, so every other one is a repetition.
      for (const topic of topics) if (byName.get(topic.name) !== topic) twice.add(topic.name);
      const isWanted = (name: string): boolean => !twice.has(name) && access?.denies("ALTER", "TOPIC", name) !== true;
      if (timeoutMs <= 0 && [...byName.keys()].some(isWanted))
        return { results: topics.map(({ name }) => ({ name, ...NO_TIME })) };
      const results = [...byName].map(([name, topic]): Answer =>
        twice.has(name)
          ? { name, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: "Duplicate topic name." }
          : access?.denies("ALTER", "TOPIC", name) === true
            ? { name, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: null }
            : grow(topic, validateOnly, cluster, quota),
      );
      return { results, throttleTimeMs: throttle.mutated(quota) };
    },
  });
}

function grow(
  { name, count, assignments }: CreatePartitionsRequestCreatePartitionsTopic,
  validateOnly: boolean,
  cluster: ClusterState,
  quota: MutationQuota,
): Answer {
  const refuse = (errorCode: number, errorMessage: string | null): Answer => ({ name, errorCode, errorMessage });
  const topic = cluster.topics.byName(name);
  if (topic === undefined) return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null);
  const now = topic.partitions.length;
  if (count === now) return refuse(ErrorCode.INVALID_PARTITIONS, `Topic already has ${now} partition(s).`);
  if (count < now)
    return refuse(
      ErrorCode.INVALID_PARTITIONS,
      `The topic ${name} currently has ${now} partition(s); ${count} would not be an increase.`,
    );
  const factor = topic.partitions[0]?.replicas.length ?? 1;
  const up = cluster.brokers().map((broker) => broker.nodeId);
  const replicas = assignments?.map(({ brokerIds }) => brokerIds);
  if (replicas !== undefined && replicas.length !== count - now)
    return refuse(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Attempted to add ${count - now} additional partition(s), but only ${replicas.length} assignment(s) were ` +
        "specified.",
    );
  if (count - now > MAX_PARTITIONS)
    return refuse(ErrorCode.POLICY_VIOLATION, "Excessively large number of additional partitions per request.");
  for (const brokerIds of replicas ?? []) {
    const error = replicasError(brokerIds, cluster) ?? factorError(brokerIds, factor);
    if (error !== undefined) return refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, error);
  }
  if (!quota.take(count - now)) return refuse(ABOVE_QUOTA.errorCode, ABOVE_QUOTA.errorMessage);
  if (!validateOnly) cluster.topics.grow(topic, count, factor, up, replicas);
  return { name, errorCode: ErrorCode.NONE };
}
