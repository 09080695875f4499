import * as ErrorCode from "../../errors/error-code.ts";
import {
  type ElectLeadersRequest,
  type ElectLeadersResponse,
  type ElectLeadersResponsePartitionResult,
  electLeadersApi,
} from "../../protocol/messages/elect-leaders.ts";
import type { Input } from "../../protocol/schema.ts";
import { noAclAccess } from "../acl-messages.ts";
import { type AnyHandler, type ClusterState, type RequestContext, handler } from "../handler.ts";
import { DONE, NO_TIME, type Outcome } from "../outcome.ts";
import type { PartitionLog } from "../state/partition-log.ts";
import { NO_LEADER } from "../state/replication.ts";

const PREFERRED = 0;
const UNCLEAN = 1;
/** Before this version a response has no error of the whole request. */
const ERROR_SINCE = 1;

/**
 * ElectLeaders, 0 to 2: makes the first replica the leader, or without a leader any replica that runs. Without named
 * partitions, all are elected, and the response has only those of them that needed it.
 */
export function electLeaders(): AnyHandler {
  return handler({ api: electLeadersApi, min: 0, max: 2, handle: serve });
}

function serve(
  request: ElectLeadersRequest,
  { cluster, access, apiVersion }: RequestContext,
): Input<ElectLeadersResponse> {
  const { electionType, topicPartitions, timeoutMs } = request;
  if (access?.deniesCluster("ALTER") === true) return refuseAll(request, apiVersion, noAclAccess("ALTER"));
  if (topicPartitions !== null && topicPartitions.length === 0) return {};
  if (timeoutMs <= 0) return refuseAll(request, apiVersion, NO_TIME);
  if (electionType !== PREFERRED && electionType !== UNCLEAN)
    return refuseAll(request, apiVersion, {
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: `Unknown election type ${electionType}`,
    });
  const isUnclean = electionType === UNCLEAN;
  if (topicPartitions === null)
    return {
      replicaElectionResults: Array.from(cluster.topics.all, ({ name, partitions }) => ({
        topic: name,
        partitionResult: partitions
          .map(({ partition }) => ({ partitionId: partition, ...elect(name, partition, isUnclean, cluster) }))
          .filter(({ errorCode }) => errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
      })),
    };
  return {
    replicaElectionResults: topicPartitions.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId): Input<ElectLeadersResponsePartitionResult> => ({
        partitionId,
        ...elect(topic, partitionId, isUnclean, cluster),
      })),
    })),
  };
}

function refuseAll(
  { topicPartitions }: ElectLeadersRequest,
  apiVersion: number,
  refusal: Outcome,
): Input<ElectLeadersResponse> {
  return {
    ...(apiVersion < ERROR_SINCE ? {} : { errorCode: refusal.errorCode }),
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, ...refusal })),
    })),
  };
}

function elect(topic: string, partition: number, isUnclean: boolean, cluster: ClusterState): Outcome {
  const unknown = (errorMessage: string): Outcome => ({
    errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    errorMessage,
  });
  const found = cluster.topics.byName(topic);
  if (found === undefined) return unknown(`No such topic as ${topic}`);
  const log = found.partitions[partition];
  if (log === undefined) return unknown(`No such partition as ${topic}-${partition}`);
  const refusal = isUnclean ? uncleanError(log) : preferredError(log);
  if (refusal !== undefined) return refusal;
  const isUp = (nodeId: number): boolean => cluster.brokers().some((broker) => broker.nodeId === nodeId);
  const heir = isUnclean ? log.replicas.find(isUp) : log.replicas[0];
  if (heir === undefined)
    return {
      errorCode: ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
      errorMessage: "Eligible topic partition leaders are not available.",
    };
  cluster.leadership.elect({ topic, log }, heir, isUnclean);
  return DONE;
}

const NOT_NEEDED: Outcome = {
  errorCode: ErrorCode.ELECTION_NOT_NEEDED,
  errorMessage: "Leader election not needed for topic partition.",
};

function uncleanError({ leaderId }: PartitionLog): Outcome | undefined {
  return leaderId === NO_LEADER ? undefined : NOT_NEEDED;
}

function preferredError({ leaderId, replicas, replication }: PartitionLog): Outcome | undefined {
  const [preferred = NO_LEADER] = replicas;
  if (leaderId === preferred) return NOT_NEEDED;
  if (replication.canLead(preferred)) return undefined;
  return {
    errorCode: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
    errorMessage: "The preferred leader was not available.",
  };
}
