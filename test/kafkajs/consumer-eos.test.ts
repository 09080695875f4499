// transaction.sendOffsets, and the consumer of the same Kafka, which must not commit over them (check 22).
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer, Transaction } from "../../packages/kafkajs/src/api.ts";
import { eventsOf, until, write } from "./consumer-world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

const topic = "orders";

/** The group's committed offset; -1 if there is none. */
async function committed({ world }: KafkaJsWorld, partition = 0): Promise<number> {
  const tool = world.kafka.consumer({ groupId: "g", assign: [] });
  const [found] = await tool.committed([{ topic, partition }]);
  await tool.close();
  return found?.offset ?? -1;
}

/** The offsets of each OffsetCommit, as `partition:offset`. */
function commitsOf({ cluster }: KafkaJsWorld): string[] {
  const seen: string[] = [];
  cluster.intercept("OffsetCommit", ({ message }) => {
    for (const { partitions } of message.topics)
      for (const { partitionIndex, committedOffset } of partitions) seen.push(`${partitionIndex}:${committedOffset}`);
  });
  return seen;
}

const sendOffset = (transaction: Transaction, offset: string, partition = 0): Promise<void> =>
  transaction.sendOffsets({ consumerGroupId: "g", topics: [{ topic, partitions: [{ partition, offset }] }] });

async function clients(
  world: KafkaJsWorld,
): Promise<{ consumer: Consumer; begin: () => Promise<Transaction>; end: () => Promise<void> }> {
  const kafka = world.kafka();
  const producer = kafka.producer({ transactionalId: "x", idempotent: true, maxInFlightRequests: 1 });
  const consumer = kafka.consumer({ groupId: "g" });
  await producer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const end = async (): Promise<void> => {
    await consumer.disconnect();
    await producer.disconnect();
  };
  return { consumer, begin: () => producer.transaction(), end };
}

test("eachMessage sends its offset in a transaction: the consumer commits nothing, also when it stops", () =>
  inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
    await write(world, topic, 0, 5);
    const commits = commitsOf(world);
    const { consumer, begin, end } = await clients(world);
    const events = eventsOf(consumer);
    const seen: string[] = [];
    await consumer.run({
      autoCommitThreshold: 2,
      eachMessage: async ({ message }) => {
        const transaction = await begin();
        await sendOffset(transaction, String(Number(message.offset) + 1));
        await transaction.commit();
        seen.push(message.offset);
      },
    });
    await until(world, () => seen.length === 5);
    await world.wait(10_000);
    await end();
    assert.deepEqual(seen, ["0", "1", "2", "3", "4"]);
    assert.deepEqual(commits, []);
    assert.ok(!events.includes("COMMIT_OFFSETS"));
    assert.equal(await committed(world), 5);
  }));

test("eachBatch sends uncommittedOffsets(): none is left, and the batch's end commits nothing", () =>
  inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
    await write(world, topic, 0, 5);
    const commits = commitsOf(world);
    const { consumer, begin, end } = await clients(world);
    const left: number[] = [];
    await consumer.run({
      eachBatch: async ({ batch, resolveOffset, uncommittedOffsets }) => {
        for (const { offset } of batch.messages) resolveOffset(offset);
        const transaction = await begin();
        await transaction.sendOffsets({ consumerGroupId: "g", ...uncommittedOffsets() });
        await transaction.commit();
        left.push(uncommittedOffsets().topics.length);
      },
    });
    await until(world, () => left.length > 0);
    await end();
    assert.deepEqual([...new Set(left)], [0]);
    assert.deepEqual(commits, []);
    assert.equal(await committed(world), 5);
  }));

test("the batch of another partition ends between sendOffsets and commit: nothing older is committed over them", () =>
  inKafkaJsWorld({ topics: { [topic]: 2 } }, async (world) => {
    await write(world, topic, 0, 3);
    const commits = commitsOf(world);
    const { consumer, begin, end } = await clients(world);
    const seen: string[] = [];
    await consumer.run({
      partitionsConsumedConcurrently: 2,
      eachMessage: async ({ partition, message }) => {
        if (partition === 0) {
          const transaction = await begin();
          await sendOffset(transaction, String(Number(message.offset) + 1));
          if (message.offset === "1") {
            await write(world, topic, 1, 1);
            await until(world, () => commits.includes("1:1"), "the commit of the other partition");
          }
          await transaction.commit();
        }
        seen.push(`${partition}:${message.offset}`);
      },
    });
    await until(world, () => seen.length === 4);
    await end();
    assert.deepEqual(seen, ["0:0", "1:0", "0:1", "0:2"]);
    assert.deepEqual(commits, ["1:1"]);
    assert.equal(await committed(world), 3);
  }));

test("after an abort the consumer commits what it has done, except for the aborted offset, as kafkajs does", () =>
  inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
    await write(world, topic, 0, 3);
    const commits = commitsOf(world);
    const { consumer, begin, end } = await clients(world);
    const seen: string[] = [];
    await consumer.run({
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary, uncommittedOffsets }) => {
        if (seen.length > 0) return void seen.push(batch.firstOffset() ?? "");
        const transaction = await begin();
        await sendOffset(transaction, "3");
        resolveOffset("0");
        assert.deepEqual(uncommittedOffsets().topics, []);
        await transaction.abort();
        assert.deepEqual(uncommittedOffsets().topics[0]?.partitions, [{ partition: "0", offset: "1" }]);
        seen.push(batch.firstOffset() ?? "");
        await commitOffsetsIfNecessary(uncommittedOffsets());
        resolveOffset("2");
        return undefined;
      },
    });
    await until(world, () => seen.length === 1);
    await world.wait(1000);
    await end();
    assert.deepEqual(commits, ["0:1", ...commits.slice(1)]);
    assert.equal(commits[0], "0:1");
  }));

test("after a seek back the messages are committed again, although a transaction had committed later ones", () =>
  inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
    await write(world, topic, 0, 4);
    const { consumer, begin, end } = await clients(world);
    const seen: string[] = [];
    await consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(message.offset);
        if (seen.length === 4) {
          const transaction = await begin();
          await sendOffset(transaction, "4");
          await transaction.commit();
        }
        if (seen.length === 6) consumer.pause([{ topic }]);
      },
    });
    await until(world, () => seen.length === 4);
    await world.wait(200);
    consumer.seek({ topic, partition: 0, offset: "1" });
    await until(world, () => seen.length === 6);
    await world.wait(500);
    assert.deepEqual(seen, ["0", "1", "2", "3", "1", "2"]);
    assert.equal(await committed(world), 3);
    await end();
  }));
