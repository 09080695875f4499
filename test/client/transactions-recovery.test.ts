// A transactional producer continues, in virtual time, after a coordinator that has not finished the previous
// transaction, has aborted a transaction that took too long, or has forgotten the producer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BrokerErrorName } from "../../src/errors/error-table.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import type { Producer } from "../../src/producer/producer.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, text, type World } from "./world.ts";

const TIMEOUT_MS = 2000;

function inTransactions(
  transactionVersion: 1 | 2,
  body: (world: World) => Promise<void>,
  more: object = {},
): Promise<void> {
  return inWorld({ brokers: 3, topics: { t: 1, in: 1 }, transactionVersion, latencyMs: 1, ...more }, body);
}

/** The result of a transaction of one record. */
function attempt(producer: Producer, value: string): Promise<string> {
  return producer
    .transaction((tx) => tx.send({ topic: "t", value }))
    .then(
      () => "committed",
      (error: unknown) => (KafkaError.is(error) ? `${error.kind} ${error.codeName ?? ""}` : String(error)),
    );
}

async function seen({ client, platform }: World): Promise<(string | null)[]> {
  const consumer = client().consumer({
    assign: [{ topic: "t", partition: 0 }],
    isolationLevel: "read_committed",
    fetchMaxWaitMs: 10,
  });
  const values: (string | null)[] = [];
  const stop = sleep(platform, 3000).then(() => consumer.close());
  for await (const record of consumer) values.push(text(record.value));
  await stop;
  return values;
}

for (const transactionVersion of [1, 2] as const) {
  for (const transactionMarkerDelayMs of [0, 300]) {
    test(
      `version ${transactionVersion}, markers after ${transactionMarkerDelayMs} ms: a transaction that fails right ` +
        "after a commit is aborted, and does not fence its producer",
      () =>
        inTransactions(
          transactionVersion,
          async (world) => {
            const producer = world.kafka.producer({ transactionalId: "x" });
            const fates = [];
            for (let i = 0; i < 5; i++) {
              fates.push(await attempt(producer, `kept ${i}`));
              world.cluster.failPartition("Produce", "t", 0, ["MESSAGE_TOO_LARGE"]);
              fates.push(await attempt(producer, "dropped"));
            }
            assert.deepEqual(fates, Array.from({ length: 5 }, () => ["committed", "broker MESSAGE_TOO_LARGE"]).flat());
            assert.deepEqual(
              await seen(world),
              [0, 1, 2, 3, 4].map((i) => `kept ${i}`),
            );
          },
          { transactionMarkerDelayMs },
        ),
    );
  }

  const forgetting: readonly (readonly [
    api: "AddPartitionsToTxn" | "AddOffsetsToTxn" | "TxnOffsetCommit" | "EndTxn" | "Produce",
    versions: readonly number[],
  ])[] = [
    ["Produce", [1, 2]],
    ["AddPartitionsToTxn", [1]],
    ["AddOffsetsToTxn", [1]],
    ["TxnOffsetCommit", [1, 2]],
    ["EndTxn", [1, 2]],
  ];
  for (const [api] of forgetting.filter(([, versions]) => versions.includes(transactionVersion))) {
    test(
      `version ${transactionVersion}: a coordinator that has forgotten the transactional id ` +
        `(INVALID_PRODUCER_ID_MAPPING from ${api}) loses the transaction, not the producer`,
      () =>
        inTransactions(transactionVersion, async ({ kafka, cluster }) => {
          const producer = kafka.producer({ transactionalId: "x" });
          const both = (value: string): Promise<void> =>
            producer.transaction(async (tx) => {
              await tx.send({ topic: "t", value });
              await tx.sendOffsets([{ topic: "in", partition: 0, offset: 1 }], { groupId: "g" });
            });
          await both("1");
          const code: BrokerErrorName = "INVALID_PRODUCER_ID_MAPPING";
          if (api === "Produce") cluster.failPartition("Produce", "t", 0, [code]);
          else cluster.failRequests(api, [code]);
          await assert.rejects(
            both("2"),
            (error) => KafkaError.is(error) && error.kind === "abortable" && error.codeName === code,
          );
          await both("3");
        }),
    );
  }
}

