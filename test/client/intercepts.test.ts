// Each kind of interception as the real client meets it, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

test("observed: what a producer asks for until its first record is written", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const asked: string[] = [];
    const handle = cluster.intercept(({ apiName }) => void asked.push(apiName));
    await kafka.producer().send({ topic: "t", value: "v" });
    assert.ok(asked.includes("Metadata") && asked.includes("InitProducerId"), asked.join(" "));
    assert.equal(asked.at(-1), "Produce");
    assert.equal(handle.calls, asked.length);
  }));

test("answered: a producer gets the offset that the intercept gives, and the log stays empty", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    cluster.intercept("Produce", ({ message }) => ({
      answer: {
        responses: message.topicData.map(({ name, topicId, partitionData }) => ({
          name,
          topicId,
          partitionResponses: partitionData.map(({ index }) => ({ index, baseOffset: 41 })),
        })),
      },
    }));
    assert.equal((await kafka.producer().send({ topic: "t", value: "v" })).offset, 41);
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 0);
  }));

test("rewritten: a fetch that may bring little at a time still brings everything", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer({ batchSize: 100, lingerMs: 0 });
    await Promise.all(numbers(50).map((value) => producer.send({ topic: "t", value })));
    const small = cluster.intercept("Fetch", ({ message }) => ({ rewrite: { ...message, maxBytes: 1 } }));
    const records = await take(kafka.consumer({ topics: ["t"] }), 50);
    assert.deepEqual(
      records.map(({ value }) => text(value)),
      numbers(50),
    );
    assert.ok(small.calls > 10, `one batch a fetch, in ${small.calls} fetches`);
  }));

test("a response is rewritten: a batch that is damaged on its way is reported as corrupt", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    await kafka.producer().send({ topic: "t", value: "v" });
    cluster.intercept("Fetch", {
      respond: (response) => ({
        ...response,
        responses: response.responses.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((partition) => ({
            ...partition,
            records:
              partition.records?.map((byte, i) => (i === partition.records!.length - 1 ? byte ^ 1 : byte)) ?? null,
          })),
        })),
      }),
    });
    await assert.rejects(
      take(kafka.consumer({ topics: ["t"] }), 1),
      (error) => KafkaError.is(error) && error.kind === "corrupt",
    );
  }));

test("delayed: a record is written when the broker gets to it", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    cluster.intercept("Produce", { delayMs: 700 }, { topic: "t", times: 1 });
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "slow" });
    const slow = platform.clock.monotonic();
    await producer.send({ topic: "t", value: "quick" });
    assert.ok(slow >= 700 && platform.clock.monotonic() - slow < 50);
  }));

test("lost before, lost after, and never answered: the log has each record once, in order", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const handles = (["disconnect", "disconnect-after", "hang"] as const).map((fault) =>
      cluster.intercept("Produce", fault, { times: 1 }),
    );
    const producer = kafka.producer({ requestTimeoutMs: 500 });
    for (const value of numbers(4)) await producer.send({ topic: "t", value });
    assert.deepEqual(
      handles.map(({ calls, left }) => [calls, left]),
      [
        [1, 0],
        [1, 0],
        [1, 0],
      ],
    );
    assert.deepEqual(
      (await take(kafka.consumer({ topics: ["t"] }), 4)).map(({ value }) => text(value)),
      numbers(4),
    );
  }));

for (const enableIdempotence of [true, false]) {
  test(
    "applied later, after the client retried: " +
      (enableIdempotence ? "the broker knows the batch again" : "without idempotence the record is there twice"),
    () =>
      inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
        cluster.intercept("Produce", { applyLaterMs: 300 }, { times: 1 });
        const log = cluster.recordRequests({ api: "Produce" });
        const producer = kafka.producer({ enableIdempotence });
        await producer.send({ topic: "t", value: "a" });
        await producer.send({ topic: "t", value: "b" });
        await sleep(platform, 300);
        const highWatermark = cluster.snapshot().topics[0]?.partitions[0]?.highWatermark;
        assert.equal(highWatermark, enableIdempotence ? 2 : 3);
        assert.deepEqual(
          log.entries.map(({ outcome, response }) => [
            outcome,
            response?.responses[0]?.partitionResponses[0]?.baseOffset,
          ]),
          [
            ["apply-later", enableIdempotence ? 0 : 2],
            ["answered", 0],
            ["answered", 1],
          ],
        );
      }),
  );
}

