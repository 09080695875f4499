// Brokers, coordinators and data that fail; listeners that fail (checks 36, 38, 44, 49, 54).
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer } from "../../packages/kafkajs/src/api.ts";
import { eventsOf, until, write } from "./consumer-world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

/** A consumer of `orders` that collects values. */
async function collecting(
  world: KafkaJsWorld,
  options: object = {},
): Promise<{ consumer: Consumer; seen: string[]; events: string[] }> {
  const consumer = world.kafka().consumer({ groupId: "g", ...options });
  const events = eventsOf(consumer);
  const seen: string[] = [];
  await consumer.subscribe({ topic: "orders", fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  return { consumer, seen, events };
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

test("a rolling restart of all brokers: every message, in order, no CRASH", () =>
  inKafkaJsWorld({ brokers: 3, topics: { orders: 1 } }, async (world) => {
    const { consumer, seen, events } = await collecting(world);
    for (let nodeId = 0; nodeId < 3; nodeId++) {
      await world.cluster.stopBroker(nodeId);
      await write(world, "orders", 0, 5, nodeId * 10);
      await world.wait(2000);
      await world.cluster.startBroker(nodeId);
      await write(world, "orders", 0, 5, nodeId * 10 + 5);
      await world.wait(2000);
    }
    await until(world, () => new Set(seen).size === 30);
    assert.deepEqual([...new Set(seen)], numbers(30));
    assert.ok(!events.includes("CRASH"));
    await consumer.disconnect();
  }));

test("leaders move, fetches and commits fail for a while: reading goes on, and what is read is committed", () =>
  inKafkaJsWorld({ brokers: 3, topics: { orders: 1 } }, async (world) => {
    const { consumer, seen, events } = await collecting(world);
    world.cluster.failPartition("Fetch", "orders", 0, ["NOT_LEADER_OR_FOLLOWER", "KAFKA_STORAGE_ERROR"]);
    world.cluster.failPartition("OffsetCommit", "orders", 0, ["COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR"]);
    world.cluster.moveLeader("orders", 0, 2);
    await write(world, "orders", 0, 20);
    world.cluster.moveLeader("orders", 0, 1);
    await until(world, () => seen.length === 20);
    await until(world, () => events.includes("COMMIT_OFFSETS"));
    await consumer.disconnect();
    assert.deepEqual(seen, numbers(20));
    assert.ok(!events.includes("CRASH"));
    const tool = world.world.kafka.consumer({ groupId: "g", assign: [] });
    assert.equal((await tool.committed([{ topic: "orders", partition: 0 }]))[0]?.offset, 20);
    await tool.close();
  }));

test("the coordinator has forgotten the member: it joins again, without a CRASH", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const { consumer, seen, events } = await collecting(world);
    world.cluster.failRequests("Heartbeat", ["UNKNOWN_MEMBER_ID"]);
    await until(world, () => events.filter((event) => event === "GROUP_JOIN").length === 2);
    await write(world, "orders", 0, 3);
    await until(world, () => seen.length === 3);
    assert.ok(!events.includes("CRASH"));
    await consumer.disconnect();
  }));

test("no right to use the group: run resolves with a CRASH that is not restarted", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    world.cluster.intercept("JoinGroup", {
      respond: (response) => ({ ...response, errorCode: 30 }),
    });
    const consumer = world.kafka().consumer({ groupId: "g" });
    const crashes: { error: Error & { type?: string }; restart: boolean }[] = [];
    consumer.on(consumer.events.CRASH, ({ payload }) => void crashes.push(payload as never));
    await consumer.subscribe({ topic: "orders" });
    await consumer.run({ eachMessage: async () => undefined });
    assert.equal(crashes.length, 1);
    assert.equal(crashes[0]?.error.name, "KafkaJSProtocolError");
    assert.equal(crashes[0].error.type, "GROUP_AUTHORIZATION_FAILED");
    assert.equal(crashes[0].restart, false);
    await consumer.disconnect();
  }));

test("a damaged batch crashes the consumer; its message is not delivered", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 1);
    world.cluster.intercept("Fetch", {
      respond: (response) => ({
        ...response,
        responses: response.responses.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((partition) => {
            const records = partition.records === null ? null : Uint8Array.from(partition.records);
            if (records !== null && records.length > 0) records.set([(records.at(-2) ?? 0) ^ 0xff], records.length - 2);
            return { ...partition, records };
          }),
        })),
      }),
    });
    const consumer = world.kafka().consumer({ groupId: "g" });
    const seen: string[] = [];
    const crashes: { error: Error; restart: boolean }[] = [];
    consumer.on(consumer.events.CRASH, ({ payload }) => void crashes.push(payload as never));
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
    await until(world, () => crashes.length === 1);
    assert.deepEqual(seen, []);
    assert.match(crashes[0]?.error.message ?? "", /orders-0|CRC|checksum/i);
    assert.equal(crashes[0]?.restart, false);
    await consumer.disconnect();
  }));

test("listeners that throw or reject are logged and change nothing", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 2);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const seen: string[] = [];
    for (const name of Object.values(consumer.events)) {
      consumer.on(name, () => {
        throw new Error(`sync ${name}`);
      });
      const rejecting: (event: unknown) => unknown = () => Promise.reject(new Error(`async ${name}`));
      consumer.on(name, rejecting);
    }
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
    await until(world, () => seen.length === 2);
    await consumer.disconnect();
    const lines = world.logged.map(({ log }) => log.message);
    for (const name of ["consumer.group_join", "consumer.commit_offsets", "consumer.network.request", "consumer.stop"])
      for (const how of ["sync", "async"])
        assert.ok(lines.includes(`Failed to execute listener: ${how} ${name}`), `${how} ${name}`);
  }));

test("an unknown topic without allowAutoTopicCreation, and an expression without a match", () =>
  inKafkaJsWorld({}, async (world) => {
    const consumer = world.kafka().consumer({ groupId: "g", allowAutoTopicCreation: false });
    await assert.rejects(consumer.subscribe({ topic: "missing" }), {
      name: "KafkaJSProtocolError",
      type: "UNKNOWN_TOPIC_OR_PARTITION",
    });
    await consumer.subscribe({ topics: [/^nothing has this name$/] });
    await consumer.disconnect();
  }));

test("the whole life in time: no unhandled rejection, and HEARTBEAT and FETCH have kafkajs's payloads", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const consumer = world.kafka().consumer({ groupId: "g", heartbeatInterval: 500 });
    const payloads = new Map<string, unknown>();
    for (const key of ["HEARTBEAT", "FETCH", "FETCH_START"] as const)
      consumer.on(consumer.events[key], ({ payload }) => void payloads.set(key, payload));
    await consumer.subscribe({ topic: "orders" });
    await consumer.run({ eachMessage: async () => undefined });
    await world.wait(10_000);
    await consumer.disconnect();
    const { memberId, ...rest } = payloads.get("HEARTBEAT") as Record<string, unknown>;
    assert.match(String(memberId), /^kafkajs-/);
    assert.deepEqual(rest, { groupId: "g", groupGenerationId: 1 });
    assert.deepEqual(payloads.get("FETCH_START"), { nodeId: "0" });
    assert.deepEqual(Object.keys(payloads.get("FETCH") as object), ["numberOfBatches", "duration", "nodeId"]);
  }));
