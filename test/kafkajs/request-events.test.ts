// REQUEST for the APIs of producers and consumers, with kafkajs's names, and REQUEST_QUEUE_SIZE (check 45).
import { test } from "node:test";
import assert from "node:assert/strict";
import type { RequestEvent } from "kafkajs";
import { MODULES, onTcp, until as untilTcp } from "./tcp-cluster.ts";
import { inKafkaJsWorld } from "./world.ts";

test("the APIs of a transaction and of a group have kafkajs's names and numbers", async () => {
  const [theirs, ours] = await Promise.all(
    MODULES.map(([, module]) =>
      onTcp(1, async (world) => {
        await world.send(0, 3);
        const kafka = world.kafka(module);
        const producer = kafka.producer({ transactionalId: "t", idempotent: true, maxInFlightRequests: 1 });
        const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50, heartbeatInterval: 60 });
        const seen = new Map<string, unknown>();
        const members = new Set<string>();
        const listener = ({ payload }: RequestEvent): void => {
          seen.set(payload.apiName, payload.apiKey);
          members.add(Object.keys(payload).join());
        };
        producer.on(producer.events.REQUEST, listener);
        consumer.on(consumer.events.REQUEST, listener);
        await producer.connect();
        const transaction = await producer.transaction();
        await transaction.send({ topic: "orders", messages: [{ value: "a" }] });
        await transaction.sendOffsets({
          consumerGroupId: "other",
          topics: [{ topic: "orders", partitions: [{ partition: 0, offset: "1" }] }],
        });
        await transaction.commit();
        let count = 0;
        await consumer.connect();
        await consumer.subscribe({ topic: "orders", fromBeginning: true });
        await consumer.run({
          eachMessage: async () => {
            count++;
          },
        });
        await untilTcp(() => count === 4 && seen.has("Heartbeat") && seen.has("OffsetCommit"));
        await consumer.disconnect();
        await producer.disconnect();
        return { members: [...members], names: Object.fromEntries([...seen].sort()) };
      }),
    ),
  );
  assert.deepEqual(ours?.members, theirs?.members);
  // KIP-890: a broker adds the partitions of a transaction itself when their records come.
  const optional = ["AddPartitionsToTxn", "AddOffsetsToTxn", "ListOffsets"];
  const names = (of: typeof ours): unknown =>
    Object.fromEntries(Object.entries(of?.names ?? {}).filter(([name]) => !optional.includes(name)));
  assert.deepEqual(names(ours), names(theirs));
  assert.ok(Object.keys(ours?.names ?? {}).length >= 13, JSON.stringify(ours));
});

test("REQUEST_QUEUE_SIZE: requests that wait for the end of a throttle are counted, up and down to 0", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async ({ kafka, cluster, wait }) => {
    let throttled = 0;
    cluster.intercept("ListGroups", {
      respond: (response) => ({ ...response, throttleTimeMs: throttled++ === 0 ? 1000 : 0 }),
    });
    const admin = kafka({ clientId: "app" }).admin();
    const sizes: number[] = [];
    const payloads: Record<string, unknown>[] = [];
    admin.on(admin.events.REQUEST_QUEUE_SIZE, ({ payload, type }) => {
      assert.equal(type, "admin.network.request_queue_size");
      sizes.push(payload.queueSize);
      payloads.push({ ...payload });
    });
    await admin.connect();
    await admin.listGroups();
    const calls = [admin.listGroups(), admin.listGroups(), admin.listGroups()];
    await wait(100);
    await Promise.all(calls);
    await admin.disconnect();
    assert.ok(Math.max(...sizes) >= 2, sizes.join());
    assert.equal(sizes.at(-1), 0);
    assert.deepEqual(Object.keys(payloads[0] ?? {}), ["broker", "clientId", "queueSize"]);
    assert.equal(payloads[0]?.["clientId"], "app");
    assert.match(String(payloads[0]?.["broker"]), /^127\.0\.0\.1:\d+$/);
  }));
