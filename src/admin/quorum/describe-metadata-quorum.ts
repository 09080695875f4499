import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { type DescribeQuorumResponseReplicaState, describeQuorumApi } from "../../protocol/messages/describe-quorum.ts";
import { askOne, notAnswered } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { itemError } from "../item-error.ts";

/** A controller or broker that follows the metadata log. Java: `QuorumInfo.ReplicaState`. */
export interface QuorumReplica {
  /** Its node id. */
  readonly replicaId: number;
  /** The id of its log directory, 22 characters of base64url; undefined with static voters. */
  readonly replicaDirectoryId: string | undefined;
  /** The offset that the next record of its log will get. */
  readonly logEndOffset: number;
  /** When it last fetched, in ms since the epoch; undefined if the leader does not know. */
  readonly lastFetchTimestamp: number | undefined;
  /** When it last had all records, in ms since the epoch; undefined if the leader does not know. */
  readonly lastCaughtUpTimestamp: number | undefined;
}

/** A controller and where it listens. Java: `QuorumInfo.Node`. */
export interface QuorumNode {
  /** Its node id. */
  readonly nodeId: number;
  /** Its listeners. */
  readonly endpoints: readonly QuorumEndpoint[];
}

/** A listener of a controller. Java: `RaftVoterEndpoint`. */
export interface QuorumEndpoint {
  /** The name of the listener. Java: `listener`. */
  readonly name: string;
  /** The host name or address. */
  readonly host: string;
  /** The port. */
  readonly port: number;
}

/** The quorum of controllers that keeps the metadata. Java: `QuorumInfo`. */
export interface QuorumInfo {
  /** The node id of the active controller; undefined during an election. */
  readonly leaderId: number | undefined;
  /** The epoch of the leader. */
  readonly leaderEpoch: number;
  /** The offset up to which the metadata is committed. */
  readonly highWatermark: number;
  /** The controllers that vote. */
  readonly voters: readonly QuorumReplica[];
  /** Brokers, and controllers that do not vote. */
  readonly observers: readonly QuorumReplica[];
  /** The addresses of the voters. Empty from brokers before Kafka 3.9. */
  readonly nodes: readonly QuorumNode[];
}

const TOPIC = "__cluster_metadata";
/** An id of zeros: the voters are in the configuration, and have none. */
const NO_ID = "AAAAAAAAAAAAAAAAAAAAAA";

/** See `Admin.describeMetadataQuorum`. */
export async function describeMetadataQuorum(client: ClusterClient, options: CallOptions): Promise<QuorumInfo> {
  const limit = callLimit(options, "describeMetadataQuorum");
  const what = "cannot describe the quorum of controllers";
  return askOne(
    client,
    {
      what,
      send: async (connection) => {
        const response = await connection.request(describeQuorumApi, {
          topics: [{ topicName: TOPIC, partitions: [{ partitionIndex: 0 }] }],
        });
        if (response.errorCode !== ErrorCode.NONE)
          return refusal(itemError(response.errorCode, what, response.errorMessage));
        const found = response.topics[0]?.partitions[0] ?? notAnswered("DescribeQuorum");
        if (found.errorCode !== ErrorCode.NONE) return refusal(itemError(found.errorCode, what, found.errorMessage));
        return done({
          leaderId: known(found.leaderId),
          leaderEpoch: found.leaderEpoch,
          highWatermark: found.highWatermark,
          voters: found.currentVoters.map(replicaOf),
          observers: found.observers.map(replicaOf),
          nodes: response.nodes.map(({ nodeId, listeners }) => ({
            nodeId,
            endpoints: listeners.map(({ name, host, port }) => ({ name, host, port })),
          })),
        });
      },
    },
    limit,
  );
}

function replicaOf(replica: DescribeQuorumResponseReplicaState): QuorumReplica {
  return {
    replicaId: replica.replicaId,
    replicaDirectoryId: replica.replicaDirectoryId === NO_ID ? undefined : replica.replicaDirectoryId,
    logEndOffset: replica.logEndOffset,
    lastFetchTimestamp: known(replica.lastFetchTimestamp),
    lastCaughtUpTimestamp: known(replica.lastCaughtUpTimestamp),
  };
}

function known(value: number): number | undefined {
  return value < 0 ? undefined : value;
}
