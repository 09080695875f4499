import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { notAtControllers } from "../../errors/at-controllers.ts";
import { flag } from "../../errors/shape.ts";
import { describeClusterApi } from "../../protocol/messages/describe-cluster.ts";
import type { AclOperation } from "../../security/acl-words.ts";
import { operationsIn } from "../authorized-operations.ts";
import { askOne } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";

/** A cluster as its brokers describe it. Java: `DescribeClusterResult`. */
export interface ClusterDescription {
  /** The id that the cluster got when it was formatted. */
  readonly clusterId: string;
  /** The brokers, in the order of their node ids. */
  readonly nodes: readonly ClusterNode[];
  /**
   * The node id of the broker to which calls for the controller go; undefined if there is none. With KRaft it is any
   * broker, which forwards them.
   */
  readonly controllerId: number | undefined;
  /** The operations on the cluster that this user is allowed. Only with `includeAuthorizedOperations`. */
  readonly authorizedOperations: readonly AclOperation[] | undefined;
}

/** A broker of a cluster. Java: `Node`. */
export interface ClusterNode {
  /** The node id of the broker. */
  readonly nodeId: number;
  /** The host name or address under which clients reach it. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** The rack; undefined if the broker has none. */
  readonly rack: string | undefined;
  /** Whether the controller keeps clients away from it (KIP-1073). False from brokers before Kafka 4.0. */
  readonly isFenced: boolean;
}

/** The options of `describeCluster`. */
export interface DescribeClusterOptions extends CallOptions {
  /**
   * Also returns the operations on the cluster that this user is allowed. Default false. Java:
   * `includeAuthorizedOperations`.
   */
  readonly includeAuthorizedOperations?: boolean;
  /** Also returns fenced brokers, which Kafka 4.0 and later know. Default false. Java: `includeFencedBrokers`. */
  readonly includeFencedBrokers?: boolean;
}

const OPTIONS = optionsWith({ includeAuthorizedOperations: flag, includeFencedBrokers: flag });
const BROKERS = 1;
const CONTROLLERS = 2;
const NONE = -1;

/** See `Admin.describeCluster`. */
export async function describeCluster(
  client: ClusterClient,
  options: DescribeClusterOptions,
): Promise<ClusterDescription> {
  const limit = callLimit(options, "describeCluster", OPTIONS);
  const { includeAuthorizedOperations = false, includeFencedBrokers = false } = options;
  if (includeFencedBrokers && client.cluster.isOfControllers)
    throw notAtControllers("describeCluster with includeFencedBrokers");
  const what = "cannot describe the cluster";
  return askOne(
    client,
    {
      what,
      send: async (connection) => {
        const { errorCode, errorMessage, clusterId, controllerId, brokers, clusterAuthorizedOperations } =
          await connection.request(describeClusterApi, {
            includeClusterAuthorizedOperations: includeAuthorizedOperations,
            endpointType: client.cluster.isOfControllers ? CONTROLLERS : BROKERS,
            includeFencedBrokers,
          });
        if (errorCode !== ErrorCode.NONE) return refusal(itemError(errorCode, what, errorMessage));
        return done({
          clusterId,
          controllerId: controllerId === NONE ? undefined : controllerId,
          nodes: brokers
            .map(({ brokerId, rack, ...fields }): ClusterNode => ({
              nodeId: brokerId,
              host: fields.host,
              port: fields.port,
              rack: rack ?? undefined,
              isFenced: fields.isFenced,
            }))
            .sort((a, b) => a.nodeId - b.nodeId),
          authorizedOperations: operationsIn(clusterAuthorizedOperations),
        });
      },
    },
    limit,
  );
}
