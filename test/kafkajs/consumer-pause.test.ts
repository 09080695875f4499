// pause, resume, paused (check 32).
import { test } from "node:test";
import assert from "node:assert/strict";
import { PausedPartitions } from "../../packages/kafkajs/src/consumer/paused-partitions.ts";
import { until, write } from "./consumer-world.ts";
import { inKafkaJsWorld } from "./world.ts";

test("pause in a handler ends the batch; resume goes on with the next message", () =>
  inKafkaJsWorld({ topics: { orders: 2 } }, async (world) => {
    await write(world, "orders", 0, 4);
    await write(world, "orders", 1, 4);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const seen: string[] = [];
    let resume: (() => void) | undefined;
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message, pause }) => {
        seen.push(`${partition}:${message.offset}`);
        if (partition === 0 && message.offset === "1") resume = pause();
      },
    });
    await until(world, () => seen.length === 6);
    await world.wait(10_000);
    assert.equal(seen.length, 6);
    assert.deepEqual(consumer.paused(), [{ topic: "orders", partitions: [0] }]);
    resume?.();
    assert.deepEqual(consumer.paused(), []);
    await until(world, () => seen.length === 8);
    assert.deepEqual(
      seen.filter((one) => one.startsWith("0:")),
      ["0:0", "0:1", "0:2", "0:3"],
    );
    await consumer.disconnect();
  }));

test("a paused topic stays paused through a rebalance, and is lost by stop", () =>
  inKafkaJsWorld({ topics: { orders: 2 } }, async (world) => {
    const kafka = world.kafka();
    const first = kafka.consumer({ groupId: "g" });
    const seen: string[] = [];
    const eachMessage = async ({ message }: { message: { offset: string } }): Promise<void> =>
      void seen.push(message.offset);
    await first.subscribe({ topic: "orders", fromBeginning: true });
    await first.run({ eachMessage });
    first.pause([{ topic: "orders" }]);
    const second = kafka.consumer({ groupId: "g" });
    await second.subscribe({ topic: "orders", fromBeginning: true });
    await second.run({ eachMessage: async () => undefined });
    await world.wait(10_000);
    assert.equal(first.paused()[0]?.partitions.length, 1);
    await second.disconnect();
    await world.wait(10_000);
    assert.deepEqual(first.paused(), [{ topic: "orders", partitions: [0, 1] }]);
    await write(world, "orders", 0, 1);
    await world.wait(10_000);
    assert.deepEqual(seen, []);
    await first.stop();
    assert.deepEqual(first.paused(), []);
    await first.run({ eachMessage });
    await until(world, () => seen.length === 1);
    await first.disconnect();
  }));

test("a whole topic, some of its partitions, and back", () => {
  const paused = new PausedPartitions();
  const state = (): string => [0, 1, 2].map((n) => (paused.has("t", n) ? "p" : "-")).join("");
  const steps: [() => void, string][] = [
    [() => paused.pause({ topic: "t", partitions: [1] }), "-p-"],
    [() => paused.pause({ topic: "t" }), "ppp"],
    [() => paused.resume({ topic: "t", partitions: [2] }), "pp-"],
    [() => paused.pause({ topic: "t", partitions: [0] }), "pp-"],
    [() => paused.pause({ topic: "t", partitions: [2] }), "ppp"],
    [() => paused.resume({ topic: "t" }), "---"],
  ];
  for (const [step, expected] of steps) {
    step();
    assert.equal(state(), expected);
  }
  assert.equal(paused.has("other", 0), false);
});