test("applied later, after the client retried at another broker: the old leader does not write it any more", () =>
  inWorld(
    { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } } },
    async ({ kafka, cluster, platform }) => {
      const log = cluster.recordRequests({ api: "Produce" });
      cluster.intercept(
        "Produce",
        () => {
          cluster.moveLeader("t", 0, 1);
          return { applyLaterMs: 300 };
        },
        { broker: 0, times: 1 },
      );
      await kafka.producer({ enableIdempotence: false }).send({ topic: "t", value: "a" });
      await sleep(platform, 300);
      const last = log.entries.at(-1);
      assert.deepEqual(
        [
          log.entries[0]?.nodeId,
          last?.nodeId,
          last?.outcome,
          cluster.snapshot().topics[0]?.partitions[0]?.highWatermark,
        ],
        [0, 1, "answered", 1],
      );
      assert.equal(
        log.entries[0]?.response?.responses[0]?.partitionResponses[0]?.errorCode,
        6,
        "NOT_LEADER_OR_FOLLOWER",
      );
    },
  ));

test("a partition that is refused again and again holds up no other, and keeps its order", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka, cluster, platform }) => {
    const queue = cluster.failPartition("Produce", "t", 0, [
      "NOT_ENOUGH_REPLICAS",
      "NOT_LEADER_OR_FOLLOWER",
      "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
      "REQUEST_TIMED_OUT",
    ]);
    const producer = kafka.producer({ batchSize: 100, lingerMs: 0 });
    const done: number[] = [];
    const sent = numbers(40).map(async (value, i) => {
      await producer.send({ topic: "t", partition: i % 2, value });
      done[i % 2] = platform.clock.monotonic();
    });
    await Promise.all(sent);
    assert.equal(queue.left, 0);
    assert.ok(done[1]! < done[0]!, done.join(" "));
    const records = await take(kafka.consumer({ topics: ["t"] }), 40);
    for (const partition of [0, 1])
      assert.deepEqual(
        records.filter((record) => record.partition === partition).map(({ value }) => text(value)),
        numbers(40).filter((_, i) => i % 2 === partition),
      );
  }));

test("a consumer gets over the errors of one partition in its fetch session, and misses nothing", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    const send = (from: number): Promise<unknown> =>
      Promise.all(
        numbers(10).map((value, i) =>
          producer.send({ topic: "t", partition: i % 2, value: String(Number(value) + from) }),
        ),
      );
    await send(0);
    const consumer = kafka.consumer({ topics: ["t"] });
    const values = (await take(consumer, 10)).map(({ value }) => Number(text(value)));
    const queue = cluster.failPartition("Fetch", "t", 1, [
      "NOT_LEADER_OR_FOLLOWER",
      "UNKNOWN_LEADER_EPOCH",
      "FENCED_LEADER_EPOCH",
      "LEADER_NOT_AVAILABLE",
    ]);
    await send(10);
    values.push(...(await take(consumer, 10)).map(({ value }) => Number(text(value))));
    assert.deepEqual(
      values.sort((a, b) => a - b),
      numbers(20).map(Number),
    );
    assert.equal(queue.calls, 4);
  }));

test("a whole request is refused so often as the queue says: a producer gets its id at the third try", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const refused = cluster.failRequests("InitProducerId", [
      "COORDINATOR_LOAD_IN_PROGRESS",
      "COORDINATOR_LOAD_IN_PROGRESS",
    ]);
    const log = cluster.recordRequests({ api: "InitProducerId" });
    await kafka.producer().send({ topic: "t", value: "v" });
    assert.equal(refused.calls, 2);
    assert.deepEqual(
      log.entries.map(({ response }) => response?.errorCode),
      [14, 14, 0],
    );
  }));

test("one client of two is struck, by its client id", () =>
  inWorld({ topics: { t: 1 } }, async ({ client, cluster }) => {
    const struck = cluster.intercept("Produce", "disconnect", { clientId: "unlucky", times: 2 });
    const [lucky, unlucky] = [client({ clientId: "lucky" }).producer(), client({ clientId: "unlucky" }).producer()];
    await lucky.send({ topic: "t", value: "v" });
    assert.equal(struck.calls, 0);
    await unlucky.send({ topic: "t", value: "v" });
    assert.deepEqual([struck.calls, lucky.counters.retries, unlucky.counters.retries > 0], [2, 0, true]);
  }));
