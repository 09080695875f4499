// A broker that takes a batch only in part, or only in smaller ones.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Delivery } from "../../src/producer/partition/delivery.ts";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import type { Kafka } from "../../src/kafka.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { inWorld, take, text } from "./world.ts";

const MESSAGE_TOO_LARGE = 10;

async function logOf(kafka: Kafka<SimulatedRuntime>, cluster: EmbeddedCluster): Promise<(string | null)[]> {
  const count = cluster.snapshot().topics[0]?.partitions[0]?.highWatermark ?? 0;
  const consumer = kafka.consumer({ topics: ["t"] });
  const values = (await take(consumer, count)).map((record) => text(record.value));
  await consumer.close();
  return values;
}

const limited = (bytes: number) => ({ t: { partitions: 1, configs: { "max.message.bytes": String(bytes) } } });
const compacted = { t: { partitions: 1, configs: { "cleanup.policy": "compact" } } };
const values = (count: number, bytes = 60): string[] =>
  Array.from({ length: count }, (_, i) => `${i}`.padEnd(bytes, "."));

/** Identity and sequence of every batch that was sent. */
function watch(cluster: EmbeddedCluster): string[] {
  const seen: string[] = [];
  cluster.intercept("Produce", ({ message }) => {
    for (const { partitionData } of message.topicData) {
      for (const { records } of partitionData) {
        const view = new DataView(records?.buffer ?? new ArrayBuffer(0), records?.byteOffset);
        seen.push(`${view.getInt16(51)}/${view.getInt32(53)}+${view.getInt32(57)}`);
      }
    }
    return undefined;
  });
  return seen;
}

test(
  "P9 of the peers: a batch that is larger than the broker takes goes out in parts, once, in order, under the same " +
    "numbers",
  () =>
    inWorld({ topics: limited(1000) }, async ({ kafka, cluster }) => {
      const seen = watch(cluster);
      const producer = kafka.producer();
      const sent = await Promise.all(values(64).map((value) => producer.send({ topic: "t", value })));
      assert.deepEqual(
        sent.map((r) => r.offset),
        values(64).map((_, i) => i),
      );
      assert.deepEqual(await logOf(kafka, cluster), values(64));
      assert.equal(producer.counters.epochBumps, 0);
      assert.equal(producer.bufferedBytes, 0);
      assert.equal(seen[0], "0/0+64");
      assert.ok(
        seen.every((s) => s.startsWith("0/")),
        seen.join(" "),
      );
      const { splits } = producer.counters;
      assert.ok(splits > 0);
      // The next batches are made to fit: not every one makes the trip for nothing.
      await Promise.all(values(64).map((value) => producer.send({ topic: "t", value })));
      assert.ok(producer.counters.splits - splits <= 1, `${producer.counters.splits} after ${splits}`);
    }),
);

test("batches that were under way behind a large one keep their order", () =>
  inWorld({ topics: limited(700), latencyMs: 5 }, async ({ kafka, cluster }) => {
    const producer = kafka.producer({ batchSize: 1000, lingerMs: 0 });
    await producer.send({ topic: "t", value: "first" });
    const all = values(100, 90);
    // Batches of 1000 and of few bytes in turn: the small ones would fit at once.
    const sent: Promise<unknown>[] = [];
    for (const [i, value] of all.entries())
      sent.push(producer.send({ topic: "t", value: i % 11 === 0 ? value.padEnd(600, ",") : value }));
    await Promise.all(sent);
    assert.deepEqual(await logOf(kafka, cluster), [
      "first",
      ...all.map((value, i) => (i % 11 === 0 ? value.padEnd(600, ",") : value)),
    ]);
  }));

test("a single record that is too large fails alone, and its neighbours are written in order", () =>
  inWorld({ topics: limited(1000) }, async ({ kafka, cluster }) => {
    const fates: string[] = [];
    const producer = kafka.producer({
      onDelivery: ({ count, error, records }) =>
        fates.push(`${error?.codeName ?? "ok"} ${count} ${[...records].length}`),
    });
    const all = values(10).map((value, i) => (i === 4 ? "x".repeat(2000) : value));
    const results = await Promise.allSettled(all.map((value) => producer.send({ topic: "t", value })));
    assert.deepEqual(
      results.map((r) => r.status === "fulfilled"),
      all.map((_, i) => i !== 4),
    );
    const large = results[4];
    assert.ok(
      large?.status === "rejected" &&
        KafkaError.is(large.reason) &&
        large.reason.codeName === "MESSAGE_TOO_LARGE" &&
        large.reason.outcome === "notWritten",
    );
    assert.deepEqual(
      await logOf(kafka, cluster),
      all.filter((_, i) => i !== 4),
    );
    assert.ok(fates.includes("MESSAGE_TOO_LARGE 1 1"), fates.join("; "));
    assert.equal(producer.bufferedBytes, 0);
  }));

