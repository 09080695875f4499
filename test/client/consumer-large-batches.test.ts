// A sound batch that decompresses to more than the consumer allows is never called damaged, and nothing is lost by it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { Poison } from "../../src/consumer/partitions/poison.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import { portableCodecs } from "../../src/records/compression.ts";
import { crc32 } from "../../src/wire/crc32.ts";
import { type World, inWorld, take } from "./world.ts";

const LARGE = "0123456789".repeat(20_000);
const isConfig = (error: unknown): boolean =>
  KafkaError.is(error) &&
  error.kind === "config" &&
  error.message.includes("maxDecompressedBytes") &&
  /at least \d{6}/.test(error.message) &&
  error.offset === 1;

type Loop = (consumer: Consumer, count: number) => Promise<number[]>;

const loops: Readonly<Record<string, Loop>> = {
  "for await": async (consumer, count) => (await take(consumer, count)).map(({ offset }) => offset),
  batches: async (consumer, count) =>
    (await take(consumer.batches(), count)).flatMap(({ records }) => [...records].map(({ offset }) => offset)),
  partition: async (consumer, count) => (await take(consumer.partition("t", 0), count)).map(({ offset }) => offset),
  "run by record": async (consumer, count) => {
    const offsets: number[] = [];
    await consumer.run({
      eachRecord: ({ offset }) => (offsets.push(offset) === count ? void consumer.close() : undefined),
    });
    return offsets;
  },
  "run by key": async (consumer, count) => {
    const offsets: number[] = [];
    await consumer.run({
      orderBy: "key",
      concurrency: 4,
      eachRecord: ({ offset }) => (offsets.push(offset) === count ? void consumer.close() : undefined),
    });
    return offsets;
  },
  "run by batch": async (consumer, count) => {
    const offsets: number[] = [];
    await consumer.run({
      eachBatch: ({ records }) =>
        offsets.push(...[...records].map(({ offset }) => offset)) === count ? void consumer.close() : undefined,
    });
    return offsets;
  },
  "run by batches": async (consumer, count) => {
    const offsets: number[] = [];
    await consumer.run({
      eachBatches: (batches) => {
        for (const { records } of batches) for (const { offset } of records) offsets.push(offset);
        if (offsets.length === count) void consumer.close();
      },
    });
    return offsets;
  },
};

async function write({ kafka }: World): Promise<void> {
  const producer = kafka.producer({ compressionType: "gzip" });
  for (const value of ["small", LARGE, "small"]) await producer.send({ topic: "t", value });
  await producer.close();
}

for (const [name, read] of Object.entries(loops)) {
  test(
    `${name}: a sound record called corrupt: beyond maxDecompressedBytes the loop throws kind config under every ` +
      "onPoison, and a higher bound reads it",
    () =>
      inWorld({ topics: { t: 1 } }, async (world) => {
        await write(world);
        const assign = [{ topic: "t", partition: 0 }];
        const poison: Poison[] = [];
        for (const onPoison of ["fail", "skip", (seen: Poison) => Promise.resolve(void poison.push(seen))] as const) {
          const consumer = world.client().consumer({ assign, maxDecompressedBytes: 100_000, onPoison });
          await assert.rejects(read(consumer, 3), isConfig);
          assert.equal(consumer.counters.poison, 0);
          const position = consumer.position({ topic: "t", partition: 0 });
          assert.ok(position <= 1, `the position stays: ${position}`);
          const raised = world.client().consumer({
            assign: [{ topic: "t", partition: 0, offset: position }],
            maxDecompressedBytes: 300_000,
            onPoison,
          });
          assert.deepEqual(await read(raised, 3 - position), [0, 1, 2].slice(position));
          // The same consumer throws again: it does not skip the batch.
          if (name === "for await" || name === "batches") await assert.rejects(read(consumer, 3), isConfig);
        }
        assert.deepEqual(poison, []);
      }),
  );
}

