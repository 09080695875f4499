// sendAll: many records with one promise, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Producer } from "../../src/producer/producer.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { sendAll } from "../../src/send-all.ts";
import { inWorld, take, text } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;
const revoked = <T>(): T => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy as T;
};
const numbered = (count: number, partitions: number): { topic: string; partition: number; value: string }[] =>
  Array.from({ length: count }, (_, i) => ({ topic: "t", partition: i % partitions, value: `${i}` }));

test("one entry for each partition, with the offset of its first record; the order of the call is kept", () =>
  inWorld({ topics: { t: 3 } }, async ({ kafka }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "t", partition: 1, value: "before" });
    const written = await sendAll(producer, numbered(3000, 3));
    const append = { topic: "t", appendTimestamp: -1, logStartOffset: 0, count: 1000 };
    assert.deepEqual(
      [...written].sort((a, b) => a.partition - b.partition),
      [
        { ...append, partition: 0, baseOffset: 0 },
        { ...append, partition: 1, baseOffset: 1 },
        { ...append, partition: 2, baseOffset: 0 },
      ],
    );
    const read = await take(kafka.consumer({ topics: ["t"] }), 3001);
    const values = read.filter(({ partition }) => partition === 2).map(({ value }) => Number(text(value)));
    assert.deepEqual(
      values,
      [...values].sort((a, b) => a - b),
    );
    assert.deepEqual(producer.counters.acknowledged, 3001);
    await producer.close();
  }));

test("no records: an empty list; an iterator is read to its end, and no further than a record that is not valid", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    assert.deepEqual(await sendAll(producer, []), []);
    let isEnded = false;
    const records = function* (): Generator<{ topic: string; value: string }> {
      try {
        yield { topic: "t", value: "a" };
        yield { topic: "t", value: wrong(5) };
        yield { topic: "t", value: "never read" };
      } finally {
        isEnded = true;
      }
    };
    await assert.rejects(sendAll(producer, records()), { kind: "serialization" });
    assert.ok(isEnded);
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 1);
    await producer.close();
  }));

test("an iterator that throws: the error is its own, and the records before are written", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    const records = function* (): Generator<{ topic: string; value: string }> {
      yield { topic: "t", value: "a" };
      throw new RangeError("no more");
    };
    await assert.rejects(sendAll(producer, records()), /no more/);
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 1);
    await producer.close();
  }));

test("records that wait for room, and batches that the broker finds too large: all are written once, in order", () =>
  inWorld({ topics: { t: { partitions: 2, configs: { "max.message.bytes": "3000" } } } }, async ({ kafka }) => {
    const producer = kafka.producer({ bufferMemory: 10_000, batchSize: 5000 });
    const records = numbered(400, 2).map((record) => ({ ...record, value: record.value.padEnd(200, " ") }));
    const written = await sendAll(producer, records);
    assert.deepEqual([...written].map(({ partition, count }) => [partition, count]).sort(), [
      [0, 200],
      [1, 200],
    ]);
    const read = await take(kafka.consumer({ topics: ["t"] }), 400);
    for (const one of [0, 1]) {
      const values = read.filter(({ partition }) => partition === one).map(({ value }) => Number(text(value)));
      assert.deepEqual(
        values,
        Array.from({ length: 200 }, (_, i) => 2 * i + one),
      );
    }
    assert.ok(producer.counters.splits > 0);
    await producer.close();
  }));

test("a partition that there is not: the call rejects when the other records are written", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    const records = [0, 7, 0, 8].map((partition) => ({ topic: "t", partition, value: "a" }));
    await assert.rejects(sendAll(producer, records), { kind: "config", message: /names partition 7/ });
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 2);
    await producer.close();
  }));

test("an error of the broker rejects once; retries limits how often a batch is sent again", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    let requests = 0;
    cluster.intercept("Produce", ({ message }) => {
      requests++;
      const partitionResponses = [{ index: 0, errorCode: 19, baseOffset: -1 }];
      return {
        answer: { responses: message.topicData.map(({ name, topicId }) => ({ name, topicId, partitionResponses })) },
      };
    });
    const producer = kafka.producer({ retries: 2 });
    await assert.rejects(sendAll(producer, numbered(10, 1)), (error: KafkaError) => {
      assert.equal(error.kind, "timeout");
      assert.match(
        error.message,
        /cannot write 10 records to t-0: not acknowledged with retries: 2, after 3 tries; the/,
      );
      assert.equal((error.cause as KafkaError).code, 19);
      return true;
    });
    assert.equal(requests, 3);
    await producer.close();
  }));

test("acks, compression and timeouts by call; acks 0 gives offset -1", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    const seen: [number, number][] = [];
    cluster.intercept("Produce", ({ message }) => void seen.push([message.acks, message.timeoutMs]));
    const producer = kafka.producer({ enableIdempotence: false });
    await sendAll(producer, numbered(2, 1), { acks: 1, acksTimeoutMs: 5 });
    const [written] = await sendAll(producer, numbered(2, 1), { acks: 0, compressionType: "gzip" });
    assert.deepEqual([written?.baseOffset, written?.count, written?.logStartOffset], [-1, 2, -1]);
    await sleep(platform, 1); // without a response, nothing says that the broker has begun with the second request
    await producer.close();
    assert.deepEqual(seen, [
      [1, 5],
      [0, 30_000],
    ]);
  }));

test("wrong arguments, and a closed producer, reject at once", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer();
    for (const call of [
      () => sendAll(wrong<Producer>(null), []),
      () => sendAll(wrong<Producer>({}), []),
      () => sendAll(revoked<Producer>(), []),
      () => sendAll(producer, revoked()),
      () => sendAll(producer, wrong(null)),
      () => sendAll(producer, wrong("text")),
      () => sendAll(producer, [wrong(undefined)]),
      () => sendAll(producer, [wrong({ topic: "t" })]),
      () => sendAll(producer, [], wrong({ ack: 1 })),
      () => sendAll(producer, [], { acks: 1 }),
      () => sendAll(producer, [], wrong({ signal: new AbortController().signal })),
    ])
      await assert.rejects(call(), { kind: "config" });
    await producer.close();
    await assert.rejects(sendAll(producer, []), { kind: "closed" });
  }));

test("while closing: the records that have room are written, the call that waits for room fails", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer({ bufferMemory: 2000, batchSize: 1000 });
    const records = numbered(100, 1).map((record) => ({ ...record, value: record.value.padEnd(100, " ") }));
    const sent = sendAll(producer, records);
    const failed = assert.rejects(sent, { kind: "closed" });
    await producer.close();
    await failed;
    const { acknowledged } = producer.counters;
    assert.ok(acknowledged > 0 && acknowledged < 100, String(acknowledged));
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, acknowledged);
  }));

test("in a transaction: a commit waits for a call that waits for room; a refused record makes the commit fail", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "x", bufferMemory: 2000, batchSize: 1000 });
    await producer.begin();
    const records = numbered(100, 1).map((record) => ({ ...record, value: record.value.padEnd(100, " ") }));
    const sent = sendAll(producer, records);
    await producer.commit();
    assert.equal((await sent)[0]?.count, 100);
    await producer.begin();
    await assert.rejects(sendAll(producer, [{ topic: "t", value: wrong<string>(5) }]), { kind: "serialization" });
    await assert.rejects(producer.commit(), { kind: "abortable" });
    await producer.abort();
    await producer.close();
  }));