test("a flush waits for the parts of a batch that was split, also when later ones are done", () =>
  inWorld({ topics: { ...limited(1000), u: 1 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    for (const value of values(64)) producer.enqueue({ topic: "t", value });
    producer.enqueue({ topic: "u", value: "later" });
    await producer.flush();
    assert.equal(producer.counters.acknowledged, 65);
    assert.equal((await logOf(kafka, cluster)).length, 64);
  }));

test("a split without idempotence, and with compression, loses and repeats nothing", async () => {
  for (const options of [
    { enableIdempotence: false },
    { acks: 1 },
    { compressionType: "gzip" },
    { compressionType: "lz4", enableIdempotence: false },
  ] as const) {
    await inWorld({ topics: limited(400) }, async ({ kafka, cluster }) => {
      const producer = kafka.producer({ ...options, maxInFlightRequests: 1 });
      const all = values(100).map(
        (value, i) => value + String(Math.imul(i, 0x9e3779b1)) + String(Math.imul(i, 0x85ebca6b)),
      );
      await Promise.all(
        all.map((value) => producer.send({ topic: "t", value, headers: { h: "v" }, key: value.slice(0, 3) })),
      );
      assert.ok(producer.counters.splits > 0);
      assert.deepEqual(await logOf(kafka, cluster), all);
    });
  }
});

test("an answer that was lost, and then a smaller limit: what may have been written is not written again", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    let requests = 0;
    cluster.intercept("Produce", ({ message }) => {
      if (++requests === 1) return "disconnect-after";
      if (requests > 2) return undefined;
      return {
        answer: {
          responses: message.topicData.map(({ topicId, name }) => ({
            topicId,
            name,
            partitionResponses: [{ index: 0, errorCode: MESSAGE_TOO_LARGE, baseOffset: -1 }],
          })),
        },
      };
    });
    const producer = kafka.producer();
    const results = await Promise.allSettled(values(4).map((value) => producer.send({ topic: "t", value })));
    for (const result of results)
      assert.ok(result.status === "rejected" && KafkaError.is(result.reason) && result.reason.outcome === "indefinite");
    await producer.send({ topic: "t", value: "after" });
    assert.deepEqual(await logOf(kafka, cluster), [...values(4), "after"]);
  }));

test("records that the broker names fail, the others of their batch are written (KIP-467)", async () => {
  for (const enableIdempotence of [true, false]) {
    await inWorld({ topics: compacted }, async ({ kafka, cluster }) => {
      const deliveries: Delivery[] = [];
      const producer = kafka.producer({ enableIdempotence, onDelivery: (delivery) => deliveries.push(delivery) });
      const keys = ["a", null, "b", "c", null];
      const results = await Promise.allSettled(
        keys.map((key, i) => producer.send({ topic: "t", key, value: String(i), partition: 0 })),
      );
      assert.deepEqual(
        results.map((r) =>
          r.status === "fulfilled"
            ? r.value.offset
            : KafkaError.is(r.reason)
              ? `${r.reason.codeName ?? ""} ${r.reason.outcome ?? ""}`
              : "",
        ),
        [0, "INVALID_RECORD notWritten", 1, 2, "INVALID_RECORD notWritten"],
      );
      const [failed] = deliveries;
      assert.ok(
        failed?.count === 2 &&
          /cannot write 2 of 5 records to t-0: Compacted topic cannot accept message without key/.test(
            failed.error?.message ?? "",
          ),
        failed?.error?.message,
      );
      assert.equal((await producer.send({ topic: "t", key: "d", value: "5" })).offset, 3);
      assert.deepEqual(await logOf(kafka, cluster), ["0", "2", "3", "5"]);
      assert.deepEqual([producer.counters.failed, producer.counters.acknowledged, producer.bufferedBytes], [2, 4, 0]);
    });
  }
});

test("records that are refused among five requests under way: what is behind them stays in order", () =>
  inWorld({ topics: compacted, latencyMs: 3 }, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer({ batchSize: 300, lingerMs: 0 });
    await producer.send({ topic: "t", key: "k", value: "first" });
    const sent: Promise<unknown>[] = [];
    for (let i = 0; i < 300; i++) {
      sent.push(
        producer
          .send({ topic: "t", key: i % 37 === 5 ? null : "k", value: String(i), partition: 0 })
          .catch(() => undefined),
      );
      if (i % 9 === 0) await sleep(platform, 1);
    }
    await Promise.all(sent);
    const expected = Array.from({ length: 300 }, (_, i) => i)
      .filter((i) => i % 37 !== 5)
      .map(String);
    assert.deepEqual(await logOf(kafka, cluster), ["first", ...expected]);
  }));

test("what a producer's own close has told, that of its Kafka does not tell again", () =>
  inWorld({ topics: { t: 1 } }, async ({ cluster, client }) => {
    const kafka = client();
    const producer = kafka.producer();
    cluster.failPartition("Produce", "t", 0, ["INVALID_RECORD"]);
    producer.enqueue({ topic: "t", value: "refused" });
    await assert.rejects(producer.close(), /1 enqueued record was not delivered/);
    assert.equal(producer.isClosed, true);
    await kafka.close();
  }));
