import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal, type Verdict } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { notAtControllers } from "../../errors/at-controllers.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { flag } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import { describeClusterApi } from "../../protocol/messages/describe-cluster.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
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
const WHAT = "cannot describe the cluster";
const BROKERS = 1;
const CONTROLLERS = 2;
const NONE = -1;
/** The version of DescribeCluster from which on brokers name those that are fenced. */
const FENCED_SINCE = 2;
/** The versions of Metadata that name the operations on the cluster. */
const OPERATIONS_SINCE = 8;
const LAST_WITH_OPERATIONS = 10;

/** See `Admin.describeCluster`. */
export async function describeCluster(
  client: ClusterClient,
  options: DescribeClusterOptions,
): Promise<ClusterDescription> {
  const limit = callLimit(options, "describeCluster", OPTIONS);
  if (options.includeFencedBrokers === true && client.cluster.isOfControllers)
    throw notAtControllers("describeCluster with includeFencedBrokers");
  const endpointType = client.cluster.isOfControllers ? CONTROLLERS : BROKERS;
  return askOne(
    client,
    {
      what: WHAT,
      send: (connection) =>
        connection.brokerVersions.has(describeClusterApi.key)
          ? byDescribeCluster(connection, endpointType, options)
          : byMetadata(connection, options),
    },
    limit,
  );
}

async function byDescribeCluster(
  connection: Connection,
  endpointType: number,
  { includeAuthorizedOperations = false, includeFencedBrokers = false }: DescribeClusterOptions,
): Promise<Verdict<ClusterDescription>> {
  if (includeFencedBrokers && connection.version(describeClusterApi) < FENCED_SINCE) return refusal(noFenced());
  const response = await connection.request(describeClusterApi, {
    includeClusterAuthorizedOperations: includeAuthorizedOperations,
    endpointType,
    includeFencedBrokers,
  });
  const { errorCode, errorMessage, clusterId, controllerId, brokers, clusterAuthorizedOperations } = response;
  if (errorCode !== ErrorCode.NONE) return refusal(itemError(errorCode, WHAT, errorMessage));
  return done({
    clusterId,
    controllerId: controllerId === NONE ? undefined : controllerId,
    nodes: inOrder(
      brokers.map(({ brokerId, rack, host, port, isFenced }) => ({
        ...{ nodeId: brokerId, host, port, rack: rack ?? undefined, isFenced },
      })),
    ),
    authorizedOperations: operationsIn(clusterAuthorizedOperations),
  });
}

/** Brokers before Kafka 2.8 have no DescribeCluster. Their metadata says the same. */
async function byMetadata(
  connection: Connection,
  { includeAuthorizedOperations = false, includeFencedBrokers = false }: DescribeClusterOptions,
): Promise<Verdict<ClusterDescription>> {
  if (includeFencedBrokers) return refusal(noFenced());
  const version = connection.version(metadataApi, LAST_WITH_OPERATIONS);
  const operations =
    version < OPERATIONS_SINCE ? {} : { includeClusterAuthorizedOperations: includeAuthorizedOperations };
  const message = { topics: [], allowAutoTopicCreation: false, ...operations };
  const { brokers, clusterId, controllerId, ...response } = await connection.request(metadataApi, message, { version });
  return done({
    clusterId: clusterId ?? "",
    controllerId: controllerId === NONE ? undefined : controllerId,
    nodes: inOrder(
      brokers.map(({ nodeId, host, port, rack }) => ({ nodeId, host, port, rack: rack ?? undefined, isFenced: false })),
    ),
    authorizedOperations: operationsIn(response.clusterAuthorizedOperations),
  });
}

function inOrder(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  return [...nodes].sort((a, b) => a.nodeId - b.nodeId);
}

function noFenced(): KafkaError {
  return new KafkaError("unsupported", `${WHAT}: includeFencedBrokers needs brokers of Kafka 4.0 or later`);
}
