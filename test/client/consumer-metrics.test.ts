import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metric, Statistics } from "../../src/cluster/metrics.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

const FETCH = "consumer-fetch-manager-metrics";
const GROUP = "consumer-coordinator-metrics";

function find(
  metrics: readonly Metric[],
  group: string,
  name: string,
  tags: Readonly<Record<string, string>> = {},
): number | undefined {
  return metrics.find(
    (metric) =>
      metric.group === group &&
      metric.name === name &&
      Object.keys(metric.tags).length === Object.keys(tags).length + 2 &&
      Object.entries(tags).every(([key, value]) => metric.tags[key] === value),
  )?.value;
}

test("metrics have Java's names: what was read, by topic, and how far each partition is behind", () =>
  inWorld({ topics: { a: 2, b: 1 }, latencyMs: 5 }, async ({ client, platform }) => {
    const kafka = client({ clientId: "shop" });
    const producer = kafka.producer();
    for (let i = 0; i < 100; i++)
      producer.enqueue({ topic: i < 80 ? "a" : "b", partition: i % 2 === 0 && i < 80 ? 1 : 0, value: "x".repeat(100) });
    await producer.flush();
    const consumer = kafka.consumer({ topics: ["a", "b"] });
    let seen = 0;
    for await (const record of consumer) {
      consumer.markProcessed(record);
      if (++seen === 100) break;
    }
    const metrics = consumer.metrics();
    assert.ok(metrics.every(({ tags }) => tags["client-id"] === "shop"));
    const of = (name: string): number => find(metrics, FETCH, name) ?? Number.NaN;
    assert.equal(of("records-consumed-total"), 100);
    assert.ok(of("bytes-consumed-total") > 10_000 && of("bytes-consumed-total") < 20_000);
    assert.equal(of("fetch-total"), consumer.counters.fetches);
    assert.ok(
      of("fetch-latency-avg") >= 10 && of("fetch-latency-max") >= of("fetch-latency-avg"),
      `${of("fetch-latency-avg")} of two ways of 5 ms`,
    );
    assert.equal(of("records-per-request-avg") * of("fetch-total"), 100);
    assert.equal(of("fetch-size-avg") * of("fetch-total"), of("bytes-consumed-total"));
    assert.equal(of("records-lag-max"), 0);
    assert.equal(find(metrics, FETCH, "records-consumed-total", { topic: "a" }), 80);
    assert.equal(find(metrics, FETCH, "records-consumed-total", { topic: "b" }), 20);
    assert.equal(
      (find(metrics, FETCH, "bytes-consumed-total", { topic: "a" }) ?? 0) +
        (find(metrics, FETCH, "bytes-consumed-total", { topic: "b" }) ?? 0),
      of("bytes-consumed-total"),
    );
    assert.equal(find(metrics, FETCH, "records-lag", { topic: "a", partition: "1" }), 0);
    consumer.seek({ topic: "a", partition: 1 }, 30);
    assert.equal(find(consumer.metrics(), FETCH, "records-lag", { topic: "a", partition: "1" }), 10);
    assert.ok((find(metrics, "consumer-metrics", "request-total") ?? 0) > of("fetch-total"));
    assert.equal(find(metrics, GROUP, "assigned-partitions"), undefined, "it is in no group");
    await consumer.close();
    await producer.close();
    await sleep(platform, 0);
  }));

for (const groupProtocol of ["classic", "consumer"] as const) {
  test(`a member of a group tells what its group asked of it (${groupProtocol}), and onStatistics tells rates`, () =>
    inWorld(
      {
        topics: { t: 4 },
        groups: { initialRebalanceDelayMs: 0, consumerHeartbeatIntervalMs: 1000, consumerAssignmentIntervalMs: 0 },
      },
      async ({ kafka, platform }) => {
        const told: Statistics[] = [];
        const producer = kafka.producer();
        const options = {
          groupId: "g",
          topics: ["t"],
          groupProtocol,
          ...(groupProtocol === "classic" ? { heartbeatIntervalMs: 1000 } : {}),
        };
        const consumer = kafka.consumer({
          ...options,
          autoCommitIntervalMs: 1000,
          statisticsIntervalMs: 10_000,
          onStatistics: (statistics) => told.push(statistics),
        });
        const reading = (async () => {
          for await (const _ of consumer);
        })();
        for (let i = 0; i < 20; i++) {
          await producer.send({ topic: "t", partition: i % 4, value: "x" });
          await sleep(platform, 1000);
        }
        const alone = consumer.metrics();
        const of = (name: string): number => find(alone, GROUP, name) ?? Number.NaN;
        assert.equal(of("assigned-partitions"), 4);
        assert.ok(of("heartbeat-total") >= 15 && of("heartbeat-total") <= 25, String(of("heartbeat-total")));
        assert.ok(of("last-heartbeat-seconds-ago") <= 1.5);
        assert.ok(of("commit-total") >= 15 && of("commit-latency-avg") <= of("commit-latency-max"));
        assert.ok(of("rebalance-total") >= 1 && of("last-rebalance-seconds-ago") > 15);
        assert.equal(of("join-total"), groupProtocol === "classic" ? 2 : 0, "the first is told its id (KIP-394)");
        assert.equal(of("sync-total"), groupProtocol === "classic" ? 1 : 0);
        const other = kafka.consumer(options);
        const also = (async () => {
          for await (const _ of other);
        })();
        await sleep(platform, 10_000);
        const both = consumer.metrics();
        assert.equal(find(both, GROUP, "assigned-partitions"), 2);
        assert.ok((find(both, GROUP, "rebalance-total") ?? 0) > of("rebalance-total"));
        assert.ok((find(both, GROUP, "last-rebalance-seconds-ago") ?? 99) < 10);
        assert.equal(told.length, 3);
        const rate = find(told[0]?.metrics ?? [], FETCH, "records-consumed-rate") ?? 0;
        assert.ok(rate > 0.8 && rate < 1.1, String(rate));
        assert.ok((find(told[0]?.metrics ?? [], GROUP, "heartbeat-rate") ?? 0) > 0.5);
        await consumer.close();
        await other.close();
        await Promise.all([reading, also, producer.close()]);
        await sleep(platform, 30_000);
        assert.equal(told.length, 3, "after close nothing is told");
      },
    ));
}
