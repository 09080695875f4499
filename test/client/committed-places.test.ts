// Negative committed offsets, as kafkajs's resetOffsets commits them, and consumers that create topics; virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld, text } from "./world.ts";

async function commit({ kafka }: World, offset: number, metadata: string): Promise<void> {
  await kafka.request(
    "OffsetCommit",
    {
      groupId: "g",
      generationIdOrMemberEpoch: -1,
      memberId: "",
      topics: [
        { name: "t", partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: metadata }] },
      ],
    },
    { version: 8, to: { coordinator: { group: "g" } } },
  );
}

/** Reads until three virtual seconds after `late` was written. */
async function valuesOf(world: World, options: ConsumerOptions): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  const consumer = world.kafka.consumer({ groupId: "g", enableAutoCommit: false, ...options });
  const run = consumer.run({ eachRecord: ({ value }) => void values.push(text(value)) });
  await sleep(world.platform, 10_000);
  await world.kafka.producer().send({ topic: "t", value: "late" });
  await sleep(world.platform, 3000);
  assert.deepEqual((await consumer.lag()).total, 0);
  await consumer.close();
  await run;
  return values;
}

const ways: readonly (readonly [name: string, options: ConsumerOptions])[] = [
  ["classic", { topics: ["t"], groupProtocol: "classic" }],
  ["KIP-848", { topics: ["t"], groupProtocol: "consumer" }],
  ["assign", { assign: [{ topic: "t", partition: 0 }] }],
];
for (const [name, options] of ways)
  test(`${name}: a committed -2 is the first record, -1 with metadata the end, -1 without none at all`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      await world.kafka.producer().send({ topic: "t", value: "early" });
      const reader = world.kafka.consumer({ groupId: "g", topics: [] });
      const seen = async (): Promise<unknown> => (await reader.committed([{ topic: "t", partition: 0 }]))[0]?.offset;
      await commit(world, -2, "");
      assert.equal(await seen(), -2);
      assert.deepEqual(await valuesOf(world, { ...options, startOffset: "latest" }), ["early", "late"]);
      await commit(world, -1, "latest");
      assert.equal(await seen(), -1);
      assert.deepEqual(await valuesOf(world, { ...options, startOffset: "earliest" }), ["late"]);
      await commit(world, -1, "");
      assert.equal(await seen(), undefined);
      assert.deepEqual(await valuesOf(world, { ...options, startOffset: "earliest" }), [
        "early",
        "late",
        "late",
        "late",
      ]);
      await commit(world, -2, "");
      assert.deepEqual(await valuesOf(world, { ...options, startOffset: "none" }), [
        "early",
        "late",
        "late",
        "late",
        "late",
      ]);
    }));

for (const [name, options] of [
  ["without a group", { topics: ["new"] }],
  ["classic", { topics: ["new"], groupId: "g", groupProtocol: "classic" }],
  ["KIP-848", { topics: ["new"], groupId: "g", groupProtocol: "consumer" }],
  ["assign", { assign: [{ topic: "new", partition: 0 }] }],
] as const satisfies readonly (readonly [string, ConsumerOptions])[])
  test(`${name}: with allowAutoCreateTopics the broker creates the topic, and its records are read`, () =>
    inWorld({ autoCreateDelayMs: 50 }, async (world) => {
      const consumer = world.kafka.consumer({ ...options, allowAutoCreateTopics: true });
      const next = consumer[Symbol.asyncIterator]().next();
      await sleep(world.platform, 10_000);
      assert.ok(world.cluster.snapshot().topics.some(({ topic }) => topic === "new"));
      await world.kafka.producer().send({ topic: "new", partition: 0, value: "x" });
      const { value: record } = (await next) as IteratorResult<KafkaRecord, never>;
      assert.equal(text(record.value), "x");
      await consumer.close();
    }));

test("a topic that no consumer may create stays away, and the error says what allows it", () =>
  inWorld({}, async ({ kafka }) => {
    for (const [options, message] of [
      [{}, /does the topic exist\? A consumer creates none without allowAutoCreateTopics$/],
      [{ allowAutoCreateTopics: false }, /without allowAutoCreateTopics$/],
    ] as const) {
      const consumer = kafka.consumer({ topics: ["new"], defaultApiTimeoutMs: 1000, ...options });
      await assert.rejects(consumer[Symbol.asyncIterator]().next(), { kind: "timeout", message });
      await consumer.close();
    }
    assert.equal((await kafka.admin().listTopics()).length, 0);
    for (const allowAutoCreateTopics of [null, 1, "true"])
      assert.throws(() => kafka.consumer({ topics: ["t"], allowAutoCreateTopics: allowAutoCreateTopics as never }), {
        kind: "config",
        message: /allowAutoCreateTopics takes true or false/,
      });
  }));

test("a broker that creates no topics: the error says so; a pattern creates nothing", () =>
  inWorld({ autoCreateTopics: false }, async ({ kafka }) => {
    const consumer = kafka.consumer({ topics: ["new"], defaultApiTimeoutMs: 1000, allowAutoCreateTopics: true });
    await assert.rejects(consumer[Symbol.asyncIterator]().next(), {
      kind: "timeout",
      message: /does the topic exist\? The broker does not create it$/,
    });
    await consumer.close();
  }));
