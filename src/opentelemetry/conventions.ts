// The names of OpenTelemetry's semantic conventions for messaging, version 1.45.0, whose status is "development": a
// later version may change them. All names that this package uses are here. Version 1.45 took the prefix `messaging.`
// off Kafka's own attributes, and named `messaging.system` `messaging.system.name`.

/** The version of the conventions. */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.45.0";

/** The only value of {@link SYSTEM_NAME} here. */
export const KAFKA = "kafka";

export const SYSTEM_NAME = "messaging.system.name";
export const OPERATION_NAME = "messaging.operation.name";
export const OPERATION_TYPE = "messaging.operation.type";
export const DESTINATION_NAME = "messaging.destination.name";
export const DESTINATION_PARTITION_ID = "messaging.destination.partition.id";
export const CLIENT_ID = "messaging.client.id";
export const CONSUMER_GROUP_NAME = "messaging.consumer.group.name";
export const BATCH_MESSAGE_COUNT = "messaging.batch.message_count";
export const KAFKA_CLUSTER_ID = "kafka.cluster.id";
export const KAFKA_MESSAGE_KEY = "kafka.message.key";
export const KAFKA_MESSAGE_TOMBSTONE = "kafka.message.tombstone";
export const KAFKA_OFFSET = "kafka.offset";
export const ERROR_TYPE = "error.type";
export const SERVER_ADDRESS = "server.address";
export const SERVER_PORT = "server.port";

/** The types of operations, which are also their names here, but for `commit`, whose type is `settle`. */
export type OperationType = "create" | "send" | "receive" | "process" | "settle";

export const OPERATION_DURATION = "messaging.client.operation.duration";
export const SENT_MESSAGES = "messaging.client.sent.messages";
export const CONSUMED_MESSAGES = "messaging.client.consumed.messages";
export const PROCESS_DURATION = "messaging.process.duration";

/** The bounds of the buckets of both durations, in seconds. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
