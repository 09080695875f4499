// odradek/prometheus and the log of requests with clients of a real cluster.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
import { Kafka } from "../../src/node.ts";
import { prometheusExporter } from "../../src/prometheus.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import { readExposition, valueOf } from "../client/exposition.ts";
import { startKafka } from "./kafka-cluster.ts";

test("a real cluster: Prometheus's texts, and one line for each request with debug", async () => {
  const cluster = await startKafka();
  try {
    const lines: LogEntry[] = [];
    const onLog = (entry: LogEntry): void => void lines.push(entry);
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, clientId: "app", logLevel: "debug", onLog });
    const registry = new Registry();
    const exporter = prometheusExporter({ clients: kafka, registry });
    (await kafka.admin().createTopics([{ topic: "t", numPartitions: 3 }])).orThrow();
    const producer = kafka.producer({ compressionType: "gzip" });
    for (let i = 0; i < 20; i++) await producer.send({ topic: "t", key: `${i}`, value: "a-value-that-no-line-shows" });
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g", startOffset: "earliest" });
    let count = 0;
    for await (const { offset } of consumer) if (offset >= 0 && ++count === 20) break;
    await registry.metrics();
    for (const text of [await exporter.text(), await registry.metrics()]) {
      const families = readExposition(text);
      assert.equal(valueOf(families, "kafka_producer_topic_record_send_total", { topic: "t", client_id: "app" }), 20);
      assert.equal(valueOf(families, "kafka_consumer_records_consumed_total", { group_id: "g" }), 20);
      const produce = { client_kind: "producer", api: "Produce" };
      assert.ok(valueOf(families, "kafka_client_request_duration_seconds_count", produce) >= 20);
      assert.ok(valueOf(families, "kafka_client_request_duration_seconds_sum", produce) > 0);
      assert.equal(families.get("kafka_producer_node_request_total")?.samples.length, 1);
    }
    await kafka.close();
    assert.equal(valueOf(readExposition(await exporter.text()), "kafka_producer_record_send_total"), 20);
    exporter.close();
    const requests = lines.filter(({ fields }) => fields["correlationId"] !== undefined);
    const apis = new Set(requests.map(({ message }) => message.split(" ")[0]));
    for (const api of ["ApiVersions", "Metadata", "Produce", "Fetch", "CreateTopics", "OffsetCommit"])
      assert.ok(apis.has(api), `${api}: ${[...apis].join(", ")}`);
    for (const line of lines) assert.doesNotMatch(JSON.stringify(line), /a-value-that-no-line-shows/);
  } finally {
    await cluster.stop();
  }
});
