// The order of records in partitions that are new to the producer, or whose leader has forgotten it: a broker accepts
// any first sequence from a producer that it does not know, so a refused batch must not have another one behind it in
// flight.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import type { ProducerOptions } from "../../src/producer/options.ts";
import type { Producer } from "../../src/producer/producer.ts";
import type { RecordMetadata } from "../../src/producer/partition/delivery.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text, type World } from "./world.ts";

/** Small batches, so that a burst makes many of them; short waits. */
const BATCHES: ProducerOptions = { batchSize: 200 };
const CLIENT = { retryBackoffMs: 5, onLog: () => undefined };
const REFUSALS = [
  "NONE",
  "NOT_LEADER_OR_FOLLOWER",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "NOT_ENOUGH_REPLICAS",
  "REQUEST_TIMED_OUT",
] as const;

const burst = (producer: Producer, count: number, topic = "t"): Promise<RecordMetadata>[] =>
  Array.from({ length: count }, (_, i) => producer.send({ topic, partition: 0, value: `${i}:${"v".repeat(100)}` }));

/** The records of partition 0, by number. */
async function logOf({ kafka, cluster }: Pick<World, "kafka" | "cluster">, topic = "t"): Promise<number[]> {
  const end = cluster.snapshot().topics.find((t) => t.topic === topic)?.partitions[0]?.highWatermark ?? 0;
  if (end === 0) return [];
  const consumer = kafka.consumer({ assign: [{ topic, partition: 0 }] });
  const values = (await take(consumer, end)).map(({ value }) => Number(text(value)?.split(":")[0]));
  await consumer.close();
  return values;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function refuseFirst(cluster: EmbeddedCluster, ...codes: readonly (typeof REFUSALS)[number][]): void {
  cluster.failPartition("Produce", "t", 0, codes);
}

for (const code of REFUSALS.slice(1)) {
  for (const acks of [-1, 1] as const) {
    // It was written, and a producer without sequences writes it again.
    if (acks === 1 && code === "REQUEST_TIMED_OUT") continue;
    test(
      `the first batches for a new partition are refused with ${code} by a proven leader (acks ${acks}): the order ` +
        "is kept",
      () =>
        inWorld({ topics: { warm: 1, t: 1 }, client: CLIENT, latencyMs: 1 }, async (world) => {
          const producer = world.kafka.producer({
            ...BATCHES,
            ...(acks === 1 ? { acks: 1, enableIdempotence: false } : {}),
          });
          await producer.send({ topic: "warm", value: "x" });
          refuseFirst(world.cluster, code, code);
          const sent = await Promise.all(burst(producer, 40));
          assert.deepEqual(
            sent.map(({ offset }) => offset),
            numbers(40),
          );
          assert.deepEqual(await logOf(world), numbers(40));
        }),
    );
  }
}

test("in a transaction too the first batch is alone until it was written", async () => {
  for (const transactionVersion of [1, 2] as const) {
    await inWorld({ topics: { warm: 1, t: 1 }, client: CLIENT, latencyMs: 1, transactionVersion }, async (world) => {
      const producer = world.kafka.producer({ ...BATCHES, transactionalId: "bank" });
      for (let round = 0; round < 2; round++) {
        refuseFirst(world.cluster, "NOT_ENOUGH_REPLICAS");
        await producer.transaction(async (tx) => {
          await tx.send({ topic: "warm", value: "x" });
          const sent = await Promise.all(
            Array.from({ length: 20 }, (_, i) =>
              tx.send({ topic: "t", partition: 0, value: `${i}:${"v".repeat(100)}` }),
            ),
          );
          for (const [i, { offset }] of sent.entries())
            assert.ok(i === 0 || offset > (sent[i - 1]?.offset ?? 0), `${offset} after ${sent[i - 1]?.offset}`);
        });
      }
    });
  }
});

test("a partition has one request in flight until its first batch was written, and more from then on", () =>
  inWorld({ topics: { warm: 1, t: 1 }, client: CLIENT, latencyMs: 20 }, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer({ ...BATCHES, lingerMs: 0 });
    await producer.send({ topic: "warm", value: "x" });
    const arrivedMs: number[] = [];
    cluster.intercept("Produce", ({ topics }) => {
      if (topics.includes("t")) arrivedMs.push(platform.clock.monotonic());
    });
    await Promise.all(burst(producer, 40));
    const [first = 0, ...rest] = arrivedMs;
    assert.ok(
      rest.every((atMs) => atMs >= first + 40),
      "the second leaves when the first was answered",
    );
    assert.ok(rest.filter((atMs) => atMs < first + 80).length > 1, "then several go at once");
  }));

