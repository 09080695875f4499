import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import type { Api, Input } from "../protocol/schema.ts";
import type { BrokerInfo } from "./state/broker-info.ts";
import type { Coordinators } from "./state/coordinators.ts";
import type { FetchSessions } from "./state/fetch-sessions.ts";
import type { GroupCoordinator } from "./group-coordinator.ts";
import type { Groups } from "./state/groups/groups.ts";
import type { MetadataView } from "./state/metadata-view.ts";
import type { Topic, Topics } from "./state/topics.ts";
import type { Transactions } from "./state/transactions/transactions.ts";
import type { TransactionCoordinator } from "./transaction-coordinator.ts";

/** What all brokers of an embedded cluster share. */
export interface ClusterState {
  readonly clusterId: string;
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly topics: Topics;
  readonly numPartitions: number;
  readonly defaultReplicationFactor: number;
  readonly autoCreateTopics: boolean;
  readonly coordinators: Coordinators;
  /** Every group, for who only looks. */
  readonly groups: Groups;
  readonly groupCoordinator: GroupCoordinator;
  /** Every transactional id, for who only looks. */
  readonly transactions: Transactions;
  readonly transactionCoordinator: TransactionCoordinator;
  /** The features that are finalised, and how often that has changed. */
  features(): { readonly transactionVersion: number; readonly groupVersion: number; readonly epoch: number };
  /** The brokers that are up. */
  brokers(): readonly BrokerInfo[];
  /** What one of them knows of the cluster: the truth, unless it is told of nothing. */
  metadataOf(nodeId: number): MetadataView;
  nextProducerId(): number;
  newMemberId(): string;
  /** Creates a topic soon, as Kafka does: not before this request was answered. */
  createSoon(name: string): void;
  createTopic(
    name: string,
    partitions: number,
    replicationFactor: number,
    configs: ReadonlyMap<string, string>,
    replicas?: readonly (readonly number[])[],
  ): Topic;
}

/** One request as a handler sees it. */
export interface RequestContext {
  readonly nodeId: number;
  readonly apiVersion: number;
  readonly clientId: string | null;
  /** Where the client is, as Kafka writes it. */
  readonly clientHost: string;
  readonly cluster: ClusterState;
  readonly sessions: FetchSessions;
  /** Fires when the connection or the broker goes away: then nobody waits for the response. */
  readonly signal: Cancellation;
}

/**
 * Serves one API: undefined means that there is no response (acks=0), `disconnect` that the client learns of an error
 * that way.
 */
export interface Handler<Req, Res> {
  readonly api: Api<Req, Res>;
  /** The versions that are really served. */
  readonly min: number;
  readonly max: number;
  /**
   * What ApiVersions says where that is lower: Kafka names Produce 0, which it does not serve, since old librdkafka
   * looks for it.
   */
  readonly advertisedMin?: number;
  handle(request: Req, context: RequestContext): Handled<Res> | PromiseLike<Handled<Res>>;
}

export type Handled<Res> = Input<Res> | undefined | "disconnect";

/** A handler whose types are forgotten, for the registry. */
export type AnyHandler = Handler<unknown, unknown>;

/** Registers a handler. */
export function handler<Req, Res>(definition: Handler<Req, Res>): AnyHandler {
  // Requests and responses of one handler are decoded and encoded by its own api: the types meet again there.
  return definition;
}
