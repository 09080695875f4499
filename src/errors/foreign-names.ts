import { bare } from "./words.ts";

/**
 * Option names of kafkajs, librdkafka (and its bindings) and Java that do not exist here. Each maps to our option, to
 * our option with a note, or to advice where we have no such option. Names that differ from ours only in case, dots,
 * dashes or a missing unit need no entry: `linger.ms`, `group.id`, `sessionTimeout`.
 */
const FOREIGN: Readonly<Record<string, string | readonly [ours: string, note: string] | { readonly say: string }>> = {
  // Connections. kafkajs: new Kafka(); librdkafka; Java.
  brokers: "bootstrapServers",
  "metadata.broker.list": "bootstrapServers",
  host: ["bootstrapServers", '"host:port"'],
  port: ["bootstrapServers", '"host:port"'],
  connectionTimeout: "socketConnectionSetupTimeoutMs",
  connectTimeout: "socketConnectionSetupTimeoutMs",
  "socket.connection.setup.timeout.max.ms": ["retryBackoffMaxMs", "the longest wait between two tries to connect"],
  "socket.timeout.ms": "requestTimeoutMs",
  enforceRequestTimeout: { say: "requests always have a time limit, requestTimeoutMs of new Kafka()" },
  authenticationTimeout: ["socketConnectionSetupTimeoutMs", "it covers the handshake"],
  reauthenticationThreshold: { say: "connections authenticate again by themselves" },
  retry: {
    say:
      "retryBackoffMs and retryBackoffMaxMs of new Kafka() are the waits; temporary errors are retried until the " +
      "time limit",
  },
  retries: {
    say:
      "temporary errors are retried until the time limit: deliveryTimeoutMs of kafka.producer(), timeoutMs of a " +
      "call. For callbacks that fail: retries of consumer.run()",
  },
  "message.send.max.retries": { say: "sending is retried until deliveryTimeoutMs of kafka.producer()" },
  initialRetryTime: "retryBackoffMs",
  maxRetryTime: "retryBackoffMaxMs",
  "reconnect.backoff.ms": "retryBackoffMs",
  "reconnect.backoff.max.ms": "retryBackoffMaxMs",
  "topic.metadata.refresh.interval.ms": "metadataMaxAgeMs",
  "receive.message.max.bytes": "maxFrameBytes",
  "client.dns.lookup": { say: "all addresses of a name are tried" },
  "api.version.request": { say: "versions are agreed with each broker" },
  "broker.version.fallback": { say: "versions are agreed with each broker" },
  socketFactory: "connector",
  logCreator: "onLog",
  logger: "onLog",
  debug: ["logLevel", '"debug"'],
  log_cb: "onLog",
  error_cb: ["onLog", "temporary errors are logged; permanent ones reject the call"],
  stats_cb: "onStatistics",
  // TLS and SASL.
  ssl: "tls",
  "security.protocol": ["tls", 'tls: true for "SSL" and "SASL_SSL", and sasl for "SASL_PLAINTEXT" and "SASL_SSL"'],
  "sasl.mechanism": ["sasl", "{ mechanism }"],
  "sasl.mechanisms": ["sasl", "{ mechanism }"],
  "sasl.username": ["sasl", "{ username }"],
  "sasl.password": ["sasl", "{ password }"],
  "sasl.jaas.config": ["sasl", "{ mechanism, username, password }"],
  oauthbearer_token_refresh_cb: ["sasl", '{ mechanism: "OAUTHBEARER", token }, where token is a function'],
  "ssl.ca.location": ["tls", "{ ca }, the text or the bytes of the file"],
  "ssl.ca.pem": ["tls", "{ ca }"],
  "ssl.certificate.location": ["tls", "{ cert, key }, the text or the bytes of the files"],
  "ssl.certificate.pem": ["tls", "{ cert, key }"],
  "ssl.key.location": ["tls", "{ cert, key }, the text or the bytes of the files"],
  "ssl.key.pem": ["tls", "{ cert, key }"],
  "ssl.key.password": ["tls", "{ passphrase }"],
  "ssl.truststore.location": ["tls", "{ ca } in PEM"],
  "ssl.truststore.certificates": ["tls", "{ ca }"],
  "ssl.keystore.location": ["tls", "{ pfx }, the bytes of a PKCS12 file, or { cert, key } in PEM"],
  "ssl.keystore.password": ["tls", "{ passphrase }"],
  "ssl.keystore.certificate.chain": ["tls", "{ cert, key }"],
  "ssl.keystore.key": ["tls", "{ cert, key }"],
  "ssl.enabled.protocols": ["tls", "{ minVersion, maxVersion }"],
  "ssl.cipher.suites": ["tls", "{ ciphers }"],
  "ssl.endpoint.identification.algorithm": ["tls", "{ servername } is the name that is checked"],
  "enable.ssl.certificate.verification": ["tls", "{ rejectUnauthorized }"],
  // The producer.
  idempotent: "enableIdempotence",
  "max.in.flight.requests.per.connection": "maxInFlightRequests",
  "max.in.flight": "maxInFlightRequests",
  "message.timeout.ms": "deliveryTimeoutMs",
  "queue.buffering.max.ms": "lingerMs",
  "queue.buffering.max.kbytes": ["bufferMemory", "in bytes, not in kilobytes"],
  "queue.buffering.max.messages": ["bufferMemory", "in bytes, not in messages"],
  "batch.num.messages": ["batchSize", "in bytes, not in messages"],
  "message.max.bytes": "maxRequestSize",
  "request.required.acks": ["acks", '"all", 1 or 0'],
  requireAcks: ["acks", '"all", 1 or 0'],
  compression: "compressionType",
  codec: "compressionType",
  "compression.codec": "compressionType",
  "compression.level": {
    say: "compressionGzipLevel, compressionLz4Level and compressionZstdLevel of kafka.producer()",
  },
  createPartitioner: "partitioner",
  "partitioner.class": "partitioner",
  "interceptor.classes": "interceptors",
  keySerializer: "key",
  valueSerializer: "value",
  dr_cb: "onDelivery",
  dr_msg_cb: "onDelivery",
  "sticky.partitioning.linger.ms": {
    say: "records without a key go to the batch that is being filled",
  },
  "queue.buffering.backpressure.threshold": {
    say: "records that arrive during a request are sent in the next one",
  },
  // The consumer, its loops and run().
  fromBeginning: ["autoOffsetReset", '"earliest" is the default'],
  eachMessage: "eachRecord",
  onMessage: "eachRecord",
  partitionsConsumedConcurrently: "concurrency",
  eachBatchAutoResolve: { say: "a batch counts as processed when its callback has finished" },
  autoCommit: "enableAutoCommit",
  autoCommitInterval: "autoCommitIntervalMs",
  autoCommitThreshold: ["autoCommitIntervalMs", "commits are made at intervals; consumer.commit() commits now"],
  offset_commit_cb: { say: "await consumer.commit(), which settles when the coordinator has the offsets" },
  rebalance_cb: { say: "onAssigned, onRevoked and onLost of kafka.consumer()" },
  "enable.auto.offset.store": {
    say: "asking for the next record marks the previous one as processed, and consumer.markProcessed(record) does",
  },
  "enable.partition.eof": { say: "consumer.currentLag(partition) is 0 at the end" },
  rebalanceTimeout: "rebalanceTimeoutMs",
  partitionAssigners: "partitionAssignmentStrategy",
  rackId: "clientRack",
  minBytes: "fetchMinBytes",
  maxBytes: "fetchMaxBytes",
  maxBytesPerPartition: "maxPartitionFetchBytes",
  "fetch.message.max.bytes": "maxPartitionFetchBytes",
  maxWaitTimeInMs: "fetchMaxWaitMs",
  maxWaitTime: "fetchMaxWaitMs",
  "fetch.wait.max.ms": "fetchMaxWaitMs",
  "queued.max.messages.kbytes": ["fetchBufferBytes", "in bytes, not in kilobytes"],
  "queued.min.messages": ["fetchBufferBytes", "in bytes, not in messages"],
  "max.poll.records": { say: "a loop gets one record at a time; batches() gets the records of one fetch" },
  readUncommitted: ["isolationLevel", '"read_uncommitted", the default, or "read_committed"'],
  deserializer: "value",
  keyDeserializer: "key",
  valueDeserializer: "value",
  // createTopics
  num_partitions: "numPartitions",
  partitionCount: "numPartitions",
  replication_factor: "replicationFactor",
  configEntries: ["configs", "{ name: value }"],
  waitForLeaders: { say: "createTopics always waits until the topics have leaders" },
};

