// Each defect that was found in other clients' producers, named as in the notes (peer-defects 2.1 and 2.3), on a whole
// client in virtual time. P2 is in producer-partitioners, P5 in producer-sequence-wrap, P9's large batch in
// producer-refusals.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { json } from "../../src/serdes/json.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

const CODES = { NOT_LEADER_OR_FOLLOWER: 6, NOT_ENOUGH_REPLICAS: 19 };
const DAY = 86_400_000;

interface ProduceData {
  readonly topicData: readonly {
    readonly topicId: string;
    readonly name: string;
    readonly partitionData: readonly { readonly index: number; readonly records: Uint8Array | null }[];
  }[];
}
const sequenceOf = (records: Uint8Array | null): number =>
  new DataView(records?.buffer ?? new ArrayBuffer(64), records?.byteOffset).getInt32(53);

test("T3: the producer id is asked for without pretending to have one", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const asked: string[] = [];
    cluster.intercept("InitProducerId", ({ message }) => {
      asked.push(`${message.producerId}/${message.producerEpoch}/${String(message.transactionalId)}`);
      return undefined;
    });
    await kafka.producer().send({ topic: "t", value: "x" });
    assert.deepEqual(asked, ["-1/-1/null"]);
  }));

test("P1: timestamps that are far apart in one batch are written as they are", () =>
  inWorld(
    { topics: { t: { partitions: 1, configs: { "message.timestamp.after.max.ms": "9223372036854775807" } } } },
    async ({ kafka }) => {
      const base = 1_700_000_000_000;
      const timestamps = [0, 25, 30, -30, 60, 365, -365, 10_000, -10_000]
        .map((days) => base + days * DAY + (days & 7))
        .concat(
          base + 2 ** 31,
          base + 2 ** 31 - 1,
          base - 2 ** 31,
          base + 2 ** 32,
          base - 2 ** 32 - 1,
          0,
          253_402_300_799_999,
        );
      const producer = kafka.producer();
      const sent = await Promise.all(
        timestamps.map((timestamp, i) => producer.send({ topic: "t", value: String(i), timestamp })),
      );
      assert.deepEqual(
        sent.map((r) => r.timestamp),
        timestamps,
      );
      assert.equal(producer.counters.batches, 1);
      const consumer = kafka.consumer({ topics: ["t"] });
      assert.deepEqual(
        (await take(consumer, timestamps.length)).map((record) => record.timestamp),
        timestamps,
      );
      await consumer.close();
    },
  ));

test(
  "P3: a request that failed in part: the partition that was written is not written again, the other goes to its " +
    "own leader",
  async () => {
    for (const enableIdempotence of [true, false]) {
      await inWorld({ brokers: 2, topics: { t: 4 } }, async ({ kafka, cluster }) => {
        const producer = kafka.producer({ enableIdempotence });
        for (let partition = 0; partition < 4; partition++) await producer.send({ topic: "t", value: "0", partition });
        const leaderOf = (partition: number): number =>
          cluster.snapshot().topics[0]?.partitions[partition]?.leaderId ?? -1;
        const [first, second] = [0, 1, 2, 3].filter((partition) => leaderOf(partition) === 0);
        assert.ok(first !== undefined && second !== undefined);
        cluster.moveLeader("t", second, 1);
        const sent: string[] = [];
        cluster.intercept("Produce", ({ nodeId, message }) => {
          for (const { partitionData } of message.topicData)
            for (const { index } of partitionData) sent.push(`${index}@${nodeId}`);
          return undefined;
        });
        // A record to `first` comes first: the retry of the other must not follow it.
        const results = await Promise.all([
          producer.send({ topic: "t", value: "1", partition: first }),
          producer.send({ topic: "t", value: "1", partition: second }),
        ]);
        assert.deepEqual(
          results.map((r) => r.offset),
          [1, 1],
        );
        assert.deepEqual(sent, [`${first}@0`, `${second}@0`, `${second}@1`]);
      });
    }
  },
);

test("P4: a batch that failed for now is sent again before those behind it, under the same producer id", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const order: number[] = [];
    let ids = 0;
    cluster.intercept("InitProducerId", () => {
      ids++;
      return undefined;
    });
    cluster.intercept("Produce", ({ message }) => {
      const data: ProduceData = message;
      order.push(sequenceOf(data.topicData[0]?.partitionData[0]?.records ?? null));
      if (order.length !== 2) return undefined;
      return {
        answer: {
          responses: data.topicData.map(({ topicId, name }) => ({
            topicId,
            name,
            partitionResponses: [{ index: 0, errorCode: CODES.NOT_ENOUGH_REPLICAS, baseOffset: -1 }],
          })),
        },
      };
    });
    const producer = kafka.producer({ maxInFlightRequests: 1 });
    await producer.send({ topic: "t", value: "first" });
    const a = producer.send({ topic: "t", value: "A" });
    await Promise.resolve();
    const b = producer.send({ topic: "t", value: "B" });
    const [sentA, sentB] = await Promise.all([a, b]);
    assert.deepEqual([sentA.offset, sentB.offset], [1, 2]);
    assert.deepEqual(order.slice(1, 3), [1, 1], order.join(" "));
    assert.deepEqual([ids, producer.counters.epochBumps], [1, 0]);
  }));

