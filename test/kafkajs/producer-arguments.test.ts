// Wrong arguments of the drop-in's producer: kafkajs's texts, in kafkajs's order, and nothing sent.
import { test } from "node:test";
import assert from "node:assert/strict";
import { inKafkaJsWorld } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;

test("each wrong argument rejects with kafkajs's text, before anything is sent", () =>
  inKafkaJsWorld({ topics: { t: 3 } }, async ({ kafka, cluster }) => {
    const producer = kafka().producer();
    await producer.connect();
    const { send, sendBatch } = producer; // unbound
    const messages = [{ value: "a" }];
    const cases: readonly (readonly [() => Promise<unknown>, string, RegExp])[] = [
      [() => send(wrong(undefined)), "TypeError", /destructure/],
      [() => send(wrong({})), "KafkaJSNonRetriableError", /^Invalid topic$/],
      [() => send(wrong({ messages })), "KafkaJSNonRetriableError", /^Invalid topic$/],
      [
        () => send(wrong({ topic: "t" })),
        "KafkaJSNonRetriableError",
        /^Invalid messages array \[undefined\] for topic "t"$/,
      ],
      [
        () => send(wrong({ topic: "t", messages: null })),
        "KafkaJSNonRetriableError",
        /^Invalid messages array \[null\] for/,
      ],
      [
        () => send({ topic: "t", messages: [{ value: "a" }, wrong({ key: "k" })] }),
        "KafkaJSNonRetriableError",
        /^Invalid message without value for topic "t": \{"key":"k"\}$/,
      ],
      [() => send({ topic: "t", messages: [wrong(null)] }), "TypeError", /null/],
      [() => send({ topic: "t", messages: [{ value: "a" }, { value: wrong(5) }] }), "TypeError", /type number \(5\)/],
      [() => send({ topic: "t", messages: [{ key: wrong(true), value: "a" }] }), "TypeError", /type boolean/],
      [
        () => send({ topic: "t", messages: [{ value: "a", headers: { a: wrong({}) } }] }),
        "TypeError",
        /instance of Object/,
      ],
      [() => send({ topic: "t", messages: [{ value: "a", timestamp: "soon" }] }), "SyntaxError", /soon/],
      [() => send({ topic: "t", acks: 2, messages }), "KafkaJSProtocolError", /acks/i],
      [() => send({ topic: "t", compression: wrong(9), messages }), "KafkaJSNotImplemented", /^Compression 9 not impl/],
      [() => send({ topic: "a/b", messages }), "KafkaJSNonRetriableError", /invalid topic/],
      [() => send({ topic: wrong(5), messages }), "KafkaJSNonRetriableError", /invalid topic/],
      [
        () => sendBatch(wrong({ topicMessages: [{ topic: "t", messages }, { messages }] })),
        "KafkaJSNonRetriableError",
        /^Inv/,
      ],
      [() => sendBatch(wrong({ topicMessages: 5 })), "TypeError", /some/],
    ];
    for (const [i, [call, name, text]] of cases.entries())
      await assert.rejects(call(), (error: Error) => {
        assert.equal(error.name, name, `case ${i}: ${error.stack}`);
        assert.match(error.message, text, `case ${i}`);
        return true;
      });
    assert.deepEqual(
      cluster.snapshot().topics.flatMap(({ partitions }) => partitions.map(({ highWatermark }) => highWatermark)),
      [0, 0, 0],
    );
    assert.deepEqual(await sendBatch({}), []);
    assert.deepEqual(await send({ topic: "t", messages: [] }), []);
    await producer.disconnect();
  }));

test("before connect, while disconnecting and after: kafkajs's texts; arguments are checked before", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka().producer();
    const send = (): Promise<unknown> => producer.send({ topic: "t", messages: [{ value: "a" }] });
    const disconnected = { name: "KafkaJSError", retriable: true, message: "The producer is disconnected" };
    await assert.rejects(send(), disconnected);
    await assert.rejects(producer.send(wrong({})), { message: "Invalid topic" });
    await producer.connect();
    await send();
    const ended = producer.disconnect();
    await assert.rejects(send(), {
      name: "KafkaJSNonRetriableError",
      message: "The producer is disconnecting; therefore, it can't safely accept messages anymore",
    });
    await ended;
    await assert.rejects(send(), disconnected);
    await producer.connect();
    await send();
    await producer.disconnect();
  }));

test("an idempotent producer: only acks -1, and it must allow retries", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async ({ kafka, logged }) => {
    assert.throws(() => kafka().producer({ idempotent: true, retry: { retries: 0 } }), {
      name: "KafkaJSNonRetriableError",
      message: "Idempotent producer must allow retries to protect against transient errors",
    });
    const producer = kafka().producer({ idempotent: true, retry: { retries: 3 } });
    assert.ok(logged.some(({ log }) => log.message.startsWith("Limiting retries for the idempotent producer")));
    assert.equal(producer.isIdempotent(), true);
    await producer.connect();
    for (const acks of [0, 1])
      await assert.rejects(producer.send({ topic: "t", acks, messages: [{ value: "a" }] }), {
        message: "Not requiring ack for all messages invalidates the idempotent producer's EoS guarantees",
      });
    assert.equal((await producer.send({ topic: "t", acks: -1, messages: [{ value: "a" }] })).length, 1);
    await producer.disconnect();
    assert.equal(kafka().producer().isIdempotent(), false);
  }));

test("one partitioner warning for a process, none with a partitioner or KAFKAJS_NO_PARTITIONER_WARNING", async () => {
  const warnings = (environment: Readonly<Record<string, string>>, withOne: boolean): Promise<number> =>
    inKafkaJsWorld({ environment }, ({ host, kafka, logged }) => {
      const { DefaultPartitioner } = host.partitioners;
      for (let i = 0; i < 3; i++) kafka().producer(withOne ? { createPartitioner: DefaultPartitioner as never } : {});
      return Promise.resolve(logged.filter(({ log }) => log.message.includes("LegacyPartitioner")).length);
    });
  assert.deepEqual(
    [
      await warnings({}, false),
      await warnings({}, true),
      await warnings({ KAFKAJS_NO_PARTITIONER_WARNING: "1" }, false),
    ],
    [1, 0, 0],
  );
});

test("the members are own, writable and configurable; send does not go through sendBatch", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka().producer();
    assert.deepEqual(Object.keys(producer), [
      ...["connect", "disconnect", "isIdempotent", "events", "on", "send", "sendBatch", "transaction", "logger"],
    ]);
    for (const key of Object.keys(producer)) {
      const { configurable, writable } = Object.getOwnPropertyDescriptor(producer, key) ?? {};
      assert.ok(configurable === true && writable === true, key);
    }
    producer.sendBatch = () => assert.fail("sendBatch was called");
    const calls: unknown[] = [];
    const { send } = producer;
    producer.send = (record) => {
      calls.push(record);
      return send(record);
    };
    await producer.connect();
    await producer.send({ topic: "t", messages: [{ value: "a" }] });
    assert.equal(calls.length, 1);
    await producer.disconnect();
  }));
