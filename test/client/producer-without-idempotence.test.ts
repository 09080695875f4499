// A producer without sequences has no gap in them: a batch that failed for good must not change how the next ones go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

const PRODUCER = { enableIdempotence: false, lingerMs: 0, batchSize: 1, maxInFlightRequests: 5 } as const;

test("after a batch that failed for good its partition had one request under way, for the rest of the producer's life", () =>
  inWorld({ topics: { t: 1 }, latencyMs: 10 }, async ({ cluster, kafka, platform }) => {
    const producer = kafka.producer(PRODUCER);
    await producer.send({ topic: "t", value: "0" });
    cluster.failPartition("Produce", "t", 0, ["TOPIC_AUTHORIZATION_FAILED"]);
    await assert.rejects(producer.send({ topic: "t", value: "refused" }), { kind: "authorization" });
    await producer.send({ topic: "t", value: "1" });
    const sent = [];
    let most = 0;
    for (let i = 0; i < 20; i++) {
      sent.push(producer.send({ topic: "t", value: `${i}` }));
      await sleep(platform, 1);
      const underWay = producer.metrics().find(({ name }) => name === "requests-in-flight")?.value ?? 0;
      most = Math.max(most, underWay);
    }
    await Promise.all(sent);
    assert.ok(most > 1, `${most} at once`);
  }));

test("a batch without a sure answer is sent again, also after another one has failed for good", () =>
  inWorld({ topics: { t: 1 }, latencyMs: 10 }, async ({ cluster, kafka }) => {
    const producer = kafka.producer(PRODUCER);
    await producer.send({ topic: "t", value: "0" });
    cluster.failPartition("Produce", "t", 0, ["TOPIC_AUTHORIZATION_FAILED", "REQUEST_TIMED_OUT", "REQUEST_TIMED_OUT"]);
    const results = await Promise.allSettled(["a", "b", "c"].map((value) => producer.send({ topic: "t", value })));
    assert.deepEqual(
      results.map(({ status }) => status),
      ["rejected", "fulfilled", "fulfilled"],
    );
  }));