test("P6: an idempotent producer has five requests under way to a broker, and no more", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer({ batchSize: 100, lingerMs: 0 });
    await producer.send({ topic: "t", value: "first" });
    cluster.intercept("Produce", () => ({ delayMs: 100 }));
    const sent = Promise.all(
      Array.from({ length: 40 }, (_, i) => producer.send({ topic: "t", value: String(i).padEnd(80) })),
    );
    await sleep(platform, 50);
    assert.equal(producer.counters.requests, 1 + 5);
    assert.deepEqual(
      (await sent).map((r) => r.offset),
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    assert.equal(producer.counters.requests, 1 + 40);
  }));

test(
  "P7: few records do not wait for a timer each time: sixteen at a time, each lot awaited, take no time of their " +
    "own",
  () =>
    inWorld({ topics: { t: 1 } }, async ({ kafka, platform }) => {
      const producer = kafka.producer();
      await producer.send({ topic: "t", value: "first" });
      const before = platform.clock.monotonic();
      for (let lot = 0; lot < 100; lot++)
        await Promise.all(Array.from({ length: 16 }, () => producer.send({ topic: "t", value: "x" })));
      assert.ok(platform.clock.monotonic() - before < 500, `${platform.clock.monotonic() - before} ms for 100 lots`);
    }),
);

test("P8: with any number of brokers every batch goes to its leader", async () => {
  for (const brokers of [1, 2, 3, 4, 5, 7]) {
    await inWorld({ brokers, topics: { t: 11 } }, async ({ kafka, cluster }) => {
      const leaders = cluster.snapshot().topics[0]?.partitions.map((p) => p.leaderId) ?? [];
      cluster.intercept("Produce", ({ nodeId, message }) => {
        for (const { partitionData } of message.topicData)
          for (const { index } of partitionData) assert.equal(nodeId, leaders[index]);
        return undefined;
      });
      const producer = kafka.producer();
      const sent = await Promise.all(
        Array.from({ length: 44 }, (_, i) => producer.send({ topic: "t", value: "x", partition: i % 11 })),
      );
      assert.deepEqual(
        sent.map((r) => r.offset),
        sent.map((_, i) => Math.floor(i / 11)),
      );
      assert.equal(producer.counters.retries, 0);
    });
  }
});

test("P9: by default all replicas must have a record, it is numbered, and tried until its time is over", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    const seen: unknown[] = [];
    cluster.intercept("Produce", ({ message }) => {
      const data: ProduceData = message;
      seen.push([message.acks, sequenceOf(data.topicData[0]?.partitionData[0]?.records ?? null)]);
      return {
        answer: {
          responses: data.topicData.map(({ topicId, name }) => ({
            topicId,
            name,
            partitionResponses: [{ index: 0, errorCode: CODES.NOT_ENOUGH_REPLICAS, baseOffset: -1 }],
          })),
        },
      };
    });
    const before = platform.clock.monotonic();
    await assert.rejects(
      kafka.producer().send({ topic: "t", value: "x" }),
      (e: unknown) =>
        KafkaError.is(e) && e.kind === "timeout" && e.outcome === "notWritten" && /NOT_ENOUGH_REPLICAS/.test(e.message),
    );
    assert.equal(Math.round(platform.clock.monotonic() - before), 120_000);
    assert.deepEqual(seen[0], [-1, 0]);
    assert.ok(seen.length > 100, `${seen.length} tries`);
    assert.throws(
      () => kafka.producer({ maxRequestSize: 1000 }).enqueue({ topic: "t", value: "x".repeat(1001) }),
      /maxRequestSize is 1000/,
    );
  }));

test("P10: nothing that the caller passes is changed: options, records, headers, bytes", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const options = Object.freeze({
      batchSize: 1000,
      compressionType: Object.freeze(["gzip"] as const),
      interceptors: Object.freeze([]),
    });
    const key = Uint8Array.of(1, 2, 3);
    const headers = Object.freeze([Object.freeze(["h", Uint8Array.of(4)] as const)]);
    const record = Object.freeze({ topic: "t", key, value: "v", headers });
    const producer = kafka.producer(options);
    assert.equal(producer.enqueue(record), true);
    await producer.send(record);
    assert.deepEqual(record, {
      topic: "t",
      key: Uint8Array.of(1, 2, 3),
      value: "v",
      headers: [["h", Uint8Array.of(4)]],
    });
    const topics = Object.freeze(["t"]);
    const consumer = kafka.consumer(Object.freeze({ topics }));
    await take(consumer, 2);
    await consumer.close();
  }));

test("P11: null is a tombstone with a JSON serde too, and what JSON cannot say is an error that names the topic", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ value: json<unknown>() });
    await producer.send({ topic: "t", key: "k", value: null });
    await assert.rejects(producer.send({ topic: "t", key: "k", value: undefined }), {
      kind: "serialization",
      message: /value of a record for topic t is undefined/,
    });
    await producer.send({ topic: "t", key: "k", value: { a: null } });
    await assert.rejects(
      producer.send({ topic: "t", value: () => 1 }),
      (e: unknown) => KafkaError.is(e) && e.kind === "serialization" && e.topic === "t",
    );
    const consumer = kafka.consumer({ topics: ["t"] });
    assert.deepEqual(
      (await take(consumer, 2)).map((record) => text(record.value)),
      [null, '{"a":null}'],
    );
    await consumer.close();
  }));
