// The public surface, listed by hand: first the names for users, then those for implementers.
export type {
  AnyKafka,
  ClusterLocation,
  FromProperties,
  KafkaBaseOptions,
  KafkaCloseOptions,
  KafkaOptions,
  PropertiesOptions,
} from "./kafka.ts";
export type { ReadPropertyFile } from "./properties/from-properties.ts";
export type { UnknownProperty } from "./properties/read-properties.ts";
export { KafkaError, type KafkaErrorDetails, type KafkaErrorKind, type Outcome } from "./errors/kafka-error.ts";
export { type Bytes, type Serde, type SerdeContext, type SerdeTopic, type SerializedPart } from "./serdes/serde.ts";
export { boolean } from "./serdes/boolean.ts";
export { bytes } from "./serdes/bytes.ts";
export { float32, float64 } from "./serdes/floats.ts";
export { int16, int32, int64, type Int64Options } from "./serdes/integers.ts";
export { json } from "./serdes/json.ts";
export { string } from "./serdes/string.ts";
export { uuid } from "./serdes/uuid.ts";
export { Producer } from "./producer/producer.ts";
export { Transaction } from "./producer/transaction.ts";
export type { FlushOptions } from "./producer/flush-options.ts";
export type { ProducerCounters } from "./producer/sending/ledger.ts";
export { observe } from "./observe.ts";
export { sendAll, type WrittenRecords } from "./send-all.ts";
export type { HookListeners } from "./observing/client-hooks.ts";
export type * from "./hooks/connection-events.ts";
export type * from "./hooks/consumer-events.ts";
export type * from "./hooks/hook-event.ts";
export type * from "./hooks/hook-events.ts";
export type * from "./hooks/producer-events.ts";
export type * from "./hooks/record-events.ts";
export type { CommittedOffset, GroupMetadata, GroupOffset } from "./cluster/group-offsets.ts";
export type { ProducerOptions } from "./producer/options.ts";
export type { OutgoingRecord, ProducerInterceptor } from "./producer/accepting/interceptor.ts";
export type {
  PartitionedRecord,
  Partitioner,
  PartitionerName,
  PartitioningContext,
} from "./producer/accepting/partitioner.ts";
export type { EnqueueOptions, RecordOptions, SendOptions } from "./producer/sending/send-settings.ts";
export type { Delivery, HeadersInput, ProducerRecord, RecordMetadata } from "./producer/partition/delivery.ts";
export { Consumer } from "./consumer/consumer.ts";
export type { CommitOptions, LoopOptions } from "./consumer/call-options.ts";
export type { ConsumerCloseOptions } from "./consumer/closing.ts";
export type {
  ConsumerHealth,
  ConsumerStateName,
  GroupHealth,
  HealthOptions,
  PartitionHealth,
} from "./consumer/health/health.ts";
export type { ConsumerLag, LagOptions, PartitionLag } from "./consumer/lag.ts";
export type { ConsumerCounters } from "./consumer/partitions/counters.ts";
export type { ConsumerInterceptor } from "./consumer/interceptor.ts";
export type {
  CommitTrace,
  IncomingTraceBatch,
  IncomingTraceRecord,
  OutgoingTraceRecord,
  ProcessTrace,
  SendTrace,
  TraceMessage,
  TraceMessages,
} from "./hooks/traces.ts";
export type { Throttle } from "./cluster/throttle.ts";
export type { ConsumedBatch } from "./consumer/reading/consumed-batch.ts";
export type { Batches } from "./consumer/reading/run/batch-lane.ts";
export type { PartitionStream } from "./consumer/reading/partition-stream.ts";
export type {
  RunBaseOptions,
  RunBatchesOptions,
  RunBatchOptions,
  RunOptions,
  RunRecordOptions,
} from "./consumer/reading/run/options.ts";
export type { RunContext } from "./consumer/reading/run/runner.ts";
export type { RawRecord } from "./consumer/partitions/as-it-lies.ts";
export type { FailedHandler, FailedRecord, OnFailed } from "./consumer/reading/run/failure.ts";
export type { Assignment, ConsumerOptions, PositionReset } from "./consumer/options.ts";
export type { OnPoison, Poison, PoisonHandler } from "./consumer/partitions/poison.ts";
export type { OffsetAndTimestamp, TimestampToSearch, Watermarks } from "./cluster/offsets/offset-queries.ts";
export type { AutoOffsetReset, OffsetSpec, StartOffset } from "./consumer/partitions/offset-spec.ts";
export type { TopicSelection } from "./consumer/partitions/subscription.ts";
export type {
  Assignor,
  AssignorContext,
  AssignorBasis,
  AssignorInput,
  AssignorJoin,
  AssignorMember,
  AssignorResult,
  GroupAssignment,
  MemberAssignment,
  ReceivedAssignment,
} from "./consumer/group/assignors/assignor.ts";
export type { GroupMembershipOperation, MemberState } from "./consumer/group/member.ts";
export type { AssignorName, GroupOptions, PartitionsHook } from "./consumer/group/options.ts";
export type { BootstrapServers, ServerList } from "./cluster/bootstrap.ts";
export type { AnnouncedBroker, MapBroker, ReachableAddress } from "./cluster/announced-broker.ts";
export type { PartitionInfo } from "./cluster/partition-info.ts";
export type { TopicPartition } from "./cluster/topic-partition.ts";
export {
  type DeadLetterHandler,
  type DeadLetterOptions,
  type DeadLetterSender,
  deadLetter,
} from "./exactly-once/dead-letter.ts";
export { consumeTransformProduce } from "./exactly-once/consume-transform-produce.ts";
export type { ConsumeTransformProduce, ExactlyOnceCounters } from "./exactly-once/handle.ts";
export type { ClientMaker } from "./exactly-once/pipeline.ts";
export type {
  ConsumeTransformProduceOptions,
  InputOptions,
  OutputOptions,
  Transform,
  TransformContext,
  TransformResults,
} from "./exactly-once/options.ts";
export type { Metric, Statistics } from "./cluster/metrics.ts";
export type { StatisticsOptions } from "./cluster/statistics.ts";
export type {
  AwsMskIamOptions,
  OAuthBearerOptions,
  OwnMechanismOptions,
  PlainOptions,
  SaslOptions,
  ScramOptions,
} from "./security/sasl-options.ts";
export { awsMsk, azureManagedIdentity, gcpMetadata } from "./security/token-providers.ts";
export type { AwsCredentials, AwsCredentialsOption, AwsOptions } from "./security/aws-credentials.ts";
export type { AzureOptions } from "./security/azure-managed-identity.ts";
export type { Credential } from "./security/credential.ts";
export type { SaslBroker, SaslExchange, SaslMechanism, SaslStep } from "./security/mechanism.ts";
export type { AssertionOptions } from "./security/client-assertion.ts";
export type { OidcOptions } from "./security/oidc.ts";
export type { RefreshOptions } from "./security/token-cache.ts";
export type { LoginOptions } from "./security/shared-token.ts";
export type { OAuthToken, TokenContext, TokenProvider } from "./security/token.ts";
export { Admin } from "./admin/admin.ts";
export { Results } from "./admin/results.ts";
export { DelegationToken } from "./admin/security/delegation-token.ts";
export type * from "./admin/surface.ts";
export type * from "./admin/raw/surface.ts";
export type { AclOperation, AclPatternType, AclPermission, AclResourceType } from "./security/acl-words.ts";
export type { NewAcl } from "./security/new-acl.ts";
export { Secret } from "./security/secret.ts";
export type { BatchContext } from "./records/batch-context.ts";
export {
  KafkaRecord,
  type Headers,
  type PlainRecord,
  type RecordOrigin,
  type TimestampType,
} from "./records/record.ts";

