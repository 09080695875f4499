// The options of `run`: wrong calls, concurrency, commits, eachBatch (checks 25, 27, 28, 29).
import { test } from "node:test";
import assert from "node:assert/strict";
import { eventsOf, until, write } from "./consumer-world.ts";
import { inKafkaJsWorld } from "./world.ts";

test("run without a handler, with a wrong one, and twice", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const consumer = world.kafka().consumer({ groupId: "g" });
    await consumer.subscribe({ topic: "orders" });
    await assert.rejects(consumer.run(), {
      name: "KafkaJSNonRetriableError",
      message: "consumer.run needs a function as eachMessage or as eachBatch, and it got neither",
    });
    await assert.rejects(consumer.run({ eachMessage: 5 as never }), { message: /it got number for one of them$/ });
    await consumer.run({ eachMessage: async () => undefined, eachBatch: undefined as never });
    await consumer.run({ eachMessage: async () => undefined });
    assert.ok(
      world.logged.some(
        ({ label, log }) =>
          label === "WARN" && log.message === "consumer#run was called, but the consumer is already running",
      ),
    );
    await assert.rejects(consumer.subscribe({ topic: "orders" }), {
      message: "Cannot subscribe to topic while consumer is running",
    });
    await consumer.disconnect();
  }));

test("partitionsConsumedConcurrently: so many at once, never two of one partition, in order", async () => {
  for (const concurrency of [1, 2, 8])
    await inKafkaJsWorld({ topics: { orders: 4 } }, async (world) => {
      for (let n = 0; n < 4; n++) await write(world, "orders", n, 5);
      const consumer = world.kafka().consumer({ groupId: "g" });
      const atWork = new Map<number, number>();
      let most = 0;
      const seen: number[][] = [[], [], [], []];
      await consumer.subscribe({ topic: "orders", fromBeginning: true });
      await consumer.run({
        partitionsConsumedConcurrently: concurrency,
        eachMessage: async ({ partition, message }) => {
          atWork.set(partition, (atWork.get(partition) ?? 0) + 1);
          most = Math.max(
            most,
            [...atWork.values()].reduce((sum, n) => sum + n, 0),
          );
          assert.equal(atWork.get(partition), 1);
          await world.wait(10);
          atWork.set(partition, 0);
          seen[partition]?.push(Number(message.offset));
        },
      });
      await until(world, () => seen.every((of) => of.length === 5));
      assert.equal(most, Math.min(concurrency, 4));
      for (const of of seen) assert.deepEqual(of, [0, 1, 2, 3, 4]);
      await consumer.disconnect();
    });
});

interface Commit {
  readonly topics: readonly {
    readonly partitions: readonly { readonly partition: unknown; readonly offset: string }[];
  }[];
}

test("autoCommitThreshold, autoCommitInterval, and autoCommit false with commitOffsets and metadata", async () => {
  const cases: [object, string[]][] = [
    [{}, ["10"]],
    [{ autoCommitThreshold: 3 }, ["3", "6", "9", "10"]],
    [{ autoCommitInterval: 350 }, ["4", "8", "10"]],
    [{ autoCommit: false, autoCommitThreshold: 1 }, []],
  ];
  for (const [options, expected] of cases)
    await inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
      await write(world, "orders", 0, 10);
      const consumer = world.kafka().consumer({ groupId: "g" });
      const commits: unknown[] = [];
      consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
        for (const { partitions } of (payload as unknown as Commit).topics) commits.push(partitions[0]);
      });
      let count = 0;
      await consumer.subscribe({ topic: "orders", fromBeginning: true });
      await consumer.run({
        ...options,
        eachMessage: async () => {
          await world.wait(100);
          count++;
        },
      });
      await until(world, () => count === 10);
      await world.wait(100);
      assert.deepEqual(
        commits,
        expected.map((offset) => ({ partition: "0", offset })),
      );
      await consumer.commitOffsets([{ topic: "orders", partition: 0, offset: "7", metadata: "seven" }]);
      const tool = world.world.kafka.consumer({ groupId: "g", assign: [] });
      const [found] = await tool.committed([{ topic: "orders", partition: 0 }]);
      assert.deepEqual([found?.offset, found?.metadata], [7, "seven"]);
      await tool.close();
      await consumer.disconnect();
    });
});

test("eachBatch that throws after resolveOffset begins at the message after it", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 6);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const events = eventsOf(consumer);
    const batches: string[][] = [];
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch, resolveOffset, uncommittedOffsets }) => {
        batches.push(batch.messages.map(({ offset }) => offset));
        if (batches.length > 1) return;
        resolveOffset("3");
        resolveOffset("2");
        assert.deepEqual(uncommittedOffsets(), {
          topics: [{ topic: "orders", partitions: [{ partition: "0", offset: "3" }] }],
        });
        throw new Error("half of it");
      },
    });
    await until(world, () => batches.length === 2);
    await world.wait(100);
    assert.deepEqual(batches, [
      ["0", "1", "2", "3", "4", "5"],
      ["3", "4", "5"],
    ]);
    assert.equal(events.filter((event) => event === "COMMIT_OFFSETS").length, 2);
    await consumer.disconnect();
  }));

test("eachBatchAutoResolve false: what is not resolved comes again", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 4);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const batches: string[][] = [];
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset, isRunning, isStale }) => {
        assert.deepEqual([isRunning(), isStale()], [true, false]);
        batches.push(batch.messages.map(({ offset }) => offset));
        const [first] = batch.messages;
        if (first !== undefined) resolveOffset(first.offset);
      },
    });
    await until(world, () => batches.length === 4);
    assert.deepEqual(batches, [["0", "1", "2", "3"], ["1", "2", "3"], ["2", "3"], ["3"]]);
    await consumer.disconnect();
  }));

test("messages are plain objects that can be spread and added to; headers of one name are an array", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const producer = world.world.kafka.producer();
    const headers: [string, string | null][] = [
      ["a", "1"],
      ["a", "2"],
      ["b", "3"],
      ["__proto__", "4"],
      ["n", null],
    ];
    await producer.send({ topic: "orders", key: null, value: "", headers });
    await producer.send({ topic: "orders", key: "k", value: null });
    await producer.close();
    const consumer = world.kafka().consumer({ groupId: "g" });
    const messages: Record<string, unknown>[] = [];
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ topic, partition, message }) => {
        messages.push({ ...Object.assign(message, { topic, partition }) });
      },
    });
    await until(world, () => messages.length === 2);
    const [one, two] = messages;
    assert.deepEqual(Object.keys(one ?? {}), [
      ...["magicByte", "attributes", "timestamp", "offset", "key", "value", "headers", "isControlRecord"],
      ...["batchContext", "topic", "partition"],
    ]);
    assert.equal(one?.["key"], null);
    assert.ok(Buffer.isBuffer(one["value"]) && one["value"].length === 0);
    const got = one["headers"] as Record<string, Buffer | Buffer[] | null>;
    assert.deepEqual(Object.keys(got), ["a", "b", "__proto__", "n"]);
    assert.deepEqual((got["a"] as Buffer[]).map(String), ["1", "2"]);
    assert.ok(Buffer.isBuffer(got["b"]));
    assert.equal(got["n"], null);
    assert.equal(two?.["value"], null);
    assert.deepEqual(two["headers"], {});
    await consumer.disconnect();
  }));
