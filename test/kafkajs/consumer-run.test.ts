// `run` of the drop-in's consumer: eachMessage, commits, stop and disconnect (checks 25, 26, 28, 35).
import { test } from "node:test";
import assert from "node:assert/strict";
import { eventsOf, until, write } from "./consumer-world.ts";
import { inKafkaJsWorld } from "./world.ts";

test("messages come in order and are committed after each batch; stop and disconnect end it", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 5);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const events = eventsOf(consumer);
    const seen: string[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ topic, partition, message }) => {
        seen.push(`${topic}-${partition} ${message.offset} ${String(message.key)}=${String(message.value)}`);
      },
    });
    assert.deepEqual(events, ["CONNECT", "CONNECT", "GROUP_JOIN"]);
    await until(world, () => seen.length === 5);
    await world.wait(100);
    await consumer.disconnect();
    assert.deepEqual(
      seen,
      [0, 1, 2, 3, 4].map((n) => `orders-0 ${n} k${n}=${n}`),
    );
    assert.deepEqual(events, [
      ...["CONNECT", "CONNECT", "GROUP_JOIN", "START_BATCH_PROCESS", "END_BATCH_PROCESS", "COMMIT_OFFSETS"],
      ...["STOP", "DISCONNECT"],
    ]);
    const tool = world.world.kafka.consumer({ groupId: "g", assign: [] });
    const [committed] = await tool.committed([{ topic: "orders", partition: 0 }]);
    assert.equal(committed?.offset, 5);
  }));
