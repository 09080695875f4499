import { interceptorWith } from "../cluster/interceptors.ts";
import { wholeNumber } from "../cluster/options.ts";
import type { StatisticsOptions } from "../cluster/statistics.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { anything, callback, flag, listOf, MAX_INT32, reading, shape, text } from "../errors/shape.ts";
import type { Codecs, CompressionType } from "../runtime/codec.ts";
import { portableCompressors } from "../records/compression.ts";
import type { BatchCompression } from "../records/batch-builder.ts";
import { type Bytes, canSerialize, type Serde } from "../serdes/serde.ts";
import type { PartitioningSettings, ProducerSettings } from "./accepting/producer-settings.ts";
import { compressionChoices } from "./sending/compression-choice.ts";
import { acksOf } from "./sending/send-settings.ts";
import type { Delivery } from "./partition/delivery.ts";
import type { ProducerInterceptor } from "./accepting/interceptor.ts";
import { chooserFactory, type Partitioner, type PartitionerName } from "./accepting/partitioner.ts";

/** The options of a producer. The defaults neither lose nor duplicate records. */
export interface ProducerOptions<K = Bytes, V = Bytes> extends StatisticsOptions {
  /** How keys become bytes. Default: strings, bytes and null are written as they are. Java: `key.serializer`. */
  readonly key?: Serde<K>;
  /** How values become bytes. Default: as for `key`. Java: `value.serializer`. */
  readonly value?: Serde<V>;
  /**
   * Which brokers must have a record before it counts as written: `"all"` in-sync replicas (default), 1 (the leader),
   * or 0 (none: a record that does not arrive is lost without an error). Java: `acks`.
   */
  readonly acks?: "all" | 0 | 1;
  /**
   * Whether brokers recognise retries, so that no record is written twice or out of order. Default: true if `acks` is
   * `"all"`. Java: `enable.idempotence`.
   */
  readonly enableIdempotence?: boolean;
  /**
   * Makes the producer transactional, under a name that survives restarts: a new producer with the same name aborts the
   * transaction that the old one left open, and fences the old one. Use one name for each instance of an application.
   * Needs `acks: "all"`. Default: no transactions. Java: `transactional.id`.
   */
  readonly transactionalId?: string;
  /**
   * How long a transaction may be open before the coordinator aborts it, in ms. Default 60000. The broker's
   * `transaction.max.timeout.ms` (900000) is the limit. Java: `transaction.timeout.ms`.
   */
  readonly transactionTimeoutMs?: number;
  /**
   * The size at which a batch is full, in bytes before compression. Default 1000000: with 100-byte records, batches of
   * 64 KiB had a third of the throughput. Java: `batch.size`, 16384.
   */
  readonly batchSize?: number;
  /**
   * How long a batch waits for more records, in ms. Default: it does not wait while no other request is in flight;
   * otherwise it waits until a response arrives, at most 5 ms. Java: `linger.ms`.
   */
  readonly lingerMs?: number;
  /** How many bytes of records may wait or be in flight. Default 33554432, as in Java: `buffer.memory`. */
  readonly bufferMemory?: number;
  /**
   * How long `send` waits for room, and a record for its topic's metadata, in ms. Default 60000. Java: `max.block.ms`.
   */
  readonly maxBlockMs?: number;
  /**
   * How long the producer remembers a topic that gets no records, in ms. After that its metadata is no longer fetched,
   * and the next record for it waits for metadata again. The check runs when metadata is fetched, so a topic may stay
   * up to `metadataMaxAgeMs` longer. Default 300000, minimum 5000, as in Java: `metadata.max.idle.ms` (KIP-526).
   */
  readonly metadataMaxIdleMs?: number;
  /**
   * The maximum size of a request, and so of a record, in bytes. Default 16777216: with Java's 1 MiB, one full batch
   * would fill a request. Java: `max.request.size`.
   */
  readonly maxRequestSize?: number;
  /**
   * How long a record may take from `send` until it is acknowledged, retries included, in ms. Then it fails with kind
   * `timeout`. Default 120000. Java: `delivery.timeout.ms`.
   */
  readonly deliveryTimeoutMs?: number;
  /**
   * How often a batch may be sent again within `deliveryTimeoutMs`. Tries that reached no broker do not count. Default:
   * without a limit, as in Java (2147483647). Java: `retries`.
   */
  readonly retries?: number;
  /**
   * How long one produce request may take, in ms. Default: the `requestTimeoutMs` of the `Kafka`. Java:
   * `request.timeout.ms`.
   */
  readonly requestTimeoutMs?: number;
  /**
   * How many requests may be in flight to one broker, 1 to 5. Default 5. Java: `max.in.flight.requests.per.connection`.
   */
  readonly maxInFlightRequests?: number;
  /**
   * How batches are compressed, if that makes them smaller. Default `"none"`. In a list, the first type is used that
   * both the platform and the broker support. Java: `compression.type`, which takes one.
   */
  readonly compressionType?: CompressionType | readonly CompressionType[];
  /**
   * The gzip level, 1 to 9, or −1 for gzip's own default, 6. Default −1. Only with `compressionType: "gzip"`. Java:
   * `compression.gzip.level`.
   */
  readonly compressionGzipLevel?: number;
  /**
   * The LZ4 level, 1 to 17. Default 1: in JavaScript, Java's default 9 takes three times as long and saves 10 %. Java:
   * `compression.lz4.level`.
   */
  readonly compressionLz4Level?: number;
  /** The zstd level, −131072 to 22. Default 3, as in Java. Java: `compression.zstd.level`. */
  readonly compressionZstdLevel?: number;
  /**
   * Chooses the partition of records that name none: a name, or your own function. Default `"default"`, which chooses
   * the same partition for a key as Java, franz-go and kafkajs. The partitioners of librdkafka and Sarama keep keys
   * where those clients put them. Java: `partitioner.class`.
   */
  readonly partitioner?: PartitionerName | Partitioner;
  /**
   * Whether the default partitioner ignores keys and treats every record as one without a key. Default false: otherwise
   * records of one key would lose their order. Java: `partitioner.ignore.keys`.
   */
  readonly partitionerIgnoreKeys?: boolean;
  /**
   * Whether a partition gets fewer records without a key the more of its batches wait, so that a slow broker gets
   * fewer. Default true, as in Java: `partitioner.adaptive.partitioning.enable`.
   */
  readonly partitionerAdaptivePartitioningEnable?: boolean;
  /**
   * If a broker has batches waiting and accepts no request for this long, in ms, it gets no more records without a key.
   * Default 0 (never), as in Java: `partitioner.availability.timeout.ms`.
   */
  readonly partitionerAvailabilityTimeoutMs?: number;
  /**
   * Whether records without a key go to leaders in `clientRack` while there are any (KIP-1123): traffic gets cheaper,
   * and partitions less even. Default false. Java, from 4.4: `partitioner.rack.aware`.
   */
  readonly partitionerRackAware?: boolean;
  /** The producer's rack. Required with `partitionerRackAware`, and refused without. Java: `client.rack`. */
  readonly clientRack?: string;
  /** Whether the metadata request for an unknown topic lets the broker create it. Default true. */
  readonly allowAutoTopicCreation?: boolean;
  /**
   * Called with each record before it is serialised, and when it is written or has failed. They may change a record,
   * for example its headers. Default: none. Java: `interceptor.classes`.
   */
  readonly interceptors?: readonly ProducerInterceptor<K, V>[];
  /**
   * Called once for each batch when it is written or has failed, before the promises of `send` settle. If it throws, or
   * its promise rejects, the error is logged. Default: none. Java: `Callback`, which is called for each record.
   */
  readonly onDelivery?: (delivery: Delivery) => void;
}

