// The tests of the Rust client rust-rdkafka, rewritten for this client: each body exists once, and runs on the embedded
// cluster in virtual time and on a real Kafka.
import type { Kafka, KafkaBaseOptions } from "../../src/kafka.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";

/** The environment of a test. */
export interface SeedCluster {
  readonly kafka: Kafka<AsyncRuntime>;
  readonly brokerCount: number;
  /** A client of the same cluster, or of none: at an address where no broker listens. */
  client(options?: KafkaBaseOptions & { readonly isAlone?: boolean }): Kafka<AsyncRuntime>;
  /** A name that nothing on the cluster has. */
  fresh(what: string): string;
  nowMs(): number;
  pause(ms: number): Promise<void>;
}

export interface SeedTest {
  /** The test of the seed that it stands for: file and name. */
  readonly seed: string;
  /** The name of our test. */
  readonly name: string;
  /** Whether the cluster needs a group coordinator for it. */
  readonly needsGroups?: boolean;
  readonly body: (cluster: SeedCluster) => Promise<void>;
}

export const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes);

export interface Populated {
  readonly topic: string;
  /** `partition/offset` → the number of the record. */
  readonly ids: ReadonlyMap<string, number>;
}

/** Writes `count` records to a topic of three partitions: record `id` has key `key-id` and value `value-id`. */
export async function populate(
  { kafka, fresh }: SeedCluster,
  count: number,
  options: { readonly topic?: string; readonly partition?: number; readonly timestamp?: number } = {},
): Promise<Populated> {
  const topic = options.topic ?? fresh("topic");
  if (options.topic === undefined) (await kafka.admin().createTopics([{ topic, numPartitions: 3 }])).orThrow();
  const producer = kafka.producer();
  const { partition, timestamp } = options;
  const sent = await Promise.all(
    Array.from({ length: count }, async (_, id) => {
      const metadata = await producer.send({
        topic,
        key: `key-${id}`,
        value: `value-${id}`,
        ...(partition === undefined ? {} : { partition }),
        ...(timestamp === undefined ? {} : { timestamp }),
      });
      return [`${metadata.partition}/${metadata.offset}`, id] as const;
    }),
  );
  await producer.close();
  return { topic, ids: new Map(sent) };
}

/** The next `count` records of a consumer; leaves its loop. */
export async function take(consumer: Consumer, count: number): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  for await (const record of consumer) {
    consumer.markProcessed(record);
    records.push(record);
    if (records.length === count) break;
  }
  return records;
}

/** The records that arrive within `ms`. */
export async function within(cluster: SeedCluster, consumer: Consumer, ms: number): Promise<KafkaRecord[]> {
  const giveUp = new AbortController();
  const records: KafkaRecord[] = [];
  const timer = cluster.pause(ms).then(() => giveUp.abort());
  try {
    for await (const record of consumer.records({ signal: giveUp.signal })) {
      consumer.markProcessed(record);
      records.push(record);
    }
  } catch (error) {
    if (!KafkaError.is(error) || error.kind !== "cancelled") throw error;
  }
  await timer;
  return records;
}
