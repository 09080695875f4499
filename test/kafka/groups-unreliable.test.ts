// A group of five reads from three brokers that roll, die and stand still, and its members die too: every record that
// was acknowledged is delivered, and what is committed at the end is the end of every log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { committed } from "../client/committed.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import type { TopicPartition } from "../../src/cluster/topic-partition.ts";
import { Kafka } from "../../src/node.ts";
import { Reader } from "./groups/reader.ts";
import { inSync } from "./in-sync.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

const PARTITIONS = 10;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A reader that notices when a partition goes back within one assignment. */
function makeReader(bootstrapServers: string, options: ConsumerOptions): Reader {
  const last = new Map<number, number>();
  return new Reader(
    bootstrapServers,
    {
      ...options,
      onAssigned: (partitions: readonly TopicPartition[]) =>
        partitions.forEach(({ partition }) => last.delete(partition)),
    },
    (value, reader) => {
      const partition = value % PARTITIONS;
      if (value <= (last.get(partition) ?? -1)) reader.wrongs.push(`${value} came after ${last.get(partition) ?? -1}`);
      last.set(partition, value);
    },
    { requestTimeoutMs: 5000 },
  );
}

async function torment({ brokers }: KafkaCluster, kafka: Kafka, readers: readonly Reader[]): Promise<void> {
  for (const broker of brokers) {
    await broker.shutDown();
    await broker.restart();
    await inSync(kafka, ["t", "__consumer_offsets"]);
  }
  readers[0]?.crash();
  const [first, second] = brokers;
  await first?.kill();
  await pause(2000);
  await first?.restart();
  await inSync(kafka, ["t", "__consumer_offsets"]);
  await second?.pause(); // longer than its session: others lead its partitions and groups, and it does not know
  await pause(10_000);
  second?.resume();
  await inSync(kafka, ["t", "__consumer_offsets"]);
}

const ways: readonly (readonly [name: string, options: ConsumerOptions])[] = [
  [
    "cooperative-sticky",
    {
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["cooperative-sticky"],
      sessionTimeoutMs: 6000,
      heartbeatIntervalMs: 500,
    },
  ],
  ["KIP-848", { groupProtocol: "consumer" }],
];

for (const [name, options] of ways) {
  test(`a group of five while brokers roll, are killed and stand still, and one member dies (${name})`, async () => {
    const cluster = await startKafka({
      brokers: 3,
      properties: {
        "group.min.session.timeout.ms": "1000",
        "group.consumer.min.session.timeout.ms": "1000",
        "group.consumer.session.timeout.ms": "6000",
        "group.consumer.min.heartbeat.interval.ms": "500",
        "group.consumer.heartbeat.interval.ms": "500",
      },
    });
    const kafka = new Kafka({
      bootstrapServers: cluster.bootstrapServers,
      requestTimeoutMs: 5000,
      onLog: () => undefined,
    });
    try {
      (await kafka.admin().createTopics([{ topic: "t", numPartitions: PARTITIONS, replicationFactor: 3 }])).orThrow();
      const group = { groupId: "five", topics: ["t"], autoCommitIntervalMs: 500, ...options };
      const readers = Array.from({ length: 5 }, () => makeReader(cluster.bootstrapServers, group));
      await Reader.untilAll(readers, () => readers.every(({ held }) => held.size === 2));
      const producer = kafka.producer({ deliveryTimeoutMs: 120_000 });
      const failures: unknown[] = [];
      let isOver = false;
      const trouble = torment(cluster, kafka, readers).finally(() => (isOver = true));
      let sent = 0;
      for (; !isOver; sent++) {
        producer
          .send({ topic: "t", partition: sent % PARTITIONS, value: String(sent) })
          .catch((error: unknown) => failures.push(error));
        if (sent % 10 === 9) await pause(10);
      }
      await trouble;
      await producer.close({ timeoutMs: 120_000 });
      assert.deepEqual(failures, []);
      const [crashed, ...alive] = readers;
      const missing = new Set(Array.from({ length: sent }, (_, i) => i));
      const looked = new Map(readers.map((reader) => [reader, 0]));
      await Reader.untilAll(alive, () => {
        for (const [reader, from] of looked) {
          for (const value of reader.values.slice(from)) missing.delete(value);
          looked.set(reader, reader.values.length);
        }
        return missing.size === 0 && new Set(alive.flatMap(({ held }) => [...held])).size === PARTITIONS;
      });
      for (const reader of alive) await reader.close();
      await crashed?.close().catch(() => undefined);
      for (const reader of readers) reader.checkHooks();
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: "t", partition }));
      const looker = kafka.consumer(group);
      assert.deepEqual(await committed(looker, partitions), await looker.endOffsets(partitions), "lag 0");
      const delivered = readers.reduce((sum, { values }) => sum + values.length, 0);
      console.log(`${name}: ${sent} records, ${delivered - sent} of them delivered again`);
    } finally {
      await kafka.close().catch(() => undefined);
      await cluster.stop();
    }
  });
}
