import type { DeleteGroupsResult } from "./admin.js";
import type { PartitionMetadata } from "./cluster.js";

export interface KafkaJSErrorMetadata {
  retriable?: boolean;
  topic?: string;
  partitionId?: number;
  metadata?: PartitionMetadata;
}

type Told = Error | string;

/** The class of most errors of this package. */
export class KafkaJSError extends Error {
  readonly message: Error["message"];
  readonly name: string;
  /** Whether the same call may succeed if it is repeated. */
  readonly retriable: boolean;
  readonly helpUrl?: string;
  readonly cause?: Error;
  constructor(e: Told, metadata?: KafkaJSErrorMetadata);
}

export class KafkaJSNonRetriableError extends KafkaJSError {
  constructor(e: Told);
}

/** A broker's error code. */
export class KafkaJSProtocolError extends KafkaJSError {
  readonly code: number;
  /** The name of the code, for example `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly type: string;
  constructor(e: Told);
}

/** Several errors of one call. It is no `KafkaJSError`. */
export class KafkaJSAggregateError extends Error {
  readonly errors: Told[];
  constructor(message: Told, errors: Told[]);
}

export interface KafkaJSOffsetOutOfRangeMetadata {
  topic: string;
  partition: number;
}

export class KafkaJSOffsetOutOfRange extends KafkaJSProtocolError {
  readonly topic: string;
  readonly partition: number;
  constructor(e: Told, metadata?: KafkaJSOffsetOutOfRangeMetadata);
}

/** The coordinator has given the member an id, with which it joins again. */
export class KafkaJSMemberIdRequired extends KafkaJSProtocolError {
  readonly memberId: string;
  constructor(e: Told, metadata: { memberId: string });
}

export class KafkaJSCreateTopicError extends KafkaJSProtocolError {
  readonly topic: string;
  constructor(e: Told, topicName: string);
}

export class KafkaJSAlterPartitionReassignmentsError extends KafkaJSProtocolError {
  readonly topic?: string;
  readonly partition?: number;
  constructor(e: Told, topic?: string, partition?: number);
}

export interface KafkaJSNumberOfRetriesExceededMetadata {
  retryCount: number;
  retryTime: number;
}

/** The tries are used up: `cause` is the last error. */
export class KafkaJSNumberOfRetriesExceeded extends KafkaJSNonRetriableError {
  readonly stack: string;
  readonly retryCount: number;
  /** Ms. */
  readonly retryTime: number;
  constructor(e: Told, metadata?: KafkaJSNumberOfRetriesExceededMetadata);
}

export interface KafkaJSConnectionErrorMetadata {
  broker?: string;
  code?: string;
}

export class KafkaJSConnectionError extends KafkaJSError {
  readonly broker: string;
  constructor(e: Told, metadata?: KafkaJSConnectionErrorMetadata);
}

export class KafkaJSConnectionClosedError extends KafkaJSConnectionError {
  readonly host?: string;
  readonly port?: number;
  constructor(e: Told, metadata?: { host?: string; port?: number });
}

interface Timing {
  broker: string;
  correlationId: number;
  createdAt: number;
  sentAt: number;
  pendingDuration: number;
}

export interface KafkaJSRequestTimeoutErrorMetadata extends Timing {
  clientId: string;
}

export class KafkaJSRequestTimeoutError extends KafkaJSError implements Timing {
  readonly broker: string;
  readonly correlationId: number;
  readonly createdAt: number;
  readonly sentAt: number;
  readonly pendingDuration: number;
  constructor(e: Told, metadata?: KafkaJSRequestTimeoutErrorMetadata);
}

export class KafkaJSMetadataNotLoaded extends KafkaJSError {
  constructor();
}

export interface KafkaJSTopicMetadataNotLoadedMetadata {
  topic: string;
}

export class KafkaJSTopicMetadataNotLoaded extends KafkaJSMetadataNotLoaded {
  readonly topic: string;
  constructor(e: Told, metadata?: KafkaJSTopicMetadataNotLoadedMetadata);
}

export interface KafkaJSStaleTopicMetadataAssignmentMetadata {
  topic: string;
  unknownPartitions: PartitionMetadata[];
}

export class KafkaJSStaleTopicMetadataAssignment extends KafkaJSError {
  readonly topic: string;
  readonly unknownPartitions: number;
  constructor(e: Told, metadata?: KafkaJSStaleTopicMetadataAssignmentMetadata);
}

export interface KafkaJSServerDoesNotSupportApiKeyMetadata {
  apiKey: number;
  apiName: string;
}

export class KafkaJSServerDoesNotSupportApiKey extends KafkaJSNonRetriableError {
  readonly apiKey: number;
  readonly apiName: string;
  constructor(e: Told, metadata?: KafkaJSServerDoesNotSupportApiKeyMetadata);
}

export class KafkaJSBrokerNotFound extends KafkaJSError {
  constructor();
}

export class KafkaJSNoBrokerAvailableError extends KafkaJSError {
  constructor();
}

export class KafkaJSPartialMessageError extends KafkaJSError {
  constructor();
}

export class KafkaJSSASLAuthenticationError extends KafkaJSError {
  constructor();
}

export class KafkaJSGroupCoordinatorNotFound extends KafkaJSError {
  constructor();
}

export class KafkaJSNotImplemented extends KafkaJSError {
  constructor();
}

export class KafkaJSTimeout extends KafkaJSError {
  constructor();
}

export class KafkaJSLockTimeout extends KafkaJSError {
  constructor();
}

export class KafkaJSUnsupportedMagicByteInMessageSet extends KafkaJSError {
  constructor();
}

export class KafkaJSInvariantViolation extends KafkaJSNonRetriableError {
  constructor(e: Told);
}

export class KafkaJSInvalidVarIntError extends KafkaJSNonRetriableError {
  constructor(e: Told);
}

export class KafkaJSInvalidLongError extends KafkaJSNonRetriableError {
  constructor(e: Told);
}

/** Its `name` is `Error`. */
export class KafkaJSFetcherRebalanceError extends Error {}

export interface KafkaJSDeleteGroupsErrorGroups {
  groupId: string;
  errorCode: number;
  error: KafkaJSError;
}

export class KafkaJSDeleteGroupsError extends KafkaJSError {
  readonly groups: DeleteGroupsResult[];
  constructor(e: Told, groups?: KafkaJSDeleteGroupsErrorGroups[]);
}

export interface KafkaJSDeleteTopicRecordsErrorPartition {
  partition: number;
  offset: string;
  error: KafkaJSError;
}

export interface KafkaJSDeleteTopicRecordsErrorTopic {
  topic: string;
  partitions: KafkaJSDeleteTopicRecordsErrorPartition[];
}

export class KafkaJSDeleteTopicRecordsError extends KafkaJSError {
  readonly partitions?: KafkaJSDeleteTopicRecordsErrorPartition[];
  constructor(metadata: KafkaJSDeleteTopicRecordsErrorTopic);
}
