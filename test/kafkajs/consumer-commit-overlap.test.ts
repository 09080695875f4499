// While the commit of a partition is under way, another partition's handler works; the same partition's waits for it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { until, write } from "./consumer-world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";
import type { Consumer } from "../../packages/kafkajs/src/api.ts";

interface Committed {
  readonly topics: readonly {
    readonly partitions: readonly { readonly partition: string; readonly offset: string }[];
  }[];
}

/** A round trip to the broker takes 40 ms; a handler takes none. */
async function inSlowWorld(body: (world: KafkaJsWorld, consumer: Consumer, steps: string[]) => Promise<void>) {
  await inKafkaJsWorld({ topics: { orders: 2 }, latencyMs: 20 }, async (world) => {
    for (const partition of [0, 1]) await write(world, "orders", partition, 3);
    const consumer = world.kafka().consumer({ groupId: "g", maxWaitTimeInMs: 100 });
    const steps: string[] = [];
    consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
      for (const { partitions } of (payload as unknown as Committed).topics)
        for (const { partition, offset } of partitions) {
          const step = `committed ${partition} to ${offset}`;
          // The second commit begins before the first is acknowledged, and so has its offset too.
          if (!steps.includes(step)) steps.push(step);
        }
    });
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await body(world, consumer, steps);
    await consumer.disconnect();
  });
}

test("a handler does not wait for the commit of another partition, and for that of its own it does", () =>
  inSlowWorld(async (world, consumer, steps) => {
    let atWork = 0;
    await consumer.run({
      eachBatch: async ({ batch }) => {
        assert.equal(++atWork, 1);
        steps.push(`handler ${batch.partition} at ${batch.firstOffset()}`);
        await world.wait(10);
        atWork--;
      },
    });
    await until(world, () => steps.length === 4);
    assert.deepEqual(steps.slice(0, 2).sort(), ["handler 0 at 0", "handler 1 at 0"]);
    assert.deepEqual(steps.slice(2).sort(), ["committed 0 to 3", "committed 1 to 3"]);
    await write(world, "orders", 0, 3, 3);
    await until(world, () => steps.length === 6);
    assert.deepEqual(steps.slice(4), ["handler 0 at 3", "committed 0 to 6"]);
  }));

test("batches that end within 5 ms of each other are committed with one request", () =>
  inSlowWorld(async (world, consumer, steps) => {
    let commits = 0;
    consumer.on(consumer.events.COMMIT_OFFSETS, () => commits++);
    await consumer.run({ eachBatch: async () => undefined });
    await until(world, () => steps.length === 2);
    assert.deepEqual(steps.sort(), ["committed 0 to 3", "committed 1 to 3"]);
    assert.equal(commits, 1);
  }));

test("the commit of a batch does not wait for the slow handler of another partition", () =>
  inSlowWorld(async (world, consumer, steps) => {
    await consumer.run({
      eachBatch: async ({ batch }) => {
        const isSecond = steps.push(`handler ${batch.partition}`) > 1;
        if (!isSecond) return;
        await world.wait(60_000);
        steps.push("slow handler ends");
      },
    });
    await until(world, () => steps.length === 3);
    assert.match(steps[2] ?? "", /^committed \d to 3$/);
    await consumer.stop();
    assert.deepEqual(steps.slice(3), [
      "slow handler ends",
      steps[2] === "committed 0 to 3" ? "committed 1 to 3" : "committed 0 to 3",
    ]);
  }));

for (const how of ["paused", "sought", "stopped"] as const)
  test(`a partition that is ${how} while it waits for its turn is not handled from there`, () =>
    inSlowWorld(async (world, consumer, steps) => {
      let other = -1;
      await consumer.run({
        eachBatch: async ({ batch }) => {
          steps.push(`handler ${batch.partition} at ${batch.firstOffset()}`);
          if (steps.length > 1) return;
          await world.wait(500); // by then the other partition waits for its turn
          other = 1 - batch.partition;
          if (how === "paused") consumer.pause([{ topic: "orders", partitions: [other] }]);
          else if (how === "sought") consumer.seek({ topic: "orders", partition: other, offset: "2" });
          else void consumer.stop();
        },
      });
      await world.wait(2000);
      const handled = () => steps.filter((step) => step.startsWith(`handler ${other}`));
      assert.deepEqual(handled(), how === "sought" ? [`handler ${other} at 2`] : []);
      if (how === "paused") consumer.resume([{ topic: "orders" }]);
      if (how === "stopped")
        await consumer.run({
          eachMessage: async ({ partition, message }) => void steps.push(`handler ${partition} at ${message.offset}`),
        });
      await until(world, () => handled().length > 0);
      assert.equal(handled()[0], `handler ${other} at ${how === "sought" ? 2 : 0}`);
    }));

test("partitionsConsumedConcurrently must be a whole number from 1", () =>
  inSlowWorld(async (_world, consumer) => {
    for (const wrong of [0, -1, 1.5, NaN, "2"])
      await assert.rejects(
        consumer.run({ partitionsConsumedConcurrently: wrong as number, eachMessage: async () => undefined }),
        {
          name: "KafkaJSNonRetriableError",
          message: new RegExp(`a whole number from 1 as partitionsConsumedConcurrently, and it got "?${wrong}"?$`),
        },
      );
    await consumer.run({ partitionsConsumedConcurrently: undefined as never, eachMessage: async () => undefined });
  }));
