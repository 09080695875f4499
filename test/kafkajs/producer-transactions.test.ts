// Transactions of the drop-in's producer.
import { test } from "node:test";
import assert from "node:assert/strict";
import { take, text } from "../client/world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;
const one = (value: string): { topic: string; messages: { value: string }[] } => ({
  topic: "t",
  messages: [{ value }],
});
const ENDED = { name: "KafkaJSNonRetriableError", message: "Cannot continue to use transaction once ended" };

async function committed({ world }: KafkaJsWorld, count: number): Promise<string[]> {
  const consumer = world.kafka.consumer({ topics: ["t"], isolationLevel: "read_committed" });
  const values = (await take(consumer, count)).map(({ value }) => text(value) ?? "");
  await consumer.close();
  return values;
}

test("commit, abort, and the producer's own send beside them, outside of the transaction", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    const producer = w.kafka().producer({ transactionalId: "x" });
    await producer.connect();
    const first = await producer.transaction();
    assert.deepEqual(Object.keys(first), ["send", "sendBatch", "sendOffsets", "commit", "abort", "isActive"]);
    const { send, sendBatch, commit, isActive } = first;
    await send(one("in 1"));
    await producer.send(one("outside 1"));
    await sendBatch({ topicMessages: [one("in 2")] });
    assert.equal(isActive(), true);
    const ended = commit();
    assert.equal(isActive(), false);
    await ended;
    const second = await producer.transaction();
    await second.send(one("aborted"));
    await producer.send(one("outside 2"));
    await second.abort();
    const third = await producer.transaction();
    await third.send(one("in 3"));
    await third.commit();
    await producer.disconnect();
    assert.deepEqual(await committed(w, 5), ["in 1", "outside 1", "in 2", "outside 2", "in 3"]);
  }));

test("the texts: no id, one is open, after the end, acks", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const plain = kafka().producer();
    await assert.rejects(plain.transaction(), {
      name: "KafkaJSNonRetriableError",
      message: "Must provide transactional id for transactional producer",
    });
    const producer = kafka().producer({ transactionalId: "x" });
    await producer.connect();
    const transaction = await producer.transaction();
    await assert.rejects(producer.transaction(), {
      message:
        "There is already an ongoing transaction for this producer. Please end the transaction before beginning another.",
    });
    await assert.rejects(transaction.send({ ...one("a"), acks: 1 }), /EoS guarantees/);
    await transaction.commit();
    for (const call of [
      () => transaction.send(one("a")),
      () => transaction.sendBatch({}),
      () => transaction.commit(),
      () => transaction.abort(),
      () => transaction.sendOffsets(wrong({})),
    ])
      await assert.rejects(call(), ENDED);
    await producer.disconnect();
  }));

test("an empty transaction sends nothing when it ends", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async ({ cluster, kafka }) => {
    let ends = 0;
    cluster.intercept("EndTxn", () => void ends++);
    const producer = kafka().producer({ transactionalId: "x" });
    await producer.connect();
    await (await producer.transaction()).commit();
    await (await producer.transaction()).abort();
    assert.equal(ends, 0);
    await producer.disconnect();
  }));

test("sendOffsets: committed with the transaction, remembered for the consumers of the same Kafka; its texts", () =>
  inKafkaJsWorld({ topics: { t: 2 } }, async ({ kafka, world }) => {
    const client = kafka();
    const producer = client.producer({ transactionalId: "x" });
    await producer.connect();
    const offsetsOf = async (): Promise<unknown> => {
      const found = await world.kafka.admin().listConsumerGroupOffsets(["g"] as never);
      return JSON.parse(JSON.stringify(found));
    };
    const aborted = await producer.transaction();
    await assert.rejects(aborted.sendOffsets(wrong({})), {
      name: "AssertionError",
      message: "Missing consumerGroupId",
    });
    await assert.rejects(aborted.sendOffsets(wrong({ consumerGroupId: "g" })), { message: "Missing offset topics" });
    await aborted.abort();
    const before = JSON.stringify(await offsetsOf());
    const transaction = await producer.transaction();
    await transaction.sendOffsets({
      consumerGroupId: "g",
      topics: [{ topic: "t", partitions: [{ partition: 1, offset: "42" }] }],
    });
    await transaction.commit();
    const after = JSON.stringify(await offsetsOf());
    assert.notEqual(after, before);
    assert.match(after, /42/);
    await producer.disconnect();
  }));

test("another producer took the id: INVALID_PRODUCER_EPOCH, raw", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    const old = w.kafka().producer({ transactionalId: "x" });
    await old.connect();
    const transaction = await old.transaction();
    await transaction.send(one("old"));
    const young = w.kafka().producer({ transactionalId: "x" });
    await young.connect();
    const second = await young.transaction();
    const fenced = { name: "KafkaJSProtocolError", type: "INVALID_PRODUCER_EPOCH", code: 47 };
    await assert.rejects(transaction.send(one("late")), fenced);
    await assert.rejects(transaction.commit(), fenced);
    await second.send(one("young"));
    await second.commit();
    await old.disconnect();
    await young.disconnect();
    assert.deepEqual(await committed(w, 1), ["young"]);
  }));

test("a failed commit can be aborted, or another transaction begun: kafkajs can do neither", async () => {
  for (const [how, result] of [
    ["hang", ["kept"]],
    ["disconnect-after", ["first", "kept"]], // the broker has committed, and nobody heard
  ] as const)
    for (const next of ["abort", "begin"])
      await inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
        const producer = w.kafka().producer({ transactionalId: "x" });
        await producer.connect();
        const transaction = await producer.transaction();
        await transaction.send(one("first"));
        const end = w.cluster.intercept("EndTxn", how);
        await assert.rejects(transaction.commit(), { name: "KafkaJSNumberOfRetriesExceeded" });
        end();
        assert.equal(transaction.isActive(), false);
        await assert.rejects(transaction.send(one("more")), ENDED);
        if (next === "abort" && how === "hang") await transaction.abort();
        else if (next === "abort") await assert.rejects(transaction.abort(), /committed/);
        const second = await producer.transaction();
        await second.send(one("kept"));
        await second.commit();
        await assert.rejects(transaction.abort(), ENDED);
        await producer.disconnect();
        assert.deepEqual(await committed(w, result.length), result);
      });
});

test("a message that is refused makes the transaction fail: the commit rejects, and an abort makes room", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    const producer = w.kafka().producer({ transactionalId: "x" });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send(one("dropped"));
    await assert.rejects(transaction.send({ topic: "t", messages: [{ value: Buffer.alloc(1_100_000) }] }), {
      type: "MESSAGE_TOO_LARGE",
    });
    await assert.rejects(transaction.commit());
    await transaction.abort();
    const second = await producer.transaction();
    await second.send(one("kept"));
    await second.commit();
    await producer.disconnect();
    assert.deepEqual(await committed(w, 1), ["kept"]);
  }));

test("disconnect aborts an open transaction; after connect there may be another", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async (w) => {
    const producer = w.kafka().producer({ transactionalId: "x" });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send(one("dropped"));
    await producer.disconnect();
    await producer.connect();
    const second = await producer.transaction();
    await second.send(one("kept"));
    await second.commit();
    await producer.disconnect();
    assert.deepEqual(await committed(w, 1), ["kept"]);
  }));
