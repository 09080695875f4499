// What send and sendBatch of the drop-in write and return.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Message } from "../../packages/kafkajs/src/api.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { take, text } from "../client/world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;

async function read({ world }: KafkaJsWorld, topic: string, count: number): Promise<KafkaRecord[]> {
  const consumer = world.kafka.consumer({ topics: [topic] });
  const records = (await take(consumer, count)).map((record) => record.detach());
  await consumer.close();
  return records;
}

test("10,000 messages over 12 partitions: one result for each partition, and each message once, in order", () =>
  inKafkaJsWorld({ topics: { t: 12 } }, async (w) => {
    const producer = w.kafka().producer();
    await producer.connect();
    const messages = Array.from({ length: 10_000 }, (_, i) => ({ value: `${i}` }));
    const results = await producer.send({ topic: "t", messages });
    assert.deepEqual(
      [...results].sort((a, b) => a.partition - b.partition),
      Array.from({ length: 12 }, (_, partition) => ({
        topicName: "t",
        partition,
        errorCode: 0,
        baseOffset: "0",
        logAppendTime: "-1",
        logStartOffset: "0",
      })),
    );
    const again = await producer.send({ topic: "t", messages: [{ value: "x", partition: 3 }] });
    assert.ok(["833", "834"].includes(again[0]?.baseOffset ?? ""), JSON.stringify(again));
    await producer.disconnect();
    const byPartition = new Map<number, number[]>();
    for (const { partition, value } of await read(w, "t", 10_001))
      if (text(value) !== "x") byPartition.set(partition, [...(byPartition.get(partition) ?? []), Number(text(value))]);
    assert.equal(new Set([...byPartition.values()].flat()).size, 10_000);
    for (const values of byPartition.values()) {
      assert.deepEqual(
        values,
        [...values].sort((a, b) => a - b),
      );
      assert.ok(values.length === 833 || values.length === 834, "they go round");
    }
  }));

test("sendBatch: several topics, one of them twice; logAppendTime where the topic has it", () =>
  inKafkaJsWorld(
    { topics: { a: 1, b: { partitions: 1, configs: { "message.timestamp.type": "LogAppendTime" } } } },
    async ({ kafka, cluster, host }) => {
      const producer = kafka().producer();
      await producer.connect();
      const results = await producer.sendBatch({
        topicMessages: [
          { topic: "a", messages: [{ value: "1" }] },
          { topic: "b", messages: [{ value: "2" }] },
          { topic: "a", messages: [{ value: "3" }, { value: "4" }] },
        ],
      });
      const byTopic = new Map(results.map((result) => [result.topicName, result]));
      assert.equal(results.length, 2);
      assert.deepEqual([byTopic.get("a")?.baseOffset, byTopic.get("a")?.logAppendTime], ["0", "-1"]);
      const appended = Number(byTopic.get("b")?.logAppendTime);
      assert.ok(Math.abs(appended - host.clock.now()) < 1000, String(appended));
      assert.equal(cluster.snapshot().topics.find(({ topic }) => topic === "a")?.partitions[0]?.highWatermark, 3);
      await producer.disconnect();
    },
  ));

test("acks, timeout and compression by call, in parallel; acks 0 gives an empty list", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    const seen: string[] = [];
    w.cluster.intercept("Produce", ({ message }) => {
      const { records } = message.topicData[0]?.partitionData[0] ?? { records: null };
      seen.push(`acks ${message.acks} timeout ${message.timeoutMs} codec ${(records?.[22] ?? 0) & 7}`);
    });
    const producer = w.kafka().producer();
    await producer.connect();
    const messages = [{ value: "a".repeat(500) }];
    const results = await Promise.all([
      producer.send({ topic: "t", messages }),
      producer.send({ topic: "t", messages, acks: 1, timeout: 7 }),
      producer.send({ topic: "t", messages, acks: 0 }),
      ...[1, 2, 3, 4].map((compression) => producer.send({ topic: "t", messages, compression: compression as never })),
      producer.send({ topic: "t", messages, acks: -1, timeout: 5000, compression: 1 }),
    ]);
    assert.deepEqual(
      results.map(({ length }) => length),
      [1, 1, 0, 1, 1, 1, 1, 1],
    );
    await producer.disconnect();
    assert.deepEqual([...new Set(seen)].sort(), [
      "acks -1 timeout 30000 codec 0",
      "acks -1 timeout 30000 codec 1",
      "acks -1 timeout 30000 codec 2",
      "acks -1 timeout 30000 codec 3",
      "acks -1 timeout 30000 codec 4",
      "acks -1 timeout 5000 codec 1",
      "acks 0 timeout 30000 codec 0",
      "acks 1 timeout 7 codec 0",
    ]);
    for (const { value } of await read(w, "t", 8)) assert.equal(text(value), "a".repeat(500));
  }));

