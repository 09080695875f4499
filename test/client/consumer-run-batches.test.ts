// consumer.run({ eachBatches }): all batches of a partition that have arrived come in one call.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsumedBatch } from "../../src/consumer/reading/consumed-batch.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { committed } from "./committed.ts";
import { inWorld, text, type World } from "./world.ts";

const PARTITIONS = 2;

/** Stores each record as a batch of its own; values count from 0, and go to the partitions in turn. */
async function fill({ kafka }: World, count: number): Promise<void> {
  const producer = kafka.producer({ lingerMs: 0, maxInFlightRequests: 1 });
  for (let i = 0; i < count; i++) await producer.send({ topic: "t", partition: i % PARTITIONS, value: String(i) });
  await producer.close();
}

const valuesOf = (batches: readonly ConsumedBatch[]): number[] =>
  batches.flatMap(({ records }) => [...records].map(({ value }) => Number(text(value))));

test("many small batches come in one call for each partition, in order, and only of that partition", () =>
  inWorld({ topics: { t: PARTITIONS } }, async (world) => {
    await fill(world, 100);
    const consumer = world.kafka.consumer({ topics: ["t"] });
    const calls: number[][] = [];
    await consumer.run({
      eachBatches: (batches) => {
        const [{ topic, partition }] = batches;
        for (const batch of batches) assert.deepEqual([batch.topic, batch.partition], [topic, partition]);
        calls.push(valuesOf(batches));
        if (calls.flat().length === 100) void consumer.close();
      },
    });
    assert.equal(calls.length, PARTITIONS);
    for (const [i, values] of calls.entries()) {
      const first = values[0] ?? -1;
      assert.ok(first < PARTITIONS, `call ${i} begins with ${first}`);
      assert.deepEqual(
        values,
        Array.from({ length: 50 }, (_, n) => first + n * PARTITIONS),
      );
    }
  }));

test("a call gets no more batches once they have maxPartitionFetchBytes bytes, and the rest comes next", () =>
  inWorld({ topics: { t: PARTITIONS } }, async (world) => {
    await fill(world, 100);
    const consumer = world.kafka.consumer({ topics: ["t"], maxPartitionFetchBytes: 700 });
    const sizes: number[] = [];
    const seen: number[] = [];
    await consumer.run({
      eachBatches: async (batches) => {
        sizes.push(batches.length);
        seen.push(...valuesOf(batches));
        await sleep(world.platform, 50); // meanwhile more arrives
        if (seen.length === 100) void consumer.close();
      },
    });
    assert.ok(Math.max(...sizes) < 20, `calls with ${sizes.join()} batches`);
    assert.ok(Math.max(...sizes) > 5, `calls with ${sizes.join()} batches`);
    assert.deepEqual(
      seen.filter((value) => value % 2 === 0),
      Array.from({ length: 50 }, (_, n) => n * 2),
    );
  }));

test("a commit does not pass batches of a call that has not ended; after a failure all of them are read again", () =>
  inWorld({ topics: { t: PARTITIONS } }, async (world) => {
    await fill(world, 60);
    const places = [0, 1].map((partition) => ({ topic: "t", partition }));
    const options = { groupId: "g", topics: ["t"], enableAutoCommit: false, startOffset: "earliest" } as const;
    const first = world.kafka.consumer(options);
    let calls = 0;
    await assert.rejects(
      first.run({
        eachBatches: async () => {
          if (++calls === 2) throw new Error("the second call");
          await sleep(world.platform, 10);
          await first.commit(); // while it runs: nothing of this partition is done
        },
      }),
      /the second call/,
    );
    await first.commit();
    const ends = await committed(first, places);
    assert.deepEqual([...ends].sort(), [0, 30]);
    await first.close();
    const second = world.kafka.consumer(options);
    const again: number[] = [];
    await second.run({
      eachBatches: (batches) => {
        again.push(...valuesOf(batches));
        if (again.length === 30) void second.close();
      },
    });
    const rest = ends[0] === 0 ? 0 : 1;
    assert.deepEqual(
      again,
      Array.from({ length: 30 }, (_, n) => n * 2 + rest),
    );
  }));

test("a seek and a pause in a call count for what comes next", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const producer = world.kafka.producer({ lingerMs: 0, maxInFlightRequests: 1 });
    for (let i = 0; i < 40; i++) await producer.send({ topic: "t", partition: 0, value: String(i) });
    await producer.close();
    const consumer = world.kafka.consumer({ topics: ["t"], maxPartitionFetchBytes: 700 });
    const place = { topic: "t", partition: 0 };
    const calls: number[][] = [];
    await consumer.run({
      eachBatches: async (batches) => {
        calls.push(valuesOf(batches));
        if (calls.length === 1) consumer.seek(place, 35);
        else if (calls.length === 2) {
          consumer.pause([place]);
          consumer.seek(place, 30);
          await sleep(world.platform, 10);
          void sleep(world.platform, 1000).then(() => {
            assert.equal(calls.length, 2);
            consumer.resume([place]);
          });
        } else if (calls.flat().includes(34)) void consumer.close();
      },
    });
    assert.equal(calls[0]?.[0], 0);
    assert.equal(calls[1]?.[0], 35);
    assert.equal(calls[2]?.[0], 30);
  }));

test("with onPoison each call gets one batch, and what cannot be read is passed to it", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const producer = world.kafka.producer({ lingerMs: 0, maxInFlightRequests: 1 });
    for (let i = 0; i < 10; i++)
      await producer.send({ topic: "t", partition: 0, value: i === 4 ? "not a number" : String(i) });
    await producer.close();
    const number = {
      serialize: (): Uint8Array => new Uint8Array(),
      deserialize: (bytes: Uint8Array): number => {
        const value = Number(text(bytes));
        if (Number.isNaN(value)) throw new Error("no number");
        return value;
      },
    };
    const seen: (number | null)[] = [];
    const sizes = new Set<number>();
    const consumer = world.kafka.consumer({ topics: ["t"], value: number, onPoison: "skip" });
    await consumer.run({
      eachBatches: (batches) => {
        sizes.add(batches.length);
        for (const { records } of batches) for (const { value } of records) seen.push(value);
        if (seen.includes(9)) void consumer.close();
      },
    });
    assert.deepEqual(seen, [0, 1, 2, 3, 5, 6, 7, 8, 9]);
    assert.deepEqual([...sizes], [1]);
  }));

test("eachBatches that makes no sense is refused by name", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const consumer = kafka.consumer({ topics: ["t"] });
    const each = (): void => undefined;
    for (const [options, message] of [
      [{ eachBatches: each, eachBatch: each }, /one of them/],
      [{ eachBatches: null }, /eachBatches/],
      [{ eachBatches: each, orderBy: "key" }, /orderBy "key" needs eachRecord/],
    ] as const)
      await assert.rejects(consumer.run(options as never), { kind: "config", message });
  }));
