// The types of administration that users can import.
export type { AdminCalls } from "./admin-calls.ts";
export type { CallOptions } from "./call-options.ts";
export type { ClusterCalls } from "./cluster/cluster-calls.ts";
export type { ClusterDescription, ClusterNode, DescribeClusterOptions } from "./cluster/describe-cluster.ts";
export type { DescribeFeaturesOptions, FeatureLevels, FeatureMetadata } from "./cluster/describe-features.ts";
export type { FeatureUpdate, UpdateFeaturesOptions } from "./cluster/update-features.ts";
export type { ConfigEntry, ConfigSource } from "./config-entry.ts";
export type { ConfigCalls } from "./configs/config-calls.ts";
export type { ConfigResource, ConfigResourceType } from "./configs/config-resource.ts";
export type { ConfigSynonym, ConfigType, DescribeConfigsOptions, DescribedConfig } from "./configs/describe-configs.ts";
export type { ConfigReplacement } from "./configs/alter-configs.ts";
export type { AlterConfigsOptions, ConfigAlteration } from "./configs/incremental-alter-configs.ts";
export type { ListConfigResourcesOptions } from "./configs/list-config-resources.ts";
export type {
  ClassicGroupDescription,
  ClassicGroupMember,
  DescribeGroupsOptions,
} from "./groups/describe-classic-groups.ts";
export type { ConsumerGroupDescription, ConsumerGroupMember } from "./groups/describe-consumer-groups.ts";
export type { GroupCalls } from "./groups/group-calls.ts";
export type { GroupState, GroupType } from "./groups/group-words.ts";
export type { GroupListing, ListConsumerGroupsOptions, ListGroupsOptions } from "./groups/list-groups.ts";
export type { DynamicMember, MemberToRemove, RemoveMembersOptions, StaticMember } from "./groups/remove-members.ts";
export type { BrokerFailure, Listed } from "./listed.ts";
export type { Listing } from "./listing.ts";
export type { LogDirDescription, LogDirReplica } from "./log-dirs/describe-log-dirs.ts";
export type { LogDirCalls } from "./log-dirs/log-dir-calls.ts";
export type { ReplicaLogDirAssignment, ReplicaLogDirInfo, TopicPartitionReplica } from "./log-dirs/replica-log-dirs.ts";
export type { GroupLag, GroupLagOptions, GroupPartitionLag } from "./offsets/group-lag.ts";
export type { GroupOffsetCalls } from "./offsets/group-offset-calls.ts";
export type {
  GroupOffsetsToList,
  ListConsumerGroupOffsetsOptions,
  ListedGroupOffsets,
} from "./offsets/list-consumer-group-offsets.ts";
export type { PartitionsToReset, ResetOffsetsOptions } from "./offsets/reset-offsets.ts";
export type {
  OffsetReset,
  OffsetResetTo,
  ResetByShift,
  ResetToOffset,
  ResetToTimestamp,
} from "./offsets/reset-plan.ts";
export type { QuorumEndpoint, QuorumInfo, QuorumNode, QuorumReplica } from "./quorum/describe-metadata-quorum.ts";
export type { QuorumCalls } from "./quorum/quorum-calls.ts";
export type { NewRaftVoter, RaftVoter, RaftVoterOptions } from "./quorum/raft-voters.ts";
export type {
  AlterClientQuotasOptions,
  ClientQuota,
  ClientQuotaAlteration,
  ClientQuotaEntity,
  ClientQuotaFilterComponent,
  DescribeClientQuotasOptions,
} from "./quotas/client-quotas.ts";
export type { QuotaCalls } from "./quotas/quota-calls.ts";
export type { DeletedRecords, RecordsToDelete } from "./records/delete-records.ts";
export type {
  ListOffsetsOptions,
  ListedOffset,
  OffsetOfTime,
  ListOffsetsSpec,
  OffsetsToList,
} from "./records/list-offsets.ts";
export type { RecordCalls } from "./records/record-calls.ts";
export type {
  AlterPartitionReassignmentsOptions,
  NewPartitionReassignment,
} from "./replicas/alter-partition-reassignments.ts";
export type { ElectionOutcome, ElectionType } from "./replicas/elect-leaders.ts";
export type {
  ListPartitionReassignmentsOptions,
  PartitionReassignment,
} from "./replicas/list-partition-reassignments.ts";
export type { ReplicaCalls } from "./replicas/replica-calls.ts";
export type { AclBinding, AclFilter } from "./security/acl.ts";
export type { TokenLogin } from "./security/delegation-token.ts";
export type {
  CreateDelegationTokenOptions,
  DescribeDelegationTokenOptions,
  ExpireDelegationTokenOptions,
  RenewDelegationTokenOptions,
  TokenOrHmac,
} from "./security/delegation-tokens.ts";
export type {
  ScramCredential,
  ScramCredentialAlteration,
  ScramCredentialDeletion,
  ScramCredentialKey,
  ScramCredentialUpsertion,
  ScramMechanism,
  UserScramCredentials,
} from "./security/scram-credentials.ts";
export type { SecurityCalls } from "./security/security-calls.ts";
export type { ShareGroupStart } from "./share-groups/alter-share-group-offsets.ts";
export type { ShareGroupDescription, ShareGroupMember } from "./share-groups/describe-share-groups.ts";
export type { ListedShareGroupOffsets, SharePartitionOffset } from "./share-groups/list-share-group-offsets.ts";
export type { ShareGroupCalls } from "./share-groups/share-group-calls.ts";
export type {
  StreamsAssignment,
  StreamsGroupDescription,
  StreamsGroupMember,
  StreamsSubtopology,
  StreamsTasks,
  StreamsTopic,
} from "./streams-groups/describe-streams-groups.ts";
export type { StreamsGroupCalls } from "./streams-groups/streams-group-calls.ts";
export type { CreatePartitionsOptions, NewPartitions } from "./topics/create-partitions.ts";
export type { CreateTopicsOptions, CreatedTopic, NewTopic } from "./topics/create-topics.ts";
export type { DeleteTopicsOptions } from "./topics/delete-topics.ts";
export type { DescribeTopicsOptions, PartitionDescription, TopicDescription } from "./topics/describe-topics.ts";
export type { ListTopicsOptions } from "./topics/list-topics.ts";
export type { TopicCalls } from "./topics/topic-calls.ts";
export type { WaitForTopicsOptions } from "./topics/wait-for-topics.ts";
export type { TopicById, TopicRef } from "./topics/topic-ref.ts";
export type { AbortTransactionSpec } from "./transactions/abort-transaction.ts";
export type { DescribeProducersOptions, ProducerState } from "./transactions/describe-producers.ts";
export type { TransactionDescription } from "./transactions/describe-transactions.ts";
export type { FencedProducer } from "./transactions/fence-producers.ts";
export type { ListTransactionsOptions, TransactionListing } from "./transactions/list-transactions.ts";
export type { TransactionCalls } from "./transactions/transaction-calls.ts";
export type { TransactionState } from "./transactions/transaction-state.ts";
