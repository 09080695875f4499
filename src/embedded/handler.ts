import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import type { Api, Input } from "../protocol/schema.ts";
import type { ClusterConfigs } from "./configs/cluster-configs.ts";
import type { Loggers } from "./configs/loggers.ts";
import type { LogCleaning } from "./log-cleaning.ts";
import type { Access } from "./security/access.ts";
import type { ClusterSecurity } from "./security/cluster-security.ts";
import type { ClientThrottle } from "./client-throttle.ts";
import type { ConnectionSecurity } from "./security/connection-security.ts";
import type { FinalizedFeatures } from "./finalized-features.ts";
import type { InternalTopics } from "./internal-topics.ts";
import type { LeadershipControl } from "./leadership-control.ts";
import type { BrokerInfo } from "./state/broker-info.ts";
import type { Coordinators } from "./state/coordinators.ts";
import type { FetchSessions } from "./state/fetch-sessions.ts";
import type { GroupCoordinator } from "./group-coordinator.ts";
import type { Groups } from "./state/groups/groups.ts";
import type { MetadataView } from "./state/metadata-view.ts";
import type { Quorum } from "./state/quorum.ts";
import type { ClientQuotas } from "./state/quotas/client-quotas.ts";
import type { MutationBuckets } from "./state/quotas/mutation-quota.ts";
import type { Topic, Topics } from "./state/topics.ts";
import type { Transactions } from "./state/transactions/transactions.ts";
import type { TransactionCoordinator } from "./transaction-coordinator.ts";

/** The state that all brokers of an embedded cluster share. */
export interface ClusterState {
  readonly clusterId: string;
  /** Users, tokens and access control entries. */
  readonly security: ClusterSecurity;
  /** The quotas of clients. */
  readonly quotas: ClientQuotas;
  /** The use of the quota of partitions that clients create and delete. */
  readonly mutations: MutationBuckets;
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly topics: Topics;
  /** The configs that were set while the cluster runs. */
  readonly configs: ClusterConfigs;
  readonly loggers: Loggers;
  /** Retention and compaction. */
  readonly logCleaning: LogCleaning;
  /** Whether replicas that leave the ISR while it is below its minimum stay eligible (KIP-966). */
  readonly hasEligibleReplicas: boolean;
  readonly numPartitions: number;
  readonly defaultReplicationFactor: number;
  readonly autoCreateTopics: boolean;
  readonly coordinators: Coordinators;
  /** Every group; read-only. */
  readonly groups: Groups;
  readonly groupCoordinator: GroupCoordinator;
  /** Every transactional id; read-only. */
  readonly transactions: Transactions;
  readonly transactionCoordinator: TransactionCoordinator;
  /** The finalised features, and an epoch that rises with each change of them. */
  features(): FinalizedFeatures;
  /** The topics of the coordinators. */
  readonly internalTopics: InternalTopics;
  /** Elects leaders and replaces replicas. */
  readonly leadership: LeadershipControl;
  /** The voters of the metadata log. */
  readonly quorum: Quorum;
  /** The brokers that are up. */
  brokers(): readonly BrokerInfo[];
  /** The brokers that the controller knows, also those that are stopped. */
  nodes(): readonly BrokerInfo[];
  /** A broker leaves the metadata until it is started again. Returns false if the controller does not know it. */
  unregister(nodeId: number): boolean;
  /** A broker's view of the cluster: the current state, unless its metadata is frozen. */
  metadataOf(nodeId: number): MetadataView;
  nextProducerId(): number;
  newMemberId(): string;
  /** Creates a topic soon, but not before this request is answered, as Kafka does. */
  createSoon(name: string): void;
  createTopic(
    name: string,
    partitions: number,
    replicationFactor: number,
    configs: ReadonlyMap<string, string>,
    replicas?: readonly (readonly number[])[],
  ): Topic;
}

/** The context of one request, for its handler. */
export interface RequestContext {
  readonly nodeId: number;
  readonly apiVersion: number;
  readonly clientId: string | null;
  /** The size of the request in bytes. */
  readonly sizeInBytes: number;
  /** The client's address, as Kafka writes it. */
  readonly clientHost: string;
  readonly cluster: ClusterState;
  readonly sessions: FetchSessions;
  /** The authentication of the connection. */
  readonly client: ConnectionSecurity;
  /** The quotas of the client. */
  readonly throttle: ClientThrottle;
  /** The rights of the client; undefined without an authorizer: it may do everything. */
  readonly access: Access | undefined;
  /** Fires when the connection or the broker is gone: the response is not needed any more. */
  readonly signal: Cancellation;
}

/**
 * Serves one API. It returns undefined if there is no response (acks=0), and `disconnect` if the client learns of an
 * error by a closed connection.
 */
export interface Handler<Req, Res> {
  readonly api: Api<Req, Res>;
  /** The versions that are served. */
  readonly min: number;
  readonly max: number;
  /**
   * The lowest version in ApiVersions, if that is lower: Kafka lists Produce 0, which it does not serve, because old
   * librdkafka looks for it.
   */
  readonly advertisedMin?: number;
  handle(request: Req, context: RequestContext): Handled<Res> | PromiseLike<Handled<Res>>;
}

/** The result of a handler: a response, no response, or a closed connection. */
export type Handled<Res> = Input<Res> | undefined | "disconnect";

/** A handler without its types, for the registry. */
export type AnyHandler = Handler<unknown, unknown>;

/** Registers a handler. */
export function handler<Req, Res>(definition: Handler<Req, Res>): AnyHandler {
  // This is safe: requests and responses are decoded and encoded by the handler's own api.
  return definition;
}
