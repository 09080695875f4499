// Rebalances as a handler sees them (check 30), and groups of several members (26).
import { test } from "node:test";
import assert from "node:assert/strict";
import { eventsOf, until, write } from "./consumer-world.ts";
import { inKafkaJsWorld } from "./world.ts";

test("a long handler learns of a member that joins: heartbeat() rejects, the same message comes again, no CRASH", () =>
  inKafkaJsWorld({ topics: { orders: 2 } }, async (world) => {
    await write(world, "orders", 0, 3);
    await write(world, "orders", 1, 3);
    const kafka = world.kafka();
    const first = kafka.consumer({ groupId: "g" });
    const events = eventsOf(first);
    const seen: string[] = [];
    const errors: { type?: string; name: string; retriable?: boolean }[] = [];
    let isSlow = true;
    await first.subscribe({ topics: ["orders"], fromBeginning: true });
    await first.run({
      eachMessage: async ({ partition, message, heartbeat }) => {
        seen.push(`${partition}:${message.offset}`);
        if (message.offset !== "1" || !isSlow) return;
        for (let i = 0; i < 600; i++) {
          await world.wait(100);
          try {
            await heartbeat();
          } catch (error) {
            errors.push(error as (typeof errors)[number]);
            throw error;
          }
        }
      },
    });
    await until(world, () => seen.length === 2);
    const slow = seen[1];
    const second = kafka.consumer({ groupId: "g" });
    const others: string[] = [];
    await second.subscribe({ topics: ["orders"], fromBeginning: true });
    const joined = second.run({
      eachMessage: async ({ partition, message }) => void others.push(`${partition}:${message.offset}`),
    });
    await until(world, () => errors.length > 0);
    isSlow = false;
    await joined;
    await until(world, () => new Set([...seen, ...others]).size === 6);
    await world.wait(500);
    assert.equal(errors[0]?.type, "REBALANCE_IN_PROGRESS");
    assert.equal(errors[0]?.name, "KafkaJSProtocolError");
    assert.equal([...seen, ...others].filter((one) => one === slow).length, 2, "the same message again");
    assert.equal([...seen, ...others].length, 7, "and no other one");
    assert.ok(!events.includes("CRASH"));
    assert.deepEqual(
      events.filter((event) => event === "REBALANCING" || event === "GROUP_JOIN"),
      ["GROUP_JOIN", "REBALANCING", "GROUP_JOIN"],
    );
    await first.disconnect();
    await second.disconnect();
  }));

test("a handler that never calls heartbeat ends its message; what is resolved is committed before the member joins again", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 20);
    const kafka = world.kafka();
    const first = kafka.consumer({ groupId: "g" });
    const seen: string[] = [];
    await first.subscribe({ topic: "orders", fromBeginning: true });
    await first.run({
      eachMessage: async ({ message }) => {
        await world.wait(1000);
        seen.push(message.offset);
      },
    });
    await until(world, () => seen.length === 2);
    const second = kafka.consumer({ groupId: "g" });
    await second.subscribe({ topic: "orders", fromBeginning: true });
    await second.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
    await until(world, () => seen.length >= 20);
    await world.wait(3000);
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, i) => String(i)),
    );
    await first.disconnect();
    await second.disconnect();
  }));

test("GROUP_JOIN of two members: one leads, both say who, and partitions are dealt out", () =>
  inKafkaJsWorld({ topics: { orders: 4 } }, async (world) => {
    const kafka = world.kafka();
    const joins: Record<string, unknown>[][] = [[], []];
    const consumers = [0, 1].map((n) => {
      const consumer = kafka.consumer({ groupId: "g" });
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => void joins[n]?.push({ ...payload }));
      return consumer;
    });
    for (const consumer of consumers) {
      await consumer.subscribe({ topic: "orders" });
      await consumer.run({ eachMessage: async () => undefined });
    }
    await until(world, () => (joins[0]?.length ?? 0) >= 2);
    await world.wait(1000);
    const last = joins.map((of) => of.at(-1) as { leaderId: string; isLeader: boolean; memberId: string } | undefined);
    assert.equal(last[0]?.leaderId, last[1]?.leaderId);
    assert.deepEqual([last[0]?.isLeader, last[1]?.isLeader], [true, false]);
    assert.equal(last[0]?.leaderId, last[0]?.memberId);
    const assignments = last.map(
      (of) => (of as unknown as { memberAssignment: { orders: number[] } }).memberAssignment,
    );
    const sorted = assignments.map(({ orders }) => orders.join()).sort();
    assert.deepEqual(sorted, ["0,2", "1,3"]);
    assert.deepEqual(Object.keys(last[0] ?? {}), [
      ...["groupId", "memberId", "leaderId", "isLeader", "memberAssignment", "groupProtocol", "duration"],
    ]);
    for (const consumer of consumers) await consumer.disconnect();
  }));
