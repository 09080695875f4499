import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metric, Statistics } from "../../src/cluster/metrics.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

function find(
  metrics: readonly Metric[],
  name: string,
  tags: Readonly<Record<string, string>> = {},
  group = "producer-metrics",
): number | undefined {
  return metrics.find(
    (metric) =>
      metric.group === group &&
      metric.name === name &&
      Object.entries(tags).every(([key, value]) => metric.tags[key] === value),
  )?.value;
}

test("metrics have Java's names: records, bytes, batches, requests, connections, and the same by topic and by broker", () =>
  inWorld({ brokers: 2, topics: { a: 1, b: 1 }, latencyMs: 5 }, async ({ client, platform }) => {
    const kafka = client({ clientId: "shop" });
    const producer = kafka.producer({ compressionType: "gzip", lingerMs: 10, bufferMemory: 1_000_000 });
    for (let i = 0; i < 100; i++) producer.enqueue({ topic: i < 75 ? "a" : "b", value: "x".repeat(100) });
    await producer.flush();
    const metrics = producer.metrics();
    assert.ok(metrics.every(({ tags }) => tags["client-id"] === "shop"));
    const of = (name: string): number => find(metrics, name) ?? Number.NaN;
    assert.equal(of("record-send-total"), 100);
    assert.equal(of("record-error-total"), 0);
    assert.equal(of("record-retry-total"), 0);
    assert.equal(of("records-per-request-avg") * producer.counters.requests, 100);
    assert.ok(of("compression-rate-avg") < 0.2 && of("compression-rate-avg") > 0);
    assert.ok(of("batch-size-avg") > 61 && of("batch-size-avg") < 2000, String(of("batch-size-avg")));
    assert.ok(of("record-queue-time-avg") >= 0 && of("record-queue-time-max") >= of("record-queue-time-avg"));
    assert.ok(
      of("request-latency-avg") >= 10 && of("request-latency-max") >= of("request-latency-avg"),
      `${of("request-latency-avg")} of two ways of 5 ms`,
    );
    assert.ok(of("request-total") >= 4 && of("response-total") === of("request-total"));
    assert.ok(of("outgoing-byte-total") > 200 && of("incoming-byte-total") > 100);
    assert.equal(of("buffer-total-bytes"), 1_000_000);
    assert.equal(of("buffer-available-bytes"), 1_000_000);
    assert.equal(of("requests-in-flight"), 0);
    assert.equal(of("connection-count"), of("connection-creation-total"));
    assert.equal(of("connection-close-total"), 0);
    assert.ok(of("metadata-age") >= 0 && of("metadata-age") < 10);
    assert.equal(find(metrics, "record-send-total", { topic: "a" }, "producer-topic-metrics"), 75);
    assert.equal(find(metrics, "record-send-total", { topic: "b" }, "producer-topic-metrics"), 25);
    assert.ok((find(metrics, "byte-total", { topic: "b" }, "producer-topic-metrics") ?? 0) > 61);
    const byNode = metrics.filter(({ group, name }) => group === "producer-node-metrics" && name === "request-total");
    assert.equal(
      byNode.reduce((sum, { value }) => sum + value, 0),
      of("request-total"),
    );
    assert.ok(byNode.every(({ tags }) => /^node-[01]$/.test(tags["node-id"] ?? "")));
    await producer.close();
    assert.equal(find(producer.metrics(), "connection-close-total"), of("connection-creation-total"));
    await sleep(platform, 0);
  }));

test("retries and failures are counted by records, also by topic", () =>
  inWorld({ topics: { a: 1, b: 1 } }, async ({ cluster, kafka }) => {
    const producer = kafka.producer();
    let failures = 0;
    cluster.intercept("Produce", ({ message }) => {
      const [topic] = message.topicData;
      const { topics } = cluster.snapshot();
      const name = topics.find(({ topicId }) => topicId === topic?.topicId)?.topic;
      if (name === "b")
        return {
          answer: {
            responses: [
              { topicId: topic?.topicId ?? "", partitionResponses: [{ index: 0, errorCode: 29, baseOffset: -1 }] },
            ],
          },
        };
      return failures++ === 0
        ? {
            answer: {
              responses: [
                { topicId: topic?.topicId ?? "", partitionResponses: [{ index: 0, errorCode: 6, baseOffset: -1 }] },
              ],
            },
          }
        : undefined;
    });
    await Promise.all([1, 2, 3].map((i) => producer.send({ topic: "a", value: String(i) })));
    await assert.rejects(producer.send({ topic: "b", value: "1" }), { kind: "authorization" });
    const metrics = producer.metrics();
    assert.equal(find(metrics, "record-retry-total"), 3);
    assert.equal(
      find(metrics, "record-send-total", { topic: "a" }, "producer-topic-metrics"),
      6,
      "a retry is sent again, as in Java",
    );
    assert.equal(find(metrics, "record-error-total"), 1);
    assert.equal(find(metrics, "record-error-total", { topic: "b" }, "producer-topic-metrics"), 1);
    await producer.close();
  }));

test(
  "onStatistics: called at every interval with rates of that interval, until the producer closes; one that throws " +
    "is logged",
  () =>
    inWorld({ topics: { a: 1 } }, async ({ client, platform }) => {
      const told: Statistics[] = [];
      const log: LogEntry[] = [];
      const producer = client({ onLog: (entry) => log.push(entry) }).producer({
        statisticsIntervalMs: 2000,
        onStatistics: (statistics) => {
          told.push(statistics);
          if (told.length === 2) throw new Error("listener");
        },
      });
      await sleep(platform, 500);
      for (let i = 0; i < 10; i++) await producer.send({ topic: "a", value: "1" });
      await sleep(platform, 4000);
      assert.deepEqual(
        told.map(({ intervalMs }) => Math.round(intervalMs)),
        [2000, 2000],
      );
      assert.deepEqual(
        told.map(({ metrics }) => [
          find(metrics, "record-send-total"),
          Math.round((find(metrics, "record-send-rate") ?? -1) * 10) / 10,
        ]),
        [
          [10, 5],
          [10, 0],
        ],
      );
      assert.equal(find(told[1]!.metrics, "batch-size-avg"), undefined, "no batch in that interval");
      assert.ok(log.some(({ level, message }) => level === "error" && /onStatistics failed.*listener/.test(message)));
      await producer.close();
      const count = told.length;
      await sleep(platform, 10_000);
      assert.equal(told.length, count);
    }),
);

test("without a listener nothing is armed for statistics", () =>
  inWorld({}, async ({ kafka, platform }) => {
    const before = platform.runtime.delays;
    const producer = kafka.producer();
    assert.equal(platform.runtime.delays, before);
    await producer.close();
    assert.throws(() => kafka.producer({ statisticsIntervalMs: 0 }), /statisticsIntervalMs takes a whole number/);
  }));
