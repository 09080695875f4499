// The types of `odradek/embedded`, the same on every host; listed by hand.
export type {
  BrokerSnapshot,
  ClusterSnapshot,
  GroupMemberSnapshot,
  GroupSnapshot,
  PartitionSnapshot,
  TopicSnapshot,
  TransactionSnapshot,
} from "./snapshot.ts";
export type {
  CoordinatorKind,
  CommittedOffset as EmbeddedCommittedOffset,
  EmbeddedClusterOptions,
  GroupConfigs,
  InitialTopic,
  MigrationPolicy,
  TopicPartition as EmbeddedTopicPartition,
  TransactionStatus,
  TransactionVersion,
} from "./embedded-cluster.ts";
export type { BrokerErrorName } from "../errors/error-table.ts";
export type { QueuedError } from "./intercepts/error-queue.ts";
export type { InterceptHandle } from "./intercepts/intercept-handle.ts";
export type * from "./intercepts/interception.ts";
export type {
  AnyRequestLogEntry,
  RequestLog,
  RequestLogEntry,
  RequestLogOptions,
  RequestOutcome,
} from "./intercepts/request-log.ts";
export type { InterceptScope, RequestScope, ScopeOf } from "./intercepts/scope.ts";
export type { PartitionApiName, TopicApiName } from "./intercepts/topic-fields.ts";
export type { AclOperation, AclPatternType, AclPermission, AclResourceType } from "../security/acl-words.ts";
export type { NewAcl } from "../security/new-acl.ts";
export type { EmbeddedToken, EmbeddedTokenVerdict, ValidateToken } from "./security/oauth-bearer-exchange.ts";
export type { EmbeddedSaslMechanism, PasswordMechanism } from "./security/sasl-name.ts";
export type { EmbeddedSaslOptions, EmbeddedSecurityOptions } from "./security/security-options.ts";
export type { AwsCredentials } from "../security/aws-credentials.ts";
export type { EmbeddedUser } from "./security/users.ts";
export type { QuotaChanges } from "./quota-control.ts";
export type { QuotaKey } from "./state/quotas/client-quotas.ts";
export type { QuotaEntity, QuotaEntityType } from "./state/quotas/quota-entity.ts";
export type { EmbeddedClusterMaker, EmbeddedClusterStartOptions } from "./start.ts";
