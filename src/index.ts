// The public surface, listed by hand. Users' names first, implementers' below.
export type { AnyKafka, ClusterLocation, KafkaBaseOptions, KafkaOptions } from "./kafka.ts";
export { KafkaError, type KafkaErrorDetails, type KafkaErrorKind, type Outcome } from "./errors/kafka-error.ts";
export { type Bytes, type Serde, type SerdeContext } from "./serdes/serde.ts";
export { bytes } from "./serdes/bytes.ts";
export { json } from "./serdes/json.ts";
export { string } from "./serdes/string.ts";
export { Producer } from "./producer/producer.ts";
export type { ProducerOptions } from "./producer/options.ts";
export type { OutgoingRecord, ProducerInterceptor } from "./producer/interceptor.ts";
export type { PartitionedRecord, Partitioner, PartitionerName, PartitioningContext } from "./producer/partitioner.ts";
export type { Delivery, ProducerRecord, RecordMetadata } from "./producer/delivery.ts";
export { Consumer } from "./consumer/consumer.ts";
export type { ConsumerOptions } from "./consumer/options.ts";
export type { Metric, Statistics } from "./cluster/metrics.ts";
export { Admin } from "./admin/admin.ts";
export type { CallOptions } from "./admin/call-options.ts";
export type { NewTopic, PartitionDescription, TopicDescription } from "./admin/topics.ts";
export { KafkaRecord, type Headers } from "./records/record.ts";

export type { AsyncRuntime, Clock, DefaultRuntime, Delay, DelayOf, Task } from "./runtime/async-runtime.ts";
export type { ByteSink, ByteStream, Connector, ConnectTarget, TlsOptions } from "./runtime/byte-stream.ts";
export type { AbortSignalLike } from "./runtime/cancellation.ts";
export type { Codec, Codecs, CompressionType } from "./runtime/codec.ts";
export type { Entropy } from "./runtime/entropy.ts";
export type { LogEntry, LogLevel, Platform } from "./runtime/platform.ts";
