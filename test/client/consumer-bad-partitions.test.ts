// One bad partition, or one bad record, must not affect the rest, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => String(from + i));

/**
 * UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR, FENCED_LEADER_EPOCH,
 * UNKNOWN_LEADER_EPOCH, OFFSET_NOT_AVAILABLE, UNKNOWN_TOPIC_ID, UNKNOWN_SERVER_ERROR.
 */
for (const code of [3, 5, 6, 56, 74, 75, 78, 100, -1]) {
  test(`a partition that fails with code ${code} for 20 s does not stop the one beside it, and goes on where it was`, () =>
    inWorld({ topics: { t: 2 } }, async ({ kafka, cluster, platform }) => {
      const producer = kafka.producer();
      for (const value of numbers(50))
        for (const partition of [0, 1]) await producer.send({ topic: "t", partition, value });
      let isBad = false;
      cluster.intercept("Fetch", {
        respond: (response) =>
          !isBad
            ? response
            : {
                ...response,
                responses: response.responses.map((topic) => ({
                  ...topic,
                  partitions: topic.partitions.map((one) =>
                    one.partitionIndex === 0
                      ? { partitionIndex: 0, errorCode: code, highWatermark: -1, records: null }
                      : one,
                  ),
                })),
              },
      });
      const values: [string[], string[]] = [[], []];
      const consumer = kafka.consumer({ topics: ["t"] });
      const reading = (async () => {
        for await (const { partition, value } of consumer) {
          values[partition as 0 | 1].push(text(value) ?? "");
          if (values[0].length + values[1].length === 220) break;
        }
      })();
      await sleep(platform, 1000);
      assert.deepEqual(values, [numbers(50), numbers(50)]);
      isBad = true;
      for (const value of numbers(20, 50)) await producer.send({ topic: "t", partition: 0, value });
      for (const value of numbers(40, 50)) {
        await producer.send({ topic: "t", partition: 1, value });
        await sleep(platform, 500);
        assert.equal(values[1].at(-1), value, "read within half a second");
      }
      isBad = false;
      for (const value of numbers(40, 70)) await producer.send({ topic: "t", partition: 0, value });
      for (const value of numbers(20, 90)) await producer.send({ topic: "t", partition: 1, value });
      await reading;
      assert.deepEqual(values, [numbers(110), numbers(110)]);
    }));
}

test("a partition without a leader does not stop the others, and is read when it has one", () =>
  inWorld(
    { brokers: 2, topics: { t: { partitions: 2, replicationFactor: 1 } } },
    async ({ kafka, cluster, platform }) => {
      const producer = kafka.producer();
      const leaders = cluster.snapshot().topics[0]!.partitions.map(({ leaderId }) => leaderId);
      assert.notEqual(leaders[0], leaders[1]);
      for (const partition of [0, 1]) await producer.send({ topic: "t", partition, value: `first of ${partition}` });
      await cluster.stopBroker(leaders[0]!);
      const values: (string | null)[] = [];
      const reading = (async () => {
        for await (const { value } of kafka.consumer({ topics: ["t"] })) if (values.push(text(value)) === 3) break;
      })();
      await sleep(platform, 10_000);
      await producer.send({ topic: "t", partition: 1, value: "second of 1" });
      await sleep(platform, 1000);
      assert.deepEqual(values, ["first of 1", "second of 1"]);
      await cluster.startBroker(leaders[0]!);
      await reading;
      assert.deepEqual(values, ["first of 1", "second of 1", "first of 0"]);
    },
  ));

test("a partition whose batch is damaged ends the loop with its place; paused, it does not stop the others", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    for (const partition of [0, 1]) await producer.send({ topic: "t", partition, value: `of ${partition}` });
    cluster.intercept("Fetch", {
      respond: (response) => ({
        ...response,
        responses: response.responses.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((one) =>
            one.partitionIndex === 0
              ? {
                  ...one,
                  records: one.records?.map((byte, i) => (i === one.records!.length - 1 ? byte ^ 1 : byte)) ?? null,
                }
              : one,
          ),
        })),
      }),
    });
    const consumer = kafka.consumer({ topics: ["t"] });
    const values: (string | null)[] = [];
    await assert.rejects(
      (async () => {
        for await (const { value } of consumer) values.push(text(value));
      })(),
      (e: unknown) => KafkaError.is(e) && e.kind === "corrupt" && e.topic === "t" && e.partition === 0,
    );
    consumer.pause([{ topic: "t", partition: 0 }]);
    await producer.send({ topic: "t", partition: 1, value: "more of 1" });
    while (values.at(-1) !== "more of 1") for (const { value } of await take(consumer, 1)) values.push(text(value));
    assert.deepEqual(values, ["of 1", "more of 1"]);
  }));

test("records bigger than every fetch size are read, one after the other, beside small ones of another partition", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka }) => {
    const producer = kafka.producer({ maxRequestSize: 10_000_000, batchSize: 1 });
    const big = (i: number): string => String(i).padEnd(400_000 + i, "x");
    for (let i = 0; i < 5; i++) {
      await producer.send({ topic: "t", partition: 0, value: big(i) });
      await producer.send({ topic: "t", partition: 1, value: `small ${i}` });
    }
    const records = await take(
      kafka.consumer({ topics: ["t"], maxPartitionFetchBytes: 1000, fetchMaxBytes: 1500, fetchBufferBytes: 2000 }),
      10,
    );
    const of = (partition: number): (string | null)[] =>
      records.filter((record) => record.partition === partition).map(({ value }) => text(value));
    assert.deepEqual(
      of(1),
      numbers(5).map((i) => `small ${i}`),
    );
    assert.ok(
      of(0).every((value, i) => value === big(i)),
      "whole, and in order",
    );
  }));
