// Every member of a client works without its client: tracing agents call them so, and put their own in their place
// (check 6).
import { test } from "node:test";
import assert from "node:assert/strict";
import { until } from "./consumer-world.ts";
import { inKafkaJsWorld } from "./world.ts";

test("a producer, a transaction, a consumer and an admin by members taken out of them", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const client = world.kafka();
    const { connect, disconnect, send, sendBatch, transaction } = client.producer({ transactionalId: "t" });
    await connect();
    await send({ topic: "orders", messages: [{ value: "a" }] });
    await sendBatch({ topicMessages: [{ topic: "orders", messages: [{ value: "b" }] }] });
    const opened = await transaction();
    const { send: sendInside, commit, isActive } = opened;
    await sendInside({ topic: "orders", messages: [{ value: "c" }] });
    assert.equal(isActive(), true);
    await commit();
    await disconnect();

    const seen: string[] = [];
    const consumer = client.consumer({ groupId: "g" });
    const { run, subscribe, pause, resume, paused, seek, stop, commitOffsets, describeGroup, on, events } = consumer;
    let joins = 0;
    const remove = on(events.GROUP_JOIN, () => joins++);
    await subscribe({ topic: "orders", fromBeginning: true });
    await run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    await until(world, () => seen.length === 3);
    assert.deepEqual(seen, ["a", "b", "c"]);
    pause([{ topic: "orders" }]);
    assert.deepEqual(paused(), [{ topic: "orders", partitions: [0] }]);
    resume([{ topic: "orders" }]);
    seek({ topic: "orders", partition: 0, offset: "2" });
    await until(world, () => seen.length === 4);
    await commitOffsets([{ topic: "orders", partition: 0, offset: "1" }]);
    assert.equal((await describeGroup()).members.length, 1);
    remove();
    await stop();
    assert.equal(joins, 1);
    await consumer.disconnect();

    const { listTopics, disconnect: leave } = client.admin();
    assert.ok((await listTopics()).includes("orders"));
    await leave();
  }));

test("an agent's own send and run are called in place of the client's, and reach them", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const producer = world.kafka().producer();
    const calls: string[] = [];
    const { send } = producer;
    producer.send = (record) => {
      calls.push("send");
      return send({ ...record, messages: record.messages.map((message) => ({ ...message, headers: { span: "1" } })) });
    };
    await producer.connect();
    await producer.sendBatch({ topicMessages: [{ topic: "orders", messages: [{ value: "b" }] }] });
    assert.equal(calls.length, 0, "sendBatch does not go through it");
    await producer.send({ topic: "orders", messages: [{ value: "a" }] });
    await producer.disconnect();
    const consumer = world.kafka().consumer({ groupId: "g" });
    const { run } = consumer;
    const seen: unknown[] = [];
    consumer.run = (config) =>
      run({
        ...config,
        eachMessage: async (payload) => {
          calls.push("eachMessage");
          await config?.eachMessage?.(payload);
        },
      });
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.headers?.["span"])) });
    await until(world, () => seen.length === 2);
    assert.deepEqual(seen, ["undefined", "1"]);
    assert.deepEqual(calls, ["send", "eachMessage", "eachMessage"]);
    await consumer.disconnect();
  }));
