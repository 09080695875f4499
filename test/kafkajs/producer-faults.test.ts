// The drop-in's producer when something fails: topics that there are not, brokers that stop, answers that are lost.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Message } from "../../packages/kafkajs/src/api.ts";
import { take, text } from "../client/world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

interface Fault extends Error {
  readonly retryCount?: number;
  readonly retryTime?: number;
  readonly cause?: { readonly name: string; readonly type?: string };
}

/** The values of a topic, sorted. */
async function valuesOf({ world }: KafkaJsWorld, topic: string, count: number): Promise<string[]> {
  const consumer = world.kafka.consumer({ topics: [topic] });
  const values = (await take(consumer, count)).map(({ value }) => text(value) ?? "");
  await consumer.close();
  return values.sort();
}

const highWatermarks = ({ cluster }: KafkaJsWorld): number[] =>
  cluster.snapshot().topics.flatMap(({ partitions }) => partitions.map(({ highWatermark }) => highWatermark));

test("an unknown topic without auto-creation: kafkajs's error after its retries; disconnect ends the wait", () =>
  inKafkaJsWorld({ autoCreateTopics: true }, async ({ host, kafka }) => {
    const producer = kafka({ retry: { retries: 2, initialRetryTime: 100 } }).producer({
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    const began = host.clock.monotonic();
    await assert.rejects(producer.send({ topic: "t", messages: [{ value: "a" }] }), (error: Fault) => {
      assert.equal(error.name, "KafkaJSNumberOfRetriesExceeded");
      assert.deepEqual([error.retryCount, error.cause?.type], [2, "UNKNOWN_TOPIC_OR_PARTITION"]);
      return true;
    });
    const tookMs = host.clock.monotonic() - began;
    assert.ok(tookMs >= 80 + 128 && tookMs <= 120 + 288 + 100, `${tookMs} ms`);
    const lost = assert.rejects(producer.send({ topic: "u", messages: [{ value: "a" }] }));
    await producer.disconnect();
    await lost;
  }));

test("a topic that the first send creates: the send just works, and so do those beside it", () =>
  inKafkaJsWorld({ autoCreateTopics: true }, async (w) => {
    const producer = w.kafka().producer();
    await producer.connect();
    await Promise.all(["1", "2", "3"].map((value) => producer.send({ topic: "new", messages: [{ value }] })));
    await producer.disconnect();
    assert.deepEqual(await valuesOf(w, "new", 3), ["1", "2", "3"]);
  }));

test("one of three brokers fails while messages are sent: each is written once, keyed or not", async () => {
  for (const keyed of [true, false])
    for (const idempotent of [true, false])
      await inKafkaJsWorld(
        { brokers: 3, topics: { t: { partitions: 6, replicationFactor: 3 } }, seed: 7, latencyMs: 2 },
        async (w) => {
          const producer = w.kafka().producer({ idempotent });
          await producer.connect();
          const calls: Promise<unknown>[] = [];
          const sent: string[] = [];
          for (let call = 0; call < 60; call++) {
            if (call === 20) w.cluster.stopBroker(1);
            if (call === 40) w.cluster.startBroker(1);
            const messages: Message[] = Array.from({ length: 11 }, (_, i) => {
              const value = `${call}-${i}`;
              sent.push(value);
              return keyed ? { key: `k${i}`, value } : { value };
            });
            calls.push(producer.send({ topic: "t", messages }));
            await w.wait(20);
          }
          await Promise.all(calls);
          await producer.disconnect();
          assert.deepEqual(await valuesOf(w, "t", sent.length), sent.sort());
          assert.equal(
            highWatermarks(w).reduce((sum, count) => sum + count, 0),
            sent.length,
          );
        },
      );
});

test("a lost answer: the message is written once, and not in another partition", () =>
  inKafkaJsWorld({ topics: { t: 3 } }, async (w) => {
    let cuts = 0;
    w.cluster.intercept("Produce", () => (cuts++ < 3 ? "disconnect-after" : undefined));
    const producer = w.kafka().producer();
    await producer.connect();
    for (let i = 0; i < 10; i++) await producer.send({ topic: "t", messages: [{ value: "a" }, { value: "b" }] });
    await producer.disconnect();
    assert.equal(
      highWatermarks(w).reduce((sum, count) => sum + count, 0),
      20,
    );
  }));

test("brokers that go on refusing: as many tries as kafkajs makes, with its waits, then its error", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async ({ cluster, host, kafka }) => {
    let requests = 0;
    cluster.intercept("Produce", ({ message }) => {
      requests++;
      const partitionResponses = [{ index: 0, errorCode: 19, baseOffset: -1 }];
      return {
        answer: { responses: message.topicData.map(({ name, topicId }) => ({ name, topicId, partitionResponses })) },
      };
    });
    const producer = kafka({ retry: { retries: 3, initialRetryTime: 200 } }).producer();
    await producer.connect();
    const began = host.clock.monotonic();
    await assert.rejects(producer.send({ topic: "t", messages: [{ value: "a" }] }), (error: Fault) => {
      assert.equal(error.name, "KafkaJSNumberOfRetriesExceeded");
      assert.deepEqual([error.retryCount, error.retryTime, error.cause?.type], [3, 1600, "NOT_ENOUGH_REPLICAS"]);
      return true;
    });
    assert.equal(requests, 4);
    const tookMs = host.clock.monotonic() - began;
    assert.ok(tookMs >= 0.8 * 1400 && tookMs <= 1.2 * 1400 + 100, `${tookMs} ms`);
    await producer.disconnect();
  }));

test("disconnect waits for what is being sent; a second disconnect does too", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    w.cluster.intercept("Produce", { delayMs: 3000 });
    const producer = w.kafka().producer();
    await producer.connect();
    let written = 0;
    const sent = producer.send({ topic: "t", messages: [{ value: "a" }, { value: "b" }] }).then(() => written++);
    await Promise.all([producer.disconnect(), producer.disconnect()]);
    assert.equal(written, 1);
    await sent;
    assert.deepEqual(highWatermarks(w), [2]);
  }));

