import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { type SeedCluster, type SeedTest, take, text } from "./seed-world.ts";

async function topicOf({ kafka, fresh }: SeedCluster): Promise<string> {
  const topic = fresh("topic");
  (await kafka.admin().createTopics([{ topic, numPartitions: 3 }])).orThrow();
  return topic;
}

/** Ten records by a way to send them, with a partitioner of one's own: all on its partition. */
async function allOnTwo(cluster: SeedCluster, isEnqueued: boolean): Promise<void> {
  const topic = await topicOf(cluster);
  const seen: (string | null)[] = [];
  const partitions: number[] = [];
  const producer = cluster.kafka.producer({
    partitioner: ({ key }, { partitionCount }) => {
      assert.equal(partitionCount, 3);
      seen.push(key === null || key === undefined ? null : text(key));
      return 2;
    },
    onDelivery: ({ partition, count }) => partitions.push(...Array.from({ length: count }, () => partition)),
  });
  for (let i = 0; i < 10; i++) {
    if (isEnqueued) producer.enqueue({ topic, key: `${i}`, value: "v" });
    else assert.equal((await producer.send({ topic, key: `${i}`, value: "v" })).partition, 2);
  }
  await producer.close();
  assert.deepEqual(
    partitions,
    Array.from({ length: 10 }, () => 2),
  );
  assert.deepEqual(
    seen,
    Array.from({ length: 10 }, (_, i) => `${i}`),
  );
}

