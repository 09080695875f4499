// Compares our metrics with those of Java's clients on one broker: names, groups and tags must be Java's.
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import type { Metric } from "../../src/cluster/metrics.ts";
import { Kafka } from "../../src/node.ts";
import { runJava } from "./jars.ts";
import { startKafka } from "./kafka-cluster.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Without the tag that Java does not have: the number that tells clients of one `Kafka` apart. */
const keyOf = ({ group, name, tags }: Metric): string =>
  `${group} ${name} ${Object.keys(tags)
    .filter((tag) => tag !== "client-number")
    .sort()
    .join(",")}`;

test("every metric of ours but one is one of Java's: name, group and tags", async () => {
  const cluster = await startKafka();
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
  try {
    (await kafka.admin().createTopics([{ topic: "t", numPartitions: 1 }])).orThrow();
    const javas = new Set<string>();
    const ours = new Set<string>();
    for (const groupProtocol of ["classic", "consumer"] as const) {
      const { stdout, stderr } = await runJava(join(root, "test", "kafka", "java", "Metrics.java"), [
        cluster.bootstrapServers,
        "t",
        groupProtocol,
      ]);
      assert.ok(stdout.includes("records-consumed-total"), stderr);
      for (const line of stdout.trim().split("\n")) javas.add(line.trim());
      const told: Metric[] = [];
      const watched = {
        statisticsIntervalMs: 100,
        onStatistics: ({ metrics }: { readonly metrics: readonly Metric[] }) => void told.push(...metrics),
      };
      const producer = kafka.producer(watched);
      await producer.send({ topic: "t", value: "x" });
      const consumer = kafka.consumer({ groupId: `ours-${groupProtocol}`, topics: ["t"], groupProtocol, ...watched });
      for await (const record of consumer) {
        consumer.markProcessed(record);
        await consumer.commit();
        break;
      }
      const isHeartbeat = ({ name, value }: Metric): boolean => name === "heartbeat-total" && value > 0;
      while (!consumer.metrics().some(isHeartbeat) || told.length === 0)
        await new Promise((resolve) => setTimeout(resolve, 50));
      await consumer.close();
      await producer.close();
      for (const metric of [...told, ...producer.metrics(), ...consumer.metrics()]) ours.add(keyOf(metric));
    }
    assert.ok(ours.size > 60, String(ours.size));
    // Java has nothing like a `send` that waits for room: its call blocks.
    assert.deepEqual([...ours].filter((key) => !javas.has(key)).sort(), [
      "producer-metrics buffer-waiting-bytes client-id",
    ]);
  } finally {
    await kafka.close();
    await cluster.stop();
  }
});