const forgotten = (world: World): void => world.cluster.forgetProducers("t", 0);

test("a leader that forgot an idle producer, and refuses its next batch: the order is kept", () =>
  inWorld({ topics: { t: 1 }, client: CLIENT, latencyMs: 1 }, async (world) => {
    const producer = world.kafka.producer(BATCHES);
    await Promise.all(burst(producer, 20));
    await sleep(world.platform, 86_400_000);
    forgotten(world);
    refuseFirst(world.cluster, "NOT_ENOUGH_REPLICAS");
    const sent = await Promise.all(burst(producer, 20));
    assert.deepEqual(
      sent.map(({ offset }) => offset),
      numbers(20).map((i) => 20 + i),
    );
  }));

test("a connection that broke, to a leader that forgot the producer and refuses its next batch: the order is kept", () =>
  inWorld({ topics: { t: 1 }, client: CLIENT, latencyMs: 1 }, async (world) => {
    const producer = world.kafka.producer({ ...BATCHES, lingerMs: 0 });
    await Promise.all(burst(producer, 20));
    await world.cluster.stopBroker(0);
    await world.cluster.startBroker(0);
    forgotten(world);
    refuseFirst(world.cluster, "NOT_ENOUGH_REPLICAS");
    const sent = await Promise.all(burst(producer, 20));
    assert.deepEqual(
      sent.map(({ offset }) => offset),
      numbers(20).map((i) => 20 + i),
    );
  }));

test("a new leader that does not know the producer, and refuses its first batch: the order is kept", () =>
  inWorld(
    {
      brokers: 2,
      topics: { t: { partitions: 1, replicationFactor: 2 }, warm: { partitions: 2, replicationFactor: 2 } },
      client: CLIENT,
      latencyMs: 1,
    },
    async (world) => {
      const { cluster, kafka, platform } = world;
      const producer = kafka.producer({ ...BATCHES, lingerMs: 0 });
      for (const partition of [0, 1]) await producer.send({ topic: "warm", partition, value: "x" });
      const first = burst(producer, 20);
      await sleep(platform, 3);
      const leader = cluster.snapshot().topics.find(({ topic }) => topic === "t")?.partitions[0]?.leaderId ?? 0;
      cluster.moveLeader("t", 0, 1 - leader);
      forgotten(world);
      cluster.failPartition("Produce", "t", 0, ["NONE", "NOT_ENOUGH_REPLICAS"], { broker: 1 - leader });
      const sent = await Promise.all([...first, ...burst(producer, 20)]);
      for (const [i, { offset }] of sent.entries())
        assert.ok(i === 0 || offset > (sent[i - 1]?.offset ?? 0), sent.map((r) => r.offset).join());
    },
  ));

test("a topic that was deleted and created again knows no producer: the order is kept when it refuses the first batch", () =>
  inWorld({ topics: { t: 1, warm: 1 }, client: { ...CLIENT, metadataMaxAgeMs: 500 }, latencyMs: 1 }, async (world) => {
    const { cluster, kafka, platform } = world;
    const producer = kafka.producer({ ...BATCHES, lingerMs: 0 });
    await Promise.all([...burst(producer, 20), producer.send({ topic: "warm", value: "x" })]);
    cluster.deleteTopic("t");
    cluster.createTopic("t", 1);
    await sleep(platform, 700);
    refuseFirst(cluster, "NOT_ENOUGH_REPLICAS");
    const sent = await Promise.all(burst(producer, 20));
    assert.deepEqual(
      sent.map(({ offset }) => offset),
      numbers(20),
    );
  }));

/**
 * A leader that refuses a batch in the middle of a stream, has forgotten the producer, and writes the batches behind.
 */
