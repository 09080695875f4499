// Where reading begins and goes on: seek, fromBeginning by topic, committed −1 and −2, out of range, control records
// (checks 24, 31, 38, 39).
import { test } from "node:test";
import assert from "node:assert/strict";
import { eventsOf, until, write } from "./consumer-world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

async function committed({ world }: KafkaJsWorld, topic: string, partition = 0, groupId = "g"): Promise<number> {
  const tool = world.kafka.consumer({ groupId, assign: [] });
  const [found] = await tool.committed([{ topic, partition }]);
  await tool.close();
  return found?.offset ?? -1;
}

async function commitByHand({ world }: KafkaJsWorld, topic: string, offset: number, groupId = "g"): Promise<void> {
  if (offset >= 0) {
    const tool = world.kafka.consumer({ groupId, assign: [] });
    await tool.commit([{ topic, partition: 0, offset }]);
    await tool.close();
    return;
  }
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: "place" }];
  await world.kafka.request(
    "OffsetCommit",
    { groupId, generationIdOrMemberEpoch: -1, memberId: "", topics: [{ name: topic, partitions }] },
    { to: { coordinator: { group: groupId } }, version: 8 },
  );
}

test("fromBeginning holds for the topics of its call; the last call for a topic wins", () =>
  inKafkaJsWorld({ topics: { old: 1, fresh: 1, both: 1 } }, async (world) => {
    for (const topic of ["old", "fresh", "both"]) await write(world, topic, 0, 2);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const seen: string[] = [];
    await consumer.subscribe({ topic: "old", fromBeginning: true });
    await consumer.subscribe({ topics: ["fresh", "both"] });
    await consumer.subscribe({ topics: [/^bot/], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ topic, message }) => void seen.push(`${topic}:${message.offset}`) });
    await until(world, () => seen.length === 4);
    await world.wait(6000);
    await write(world, "fresh", 0, 1, 2);
    await until(world, () => seen.length === 5);
    assert.deepEqual(seen.slice(0, 4).sort(), ["both:0", "both:1", "old:0", "old:1"]);
    assert.equal(seen[4], "fresh:2");
    await consumer.disconnect();
  }));

test("seek just after run, in a handler, twice, for a partition of nobody; with autoCommit it is committed at once", () =>
  inKafkaJsWorld({ topics: { orders: 2 } }, async (world) => {
    await write(world, "orders", 0, 10);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const seen: string[] = [];
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    const running = consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(message.offset);
        if (message.offset === "5" && seen.length === 2) {
          consumer.seek({ topic: "orders", partition: 0, offset: "1" });
          consumer.seek({ topic: "orders", partition: 0, offset: "8" });
        }
      },
    });
    consumer.seek({ topic: "orders", partition: 0, offset: "4" });
    consumer.seek({ topic: "orders", partition: 77, offset: "4" });
    await running;
    await until(world, () => seen.length === 4);
    await world.wait(200);
    assert.deepEqual(seen, ["4", "5", "8", "9"]);
    consumer.pause([{ topic: "orders" }]);
    consumer.seek({ topic: "orders", partition: 0, offset: "3" });
    await world.wait(200);
    assert.equal(await committed(world, "orders"), 3);
    await consumer.disconnect();
  }));

test("seek to -2 is the beginning, to -1 the end; without autoCommit nothing is committed", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 3);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const seen: string[] = [];
    await consumer.subscribe({ topic: "orders", fromBeginning: false });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => void seen.push(message.offset),
    });
    consumer.seek({ topic: "orders", partition: 0, offset: "-2" });
    await until(world, () => seen.length === 3);
    consumer.seek({ topic: "orders", partition: 0, offset: "0" });
    consumer.seek({ topic: "orders", partition: 0, offset: "-1" });
    await world.wait(6000);
    await write(world, "orders", 0, 1, 3);
    await until(world, () => seen.length === 4);
    assert.deepEqual(seen, ["0", "1", "2", "3"]);
    assert.equal(await committed(world, "orders"), -1);
    await consumer.disconnect();
  }));

test("a committed -2 is the first message, whatever fromBeginning says", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 3);
    await commitByHand(world, "orders", -2);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const seen: string[] = [];
    await consumer.subscribe({ topic: "orders" });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
    await until(world, () => seen.length === 3);
    await consumer.disconnect();
    assert.equal(await committed(world, "orders"), 3);
  }));

test("out of range: it goes on where fromBeginning says, and that is committed", async () => {
  for (const fromBeginning of [true, false])
    await inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
      await write(world, "orders", 0, 5);
      await commitByHand(world, "orders", 1000);
      const consumer = world.kafka().consumer({ groupId: "g" });
      const seen: string[] = [];
      await consumer.subscribe({ topic: "orders", fromBeginning });
      await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
      await world.wait(30_000);
      assert.equal(seen.length, fromBeginning ? 5 : 0);
      assert.equal(await committed(world, "orders"), 5);
      await consumer.disconnect();
    });
});

test("aborted transactions and control records: nothing is delivered, the lag is 0, batches are told", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const consumer = world.kafka().consumer({ groupId: "g" });
    const events = eventsOf(consumer);
    const seen: string[] = [];
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
    const producer = world.world.kafka.producer({ transactionalId: "t" });
    const abort = (): Promise<unknown> =>
      producer
        .transaction(async (tx) => {
          await tx.send({ topic: "orders", partition: 0, value: "no" });
          throw new Error("abort");
        })
        .catch(() => undefined);
    await abort();
    await abort();
    await world.wait(12_000);
    assert.deepEqual(seen, []);
    assert.equal(await committed(world, "orders"), 4);
    assert.ok(events.includes("START_BATCH_PROCESS") && events.includes("END_BATCH_PROCESS"));
    await producer.transaction((tx) => tx.send({ topic: "orders", partition: 0, value: "yes" }));
    await world.wait(12_000);
    assert.deepEqual(seen, ["4"]);
    assert.equal(await committed(world, "orders"), 6);
    await consumer.disconnect();
  }));

test("new partitions of a topic are read after a rebalance", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const consumer = world.kafka().consumer({ groupId: "g", metadataMaxAge: 5000 });
    const seen: string[] = [];
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => void seen.push(`${partition}:${message.offset}`),
    });
    await world.world.kafka.admin().createPartitions([{ topic: "orders", totalCount: 3 }]);
    await write(world, "orders", 2, 1);
    await until(world, () => seen.length === 1);
    assert.deepEqual(seen, ["2:0"]);
    await consumer.disconnect();
  }));