test("a codec of the user is accepted; Odradek's own does the work, as the bytes are the same", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    w.host.codecs[2] = () => assert.fail("native parts are not needed");
    const producer = w.kafka().producer();
    await producer.connect();
    await producer.send({ topic: "t", compression: 2, messages: [{ value: "a".repeat(500) }] });
    await producer.disconnect();
    assert.equal(text((await read(w, "t", 1))[0]?.value ?? null), "a".repeat(500));
  }));

test("values: null, empty, Buffer, text; keys; headers: undefined left out, null sent, lists; timestamps", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    const producer = w.kafka().producer();
    await producer.connect();
    const messages: Message[] = [
      { value: null },
      { value: "" },
      { value: Buffer.from([0xff, 0]) },
      { key: "", value: "a" },
      { key: Buffer.from("k"), value: "ü" },
      { value: "h", headers: { a: "1", b: Buffer.from("2"), none: undefined, nothing: wrong(null), list: ["x", "y"] } },
      { value: "t", timestamp: "1000" },
      { value: "t", timestamp: wrong(2000) },
      { value: "t", timestamp: wrong(new Date(3000)) },
    ];
    const before = JSON.stringify(messages);
    const frozen = messages.map((message) => Object.freeze({ ...message }));
    await producer.send(Object.freeze({ topic: "t", messages: Object.freeze(frozen) as Message[] }));
    assert.equal(JSON.stringify(messages), before);
    await producer.disconnect();
    const records = await read(w, "t", 9);
    assert.deepEqual(
      records.map(({ key, value }) => [key === null ? null : text(key), value === null ? null : text(value)]),
      [
        [null, null],
        [null, ""],
        [null, "\ufffd\0"],
        ["", "a"],
        ["k", "ü"],
        ...[1, 2, 3, 4].map((i) => [null, i === 1 ? "h" : "t"]),
      ],
    );
    assert.deepEqual(
      [...(records[5]?.headers ?? [])].map(([name, value]) => [name, value === null ? null : text(value)]),
      [
        ["a", "1"],
        ["b", "2"],
        ["nothing", null],
        ["list", "x"],
        ["list", "y"],
      ],
    );
    assert.deepEqual(
      records.slice(6).map(({ timestamp }) => timestamp),
      [1000, 2000, 3000],
    );
  }));

test("a broker that finds a message too large refuses it: MESSAGE_TOO_LARGE, raw", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka().producer();
    await producer.connect();
    await assert.rejects(producer.send({ topic: "t", messages: [{ value: Buffer.alloc(1_100_000) }] }), {
      name: "KafkaJSProtocolError",
      type: "MESSAGE_TOO_LARGE",
      code: 10,
    });
    assert.equal((await producer.send({ topic: "t", messages: [{ value: "a" }] })).length, 1);
    await producer.disconnect();
  }));

test("1,000 sends at once share requests", () =>
  inKafkaJsWorld({ topics: { t: 3 } }, async ({ kafka, cluster }) => {
    let requests = 0;
    cluster.intercept("Produce", () => void requests++);
    const producer = kafka().producer();
    await producer.connect();
    const send = (i: number): Promise<unknown> => producer.send({ topic: "t", messages: [{ value: `${i}` }] });
    await send(-1);
    await Promise.all(Array.from({ length: 1000 }, (_, i) => send(i)));
    assert.ok(requests <= 5, `${requests} requests`);
    await producer.disconnect();
  }));
