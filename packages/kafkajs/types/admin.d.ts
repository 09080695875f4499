import type { AclEntry, AclFilter, DeleteAclResponse, DescribeAclResponse } from "./acls.js";
import type { PartitionMetadata } from "./cluster.js";
import type { ConfigResourceTypes, ConfigSource } from "./constants.js";
import type { KafkaJSProtocolError } from "./errors.js";
import type { AdminEvents, Listening, NetworkEventsByName } from "./events.js";
import type { Logger } from "./logging.js";
import type { FetchOffsetsPartition, SeekEntry, TopicPartitions } from "./offsets.js";

export interface ReplicaAssignment {
  partition: number;
  replicas: Array<number>;
}

export interface IResourceConfigEntry {
  name: string;
  value: string;
}

/** A topic to create. A member that is left out has the broker's default. */
export interface ITopicConfig {
  topic: string;
  numPartitions?: number;
  replicationFactor?: number;
  replicaAssignment?: ReplicaAssignment[];
  configEntries?: IResourceConfigEntry[];
}

/** How many partitions a topic is to have. */
export interface ITopicPartitionConfig {
  topic: string;
  count: number;
  assignments?: Array<Array<number>>;
}

export interface ITopicMetadata {
  name: string;
  partitions: PartitionMetadata[];
}

export interface PartitionReassignment {
  topic: string;
  partitionAssignment: Array<ReplicaAssignment>;
}

export interface OngoingPartitionReassignment {
  partitionIndex: number;
  replicas: number[];
  addingReplicas?: number[];
  removingReplicas?: number[];
}

export interface OngoingTopicReassignment {
  topic: string;
  partitions: OngoingPartitionReassignment[];
}

export interface ListPartitionReassignmentsResponse {
  topics: OngoingTopicReassignment[];
}

export interface ResourceConfigQuery {
  type: ConfigResourceTypes;
  name: string;
  /** Default: all. */
  configNames?: string[];
}

/** The settings of a resource: all of them, as those that are left out are reset. */
export interface IResourceConfig {
  type: ConfigResourceTypes;
  name: string;
  configEntries: IResourceConfigEntry[];
}

export interface ConfigSynonyms {
  configName: string;
  configValue: string;
  configSource: ConfigSource;
}

export interface ConfigEntries extends ConfigSynonyms {
  isDefault: boolean;
  isSensitive: boolean;
  readOnly: boolean;
  configSynonyms: ConfigSynonyms[];
}

interface ConfigResult {
  errorCode: number;
  errorMessage: string;
  resourceName: string;
  resourceType: ConfigResourceTypes;
}

export interface DescribeConfigResponse {
  resources: (ConfigResult & { configEntries: ConfigEntries[] })[];
  throttleTime: number;
}

export type MemberDescription = {
  clientHost: string;
  clientId: string;
  memberId: string;
  memberAssignment: Buffer;
  memberMetadata: Buffer;
};

export type ConsumerGroupState = "Unknown" | "PreparingRebalance" | "CompletingRebalance" | "Stable" | "Dead" | "Empty";

export type GroupOverview = { groupId: string; protocolType: string };

export type GroupDescription = GroupOverview & {
  members: MemberDescription[];
  protocol: string;
  state: ConsumerGroupState;
};

export type GroupDescriptions = { groups: GroupDescription[] };

export type DeleteGroupsResult = { groupId: string; errorCode?: number; error?: KafkaJSProtocolError };

interface ClusterDescription {
  brokers: Array<{ nodeId: number; host: string; port: number }>;
  controller: number | null;
  clusterId: string;
}

interface TimeLimit {
  /** Ms. Default 5000. */
  timeout?: number;
}

interface Change extends TimeLimit {
  /** Default false. */
  validateOnly?: boolean;
}

interface OfGroup {
  groupId: string;
}

/** Topics, groups, settings, ACLs. Each call connects when needed. */
export type Admin = Listening<NetworkEventsByName<"admin">> & {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  listTopics(): Promise<string[]>;
  /** False if all topics exist. */
  createTopics(options: Change & { waitForLeaders?: boolean; topics: ITopicConfig[] }): Promise<boolean>;
  deleteTopics(options: TimeLimit & { topics: string[] }): Promise<void>;
  createPartitions(options: Change & { topicPartitions: ITopicPartitionConfig[] }): Promise<boolean>;
  fetchTopicMetadata(options?: { topics: string[] }): Promise<{ topics: Array<ITopicMetadata> }>;
  fetchOffsets(
    options: OfGroup & { topics?: string[]; resolveOffsets?: boolean },
  ): Promise<Array<{ topic: string; partitions: FetchOffsetsPartition[] }>>;
  fetchTopicOffsets(topic: string): Promise<Array<SeekEntry & { high: string; low: string }>>;
  fetchTopicOffsetsByTimestamp(topic: string, timestamp?: number): Promise<Array<SeekEntry>>;
  describeCluster(): Promise<ClusterDescription>;
  setOffsets(options: OfGroup & { topic: string; partitions: SeekEntry[] }): Promise<void>;
  resetOffsets(options: OfGroup & { topic: string; earliest: boolean }): Promise<void>;
  describeConfigs(configs: {
    resources: ResourceConfigQuery[];
    includeSynonyms: boolean;
  }): Promise<DescribeConfigResponse>;
  alterConfigs(configs: { validateOnly: boolean; resources: IResourceConfig[] }): Promise<any>;
  listGroups(): Promise<{ groups: GroupOverview[] }>;
  deleteGroups(groupIds: string[]): Promise<DeleteGroupsResult[]>;
  describeGroups(groupIds: string[]): Promise<GroupDescriptions>;
  describeAcls(options: AclFilter): Promise<DescribeAclResponse>;
  deleteAcls(options: { filters: AclFilter[] }): Promise<DeleteAclResponse>;
  createAcls(options: { acl: AclEntry[] }): Promise<boolean>;
  deleteTopicRecords(options: { topic: string; partitions: SeekEntry[] }): Promise<void>;
  alterPartitionReassignments(request: TimeLimit & { topics: PartitionReassignment[] }): Promise<void>;
  listPartitionReassignments(
    request: TimeLimit & { topics?: TopicPartitions[] },
  ): Promise<ListPartitionReassignmentsResponse>;
  logger(): Logger;
  readonly events: AdminEvents;
};
