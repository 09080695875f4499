import { flag, javaClass, kibibytes, list, type ReadValue, text, whole, word, wrongValue } from "./property-values.ts";

/** The option that entries of some names set. */
export interface PropertyRule {
  /** Java's name first, then librdkafka's, where it differs. */
  readonly names: readonly string[];
  readonly of: "kafka" | "producer" | "consumer";
  readonly option: string;
  readonly read: ReadValue;
}

const rule =
  (of: PropertyRule["of"]) =>
  (option: string, read: ReadValue, ...names: readonly string[]): PropertyRule => ({ names, of, option, read });

const kafka = rule("kafka");
const producer = rule("producer");
const consumer = rule("consumer");

const ACKS = word({ all: "all", "-1": "all", "1": 1, "0": 0 });
const COMPRESSION = word({ none: "none", gzip: "gzip", snappy: "snappy", lz4: "lz4", zstd: "zstd" });
const ISOLATION = word({ read_committed: "read_committed", read_uncommitted: "read_uncommitted" });
const ASSIGNOR = javaClass({
  ...{ RangeAssignor: "range", RoundRobinAssignor: "roundrobin", StickyAssignor: "sticky" },
  ...{ CooperativeStickyAssignor: "cooperative-sticky" },
  ...{ range: "range", roundrobin: "roundrobin", "cooperative-sticky": "cooperative-sticky" },
});
const RESETS = word({
  ...{ earliest: "earliest", smallest: "earliest", beginning: "earliest" },
  ...{ latest: "latest", largest: "latest", end: "latest" },
  ...{ none: "none", error: "none" },
});
/** KIP-1106: `by_duration:PT1H` is checked by the consumer. */
const RESET: ReadValue = (value) => (/^by_duration:/i.test(value.trim()) ? value.trim() : RESETS(value));
const PARTITIONER_CLASS = javaClass({
  ...{ DefaultPartitioner: "default", UniformStickyPartitioner: "default", RoundRobinPartitioner: "round_robin" },
});
const PARTITIONER: ReadValue = (value) => {
  const names = ["random", "consistent", "consistent_random", "murmur2", "murmur2_random", "fnv1a", "fnv1a_random"];
  if (!names.includes(value.trim())) throw wrongValue(names.join(", "), value);
  return value.trim();
};

/** The levels of syslog, by which librdkafka counts. Its `debug` chooses topics, which have no counterpart here. */
const LOG_LEVEL = word({
  ...{ "0": "error", "1": "error", "2": "error", "3": "error", "4": "warn", "5": "info", "6": "info", "7": "debug" },
});

/** Every entry that sets an option, except for those of TLS and SASL. */
export const RULES: readonly PropertyRule[] = [
  kafka("bootstrapServers", text, "bootstrap.servers", "metadata.broker.list"),
  kafka("bootstrapControllers", text, "bootstrap.controllers"),
  kafka("clientId", text, "client.id"),
  kafka("requestTimeoutMs", whole, "request.timeout.ms", "socket.timeout.ms"),
  kafka("retryBackoffMs", whole, "retry.backoff.ms"),
  kafka("retryBackoffMaxMs", whole, "retry.backoff.max.ms"),
  kafka("socketConnectionSetupTimeoutMs", whole, "socket.connection.setup.timeout.ms"),
  kafka("metadataMaxAgeMs", whole, "metadata.max.age.ms", "topic.metadata.refresh.interval.ms"),
  kafka("connectionsMaxIdleMs", whole, "connections.max.idle.ms"),
  kafka("maxFrameBytes", whole, "receive.message.max.bytes"),
  kafka("metadataRecoveryStrategy", word({ rebootstrap: "rebootstrap", none: "none" }), "metadata.recovery.strategy"),
  kafka("metadataRecoveryRebootstrapTriggerMs", whole, "metadata.recovery.rebootstrap.trigger.ms"),
  kafka("metadataClusterCheckEnable", flag, "metadata.cluster.check.enable"),
  kafka("logLevel", LOG_LEVEL, "log_level"),
  producer("acks", ACKS, "acks", "request.required.acks"),
  producer("enableIdempotence", flag, "enable.idempotence"),
  producer("transactionalId", text, "transactional.id"),
  producer("transactionTimeoutMs", whole, "transaction.timeout.ms"),
  producer("batchSize", whole, "batch.size"),
  producer("lingerMs", whole, "linger.ms", "queue.buffering.max.ms"),
  producer("bufferMemory", whole, "buffer.memory"),
  producer("bufferMemory", kibibytes, "queue.buffering.max.kbytes"),
  producer("maxBlockMs", whole, "max.block.ms"),
  producer("metadataMaxIdleMs", whole, "metadata.max.idle.ms"),
  producer("maxRequestSize", whole, "max.request.size", "message.max.bytes"),
  producer("deliveryTimeoutMs", whole, "delivery.timeout.ms", "message.timeout.ms"),
  producer("retries", whole, "retries", "message.send.max.retries"),
  producer("maxInFlightRequests", whole, "max.in.flight.requests.per.connection", "max.in.flight"),
  producer("compressionType", COMPRESSION, "compression.type", "compression.codec"),
  producer("compressionGzipLevel", whole, "compression.gzip.level"),
  producer("compressionLz4Level", whole, "compression.lz4.level"),
  producer("compressionZstdLevel", whole, "compression.zstd.level"),
  producer("partitioner", PARTITIONER_CLASS, "partitioner.class"),
  producer("partitioner", PARTITIONER, "partitioner"),
  producer("partitionerIgnoreKeys", flag, "partitioner.ignore.keys"),
  producer("partitionerAdaptivePartitioningEnable", flag, "partitioner.adaptive.partitioning.enable"),
  producer("partitionerAvailabilityTimeoutMs", whole, "partitioner.availability.timeout.ms"),
  producer("partitionerRackAware", flag, "partitioner.rack.aware"),
  consumer("groupId", text, "group.id"),
  consumer("groupInstanceId", text, "group.instance.id"),
  consumer("groupProtocol", word({ classic: "classic", consumer: "consumer" }), "group.protocol"),
  consumer("groupRemoteAssignor", text, "group.remote.assignor"),
  consumer("partitionAssignmentStrategy", list(ASSIGNOR), "partition.assignment.strategy"),
  consumer("sessionTimeoutMs", whole, "session.timeout.ms"),
  consumer("heartbeatIntervalMs", whole, "heartbeat.interval.ms"),
  consumer("maxPollIntervalMs", whole, "max.poll.interval.ms"),
  consumer("enableAutoCommit", flag, "enable.auto.commit"),
  consumer("autoCommitIntervalMs", whole, "auto.commit.interval.ms"),
  consumer("autoOffsetReset", RESET, "auto.offset.reset"),
  consumer("isolationLevel", ISOLATION, "isolation.level"),
  consumer("fetchMinBytes", whole, "fetch.min.bytes"),
  consumer("fetchMaxWaitMs", whole, "fetch.max.wait.ms", "fetch.wait.max.ms"),
  consumer("fetchMaxBytes", whole, "fetch.max.bytes"),
  consumer("maxPartitionFetchBytes", whole, "max.partition.fetch.bytes", "fetch.message.max.bytes"),
  consumer("defaultApiTimeoutMs", whole, "default.api.timeout.ms"),
  consumer("allowAutoCreateTopics", flag, "allow.auto.create.topics"),
  consumer("checkCrcs", flag, "check.crcs"),
  consumer("clientRack", text, "client.rack"),
];