async function overtaken(
  world: World,
  code: (typeof REFUSALS)[number],
): Promise<{ readonly results: readonly PromiseSettledResult<RecordMetadata>[]; readonly producer: Producer }> {
  const { cluster, kafka } = world;
  const producer = kafka.producer({ ...BATCHES, lingerMs: 0 });
  await Promise.all(burst(producer, 3));
  let seen = 0;
  cluster.intercept("Produce", ({ message }) => {
    if (++seen !== 4) return undefined;
    cluster.forgetProducers("t", 0);
    return {
      answer: {
        responses: message.topicData.map(({ topicId, name, partitionData }) => ({
          topicId,
          name,
          partitionResponses: partitionData.map(({ index }) => ({
            index,
            errorCode: code === "NOT_ENOUGH_REPLICAS" ? 19 : 7,
            baseOffset: -1,
          })),
        })),
      },
    };
  });
  return { results: await Promise.allSettled(burst(producer, 30)), producer };
}

const later = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value > (values[i - 1] ?? 0));

test(
  "a batch that was refused while later ones were written fails with the refusal, as not written, and is never " +
    "written behind them",
  () =>
    inWorld({ topics: { t: 1 }, client: CLIENT, latencyMs: 5 }, async (world) => {
      const { results, producer } = await overtaken(world, "NOT_ENOUGH_REPLICAS");
      const failed = results.flatMap((result, i) =>
        result.status === "rejected" ? [{ i, error: KafkaError.from(result.reason) }] : [],
      );
      assert.ok(failed.length > 0 && failed.length <= 2, `${failed.length} failed`);
      for (const { error } of failed) {
        assert.deepEqual(
          [error.kind, error.codeName, error.outcome, error.retriable],
          ["broker", "NOT_ENOUGH_REPLICAS", "notWritten", false],
        );
        assert.match(
          error.message,
          /cannot write \d records? to t-0: the broker has written later records .*NOT_ENOUGH_REPLICAS/,
        );
      }
      const log = (await logOf(world)).slice(3);
      assert.deepEqual(
        log,
        numbers(30).filter((i) => !failed.some((other) => other.i === i)),
      );
      assert.equal(producer.counters.epochBumps, 0, "the broker does not wait for the numbers of what was overtaken");
    }),
);

test(
  "a batch without a sure answer is sent again under its own numbers when later ones were written, and fails as " +
    "indefinite if the broker does not know it",
  () =>
    inWorld({ topics: { t: 1 }, client: CLIENT, latencyMs: 5 }, async (world) => {
      const { results } = await overtaken(world, "REQUEST_TIMED_OUT");
      const failed = results.flatMap((result, i) =>
        result.status === "rejected" ? [{ i, error: KafkaError.from(result.reason) }] : [],
      );
      assert.ok(failed.length > 0 && failed.length <= 2, `${failed.length} failed`);
      for (const { error } of failed) assert.deepEqual([error.kind, error.outcome], ["broker", "indefinite"]);
      const log = (await logOf(world)).slice(3);
      assert.ok(later(log), log.join());
      assert.deepEqual(
        log,
        numbers(30).filter((i) => !failed.some((other) => other.i === i)),
      );
    }),
);

test("a batch that was written without a sure answer, and later ones behind it: its retry is recognised", () =>
  inWorld({ topics: { t: 1 }, client: CLIENT, latencyMs: 5 }, async (world) => {
    const producer = world.kafka.producer({ ...BATCHES, lingerMs: 0 });
    await Promise.all(burst(producer, 3));
    world.cluster.failPartition("Produce", "t", 0, [
      "NONE",
      "NONE",
      "REQUEST_TIMED_OUT",
      "NONE",
      "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
    ]);
    await Promise.all(burst(producer, 30));
    assert.deepEqual((await logOf(world)).slice(3), numbers(30));
  }));

test("a producer without sequences promises no order: what was refused while later batches were written is sent again", () =>
  inWorld({ topics: { t: 1 }, client: CLIENT, latencyMs: 5 }, async (world) => {
    const producer = world.kafka.producer({ ...BATCHES, lingerMs: 0, acks: 1, enableIdempotence: false });
    await Promise.all(burst(producer, 3));
    refuseFirst(world.cluster, "NONE", "NONE", "NOT_ENOUGH_REPLICAS");
    await Promise.all(burst(producer, 30));
    assert.deepEqual(
      (await logOf(world)).slice(3).sort((a, b) => a - b),
      numbers(30),
    );
  }));
