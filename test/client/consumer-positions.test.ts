// Where reading begins, and what a consumer can ask about offsets, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { OffsetSpec } from "../../src/consumer/partitions/offset-spec.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld, take, text } from "./world.ts";

/** Records 0, 1, 2, … of one partition, a second apart by their timestamps, the last one now. */
async function fillByTime({ kafka, platform }: World, topic: string, count: number): Promise<number> {
  const producer = kafka.producer({ batchSize: 200 });
  const first = platform.clock.now() - (count - 1) * 1000;
  for (let i = 0; i < count; i++)
    await producer.send({ topic, partition: 0, value: String(i), timestamp: first + i * 1000 });
  await producer.close();
  return first;
}

async function firstOf(consumer: Consumer): Promise<string | null> {
  const [record] = await take(consumer, 1);
  assert.ok(record);
  await consumer.close();
  return text(record.value);
}

test("assign, seek and autoOffsetReset begin at a time, or so long ago; where nothing is so young, at the end", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { kafka, platform } = world;
    const first = await fillByTime(world, "t", 10);
    const places: readonly (readonly [OffsetSpec, string])[] = [
      [{ timestamp: first }, "0"],
      [{ timestamp: first + 1 }, "1"],
      [{ timestamp: first + 4000 }, "4"],
      [{ timestamp: 0 }, "0"],
      [{ durationMs: 1500 }, "8"],
      [{ durationMs: 1_000_000_000_000_000 }, "0"],
      ["earliest", "0"],
    ];
    for (const [offset, value] of places) {
      assert.equal(
        await firstOf(kafka.consumer({ assign: [{ topic: "t", partition: 0, offset }] })),
        value,
        JSON.stringify(offset),
      );
      const sought = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset: "latest" }] });
      sought.seek({ topic: "t", partition: 0 }, offset);
      assert.equal(await firstOf(sought), value, `seek ${JSON.stringify(offset)}`);
    }
    // Reading moves the clock by some ms.
    assert.equal(await firstOf(kafka.consumer({ topics: ["t"], autoOffsetReset: { durationMs: 2500 } })), "7");
    assert.equal(await firstOf(kafka.consumer({ topics: ["t"], autoOffsetReset: "by_duration:PT2.5S" })), "7");
    for (const offset of [{ timestamp: first + 9001 }, { durationMs: 0 }, "latest"] as const) {
      const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset }] });
      const next = firstOf(consumer);
      await sleep(platform, 1000);
      assert.equal(consumer.position({ topic: "t", partition: 0 }), 10, JSON.stringify(offset));
      const producer = kafka.producer();
      await producer.send({ topic: "t", value: "young", timestamp: 5 });
      assert.equal(await next, "young");
      await producer.close();
      // The partition grew by one: begin again.
      (await kafka.admin().deleteTopics(["t"])).orThrow();
      (await kafka.admin().createTopics([{ topic: "t", numPartitions: 1 }])).orThrow();
      const again = kafka.producer();
      for (let i = 0; i < 10; i++)
        await again.send({ topic: "t", partition: 0, value: String(i), timestamp: first + i * 1000 });
      await again.close();
    }
  }));

test("a record that is written while a time is looked for is not passed over", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { kafka, cluster, platform } = world;
    await fillByTime(world, "t", 3);
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "old", timestamp: 1 });
    // The look for the time finds nothing; then a record comes, before the broker is asked anything else.
    cluster.intercept("ListOffsets", { respond: (response) => response, delayMs: 200 });
    const next = firstOf(
      kafka.consumer({ assign: [{ topic: "t", partition: 0, offset: { timestamp: platform.clock.now() + 60_000 } }] }),
    );
    await sleep(platform, 250);
    await producer.send({ topic: "t", value: "written meanwhile", timestamp: platform.clock.now() + 120_000 });
    assert.equal(await next, "written meanwhile");
  }));