const OPTIONS = shape(
  {
    key: canSerialize,
    value: canSerialize,
    acks: anything,
    enableIdempotence: flag,
    transactionalId: text,
    transactionTimeoutMs: anything,
    batchSize: anything,
    lingerMs: anything,
    bufferMemory: anything,
    maxBlockMs: anything,
    metadataMaxIdleMs: anything,
    maxRequestSize: anything,
    deliveryTimeoutMs: anything,
    retries: anything,
    requestTimeoutMs: anything,
    maxInFlightRequests: anything,
    compressionType: anything,
    compressionGzipLevel: anything,
    compressionLz4Level: anything,
    compressionZstdLevel: anything,
    allowAutoTopicCreation: flag,
    onDelivery: callback,
    partitioner: anything,
    partitionerIgnoreKeys: flag,
    partitionerAdaptivePartitioningEnable: flag,
    partitionerAvailabilityTimeoutMs: anything,
    partitionerRackAware: flag,
    clientRack: text,
    interceptors: listOf(interceptorWith("onSend", "onAcknowledgement", "close")),
    onStatistics: callback,
    statisticsIntervalMs: anything,
  },
  {
    hints: {
      timeout: "requestTimeoutMs",
      topic: "each record names its topic, { topic, key, value }",
      messages: "send({ topic, key, value }) of the producer takes one record a call",
    },
  },
);

/**
 * Reads the options, applies the defaults and checks them. Throws kind `config` with the option's name, the allowed
 * values and the given one.
 */
export function producerSettings(
  options: ProducerOptions<never, never>,
  codecs: Codecs,
  requestTimeoutMs: number,
): ProducerSettings {
  return reading("a producer", () => readSettings(options, codecs, requestTimeoutMs));
}