/** All other names of Java and librdkafka that begin with `sasl`. The check of that option knows them. */
const OF_SASL = ["sasl", "an object with mechanism and what the mechanism needs"] as const;

/** All other names that begin with `ssl`. */
const OF_TLS = ["tls", "docs/security.md of the package lists its options"] as const;

/** Our options by the object that takes them. The error for a misplaced option names the right object. */
const OWNERS: Readonly<Record<string, string>> = {
  "new Kafka()":
    "bootstrapServers bootstrapControllers cluster clientId requestTimeoutMs retryBackoffMs retryBackoffMaxMs " +
    "socketConnectionSetupTimeoutMs metadataMaxAgeMs connectionsMaxIdleMs maxConnections maxFrameBytes " +
    ("metadataRecoveryStrategy metadataRecoveryRebootstrapTriggerMs metadataClusterCheckEnable minVersions " +
      "maxVersions tls sasl platform connector mapBroker proxy clock entropy codecs crc32c onLog logLevel onThrottle " +
      "runtime"),
  "kafka.producer()":
    "key value acks enableIdempotence transactionalId transactionTimeoutMs batchSize lingerMs bufferMemory " +
    "maxBlockMs metadataMaxIdleMs maxRequestSize deliveryTimeoutMs requestTimeoutMs maxInFlightRequests " +
    "compressionType retries " +
    ("compressionGzipLevel compressionLz4Level compressionZstdLevel allowAutoTopicCreation onDelivery partitioner " +
      "partitionerIgnoreKeys partitionerAdaptivePartitioningEnable partitionerAvailabilityTimeoutMs ") +
    "partitionerRackAware clientRack interceptors onStatistics statisticsIntervalMs",
  "kafka.consumer()":
    "assign topics key value autoOffsetReset startOffset isolationLevel fetchMinBytes fetchMaxWaitMs " +
    "fetchMaxBytes maxPartitionFetchBytes fetchBufferBytes defaultApiTimeoutMs checkCrcs maxDecompressedBytes " +
    "clientRack onPositionReset allowAutoCreateTopics interceptors " +
    ("onPoison onStatistics statisticsIntervalMs groupId groupInstanceId groupProtocol topicsPattern " +
      "groupRemoteAssignor partitionAssignmentStrategy sessionTimeoutMs heartbeatIntervalMs maxPollIntervalMs " +
      "rebalanceTimeoutMs enableAutoCommit ") +
    "autoCommitIntervalMs onAssigned onRevoked onLost",
  "consumer.run()":
    "eachRecord eachBatch eachBatches orderBy concurrency signal retries retryBackoffMs retryBackoffMaxMs onFailed",
  "admin.createTopics()": "topic numPartitions replicationFactor replicasAssignments configs",
};