test("cursors of one broker are looked up in one request, whatever they look for", () =>
  inWorld({ brokers: 1, topics: { t: 4 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    for (let partition = 0; partition < 4; partition++)
      await producer.send({ topic: "t", partition, value: `p${partition}` });
    const asked: string[] = [];
    cluster.intercept(
      "ListOffsets",
      ({ message }) =>
        void asked.push(
          message.topics
            .map((topic) =>
              topic.partitions.map(({ partitionIndex, timestamp }) => `${partitionIndex}:${timestamp}`).join(" "),
            )
            .join("|"),
        ),
    );
    const assign = (["earliest", { timestamp: 7 }, "earliest", { timestamp: 9 }] as const).map((offset, partition) => ({
      topic: "t",
      partition,
      offset,
    }));
    assert.deepEqual((await take(kafka.consumer({ assign }), 4)).map(({ value }) => text(value)).sort(), [
      "p0",
      "p1",
      "p2",
      "p3",
    ]);
    assert.deepEqual(asked, ["1:-1 3:-1", "0:-2 1:7 2:-2 3:9"]);
  }));

test("offsetsForTimes, beginningOffsets, endOffsets and watermarks: any partitions, one request for each leader", () =>
  inWorld({ brokers: 3, topics: { t: { partitions: 3 }, other: 1, silent: 1 } }, async (world) => {
    const { kafka, cluster } = world;
    const first = await fillByTime(world, "t", 10);
    await fillByTime(world, "other", 2);
    cluster.deleteRecords("t", 0, 3);
    const consumer = kafka.consumer({ topics: ["silent"] });
    const requests = cluster.intercept("ListOffsets", () => undefined);
    const at = (timestamp: number): { topic: string; partition: number; timestamp: number } => ({
      topic: "t",
      partition: 0,
      timestamp,
    });
    assert.deepEqual(
      await consumer.offsetsForTimes([
        at(first + 5500),
        { topic: "t", partition: 1, timestamp: 0 },
        at(first),
        at(first + 60_000),
      ]),
      [
        { topic: "t", partition: 0, offset: 6, timestamp: first + 6000, leaderEpoch: 0 },
        null,
        { topic: "t", partition: 0, offset: 3, timestamp: first + 3000, leaderEpoch: 0 },
        null,
      ],
    );
    const all = [
      { topic: "t", partition: 0 },
      { topic: "t", partition: 1 },
      { topic: "t", partition: 2 },
      { topic: "other", partition: 0 },
    ];
    const before = requests.calls;
    assert.deepEqual(await consumer.beginningOffsets(all), [3, 0, 0, 0]);
    assert.ok(requests.calls - before <= 3, `${requests.calls - before} requests`);
    assert.deepEqual(await consumer.endOffsets(all), [10, 0, 0, 2]);
    assert.deepEqual(await consumer.endOffsets([]), []);
    assert.deepEqual(await consumer.watermarks({ topic: "t", partition: 0 }), { low: 3, high: 10, lastStable: 10 });
  }));

test(
  "an open transaction: the last stable offset is below the end, and endOffsets and currentLag follow " +
    "isolationLevel",
  () =>
    inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
      const plain = kafka.producer();
      for (let i = 0; i < 3; i++) await plain.send({ topic: "t", value: String(i) });
      const producer = kafka.producer({ transactionalId: "open" });
      await producer.begin();
      await producer.send({ topic: "t", value: "undecided" });
      const partition = { topic: "t", partition: 0 };
      for (const [isolationLevel, end] of [
        ["read_uncommitted", 4],
        ["read_committed", 3],
      ] as const) {
        const consumer = kafka.consumer({ assign: [partition], isolationLevel });
        assert.deepEqual(await consumer.endOffsets([partition]), [end]);
        assert.deepEqual(await consumer.watermarks(partition), { low: 0, high: 4, lastStable: 3 });
        assert.equal(consumer.currentLag(partition), undefined, "nothing was fetched yet");
        const lags: (number | undefined)[] = [];
        for await (const record of consumer) {
          lags.push(consumer.currentLag(partition));
          if (record.offset === 2) break;
        }
        // The record in hand is not done.
        assert.deepEqual(lags, isolationLevel === "read_committed" ? [2, 1, 0] : [3, 2, 1]);
        await consumer.close();
      }
      await producer.abort();
    }),
);

test("questions about offsets follow leaders that move, and end within their time with what is wrong", () =>
  inWorld({ brokers: 3, topics: { t: { partitions: 2, replicationFactor: 3 } } }, async (world) => {
    const { kafka, cluster, platform } = world;
    await fillByTime(world, "t", 4);
    const consumer = kafka.consumer({ topics: ["t"] });
    const both = [
      { topic: "t", partition: 0 },
      { topic: "t", partition: 1 },
    ];
    assert.deepEqual(await consumer.endOffsets(both), [4, 0]);
    for (const leader of [2, 0, 1]) {
      cluster.moveLeader("t", 0, leader);
      assert.deepEqual(await consumer.endOffsets(both), [4, 0]);
    }
    const before = platform.clock.monotonic();
    const isTimeout =
      (...words: string[]) =>
      (e: unknown): boolean =>
        KafkaError.is(e) && e.kind === "timeout" && words.every((word) => e.message.includes(word));
    await assert.rejects(
      consumer.endOffsets([{ topic: "nowhere", partition: 0 }], { timeoutMs: 2000 }),
      isTimeout("endOffsets of nowhere-0", "UNKNOWN_TOPIC_OR_PARTITION"),
    );
    await assert.rejects(
      consumer.beginningOffsets([{ topic: "t", partition: 7 }], { timeoutMs: 2000 }),
      isTimeout("t-7", "2 partitions"),
    );
    cluster.intercept("ListOffsets", "hang");
    await assert.rejects(
      consumer.watermarks({ topic: "t", partition: 0 }, { timeoutMs: 2000 }),
      isTimeout("watermarks of t-0", "ListOffsets"),
    );
    assert.ok(platform.clock.monotonic() - before <= 6010);
    await assert.rejects(
      consumer.offsetsForTimes([{ topic: "t", partition: 0, timestamp: -1 }]),
      (e: unknown) => KafkaError.is(e) && e.kind === "config" && e.message.includes("timestamp -1"),
    );
    await assert.rejects(
      consumer.endOffsets([{ topic: "t", partition: 0 }], { timeoutMs: -1 }),
      (e: unknown) => KafkaError.is(e) && e.kind === "config" && e.message.includes("timeoutMs"),
    );
  }));

test("while a broker does not say where its partitions begin, those that other brokers lead are read", () =>
  inWorld({ brokers: 2, topics: { t: 2 } }, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer();
    const partitions = [0, 1];
    for (const partition of partitions) await producer.send({ topic: "t", partition, value: `${partition}` });
    for (const silent of partitions) {
      const hang = cluster.intercept("ListOffsets", ({ nodeId }) => (nodeId === silent ? "hang" : undefined));
      const fromMs = platform.clock.monotonic();
      const consumer = kafka.consumer({ assign: partitions.map((partition) => ({ topic: "t", partition })) });
      const [record] = await take(consumer, 1);
      assert.ok(record !== undefined && platform.clock.monotonic() - fromMs < 1000, "at once");
      hang();
      await consumer.close();
    }
  }));