test(
  "exactly once: a sound record beyond maxDecompressedBytes ends the loop with kind config, and nothing of it is " +
    "committed",
  () =>
    inWorld({ topics: { t: 1, out: 1 } }, async (world) => {
      await write(world);
      const offsets: number[] = [];
      const transform = (records: readonly { readonly offset: number }[]): [] => (
        offsets.push(...records.map(({ offset }) => offset)),
        []
      );
      const pipe = consumeTransformProduce(world.client(), {
        groupId: "g",
        topics: ["t"],
        transactionalId: "x",
        transform,
        maxRecords: 1,
        consumer: { maxDecompressedBytes: 100_000, onPoison: "skip" },
      });
      await assert.rejects(pipe.ended, isConfig);
      assert.deepEqual(offsets, [0]);
      const again = world.client().consumer({ groupId: "g", topics: ["t"], maxDecompressedBytes: 300_000 });
      assert.deepEqual(
        (await take(again, 2)).map(({ offset }) => offset),
        [1, 2],
      );
    }),
);

test("old message sets beyond maxDecompressedBytes are kind config too, in magic 0 and 1", async () => {
  for (const magic of [0, 1] as const) {
    await inWorld({ topics: { t: 1 } }, async (world) => {
      await world.kafka.producer().send({ topic: "t", value: "small" });
      await world.kafka.producer().send({ topic: "t", value: "to be replaced" });
      world.cluster.intercept("Fetch", {
        respond: (response) => ({
          ...response,
          responses: response.responses.map((topic) => ({
            ...topic,
            partitions: topic.partitions.map((one) => ({
              ...one,
              records: one.records === null || one.records.length === 0 ? one.records : oldSet(magic),
            })),
          })),
        }),
      });
      const assign = [{ topic: "t", partition: 0, offset: 1 }];
      for (const onPoison of ["fail", "skip"] as const)
        await assert.rejects(
          take(world.client().consumer({ assign, maxDecompressedBytes: 100_000, onPoison }), 1),
          isConfig,
        );
      const [record] = await take(world.client().consumer({ assign, maxDecompressedBytes: 300_000 }), 1);
      assert.equal(record?.value?.length, LARGE.length);
    });
  }
});

function oldSet(magic: 0 | 1): Uint8Array {
  const inner = message(magic, magic === 0 ? 1 : 0, Buffer.from(LARGE), 0);
  return message(magic, 1, portableCodecs().gzip.compress(inner), 1);
}

function message(magic: 0 | 1, offset: number, value: Uint8Array, attributes: number): Uint8Array {
  const head = magic === 0 ? 18 : 26;
  const bytes = new Uint8Array(head + 8 + value.length);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(offset));
  view.setInt32(8, bytes.length - 12);
  view.setInt8(16, magic);
  view.setInt8(17, attributes);
  view.setInt32(head, -1);
  view.setInt32(head + 4, value.length);
  bytes.set(value, head + 8);
  view.setUint32(12, crc32(bytes, 16));
  return bytes;
}

test(
  "a record of 28 MB that gzips to 1.25 MB: the embedded cluster takes it, and a consumer reads it with its " +
    "defaults",
  () =>
    inWorld({ topics: { t: { partitions: 1, configs: { "max.message.bytes": "104857600" } } } }, async (world) => {
      // Noise among zeros: about 22 times smaller.
      const value = new Uint8Array(28_000_000);
      for (let i = 0, state = 1; i < 1_100_000; i++)
        value[i * 25] = (state = (Math.imul(state, 1_103_515_245) + 12_345) | 0) >>> 16;
      const producer = world.kafka.producer({
        compressionType: "gzip",
        maxRequestSize: 64_000_000,
        bufferMemory: 128_000_000,
      });
      await producer.send({ topic: "t", value });
      const [record] = await take(world.kafka.consumer({ topics: ["t"] }), 1);
      assert.equal(Buffer.compare(record?.value ?? new Uint8Array(), value), 0);
    }),
);
