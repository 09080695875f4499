// Offsets without a message: compacted away, deleted under the reader, aborted (check 38).
import { test } from "node:test";
import assert from "node:assert/strict";
import { eventsOf, until, write } from "./consumer-world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

const topic = "orders";

async function committed({ world }: KafkaJsWorld): Promise<number> {
  const tool = world.kafka.consumer({ groupId: "g", assign: [] });
  const [found] = await tool.committed([{ topic, partition: 0 }]);
  await tool.close();
  return found?.offset ?? -1;
}

interface Lag {
  readonly offsetLag: string;
  readonly lastOffset: string;
  readonly batchSize: number;
}

/** A consumer that collects offsets and the payloads of END_BATCH_PROCESS. */
async function collecting(world: KafkaJsWorld, mode: "eachMessage" | "eachBatch" = "eachMessage") {
  const consumer = world.kafka().consumer({ groupId: "g" });
  const seen: string[] = [];
  const ends: Lag[] = [];
  const events = eventsOf(consumer);
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => void ends.push(payload as Lag));
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run(
    mode === "eachMessage"
      ? { eachMessage: async ({ message }) => void seen.push(message.offset) }
      : { eachBatch: async ({ batch }) => void seen.push(...batch.messages.map(({ offset }) => offset)) },
  );
  return { consumer, seen, ends, events };
}

for (const mode of ["eachMessage", "eachBatch"] as const)
  test(`a compacted partition whose last records are gone, ${mode}: what is left comes once, the lag is 0`, () =>
    inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
      const admin = world.world.kafka.admin();
      await admin.incrementalAlterConfigs([
        {
          resourceType: "TOPIC",
          name: topic,
          set: {
            "cleanup.policy": "compact",
            "segment.ms": "1000",
            "min.cleanable.dirty.ratio": "0",
            "delete.retention.ms": "0",
          },
        },
      ]);
      const producer = world.world.kafka.producer();
      const keys = ["a", "b", "a", "c", "b", "a"];
      for (const key of keys) {
        await producer.send({ topic, partition: 0, key, value: key === "c" ? null : key });
        await world.wait(1500);
      }
      await producer.close();
      await world.wait(600_000);
      const { consumer, seen, ends } = await collecting(world, mode);
      await until(world, () => Number(ends.at(-1)?.lastOffset) === keys.length - 1, "the last offset");
      await world.wait(10_000);
      assert.ok(seen.length < keys.length, `something is compacted away: ${seen.join()}`);
      assert.deepEqual(seen, [...new Set(seen)].sort());
      assert.ok(seen.includes("5") && !seen.includes("0"));
      assert.equal(ends.at(-1)?.offsetLag, "0");
      assert.equal(await committed(world), keys.length);
      await consumer.disconnect();
    }));

test("records are deleted under a slow reader: it goes on at the new beginning, and that is committed", () =>
  inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
    const producer = world.world.kafka.producer();
    for (let i = 0; i < 20; i++) await producer.send({ topic, partition: 0, value: "x".repeat(1000) });
    await producer.close();
    const consumer = world.kafka().consumer({ groupId: "g", maxBytesPerPartition: 2000 });
    const events = eventsOf(consumer);
    const seen: number[] = [];
    let isHeld = true;
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(Number(message.offset));
        while (isHeld) await world.wait(100);
      },
    });
    await until(world, () => seen.length === 1);
    await world.wait(2000);
    await world.world.kafka.admin().deleteRecords([{ topic, partition: 0, beforeOffset: 17 }]);
    isHeld = false;
    await until(world, () => seen.at(-1) === 19);
    await world.wait(10_000);
    assert.ok(seen.length < 20, `some were deleted before they were fetched: ${seen.join()}`);
    assert.deepEqual(seen.slice(-3), [17, 18, 19]);
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => a - b),
    );
    assert.equal(await committed(world), 20);
    assert.ok(!events.includes("CRASH"));
    await consumer.disconnect();
  }));

test("all records are deleted: nothing comes, the committed offset is the end, and new ones are read", () =>
  inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
    await write(world, topic, 0, 10);
    await world.world.kafka.admin().deleteRecords([{ topic, partition: 0, beforeOffset: 10 }]);
    const { consumer, seen, ends } = await collecting(world);
    await world.wait(10_000);
    assert.deepEqual(seen, []);
    await write(world, topic, 0, 1, 10);
    await until(world, () => seen.length === 1);
    await world.wait(1000);
    assert.deepEqual(seen, ["10"]);
    assert.equal(ends.at(-1)?.offsetLag, "0");
    assert.equal(await committed(world), 11);
    await consumer.disconnect();
  }));

test("aborted transactions only: the lag that the events report goes to 0, and eachBatch is not called", () =>
  inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
    const producer = world.world.kafka.producer({ transactionalId: "t" });
    for (let i = 0; i < 3; i++) {
      await producer.begin();
      await producer.send({ topic, partition: 0, value: "no" });
      await producer.abort();
    }
    await producer.close();
    let calls = 0;
    const consumer = world.kafka().consumer({ groupId: "g" });
    const ends: Lag[] = [];
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => void ends.push(payload as Lag));
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: async () => {
        calls++;
      },
    });
    await until(world, () => ends.at(-1)?.lastOffset === "5", "the last marker");
    await world.wait(10_000);
    assert.equal(calls, 0);
    assert.equal(ends.at(-1)?.offsetLag, "0");
    assert.equal(ends.at(-1)?.batchSize, 0);
    assert.equal(await committed(world), 6);
    await consumer.disconnect();
  }));
