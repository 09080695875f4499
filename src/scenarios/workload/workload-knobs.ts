import type { ConsumerOptions, KafkaBaseOptions, ProducerOptions } from "../../index.ts";
import type { LinkConditions } from "../../simulation/network-link.ts";
import { Random } from "../../simulation/random.ts";
import { type LoginKnobs, drawLogins } from "./workload-logins.ts";

/** The settings of a workload, drawn from the seed. Interesting values are more likely. */
export interface Knobs {
  readonly brokers: number;
  readonly partitions: number;
  readonly producers: number;
  readonly consumers: number;
  /** The maximum number of records sent at a time. */
  readonly burst: number;
  /** For how long records are sent, in ms. */
  readonly sendMs: number;
  /** The longest pause between two bursts, in ms. */
  readonly pauseMs: number;
  readonly valueBytes: number;
  readonly bufferMemory: number;
  /** The time, in ms, within which the promise of a `send` must settle. */
  readonly sendDeadlineMs: number;
  /** How long the promise of a `send` may wait for room, in ms. */
  readonly maxBlockMs: number;
  /** The longest time, in ms, that the application works on a batch. */
  readonly workMs: number;
  /** How long nothing is sent after everything was read, in ms, before all connections go silent. 0: no such pause. */
  readonly idleMs: number;
  /** Whether one more consumer has slow handlers and is closed while they work. */
  readonly closesEarly: boolean;
  /**
   * The most bytes that a consumer may buffer by its settings: its buffer, and one more response for each partition.
   */
  readonly consumerBytes: number;
  readonly link: Partial<LinkConditions>;
  readonly replicaLagTimeMaxMs: number;
  readonly minInSyncReplicas: number;
  /** Whether the topic allows unclean elections and some happen: records may then be lost. */
  readonly mayLose: boolean;
  /** How clients log in; undefined: the cluster has no SASL. */
  readonly logins: LoginKnobs | undefined;
  readonly kafka: KafkaBaseOptions;
  readonly producer: ProducerOptions;
  readonly consumer: Omit<ConsumerOptions, "topics">;
}

/** How long producers send, in ms. Faults end one second earlier. */
export const SEND_MS = 20_000;
const MAX_BLOCK_MS = 60_000;
const MANY_PARTITIONS = 1000;
/** One of this number of seeds has many partitions; it takes 20 s. */
const MANY_ONE_OF = 200;
/** The size of key, headers, and the batch around the records. */
const LARGEST_RECORD_OVERHEAD = 300;

/** Draws the settings of a seed. */
export function drawKnobs(seed: number): Knobs {
  const random = Random.keyed(seed, "knobs");
  const one = <T>(...values: [T, ...T[]]): T => values[random.below(values.length)] ?? values[0];
  const requestTimeoutMs = one(30_000, 10_000, 2000, 700);
  const lingerMs = one(undefined, undefined, 0, 5, 300);
  const deliveryTimeoutMs = Math.max(one(120_000, 60_000, 5000), requestTimeoutMs + (lingerMs ?? 0));
  const bufferMemory = one(33_554_432, 33_554_432, 20_000);
  const latencyUs = one<readonly [number, number]>([100, 1000], [100, 1000], [1, 1], [1000, 20_000], [100, 150_000]);
  // Sending one record in each round trip is not a bug, but over a slow link, or to 1,000 partitions, it would not end
  // in time.
  const hasMany = Random.keyed(seed, "knobs/partitions").below(MANY_ONE_OF) === 0;
  const isSlow = hasMany || latencyUs[1] > 1000;
  // Separate random sources, added later, so that the other values of a seed stay the same.
  const replication = Random.keyed(seed, "knobs/replication");
  const codec = Random.keyed(seed, "knobs/codec").below(8);
  const idle = Random.keyed(seed, "knobs/idle");
  const [brokers, few] = [random.between(1, 4), random.between(1, 5)];
  const partitions = hasMany ? MANY_PARTITIONS : few;
  const drawn = {
    brokers,
    partitions,
    producers: random.between(1, 2),
    consumers: random.between(1, 2),
    burst: one(1, 3, 10),
    sendMs: SEND_MS,
    pauseMs: one(40, 100, 400),
    valueBytes: one(10, 100, 2000),
    bufferMemory,
    sendDeadlineMs: MAX_BLOCK_MS + deliveryTimeoutMs,
    maxBlockMs: MAX_BLOCK_MS,
    link: { latencyUs },
    replicaLagTimeMaxMs: replication.below(2) === 0 ? 30_000 : 1000,
    minInSyncReplicas: replication.below(3) === 0 ? 2 : 1,
    mayLose: replication.below(8) === 0,
    kafka: {
      requestTimeoutMs,
      metadataMaxAgeMs: one(300_000, 1000),
      retryBackoffMs: one(100, 10),
      connectionsMaxIdleMs: one(540_000, 540_000, 3000),
    },
    producer: {
      deliveryTimeoutMs,
      bufferMemory,
      maxBlockMs: MAX_BLOCK_MS,
      batchSize: isSlow ? 1_000_000 : one(1_000_000, 16_384, 300),
      maxInFlightRequests: random.between(1, 5),
      compressionType: one<NonNullable<ProducerOptions["compressionType"]>>("none", "none", "lz4", "snappy"),
      ...(lingerMs === undefined ? {} : { lingerMs }),
    },
    consumer: {
      fetchMaxWaitMs: one(500, 500, 20),
      fetchMaxBytes: isSlow ? 52_428_800 : one(52_428_800, 500),
      maxPartitionFetchBytes: isSlow ? 1_048_576 : one(1_048_576, 700),
      fetchBufferBytes: isSlow ? 67_108_864 : one(67_108_864, 2000),
    },
  };
  const { batchSize } = drawn.producer;
  const { fetchBufferBytes, maxPartitionFetchBytes } = drawn.consumer;
  // A response has at least one batch, however large it is; a batch has at least one record.
  const perPartition = Math.max(maxPartitionFetchBytes, batchSize, drawn.valueBytes + LARGEST_RECORD_OVERHEAD);
  const later = codec === 0 ? "gzip" : codec === 1 ? "zstd" : undefined;
  return {
    ...drawn,
    producer: { ...drawn.producer, ...(later === undefined ? {} : { compressionType: later }) },
    workMs: one(0, 0, 0, 10),
    // A consumer that asks every 20 ms would fill the pause with a million events.
    idleMs: idle.below(8) === 0 && drawn.consumer.fetchMaxWaitMs > 20 ? idle.between(300_000, 900_000) : 0,
    logins: drawLogins(seed),
    closesEarly: Random.keyed(seed, "knobs/close").below(4) === 0,
    consumerBytes: fetchBufferBytes + partitions * perPartition,
  };
}