test("version 2: a transaction that timed out at the coordinator and writes again is aborted, and the next one commits", () =>
  inTransactions(2, async (world) => {
    const { kafka, platform } = world;
    const producer = kafka.producer({ transactionalId: "x", transactionTimeoutMs: TIMEOUT_MS });
    for (let i = 0; i < 3; i++) {
      await producer.begin();
      await producer.send({ topic: "t", value: "lost" });
      await sleep(platform, TIMEOUT_MS + 500);
      await assert.rejects(
        producer.send({ topic: "t", value: "lost too" }),
        (error) =>
          KafkaError.is(error) &&
          error.kind === "abortable" &&
          error.codeName === "INVALID_PRODUCER_EPOCH" &&
          /transactionTimeoutMs/.test(error.message),
      );
      await assert.rejects(producer.commit(), { kind: "abortable" });
      await producer.abort();
      assert.equal(await attempt(producer, `kept ${i}`), "committed");
    }
    assert.equal(
      await producer
        .transaction(async (tx) => {
          await tx.send({ topic: "t", value: "lost" });
          await sleep(platform, TIMEOUT_MS + 500);
          await tx.send({ topic: "t", value: "lost" });
        })
        .catch((error: unknown) => KafkaError.from(error).kind),
      "abortable",
    );
    assert.equal(await attempt(producer, "last"), "committed");
    assert.deepEqual(await seen(world), ["kept 0", "kept 1", "kept 2", "last"]);
  }));

test("version 2: a transaction that timed out, and then commits offsets or itself, is aborted too", () =>
  inTransactions(2, async (world) => {
    const { kafka, platform } = world;
    const producer = kafka.producer({ transactionalId: "x", transactionTimeoutMs: TIMEOUT_MS });
    const offsets = (): Promise<void> =>
      producer.sendOffsets([{ topic: "in", partition: 0, offset: 1 }], { groupId: "g" });
    for (const late of [offsets, () => producer.commit()]) {
      for (const first of [() => producer.send({ topic: "t", value: "lost" }), offsets]) {
        await producer.begin();
        await first();
        await sleep(platform, TIMEOUT_MS + 500);
        await assert.rejects(late(), { kind: "abortable" });
        await producer.abort();
        assert.equal(await attempt(producer, "kept"), "committed");
      }
    }
    assert.equal((await seen(world)).filter((value) => value === "kept").length, 4);
  }));

test(
  "version 2: where another producer took the name, abort tells: fenced, with and without a transaction of the " +
    "other",
  () =>
    inTransactions(2, async ({ kafka, client, platform }) => {
      for (const writes of [false, true]) {
        for (const lateMs of [0, TIMEOUT_MS + 500]) {
          const old = kafka.producer({ transactionalId: "x", transactionTimeoutMs: TIMEOUT_MS });
          await old.begin();
          await old.send({ topic: "t", value: "old" });
          await sleep(platform, lateMs);
          const young = client().producer({ transactionalId: "x" });
          await young.initTransactions();
          if (writes) assert.equal(await attempt(young, "young"), "committed");
          await assert.rejects(old.send({ topic: "t", value: "old" }), {
            kind: "abortable",
            codeName: "INVALID_PRODUCER_EPOCH",
          });
          await assert.rejects(
            old.abort(),
            (error) =>
              KafkaError.is(error) &&
              error.kind === "fenced" &&
              /another producer with transactional id x has taken over/.test(error.message),
          );
          await assert.rejects(old.begin(), { kind: "fenced" });
          await old.close().catch(() => undefined);
          assert.equal(await attempt(young, "young"), "committed");
          await young.close();
        }
      }
    }),
);

