import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DescribeQuorumRequest,
  type DescribeQuorumResponse,
  type DescribeQuorumResponseReplicaState,
  describeQuorumApi,
} from "../../protocol/messages/describe-quorum.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type ClusterState, type RequestContext, handler } from "../handler.ts";
import { NO_CLUSTER_ACCESS } from "../outcome.ts";
import type { Voter } from "../state/quorum.ts";

const CLUSTER_METADATA = "__cluster_metadata";

/**
 * DescribeQuorum, 0 to 2: voters and observers of the metadata log. Kafka answers exactly one partition; if a request
 * has any other, or one more, it does not know any of them.
 */
export function describeQuorum(): AnyHandler {
  return handler({ api: describeQuorumApi, min: 0, max: 2, handle: serve });
}

/** Before this version a response does not say where the voters are. */
const NODES_SINCE = 2;

function serve(
  { topics }: DescribeQuorumRequest,
  { cluster, access, apiVersion }: RequestContext,
): Input<DescribeQuorumResponse> {
  if (access?.deniesCluster("DESCRIBE") === true) return NO_CLUSTER_ACCESS;
  const [first] = topics;
  const isOwn =
    topics.length === 1 &&
    first?.topicName === CLUSTER_METADATA &&
    first.partitions.length === 1 &&
    first.partitions[0]?.partitionIndex === 0;
  return isOwn ? described(cluster, apiVersion) : unknown(topics);
}

function unknown(topics: DescribeQuorumRequest["topics"]): Input<DescribeQuorumResponse> {
  const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const errorMessage = "This server does not host this topic-partition.";
  return {
    errorMessage: "",
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, errorMessage })),
    })),
  };
}

function described(cluster: ClusterState, apiVersion: number): Input<DescribeQuorumResponse> {
  const { leaderId, leaderEpoch, highWatermark, voters, observers } = cluster.quorum.at(cluster.clock.now());
  const partition = {
    errorMessage: "",
    leaderId,
    leaderEpoch,
    highWatermark,
    currentVoters: voters.map(stateOf),
    observers: observers.map(stateOf),
  };
  return {
    errorMessage: "",
    topics: [{ topicName: CLUSTER_METADATA, partitions: [partition] }],
    nodes: cluster
      .nodes()
      .filter(({ nodeId }) => apiVersion >= NODES_SINCE && cluster.quorum.isVoter(nodeId))
      .map(({ nodeId, host, port }) => ({ nodeId, listeners: [{ name: "CONTROLLER", host, port }] })),
  };
}

function stateOf({ nodeId, logEndOffset, lastFetchMs }: Voter): Input<DescribeQuorumResponseReplicaState> {
  return {
    replicaId: nodeId,
    logEndOffset,
    lastFetchTimestamp: lastFetchMs,
    lastCaughtUpTimestamp: lastFetchMs,
  };
}
