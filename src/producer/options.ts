import { wholeNumber } from "../cluster/options.ts";
import type { StatisticsOptions } from "../cluster/statistics.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { anything, callback, flag, listOf, reading, shape, text, withMethods } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import type { Codecs, CompressionType } from "../runtime/codec.ts";
import { portableCodecs } from "../records/compression.ts";
import type { BatchCompression } from "../records/batch-builder.ts";
import { type Bytes, canSerialize, type Serde } from "../serdes/serde.ts";
import type { PartitioningSettings, ProducerSettings } from "./accepting/producer-settings.ts";
import { compressionChoices } from "./sending/compression-choice.ts";
import type { Delivery } from "./partition/delivery.ts";
import type { ProducerInterceptor } from "./interceptor.ts";
import { chooserFactory, type Partitioner, type PartitionerName } from "./accepting/partitioner.ts";

/** The options of a producer. Every one has a default that neither loses nor repeats records. */
export interface ProducerOptions<K = Bytes, V = Bytes> extends StatisticsOptions {
  /** How keys become bytes. Default: text, bytes or null as they are. Java: `key.serializer`. */
  readonly key?: Serde<K>;
  /** How values become bytes. Java: `value.serializer`. */
  readonly value?: Serde<V>;
  /**
   * Who must have a record before it counts as written: `"all"` in-sync replicas (default), 1 the leader, 0 nobody.
   * Java: `acks`.
   */
  readonly acks?: "all" | 0 | 1;
  /**
   * Whether the broker recognises retries, so that nothing is written twice or out of order. Default true with
   * acks=all. Java: `enable.idempotence`.
   */
  readonly enableIdempotence?: boolean;
  /**
   * Makes the producer transactional, under a name that outlives it: a new producer with the same name ends what the
   * old one left open, and fences it. One for each instance of an application. Needs acks=all. Java:
   * `transactional.id`.
   */
  readonly transactionalId?: string;
  /**
   * How long a transaction may be open before the coordinator aborts it and fences the producer. Default 60000; brokers
   * allow up to their `transaction.max.timeout.ms`, 900000. Java: `transaction.timeout.ms`.
   */
  readonly transactionTimeoutMs?: number;
  /**
   * When a batch is full, in bytes before compression. Default 1000000: with 100-byte records 64 KiB batches gave a
   * third of the throughput. Java: `batch.size`, 16384.
   */
  readonly batchSize?: number;
  /**
   * How long a batch waits for more records. Unset: not at all while nothing else is under way, else until a response
   * or 5 ms. Java: `linger.ms`.
   */
  readonly lingerMs?: number;
  /** How many bytes of records may wait or be under way. Default 33554432, as in Java: `buffer.memory`. */
  readonly bufferMemory?: number;
  /** How long `send` waits for room, and a record for its topic's metadata. Default 60000. Java: `max.block.ms`. */
  readonly maxBlockMs?: number;
  /**
   * How long a topic that gets no record is remembered, in ms. Then its metadata is fetched no more, and the next
   * record for it waits for metadata again. It is looked at when metadata is fetched, so a topic may stay for up to
   * `metadataMaxAgeMs` longer. Default 300000, at least 5000, as in Java: `metadata.max.idle.ms` (KIP-526).
   */
  readonly metadataMaxIdleMs?: number;
  /**
   * The largest request, and so the largest record, in bytes. Default 16777216: Java's 1 MiB would let one full batch
   * into a request. Java: `max.request.size`.
   */
  readonly maxRequestSize?: number;
  /**
   * How long after `send` a record may still be on its way, retries included. Default 120000. Java:
   * `delivery.timeout.ms`.
   */
  readonly deliveryTimeoutMs?: number;
  /** How long one produce request may take. Default: that of the `Kafka`. Java: `request.timeout.ms`. */
  readonly requestTimeoutMs?: number;
  /** Requests under way to one broker, 1 to 5. Default 5. Java: `max.in.flight.requests.per.connection`. */
  readonly maxInFlightRequests?: number;
  /**
   * What batches are compressed with, if that makes them smaller. Default `"none"`. A list says what is preferred: the
   * first is taken that the platform has a codec for and the broker knows. Java: `compression.type`, one.
   */
  readonly compressionType?: CompressionType | readonly CompressionType[];
  /**
   * How hard gzip tries, 1 to 9, or −1 for its own default, which is 6. Default −1. Only with
   * `compressionType: "gzip"`. Java: `compression.gzip.level`.
   */
  readonly compressionGzipLevel?: number;
  /**
   * How hard LZ4 tries, 1 to 17. Default 1: in JavaScript Java's 9 costs three times as much and saves a tenth. Java:
   * `compression.lz4.level`.
   */
  readonly compressionLz4Level?: number;
  /** How hard zstd tries, −131072 to 22. Default 3, as in Java. Java: `compression.zstd.level`. */
  readonly compressionZstdLevel?: number;
  /**
   * Where records go that name no partition: a name, or a function of yours. Default `"default"`, Java's: a key's
   * partition is the one that Java, franz-go and kafkajs choose. librdkafka's and Sarama's are there for those who come
   * from them: a key must stay where it was. Java: `partitioner.class`.
   */
  readonly partitioner?: PartitionerName | Partitioner;
  /**
   * Whether the default partitioner treats records with keys as if they had none, for keys that need no order. Default
   * false, or a key would lose its order. Java: `partitioner.ignore.keys`.
   */
  readonly partitionerIgnoreKeys?: boolean;
  /**
   * Whether a partition gets fewer records without a key the more batches wait for it: a slow broker gets less. Default
   * true, as in Java: `partitioner.adaptive.partitioning.enable`.
   */
  readonly partitionerAdaptivePartitioningEnable?: boolean;
  /**
   * After how many ms without a request that it took a broker with waiting batches gets no more records without a key.
   * Default 0, never, as in Java: `partitioner.availability.timeout.ms`.
   */
  readonly partitionerAvailabilityTimeoutMs?: number;
  /**
   * Whether records without a key go to leaders in `clientRack` as long as there are any (KIP-1123): cheaper traffic,
   * less even partitions. Default false. Java, from 4.4: `partitioner.rack.aware`.
   */
  readonly partitionerRackAware?: boolean;
  /** Where this producer stands. Only with `partitionerRackAware`. Java: `client.rack`. */
  readonly clientRack?: string;
  /** Whether a topic that is unknown is asked for in a way that lets the broker create it. Default true. */
  readonly allowAutoTopicCreation?: boolean;
  /**
   * Look at every record before it is serialised, and may change it, its headers for example. Default: none. Java:
   * `interceptor.classes`.
   */
  readonly interceptors?: readonly ProducerInterceptor<K, V>[];
  /**
   * Called once a batch when its fate is known, before the promises of `send` settle. What it throws, or its promise
   * rejects with, is logged.
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
    interceptors: listOf(withMethods("onSend")),
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

/** The settings, checked once. Throws kind `config` that names the option, what it takes, and what was given. */
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
  const { acks = "all" } = options; // not by `??`: null is no default
  if (acks !== "all" && acks !== 0 && acks !== 1)
    throw new KafkaError("config", `acks takes "all", 1 or 0, not ${inWords(acks)}`);
  const isIdempotent = options.enableIdempotence ?? acks === "all";
  if (isIdempotent && acks !== "all")
    throw new KafkaError(
      "config",
      `enableIdempotence needs acks "all": with acks ${acks} a record may be lost without anybody knowing`,
    );
  if (options.transactionalId === "")
    throw new KafkaError("config", "transactionalId is empty: it names the producer across restarts");
  if (options.transactionalId !== undefined && !isIdempotent)
    throw new KafkaError("config", 'transactionalId needs acks "all" and enableIdempotence');
  if (options.transactionalId === undefined && options.transactionTimeoutMs !== undefined)
    throw new KafkaError("config", "transactionTimeoutMs needs transactionalId");
  const settings: ProducerSettings = {
    acks: acks === "all" ? -1 : acks,
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
    requestTimeoutMs: wholeNumber("requestTimeoutMs", options.requestTimeoutMs, requestTimeoutMs, 1),
    maxInFlightRequests: wholeNumber("maxInFlightRequests", options.maxInFlightRequests, 5, 1, 5),
    compressions: compressionsOf(options, codecs),
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
  chooserFactory(partitioner, ignoreKeys, () => 0); // for its checks
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

function compressionsOf(options: ProducerOptions<never, never>, codecs: Codecs): readonly BatchCompression[] {
  // Checked also where another codec is chosen: a wrong option is wrong whatever stands beside it.
  const levels = {
    gzip: gzipLevel(options.compressionGzipLevel),
    snappy: undefined,
    lz4: wholeNumber("compressionLz4Level", options.compressionLz4Level, 1, 1, 17),
    zstd: wholeNumber("compressionZstdLevel", options.compressionZstdLevel, 3, -131_072, 22),
  };
  const { compressionType = "none" } = options;
  return compressionChoices(compressionType, { ...portableCodecs(), ...codecs }, levels);
}

function gzipLevel(level: number | undefined): number {
  if (level === 0)
    throw new KafkaError("config", "compressionGzipLevel takes 1 to 9, or -1 for gzip's own default, not 0");
  return wholeNumber("compressionGzipLevel", level, -1, -1, 9);
}
