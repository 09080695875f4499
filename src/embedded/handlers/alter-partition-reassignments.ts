import * as ErrorCode from "../../errors/error-code.ts";
import {
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsResponse,
  alterPartitionReassignmentsApi,
} from "../../protocol/messages/alter-partition-reassignments.ts";
import type { Input } from "../../protocol/schema.ts";
import { noAclAccess } from "../acl-messages.ts";
import { type AnyHandler, type ClusterState, type RequestContext, handler } from "../handler.ts";
import type { NamedLog } from "../leadership-control.ts";
import { DONE, NO_TIME, type Outcome } from "../outcome.ts";
import { replicasError } from "../replica-assignment.ts";

type Asked = AlterPartitionReassignmentsRequest["topics"][number]["partitions"][number];

/** AlterPartitionReassignments, 0 to 1: replaces the replicas of partitions, or cancels that. */
export function alterPartitionReassignments(): AnyHandler {
  return handler({ api: alterPartitionReassignmentsApi, min: 0, max: 1, handle: serve });
}

function serve(
  { timeoutMs, allowReplicationFactorChange, topics }: AlterPartitionReassignmentsRequest,
  { cluster, access }: RequestContext,
): Input<AlterPartitionReassignmentsResponse> {
  const isDenied = access?.deniesCluster("ALTER") === true;
  if (topics.length === 0 && !isDenied) return { errorMessage: "" };
  const refusal = isDenied ? noAclAccess("ALTER") : timeoutMs <= 0 ? NO_TIME : undefined;
  return {
    // Kafka repeats the field, but not with an error of the whole request.
    allowReplicationFactorChange: refusal === undefined ? allowReplicationFactorChange : true,
    ...(refusal ?? DONE),
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => ({
        partitionIndex: asked.partitionIndex,
        ...(refusal ?? alter(name, asked, allowReplicationFactorChange, cluster)),
      })),
    })),
  };
}

function alter(
  topic: string,
  { partitionIndex, replicas }: Asked,
  mayChangeFactor: boolean,
  cluster: ClusterState,
): Outcome {
  const unknown = (errorMessage: string): Outcome => ({
    errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    errorMessage,
  });
  const found = cluster.topics.byName(topic);
  if (found === undefined) return unknown(`Unable to find a topic named ${topic}.`);
  const log = found.partitions[partitionIndex];
  if (log === undefined) return unknown(`Unable to find partition ${topic}:${partitionIndex}.`);
  return replicas === null ? cancel({ topic, log }, cluster) : move({ topic, log }, replicas, mayChangeFactor, cluster);
}

function cancel(named: NamedLog, { leadership }: ClusterState): Outcome {
  const { adding, removing, canCancelReassignment } = named.log.replication;
  if (adding.length === 0 && removing.length === 0)
    return { errorCode: ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, errorMessage: null };
  if (!canCancelReassignment)
    return {
      errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      errorMessage:
        `Unable to revert partition assignment for ${named.topic}:${named.log.partition} because it would require an ` +
        "unclean leader election.",
    };
  leadership.cancelReassignment(named);
  return DONE;
}

function move(named: NamedLog, target: readonly number[], mayChangeFactor: boolean, cluster: ClusterState): Outcome {
  const errorMessage = replicasError(target, cluster);
  if (errorMessage !== undefined) return { errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT, errorMessage };
  const { replicas, replication } = named.log;
  // While a reassignment goes on, the factor is that from before it.
  const factor = replicas.filter((id) => !replication.adding.includes(id)).length;
  if (!mayChangeFactor && target.length !== factor)
    return {
      errorCode: ErrorCode.INVALID_REPLICATION_FACTOR,
      errorMessage: `The replication factor is changed from ${factor} to ${target.length}`,
    };
  cluster.leadership.reassign(named, target);
  return DONE;
}