export type { AsyncRuntime, Clock, DefaultRuntime, Delay, DelayOf, Task } from "./runtime/async-runtime.ts";
export type {
  ByteSink,
  ByteStream,
  Connector,
  ConnectTarget,
  ListenAddress,
  ListenTls,
  Listener,
  ListeningSocket,
  Pem,
  PerConnect,
  ServerCertificate,
  TlsOptions,
  TlsVersion,
} from "./runtime/byte-stream.ts";
export type { AbortSignalLike } from "./runtime/cancellation.ts";
export type { Crc32c } from "./runtime/checksum.ts";
export type { Codec, Codecs, CompressionType } from "./runtime/codec.ts";
export type { Crypto, HashName } from "./runtime/crypto.ts";
export type { Drain, StrictDrain } from "./runtime/drain.ts";
export type { Entropy } from "./runtime/entropy.ts";
export type { FetchAnswer, FetchBody, FetchLike, FetchRequest } from "./runtime/fetch-like.ts";
export type { CallContext, InContext } from "./runtime/call-context.ts";
export type { Utf8 } from "./runtime/utf8.ts";
export type { WebAssemblyHost } from "./runtime/web-assembly.ts";
export type { LogEntry, LogLevel, Platform, WholePlatform } from "./runtime/platform.ts";