export const producerTests: readonly SeedTest[] = [
  {
    seed: "test_low_producers::test_base_producer_queue_full",
    name: "a full buffer refuses records at once and keeps those that it has",
    body: async (cluster) => {
      const producer = cluster
        .client({ isAlone: true })
        .producer({ bufferMemory: 10 * 1100, batchSize: 1000, maxBlockMs: 600_000 });
      const value = new Uint8Array(1000);
      const taken = Array.from({ length: 30 }, () => producer.enqueue({ topic: "t", partition: 0, value }));
      assert.equal(taken.filter(Boolean).length, 10);
      assert.equal(taken.lastIndexOf(true), 9);
      await assert.rejects(
        producer.close({ timeoutMs: 10 }),
        (error: unknown) => KafkaError.is(error) && /10 enqueued records were not delivered/.test(error.message),
      );
    },
  },
  {
    seed: "test_low_producers::test_base_producer_timeout",
    name: "records that cannot be delivered in time all fail, and each error report has its record",
    body: async (cluster) => {
      const failed: (string | null)[][] = [];
      const kinds = new Set<string>();
      const producer = cluster.client({ isAlone: true }).producer({
        maxBlockMs: 100,
        onDelivery: ({ error, records }) => {
          if (error === undefined) return;
          kinds.add(`${error.kind} ${error.outcome}`);
          for (const record of records) failed.push([text(record.key), text(record.value)]);
        },
      });
      const sent = Array.from({ length: 10 }, (_, i) => producer.send({ topic: "t", key: `k${i}`, value: `v${i}` }));
      const settled = await Promise.allSettled(sent);
      assert.ok(
        settled.every(
          (one) =>
            one.status === "rejected" &&
            KafkaError.is(one.reason) &&
            one.reason.kind === "timeout" &&
            one.reason.outcome === "notWritten",
        ),
      );
      await producer.close();
      // A record that never was in a batch is reported only by its promise.
      if (failed.length > 0) assert.deepEqual([...kinds], ["timeout notWritten"]);
    },
  },
  {
    seed: "test_low_producers::test_base_producer_headers",
    name: "headers keep their order, empty is not null, and none are none",
    body: async (cluster) => {
      const topic = await topicOf(cluster);
      const producer = cluster.kafka.producer();
      const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
      await producer.send({
        topic,
        partition: 0,
        value: "1",
        headers: [
          ["a", bytes("A")],
          ["b", bytes("")],
          ["c", null],
          ["a", bytes("again")],
        ],
      });
      await producer.send({ topic, partition: 0, value: "2" });
      await producer.close();
      const consumer = cluster.kafka.consumer({ assign: [{ topic, partition: 0 }] });
      const [first, second] = await take(consumer, 2);
      assert.deepEqual(
        first?.headers.map(([name, value]) => [name, text(value)]),
        [
          ["a", "A"],
          ["b", ""],
          ["c", null],
          ["a", "again"],
        ],
      );
      assert.deepEqual(second?.headers, []);
      await consumer.close();
    },
  },
  {
    seed: "test_low_producers::test_threaded_producer_send",
    name: "enqueued records are sent without polling",
    body: async (cluster) => {
      const topic = await topicOf(cluster);
      let delivered = 0;
      let done: () => void = () => undefined;
      const all = new Promise<void>((resolve) => (done = resolve));
      const producer = cluster.kafka.producer({
        onDelivery: ({ count, error }) => {
          assert.equal(error, undefined);
          if ((delivered += count) === 10) done();
        },
      });
      for (let i = 0; i < 10; i++) assert.equal(producer.enqueue({ topic, value: `${i}` }), true);
      await all;
      await producer.close();
      assert.equal(delivered, 10);
    },
  },
  {
    seed: "test_low_producers::test_base_producer_opaque_arc",
    name: "each send has its own promise, which settles once with the result of its record",
    body: async (cluster) => {
      const topic = await topicOf(cluster);
      const producer = cluster.kafka.producer();
      const settled: number[] = [];
      await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          producer
            .send({ topic, partition: i % 3, value: `${i}` })
            .then(({ offset }) => settled.push(offset * 3 + (i % 3) - i)),
        ),
      );
      assert.deepEqual(
        settled,
        Array.from({ length: 30 }, () => 0),
      );
      await producer.close();
    },
  },
  {
    seed: "test_low_producers::test_fatal_errors",
    name: "a fenced producer reports it at every call, and writes nothing more",
    body: async (cluster) => {
      const topic = await topicOf(cluster);
      const transactionalId = cluster.fresh("tx");
      const first = cluster.kafka.producer({ transactionalId });
      await first.begin();
      await first.send({ topic, partition: 0, value: "first" });
      const second = cluster.kafka.producer({ transactionalId });
      await second.transaction((tx) => tx.send({ topic, partition: 0, value: "second" }));
      await assert.rejects(first.commit(), { kind: "fenced" });
      await assert.rejects(first.begin(), { kind: "fenced" });
      await assert.rejects(first.send({ topic, partition: 0, value: "again" }), {
        kind: "fenced",
        outcome: "notWritten",
      });
      await first.close();
      await second.close();
    },
  },
  {
    seed: "test_low_producers::test_register_custom_partitioner_linger_non_zero_key_null",
    name: "records without a key stay together while their batch is not full; they are not spread one by one",
    body: async (cluster) => {
      const topic = await topicOf(cluster);
      const producer = cluster.kafka.producer({ lingerMs: 100 });
      const sent = await Promise.all(Array.from({ length: 20 }, (_, i) => producer.send({ topic, value: `${i}` })));
      assert.equal(new Set(sent.map(({ partition }) => partition)).size, 1);
      await producer.close();
    },
  },
  {
    seed: "test_low_producers::test_custom_partitioner_base_producer",
    name: "a custom partitioner chooses the partition of each record (send)",
    body: (cluster) => allOnTwo(cluster, false),
  },
  {
    seed: "test_low_producers::test_custom_partitioner_threaded_producer",
    name: "a custom partitioner chooses the partition of each record (enqueue)",
    body: (cluster) => allOnTwo(cluster, true),
  },
  {
    seed: "test_high_producers::test_future_producer_send",
    name: "ten sends at once, with one key: Java's partition for it, and offsets in the order of the calls",
    body: async (cluster) => {
      const topic = await topicOf(cluster);
      const producer = cluster.kafka.producer();
      const sent = await Promise.all(
        Array.from({ length: 10 }, (_, i) => producer.send({ topic, key: "B", value: `${i}` })),
      );
      for (const [i, { partition, offset, timestamp }] of sent.entries()) {
        assert.deepEqual([partition, offset], [1, i]);
        assert.ok(timestamp <= cluster.nowMs());
      }
      await producer.close();
    },
  },
  {
    seed: "test_high_producers::test_future_producer_send_full",
    name: "no room: enqueue returns at once; send waits for room, then for its topic, each up to its limit",
    body: async (cluster) => {
      const producer = cluster
        .client({ isAlone: true })
        .producer({ bufferMemory: 1200, batchSize: 1000, maxBlockMs: 1000 });
      const value = new Uint8Array(1000);
      const first = producer.send({ topic: "t", partition: 0, value });
      first.catch(() => undefined);
      const startMs = cluster.nowMs();
      assert.equal(producer.enqueue({ topic: "t", partition: 0, value }), false);
      assert.ok(cluster.nowMs() - startMs < 20);
      await assert.rejects(
        producer.send({ topic: "t", partition: 0, value }),
        (error: unknown) =>
          KafkaError.is(error) &&
          (error.kind === "buffer-full" || error.kind === "timeout") &&
          error.outcome === "notWritten",
      );
      const tookMs = cluster.nowMs() - startMs;
      assert.ok(tookMs >= 800 && tookMs <= 2400, `${tookMs} ms`);
      await producer.close({ timeoutMs: 10 }).catch(() => undefined);
    },
  },
  {
    seed: "test_high_producers::test_future_producer_send_fail",
    name: "an unknown partition: the error names it, and no record was written",
    body: async (cluster) => {
      const topic = await topicOf(cluster);
      const producer = cluster.kafka.producer({ maxBlockMs: 1000 });
      await assert.rejects(
        producer.send({ topic, partition: 100, key: "k", value: "v", headers: { a: "1" } }),
        (error: unknown) =>
          KafkaError.is(error) &&
          error.outcome === "notWritten" &&
          error.message.includes("100") &&
          error.message.includes(topic),
      );
      await producer.close();
    },
  },
  {
    seed: "test_high_producers::test_future_undelivered",
    name: "a producer that is closed before it found a broker settles its sends as not written",
    body: async (cluster) => {
      const producer = cluster.client({ isAlone: true }).producer();
      const sent = producer.send({ topic: "t", key: "k", value: "v" });
      sent.catch(() => undefined);
      await producer.close({ timeoutMs: 100 }).catch(() => undefined);
      await assert.rejects(sent, { kind: "closed", outcome: "notWritten" });
    },
  },
];
