// A topic that is deleted and recreated under a producer: a fresh start or a clear error, never silent loss.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

test("records go on into the topic that was made anew, from offset 0, and all that were acknowledged there are in it", () =>
  inWorld({ topics: { t: 1 }, autoCreateTopics: false, latencyMs: 2 }, async ({ kafka, platform }) => {
    const admin = kafka.admin();
    const producer = kafka.producer({ batchSize: 400 });
    for (let i = 0; i < 50; i++) await producer.send({ topic: "t", value: `old ${i}` });
    const changes = (async () => {
      await sleep(platform, 20);
      (await admin.deleteTopics(["t"])).orThrow();
      await sleep(platform, 300);
      (await admin.createTopics([{ topic: "t", numPartitions: 1 }])).orThrow();
    })();
    const sent: Promise<{ offset: number; i: number }>[] = [];
    for (let i = 0; i < 400; i++) {
      sent.push(producer.send({ topic: "t", value: String(i) }).then(({ offset }) => ({ offset, i })));
      await sleep(platform, 2);
    }
    await changes;
    const all = await Promise.all(sent);
    // Records from before the deletion are deleted with the topic, on purpose.
    const restart = all.findIndex(({ offset }) => offset === 0);
    assert.ok(restart > 0 && restart < 300, String(restart));
    const fresh = all.slice(restart);
    assert.deepEqual(
      fresh.map(({ offset }) => offset),
      fresh.map((_, n) => n),
      "in order, without a gap",
    );
    const consumer = kafka.consumer({ topics: ["t"] });
    assert.deepEqual(
      (await take(consumer, fresh.length)).map((record) => text(record.value)),
      fresh.map(({ i }) => String(i)),
    );
    await consumer.close();
    assert.equal(producer.bufferedBytes, 0);
  }));

test("made anew with fewer partitions: keys go among those there are, and what has no place fails at once and says why", () =>
  inWorld({ topics: { t: 8 }, autoCreateTopics: false }, async ({ kafka, platform }) => {
    const admin = kafka.admin();
    const producer = kafka.producer();
    for (let partition = 0; partition < 8; partition++) await producer.send({ topic: "t", value: "old", partition });
    (await admin.deleteTopics(["t"])).orThrow();
    const before = platform.clock.monotonic();
    const waiting = Promise.allSettled(
      Array.from({ length: 8 }, (_, partition) => producer.send({ topic: "t", value: "x", partition })),
    );
    await sleep(platform, 500);
    (await admin.createTopics([{ topic: "t", numPartitions: 3 }])).orThrow();
    const results = await waiting;
    assert.ok(platform.clock.monotonic() - before < 5000);
    assert.deepEqual(
      results.map((r) =>
        r.status === "fulfilled"
          ? r.value.offset
          : KafkaError.is(r.reason) && /recreated with 3 partitions/.test(r.reason.message) && r.reason.outcome,
      ),
      [0, 0, 0, ...Array.from({ length: 5 }, () => "notWritten")],
    );
    const partitions = new Set<number>();
    for (let i = 0; i < 30; i++)
      partitions.add((await producer.send({ topic: "t", key: `k${i}`, value: "x" })).partition);
    for (let i = 0; i < 30; i++) assert.ok((await producer.send({ topic: "t", value: "x" })).partition < 3);
    assert.deepEqual(partitions, new Set([0, 1, 2]));
    await assert.rejects(producer.send({ topic: "t", value: "x", partition: 7 }), /has 3 partitions/);
    assert.equal(producer.bufferedBytes, 0);
  }));

test("an answer of the old topic that comes when the new one is known is understood", () =>
  inWorld({ topics: { t: 1, u: 1 }, autoCreateTopics: false }, async ({ kafka, cluster, platform }) => {
    const admin = kafka.admin();
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "0" });
    let requests = 0;
    cluster.intercept("Produce", async ({ message }) => {
      if (++requests > 1) return undefined;
      const { topicId, name } = message.topicData[0] ?? { topicId: "", name: "" };
      await sleep(platform, 2000);
      return {
        answer: { responses: [{ topicId, name, partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 77 }] }] },
      };
    });
    const sent = producer.send({ topic: "t", value: "1" });
    await sleep(platform, 10);
    (await admin.deleteTopics(["t"])).orThrow();
    (await admin.createTopics([{ topic: "t", numPartitions: 1 }])).orThrow();
    await producer.send({ topic: "t", value: "x", partition: 4 }).catch(() => undefined); // asks for metadata
    assert.equal((await sent).offset, 77);
    assert.equal(requests, 1);
  }));