function readSettings(
  options: ProducerOptions<never, never>,
  codecs: Codecs,
  requestTimeoutMs: number,
): ProducerSettings {
  OPTIONS(options, "a producer");
  const { acks = "all" } = options; // no `??`: null is an error, not a default
  const acksNumber = acksOf(acks, "acks");
  const isIdempotent = options.enableIdempotence ?? acks === "all";
  if (isIdempotent && acks !== "all")
    throw new KafkaError(
      "config",
      `enableIdempotence needs acks "all": with acks ${acks} a record may be lost without an error`,
    );
  if (options.transactionalId === "")
    throw new KafkaError("config", "transactionalId is empty: it names the producer across restarts");
  if (options.transactionalId !== undefined && !isIdempotent)
    throw new KafkaError("config", 'transactionalId needs acks "all" and enableIdempotence');
  if (options.transactionalId === undefined && options.transactionTimeoutMs !== undefined)
    throw new KafkaError("config", "transactionTimeoutMs needs transactionalId");
  const compressionsFor = compressionsOf(options, codecs);
  const ownTimeoutMs = wholeNumber("requestTimeoutMs", options.requestTimeoutMs, requestTimeoutMs, 1);
  const settings: ProducerSettings = {
    acks: acksNumber,
    isIdempotent,
    transactionalId: options.transactionalId,
    transactionTimeoutMs: wholeNumber("transactionTimeoutMs", options.transactionTimeoutMs, 60_000, 1),
    batchSize: wholeNumber("batchSize", options.batchSize, 1_000_000, 1, 104_857_600),
    lingerMs: wholeNumber("lingerMs", options.lingerMs, -1, 0),
    bufferMemory: wholeNumber("bufferMemory", options.bufferMemory, 33_554_432, 1, Number.MAX_SAFE_INTEGER),
    maxBlockMs: wholeNumber("maxBlockMs", options.maxBlockMs, 60_000, 0),
    metadataMaxIdleMs: wholeNumber("metadataMaxIdleMs", options.metadataMaxIdleMs, 300_000, 5000),
    maxRequestSize: wholeNumber("maxRequestSize", options.maxRequestSize, 16_777_216, 1, 104_857_600),
    deliveryTimeoutMs: wholeNumber("deliveryTimeoutMs", options.deliveryTimeoutMs, 120_000, 1),
    retries: wholeNumber("retries", options.retries, MAX_INT32, 0),
    requestTimeoutMs: ownTimeoutMs,
    acksTimeoutMs: ownTimeoutMs,
    maxInFlightRequests: wholeNumber("maxInFlightRequests", options.maxInFlightRequests, 5, 1, 5),
    compressions: compressionsFor(options.compressionType ?? "none"),
    compressionsFor,
    partitioning: partitioningOf(options),
    allowAutoTopicCreation: options.allowAutoTopicCreation ?? true,
    onDelivery: options.onDelivery,
    statisticsIntervalMs: wholeNumber("statisticsIntervalMs", options.statisticsIntervalMs, 30_000, 1),
  };
  const lingerMs = Math.max(0, settings.lingerMs);
  if (settings.deliveryTimeoutMs < lingerMs + settings.requestTimeoutMs && options.deliveryTimeoutMs !== undefined) {
    throw new KafkaError(
      "config",
      `deliveryTimeoutMs (${settings.deliveryTimeoutMs}) must be at least lingerMs (${lingerMs}) plus ` +
        `requestTimeoutMs (${settings.requestTimeoutMs}), or a record expires before its first try can end`,
    );
  }
  return settings;
}

function partitioningOf(options: ProducerOptions<never, never>): PartitioningSettings {
  const { partitioner = "default" } = options;
  const ignoreKeys = options.partitionerIgnoreKeys ?? false;
  chooserFactory(partitioner, ignoreKeys, () => 0); // called only for its checks
  const isRackAware = options.partitionerRackAware ?? false;
  if (isRackAware && options.clientRack === undefined)
    throw new KafkaError("config", "partitionerRackAware needs clientRack: the rack whose leaders are near");
  if (!isRackAware && options.clientRack !== undefined)
    throw new KafkaError("config", "a producer uses clientRack only with partitionerRackAware: true");
  return {
    partitioner,
    ignoreKeys,
    isAdaptive: options.partitionerAdaptivePartitioningEnable ?? true,
    availabilityTimeoutMs: wholeNumber(
      "partitionerAvailabilityTimeoutMs",
      options.partitionerAvailabilityTimeoutMs,
      0,
      0,
    ),
    rack: isRackAware ? options.clientRack : undefined,
  };
}

/** Finds the codecs and levels of compression types. */
function compressionsOf(
  options: ProducerOptions<never, never>,
  codecs: Codecs,
): (types: CompressionType | readonly CompressionType[]) => readonly BatchCompression[] {
  // All levels are checked, also those of codecs that are not chosen: a wrong option is always an error.
  const levels = {
    gzip: gzipLevel(options.compressionGzipLevel),
    snappy: undefined,
    lz4: wholeNumber("compressionLz4Level", options.compressionLz4Level, 1, 1, 17),
    zstd: wholeNumber("compressionZstdLevel", options.compressionZstdLevel, 3, -131_072, 22),
  };
  return (types) => compressionChoices(types, { ...portableCompressors(), ...codecs }, levels);
}

function gzipLevel(level: number | undefined): number {
  if (level === 0)
    throw new KafkaError("config", "compressionGzipLevel takes 1 to 9, or -1 for gzip's own default, not 0");
  return wholeNumber("compressionGzipLevel", level, -1, -1, 9);
}
