import type { ListPartitionReassignmentsResponse, PartitionReassignment } from "./admin.js";
import type { CompressionTypes } from "./constants.js";
import type { Message } from "./messages.js";
import type { TopicOffsets, TopicPartitions } from "./offsets.js";

/** A partition, as a broker lists it. */
export type PartitionMetadata = {
  partitionErrorCode: number;
  partitionId: number;
  /** -1 if there is none. */
  leader: number;
  replicas: number[];
  isr: number[];
  offlineReplicas?: number[];
};

interface Address {
  nodeId: number;
  host: string;
  port: number;
}

export interface BrokerMetadata {
  brokers: Array<Address & { rack?: string }>;
  topicMetadata: Array<{ topicErrorCode: number; topic: string; partitionMetadata: PartitionMetadata[] }>;
}

export interface CoordinatorMetadata {
  errorCode: number;
  coordinator: Address;
}

export interface ApiVersions {
  [apiKey: number]: { minVersion: number; maxVersion: number };
}

type Without<T, U> = { [P in Exclude<keyof T, keyof U>]?: never };
type XOR<T, U> = T | U extends object ? (Without<T, U> & U) | (Without<U, T> & T) : T | U;

type FetchStart = XOR<{ fromBeginning: boolean }, { fromTimestamp: number }>;

/**
 * The cluster, for assigners. Of its methods only `findTopicPartitionMetadata`, `addMultipleTargetTopics`,
 * `refreshMetadata`, `refreshMetadataIfNecessary`, `isConnected` and `connect` exist; the others are kept for types.
 */
export type Cluster = {
  getNodeIds(): number[];
  metadata(): Promise<BrokerMetadata>;
  removeBroker(options: { host: string; port: number }): void;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
  findControllerBroker(): Promise<Broker>;
  /** The partitions of a topic; `[]` for an unknown one. */
  findTopicPartitionMetadata(topic: string): PartitionMetadata[];
  findLeaderForPartitions(topic: string, partitions: number[]): { [leader: string]: number[] };
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
  findGroupCoordinatorMetadata(group: { groupId: string }): Promise<CoordinatorMetadata>;
  defaultOffset(config: { fromBeginning: boolean }): number;
  fetchTopicsOffset(
    topics: Array<{ topic: string; partitions: Array<{ partition: number }> } & FetchStart>,
  ): Promise<TopicOffsets[]>;
};

interface CommitRequest {
  groupId: string;
  groupGenerationId: number;
  memberId: string;
  retentionTime?: number;
  topics: TopicOffsets[];
}

interface FetchRequest {
  replicaId?: number;
  isolationLevel?: number;
  maxWaitTime?: number;
  minBytes?: number;
  maxBytes?: number;
  topics: Array<{
    topic: string;
    partitions: Array<{ partition: number; fetchOffset: string; maxBytes: number }>;
  }>;
  rackId?: string;
}

interface ProduceRequest {
  topicData: Array<{
    topic: string;
    partitions: Array<{ partition: number; firstSequence?: number; messages: Message[] }>;
  }>;
  transactionalId?: string;
  producerId?: number;
  producerEpoch?: number;
  acks?: number;
  timeout?: number;
  compression?: CompressionTypes;
}

/** kafkajs's own view of a broker: kept for types. */
export type Broker = {
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  apiVersions(): Promise<ApiVersions>;
  metadata(topics: string[]): Promise<BrokerMetadata>;
  describeGroups: (options: { groupIds: string[] }) => Promise<any>;
  offsetCommit(request: CommitRequest): Promise<any>;
  offsetFetch(request: { groupId: string; topics: TopicOffsets[] }): Promise<{ responses: TopicOffsets[] }>;
  fetch(request: FetchRequest): Promise<any>;
  produce(request: ProduceRequest): Promise<any>;
  alterPartitionReassignments(request: { topics: PartitionReassignment[]; timeout?: number }): Promise<any>;
  listPartitionReassignments(request: {
    topics?: TopicPartitions[];
    timeout?: number;
  }): Promise<ListPartitionReassignmentsResponse>;
};
