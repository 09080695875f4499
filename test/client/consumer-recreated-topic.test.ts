// A topic that is deleted and recreated under a consumer, in virtual time: no record of the new topic is skipped.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld, take, text } from "./world.ts";

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => String(from + i));

async function fill({ kafka }: World, values: readonly string[]): Promise<void> {
  const producer = kafka.producer();
  for (const value of values) await producer.send({ topic: "t", value });
  await producer.close();
}

async function recreate(world: World, values: readonly string[]): Promise<void> {
  (await world.kafka.admin().deleteTopics(["t"])).orThrow();
  (await world.kafka.admin().createTopics([{ topic: "t", numPartitions: 1 }])).orThrow();
  await fill(world, values);
}

for (const autoOffsetReset of ["earliest", "latest"] as const) {
  for (const count of [3, 10, 25]) {
    test(
      `the new topic has ${count} records, the old one was read up to 10, the policy is ${autoOffsetReset}: all ` +
        "are read, and the reset is reported",
      () =>
        inWorld({ topics: { t: 1 } }, async (world) => {
          const resets: unknown[] = [];
          const consumer = world.kafka.consumer({
            assign: [{ topic: "t", partition: 0, offset: "earliest" }],
            autoOffsetReset,
            onPositionReset: (reset) => resets.push(reset),
          });
          await fill(world, numbers(10));
          const values: (string | null)[] = [];
          const reading = (async () => {
            for await (const record of consumer) if (values.push(text(record.value)) === 10 + count) break;
          })();
          await sleep(world.platform, 2000);
          await recreate(world, numbers(count, 100));
          await reading;
          assert.deepEqual(values, [...numbers(10), ...numbers(count, 100)]);
          assert.deepEqual(resets, [{ topic: "t", partition: 0, from: 10, to: 0 }]);
        }),
    );
  }
}

test("a consumer without a loop meanwhile: the next loop begins with the new topic's first record", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await fill(world, numbers(10));
    const consumer = world.kafka.consumer({ topics: ["t"] });
    assert.equal((await take(consumer, 5)).length, 5);
    await recreate(world, numbers(20, 100));
    // Some of the old topic's records are held already: they may still come, then all of the new one's.
    const values: (string | null)[] = [];
    for await (const record of consumer) if (values.push(text(record.value)) && values.at(-1) === "119") break;
    assert.deepEqual(values.slice(-20), numbers(20, 100));
    assert.deepEqual(values.slice(0, -20), numbers(10).slice(5, 5 + values.length - 20));
  }));

test('with autoOffsetReset "none" the loop throws and says what happened; after a seek it goes on', () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await fill(world, numbers(10));
    const consumer = world.kafka.consumer({
      assign: [{ topic: "t", partition: 0, offset: 0 }],
      autoOffsetReset: "none",
    });
    assert.equal((await take(consumer, 10)).length, 10);
    await recreate(world, numbers(20, 100));
    await assert.rejects(
      take(consumer, 1),
      (e: unknown) => KafkaError.is(e) && e.kind === "broker" && /t-0.*recreated.*offset 10/.test(e.message),
    );
    consumer.seek({ topic: "t", partition: 0 }, "earliest");
    assert.deepEqual(
      (await take(consumer, 20)).map(({ value }) => text(value)),
      numbers(20, 100),
    );
  }));

test(
  "the cluster's own createTopic and deleteTopic: with the topic goes what groups have committed for it, and what " +
    "is wrong is said",
  () =>
    inWorld({ topics: { t: 1 }, autoCreateTopics: false }, async (world) => {
      const { cluster, kafka } = world;
      await fill(world, numbers(10));
      const consumer = kafka.consumer({ topics: ["t"], groupId: "g" });
      await take(consumer, 10);
      await consumer.close();
      const committed = (): number | undefined => cluster.snapshot().groups[0]?.offsets[0]?.offset;
      assert.equal(committed(), 10);
      const before = cluster.snapshot().topics[0]?.topicId;
      cluster.deleteTopic("t");
      assert.deepEqual([committed(), cluster.snapshot().topics], [undefined, []]);
      cluster.createTopic("t", 2);
      const [made] = cluster.snapshot().topics;
      assert.deepEqual(
        made?.partitions.map(({ highWatermark }) => highWatermark),
        [0, 0],
      );
      assert.notEqual(made.topicId, before);
      assert.throws(() => cluster.createTopic("t", 2), /there is a topic t already/);
      assert.throws(
        () => cluster.createTopic("u", 0),
        /createTopic: partitions takes a whole number from 1 to 100000, not 0/,
      );
      assert.throws(() => cluster.deleteTopic("u"), /there is no topic u/);
    }),
);
