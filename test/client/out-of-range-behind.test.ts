// The log was deleted up to behind what a consumer has fetched and its application has not yet taken.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "../../src/consumer/consumer.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

test("while the application works on what it has, a log that was deleted behind it is not fetched again and again", () =>
  inWorld({ topics: { t: 1 } }, async ({ cluster, client, platform }) => {
    const kafka = client({ onLog: () => undefined });
    const producer = kafka.producer({ lingerMs: 0 });
    const write = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await producer.send({ topic: "t", partition: 0, value: String(i) });
    };
    await write(10);
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset: "earliest" }] });
    for await (const { offset } of consumer) if (offset === 9) break; // record 9 comes first in the next loop
    await write(10);
    cluster.deleteRecords("t", 0, 15);
    const { entries } = cluster.recordRequests({ api: "Fetch" });
    const offsets: number[] = [];
    for await (const { offset } of consumer) {
      offsets.push(offset);
      if (offset === 9) await sleep(platform, 10_000);
      if (offset === 19) break;
    }
    assert.deepEqual(offsets, [9, 10, 15, 16, 17, 18, 19], "record 10 had been fetched as soon as it was written");
    assert.ok(entries.length > 5 && entries.length < 40, `${entries.length} fetches`);
    await consumer.close();
    await kafka.close();
  }));

const loops = {
  records: async (consumer: Consumer, each: Each) => {
    for await (const { offset } of consumer) if (await each(offset)) break;
  },
  batches: async (consumer: Consumer, each: Each) => {
    for await (const batch of consumer.batches())
      for (const { offset } of batch.records) if (await each(offset)) return;
  },
  partition: async (consumer: Consumer, each: Each) => {
    for await (const { offset } of consumer.partition("t", 0)) if (await each(offset)) break;
  },
  eachRecord: async (consumer: Consumer, each: Each) => {
    await consumer.run({
      eachRecord: async ({ offset }) => {
        if (await each(offset)) void consumer.close();
      },
    });
  },
  eachBatch: async (consumer: Consumer, each: Each) => {
    await consumer.run({
      eachBatch: async (batch) => {
        for (const { offset } of batch.records) if (await each(offset)) void consumer.close();
      },
    });
  },
  eachBatches: async (consumer: Consumer, each: Each) => {
    await consumer.run({
      eachBatches: async (batches) => {
        for (const { records } of batches)
          for (const { offset } of records) if (await each(offset)) void consumer.close();
      },
    });
  },
};
type Each = (offset: number) => Promise<boolean>;

for (const [kind, loop] of Object.entries(loops)) {
  test(`${kind}: the rest of an open batch is not lost when the log is deleted behind it meanwhile`, () =>
    inWorld({ topics: { t: 1 } }, async ({ cluster, client, platform }) => {
      const resets: unknown[] = [];
      const kafka = client({ onLog: () => undefined });
      const producer = kafka.producer({ lingerMs: 5 });
      const write = (count: number): Promise<unknown> =>
        Promise.all(
          Array.from({ length: count }, (_, i) => producer.send({ topic: "t", partition: 0, value: String(i) })),
        );
      await write(10); // one batch
      const consumer = kafka.consumer({
        assign: [{ topic: "t", partition: 0, offset: "earliest" }],
        onPositionReset: ({ from, to }) => resets.push([from, to]),
      });
      const offsets: number[] = [];
      await loop(consumer, async (offset) => {
        offsets.push(offset);
        if (offset === 3) {
          const refusals = cluster.failRequests(
            "Fetch",
            Array.from({ length: 100 }, () => "NOT_LEADER_OR_FOLLOWER" as const),
          );
          await sleep(platform, 200);
          await write(10);
          cluster.deleteRecords("t", 0, 15);
          refusals();
          await sleep(platform, 10_000);
        }
        return offset === 19;
      });
      assert.deepEqual([offsets, resets], [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 19], [[10, 15]]]);
      await kafka.close();
    }));
}

test("a new leader that does not have the position yet is asked again, whatever failed before", () =>
  inWorld({ topics: { t: 1 } }, async ({ cluster, client }) => {
    const resets: unknown[] = [];
    const kafka = client({ onLog: () => undefined });
    const producer = kafka.producer();
    for (let i = 0; i < 10; i++) await producer.send({ topic: "t", partition: 0, value: String(i) });
    const consumer = kafka.consumer({
      assign: [{ topic: "t", partition: 0, offset: 5 }],
      onPositionReset: ({ from, to }) => resets.push([from, to]),
    });
    cluster.failPartition("Fetch", "t", 0, ["NOT_LEADER_OR_FOLLOWER", "NOT_LEADER_OR_FOLLOWER", "OFFSET_OUT_OF_RANGE"]);
    const offsets: number[] = [];
    for await (const { offset } of consumer) if (offsets.push(offset) === 5) break;
    assert.deepEqual([offsets, resets], [[5, 6, 7, 8, 9], []]);
    await kafka.close();
  }));