/** The objects that take our option of this name. */
export function ownersOf(name: string): readonly string[] {
  return Object.keys(OWNERS).filter((owner) => OWNERS[owner]?.split(" ").includes(name) === true);
}

/**
 * All options of one object that {@link ownersOf} knows. A test compares them with the options that the object accepts.
 */
export function optionsOf(owner: string): readonly string[] {
  return OWNERS[owner]?.split(" ") ?? [];
}

/** The option names of other clients, for tests. */
export const FOREIGN_NAMES: readonly string[] = Object.keys(FOREIGN);

/**
 * The advice for an unknown option name: one of the object's `own` names alone, or a sentence. The sentence names our
 * option and the object that takes it, or says what to use instead. Undefined if no other client has an option of this
 * name.
 */
export function foreignAdvice(given: string, own: readonly string[]): string | undefined {
  const plain = bare(given);
  const known = Object.keys(FOREIGN).find((name) => bare(name) === plain);
  const found =
    known !== undefined ? FOREIGN[known] : /^sasl./.test(plain) ? OF_SASL : /^ssl./.test(plain) ? OF_TLS : undefined;
  if (found !== undefined && typeof found === "object" && "say" in found) return found.say;
  const [ours, note] = found === undefined ? [elsewhere(plain)] : typeof found === "string" ? [found] : found;
  if (ours === undefined) return undefined;
  const comment = note === undefined ? "" : ` (${note})`;
  if (own.includes(ours)) return `${ours}${comment}`;
  const owners = ownersOf(ours);
  return owners.length === 0 ? undefined : `that is ${ours} of ${owners.join(" or ")}${comment}`;
}

/** Our option, of any object, that has the same letters as `plain`, ignoring a missing unit. */
function elsewhere(plain: string): string | undefined {
  const all = Object.values(OWNERS).flatMap((names) => names.split(" "));
  return sameName(plain, all);
}

/** The name with the same letters as `given`, ignoring a missing unit: `requestTimeout`, `request.timeout.ms`. */
export function sameName<N extends string>(given: string, names: readonly N[]): N | undefined {
  const plain = bare(given);
  return (
    names.find((name) => bare(name) === plain) ??
    names.find((name) => [`${plain}ms`, `${plain}bytes`].includes(bare(name)))
  );
}