test("a message to a partition without a leader waits for one", () =>
  inKafkaJsWorld({ brokers: 2, topics: { t: { partitions: 2, replicationFactor: 1 } } }, async (w) => {
    const producer = w.kafka().producer();
    await producer.connect();
    await producer.send({
      topic: "t",
      messages: [
        { value: "0", partition: 0 },
        { value: "1", partition: 1 },
      ],
    });
    w.cluster.stopBroker(1);
    const sent = producer.send({
      topic: "t",
      messages: [
        { value: "2", partition: 0 },
        { value: "3", partition: 1 },
      ],
    });
    await w.wait(5000);
    w.cluster.startBroker(1);
    assert.equal((await sent).length, 2);
    assert.deepEqual(highWatermarks(w), [2, 2]);
    await producer.disconnect();
  }));

const NO_ID = { answer: { errorCode: 31, producerId: -1, producerEpoch: -1 } } as const;

test("a broker that gives no producer id to this user: messages are sent without one, as kafkajs does", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    w.cluster.intercept("InitProducerId", NO_ID);
    const producer = w.kafka().producer();
    await producer.connect();
    await Promise.all(["a", "b"].map((value) => producer.send({ topic: "t", messages: [{ value }] })));
    await producer.disconnect();
    assert.deepEqual(await valuesOf(w, "t", 2), ["a", "b"]);
  }));

test("an idempotent producer without a producer id: CLUSTER_AUTHORIZATION_FAILED, raw", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    w.cluster.intercept("InitProducerId", NO_ID);
    const producer = w.kafka().producer({ idempotent: true });
    await producer.connect();
    await assert.rejects(producer.send({ topic: "t", messages: [{ value: "c" }] }), {
      name: "KafkaJSProtocolError",
      type: "CLUSTER_AUTHORIZATION_FAILED",
    });
    await producer.disconnect();
  }));
