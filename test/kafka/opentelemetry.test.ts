// odradek/opentelemetry with a real cluster: contexts travel through it, and spans know its answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Kafka } from "../../src/node.ts";
import { Recorded, registerGlobals } from "../client/spans.ts";
import { startKafka } from "./kafka-cluster.ts";

registerGlobals();

test("a real cluster: spans of send and process are linked, with offsets, the cluster's id, and a broker's error", async () => {
  const cluster = await startKafka();
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
  const recorded = new Recorded();
  try {
    recorded.telemetry.instrument(kafka);
    (
      await kafka.admin().createTopics([
        { topic: "t", numPartitions: 1 },
        { topic: "small", numPartitions: 1, configs: { "max.message.bytes": "1000" } },
      ])
    ).orThrow();
    const producer = kafka.producer();
    for (let i = 0; i < 5; i++) await producer.send({ topic: "t", value: `${i}`, headers: { kept: "yes" } });
    await assert.rejects(producer.send({ topic: "small", value: "x".repeat(2000) }));
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g", startOffset: "earliest" });
    const offsets: number[] = [];
    await consumer.run({
      eachRecord: async ({ offset }) => {
        await Promise.resolve();
        if (offsets.push(offset) === 5) void consumer.close();
      },
    });
    assert.deepEqual(offsets, [0, 1, 2, 3, 4]);
    const [sent, processed] = [recorded.spans("send t"), recorded.spans("process t")];
    assert.deepEqual(
      sent.map(({ attributes }) => attributes["kafka.offset"]),
      offsets,
    );
    assert.deepEqual(
      processed.map(({ links }) => links.map(({ context }) => context.spanId)),
      sent.map((span) => [span.spanContext().spanId]),
    );
    const id = processed[0]?.attributes["kafka.cluster.id"];
    assert.ok(typeof id === "string" && id.length > 10, String(id));
    assert.equal(recorded.one("send small").attributes["error.type"], "MESSAGE_TOO_LARGE");
    const points = await recorded.points("messaging.client.sent.messages");
    assert.deepEqual(points.map(({ value }) => value).sort(), [1, 5]);
  } finally {
    await kafka.close();
    await recorded.close();
    await cluster.stop();
  }
});
