// All classes of errors that the package exports.
export { KafkaJSError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } from "./kafkajs-error.ts";
export {
  KafkaJSAlterPartitionReassignmentsError,
  KafkaJSCreateTopicError,
  KafkaJSMemberIdRequired,
  KafkaJSOffsetOutOfRange,
  KafkaJSProtocolError,
} from "./protocol-error.ts";
export {
  KafkaJSBrokerNotFound,
  KafkaJSConnectionClosedError,
  KafkaJSConnectionError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSNoBrokerAvailableError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
  KafkaJSServerDoesNotSupportApiKey,
} from "./connection-errors.ts";
export {
  KafkaJSMetadataNotLoaded,
  KafkaJSStaleTopicMetadataAssignment,
  KafkaJSTopicMetadataNotLoaded,
} from "./metadata-errors.ts";
export { KafkaJSAggregateError, KafkaJSDeleteGroupsError, KafkaJSDeleteTopicRecordsError } from "./admin-errors.ts";
export {
  KafkaJSFetcherRebalanceError,
  KafkaJSInvalidLongError,
  KafkaJSInvalidVarIntError,
  KafkaJSInvariantViolation,
  KafkaJSLockTimeout,
  KafkaJSNotImplemented,
  KafkaJSPartialMessageError,
  KafkaJSTimeout,
  KafkaJSUnsupportedMagicByteInMessageSet,
} from "./other-errors.ts";
