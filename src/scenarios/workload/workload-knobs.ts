import type { ConsumerOptions, KafkaBaseOptions, ProducerOptions } from "../../index.ts";
import type { LinkConditions } from "../../simulation/network-link.ts";
import { Random } from "../../simulation/random.ts";

/** How a workload is set: drawn from the seed, with a taste for values where something happens. */
export interface Knobs {
  readonly brokers: number;
  readonly partitions: number;
  readonly producers: number;
  readonly consumers: number;
  /** The most records at a time. */
  readonly burst: number;
  /** For how long records are sent. */
  readonly sendMs: number;
  /** The longest pause between two bursts. */
  readonly pauseMs: number;
  readonly valueBytes: number;
  readonly bufferMemory: number;
  /** When the promise of a `send` must have settled at the latest. */
  readonly sendDeadlineMs: number;
  /** For how long the promise of a `send` may wait for room. */
  readonly maxBlockMs: number;
  /** What the application does with a batch takes so long, at most. */
  readonly workMs: number;
  /** What a consumer holds at the most, as its settings say: its buffer, and one response more for each partition. */
  readonly consumerBytes: number;
  readonly link: Partial<LinkConditions>;
  readonly replicaLagTimeMaxMs: number;
  readonly minInSyncReplicas: number;
  /** Whether the topic allows unclean elections, and there are some: records may be lost. */
  readonly mayLose: boolean;
  readonly kafka: KafkaBaseOptions;
  readonly producer: ProducerOptions;
  readonly consumer: Omit<ConsumerOptions, "topics">;
}

/** How long producers send, in ms: faults end a second before. */
export const SEND_MS = 20_000;
const MAX_BLOCK_MS = 60_000;
/** Key, headers and what a batch needs beside its records. */
const LARGEST_RECORD_OVERHEAD = 300;

export function drawKnobs(seed: number): Knobs {
  const random = Random.keyed(seed, "knobs");
  const one = <T>(...values: [T, ...T[]]): T => values[random.below(values.length)] ?? values[0];
  const requestTimeoutMs = one(30_000, 10_000, 2000, 700);
  const lingerMs = one(undefined, undefined, 0, 5, 300);
  const deliveryTimeoutMs = Math.max(one(120_000, 60_000, 5000), requestTimeoutMs + (lingerMs ?? 0));
  const bufferMemory = one(33_554_432, 33_554_432, 20_000);
  const latencyUs = one<readonly [number, number]>([100, 1000], [100, 1000], [1, 1], [1000, 20_000], [100, 150_000]);
  // One record a round trip is no defect, but over a slow link it does not come to an end.
  const isSlow = latencyUs[1] > 1000;
  // Drawn apart: it came later.
  const replication = Random.keyed(seed, "knobs/replication");
  const [brokers, partitions] = [random.between(1, 4), random.between(1, 5)];
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
  // A response has one batch at least, however large; a batch has one record at least.
  const perPartition = Math.max(maxPartitionFetchBytes, batchSize, drawn.valueBytes + LARGEST_RECORD_OVERHEAD);
  return { ...drawn, workMs: one(0, 0, 0, 10), consumerBytes: fetchBufferBytes + partitions * perPartition };
}
