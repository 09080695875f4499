// Three brokers, on which 200 topics are created under load, by the admin and by sending to them, with a burst of 50
// batches to each new partition from a producer whose brokers have all answered well before: everything is in the log
// once, and in the order of the sends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Kafka, string } from "../../src/node.ts";
import type { RecordMetadata } from "../../src/producer/partition/delivery.ts";
import { runJava } from "./jars.ts";
import { startKafka } from "./kafka-cluster.ts";

const TOPICS = 200;
const AT_ONCE = 10;
const BURST = 50;
const PARTITIONS = 3;

test(
  "topics are created under load, and a warm producer sends bursts to their new partitions: all is written once " +
    "and in order",
  async () => {
    const cluster = await startKafka({
      brokers: 3,
      properties: { "num.partitions": String(PARTITIONS), "auto.create.topics.enable": "true" },
    });
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
    try {
      const admin = kafka.admin();
      (await admin.createTopics([{ topic: "warm", numPartitions: 6, replicationFactor: 3 }])).orThrow();
      // One record of a burst fills a batch.
      const producer = kafka.producer({ batchSize: 400 });
      const padding = ".".repeat(300);
      const burst = (topic: string, partition: number, count = BURST): Promise<RecordMetadata>[] =>
        Array.from({ length: count }, (_, i) => producer.send({ topic, partition, value: `${i}:${padding}` }));
      await Promise.all([0, 1, 2, 3, 4, 5].flatMap((partition) => burst("warm", partition, 5)));
      const outOfOrder: string[] = [];
      const check = async (
        topic: string,
        partition: number,
        sent: readonly Promise<RecordMetadata>[],
      ): Promise<void> => {
        const offsets = (await Promise.all(sent)).map(({ offset }) => offset);
        if (offsets.some((offset, i) => offset !== i)) outOfOrder.push(`${topic}-${partition}: ${offsets.join()}`);
      };
      const names: string[] = [];
      for (let round = 0; round < TOPICS / AT_ONCE; round++) {
        const load = burst("warm", round % 6, 20);
        await Promise.all(
          Array.from({ length: AT_ONCE }, async (_, i) => {
            const isByAdmin = i % 2 === 0;
            const topic = `${isByAdmin ? "admin" : "auto"}-${round}-${i}`;
            names.push(topic);
            if (isByAdmin)
              (await admin.createTopics([{ topic, numPartitions: PARTITIONS, replicationFactor: 3 }])).orThrow();
            await Promise.all(
              Array.from({ length: PARTITIONS }, (_, partition) => check(topic, partition, burst(topic, partition))),
            );
          }),
        );
        await Promise.all(load);
      }
      assert.deepEqual(outOfOrder, []);
      const expected = Array.from({ length: BURST }, (_, i) => `${i}:${padding}`);
      const log = await readAll(kafka, names);
      for (const topic of names) {
        for (let partition = 0; partition < PARTITIONS; partition++)
          assert.deepEqual(log.get(`${topic}-${partition}`), expected, `${topic}-${partition}`);
      }
      const ends = (
        await runJava("org.apache.kafka.tools.GetOffsetShell", [
          "--bootstrap-server",
          cluster.bootstrapServers,
          "--topic",
          "(admin|auto)-.*",
        ])
      ).stdout
        .trim()
        .split("\n");
      assert.deepEqual(
        [ends.length, ends.reduce((sum, line) => sum + Number(line.split(":")[2]), 0)],
        [TOPICS * PARTITIONS, TOPICS * PARTITIONS * BURST],
        "Kafka's own tool counts the same",
      );
    } finally {
      await kafka.close().catch(() => undefined);
      await cluster.stop();
    }
  },
);

/** The values of all partitions, by topic and number. */
async function readAll(kafka: Kafka, topics: readonly string[]): Promise<Map<string, string[]>> {
  const log = new Map<string, string[]>();
  let left = topics.length * PARTITIONS * BURST;
  for await (const { topic, partition, value } of kafka.consumer({ topics, value: string() })) {
    const key = `${topic}-${partition}`;
    log.set(key, [...(log.get(key) ?? []), value ?? ""]);
    if (--left === 0) break;
  }
  return log;
}