test(
  "version 2: transaction() of a producer whose name was taken rejects with kind fenced, not with what its record " +
    "met",
  () =>
    inTransactions(2, async ({ kafka, client }) => {
      const old = kafka.producer({ transactionalId: "x" });
      assert.equal(await attempt(old, "1"), "committed");
      assert.equal(await attempt(client().producer({ transactionalId: "x" }), "2"), "committed");
      assert.match(await attempt(old, "3"), /^fenced /);
    }),
);

test("version 1: a transaction that timed out is fenced, as in Kafka, and told to have taken too long", () =>
  inTransactions(1, async ({ kafka, platform }) => {
    const producer = kafka.producer({ transactionalId: "x", transactionTimeoutMs: TIMEOUT_MS });
    await producer.begin();
    await producer.send({ topic: "t", value: "lost" });
    await sleep(platform, TIMEOUT_MS + 500);
    await assert.rejects(producer.send({ topic: "t", value: "lost" }), { kind: "fenced" });
    await assert.rejects(
      producer.abort(),
      (error) => KafkaError.is(error) && error.kind === "fenced" && /open for 2\d\d\d ms/.test(error.message),
    );
    await producer.close().catch(() => undefined);
  }));

test("consumeTransformProduce goes on after a transaction that timed out at the coordinator, whatever it does late", () =>
  inTransactions(2, async (world) => {
    const { kafka, client, platform } = world;
    const feeder = client().producer();
    let late: "writes" | "nothing" | undefined;
    const pipe = consumeTransformProduce(kafka, {
      groupId: "g",
      topics: ["in"],
      transactionalId: "x",
      maxMs: 1,
      producer: { transactionTimeoutMs: TIMEOUT_MS },
      consumer: { autoOffsetReset: "earliest" },
      transform: async (records, { tx }) => {
        const value = String(text(records[0]?.value as Uint8Array | null));
        await tx.send({ topic: "t", value });
        const now = late;
        late = undefined;
        if (now !== undefined) await sleep(platform, TIMEOUT_MS + 500);
        if (now === "writes") await tx.send({ topic: "t", value: "too late" });
      },
    });
    for (const [i, how] of ([undefined, "writes", undefined, "nothing", "writes"] as const).entries()) {
      late = how;
      await feeder.send({ topic: "in", value: `${i}` });
      while (pipe.counters.records < i + 1)
        await Promise.race([sleep(platform, 10), pipe.ended.then(() => assert.fail("it ended"))]);
    }
    assert.equal(pipe.counters.aborted, 3);
    await pipe.stop();
    await pipe.ended;
    assert.deepEqual(await seen(world), ["0", "1", "2", "3", "4"]);
  }));

test("initTransactions ends what a producer before left open, does nothing when repeated, and says what is wrong", () =>
  inTransactions(2, async ({ kafka, client, cluster }) => {
    const old = kafka.producer({ transactionalId: "x" });
    await old.begin();
    await old.send({ topic: "t", value: "left open" });
    const young = client().producer({ transactionalId: "x" });
    const first = young.initTransactions();
    await assert.rejects(young.initTransactions(), { kind: "config", message: /under way already/ });
    await assert.rejects(young.begin(), { kind: "config", message: /under way already/ });
    await first;
    assert.deepEqual(
      cluster.snapshot().transactions.map(({ state }) => state),
      ["Empty"],
    );
    const log = cluster.recordRequests({ api: "InitProducerId" });
    await young.initTransactions();
    await young.begin();
    await young.initTransactions();
    assert.equal(log.entries.length, 0);
    await young.commit();
    await assert.rejects(client().producer().initTransactions(), {
      kind: "config",
      message: /initTransactions\(\) needs a producer with a transactionalId/,
    });
    await assert.rejects(old.abort(), { kind: "fenced" });
    await assert.rejects(old.initTransactions(), { kind: "fenced" });
    await old.close().catch(() => undefined);
    await young.close();
    await assert.rejects(young.initTransactions(), { kind: "closed" });
  }));
