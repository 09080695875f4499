// The consumer against brokers and logs that change under it, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Kafka } from "../../src/kafka.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { inWorld, take, text } from "./world.ts";

type Client = Kafka<SimulatedRuntime>;

async function fill(
  kafka: Client,
  topic: string,
  count: number,
  options: { readonly partition?: number; readonly bytes?: number; readonly from?: number } = {},
): Promise<void> {
  const { partition = 0, bytes = 1, from = 0 } = options;
  const producer = kafka.producer({ batchSize: 4000 });
  for (let i = 0; i < count;) {
    if (producer.enqueue({ topic, partition, value: String(from + i).padEnd(bytes, " ") })) i++;
    else await producer.ready();
  }
  await producer.close();
}

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => String(from + i));

test("a position below the log's start: the policy applies, and old and new position are reported", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    await fill(kafka, "t", 20);
    cluster.deleteRecords("t", 0, 15);
    for (const [autoOffsetReset, first] of [
      ["earliest", "15"],
      ["latest", "20"],
    ] as const) {
      const resets: unknown[] = [];
      const consumer = kafka.consumer({
        assign: [{ topic: "t", partition: 0, offset: 3 }],
        autoOffsetReset,
        onPositionReset: (reset) => resets.push(reset),
      });
      const later = async (): Promise<void> => {
        while (resets.length === 0) await sleep(platform, 10);
        await fill(kafka, "t", 1, { from: 20 });
      };
      if (autoOffsetReset === "latest") kafka.runtime.spawn(later);
      assert.deepEqual(
        (await take(consumer, 1)).map((r) => text(r.value)),
        [first],
      );
      assert.deepEqual(resets, [{ topic: "t", partition: 0, from: 3, to: Number(first) }]);
    }
    const strict = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset: 3 }], autoOffsetReset: "none" });
    await assert.rejects(
      take(strict, 1),
      (e: unknown) =>
        KafkaError.is(e) &&
        e.codeName === undefined &&
        /offset 3.*autoOffsetReset is "none"/.test(e.message) &&
        e.topic === "t" &&
        e.offset === 3,
    );
  }));

test("a position above the log's end is asked about once more before the policy applies", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    await fill(kafka, "t", 5);
    let fetches = 0;
    cluster.intercept("Fetch", () => {
      fetches++;
      return undefined;
    });
    const resets: unknown[] = [];
    let fetchesBefore = 0;
    const consumer = kafka.consumer({
      assign: [{ topic: "t", partition: 0, offset: 100 }],
      onPositionReset: (reset) => {
        fetchesBefore = fetches;
        resets.push(reset);
      },
    });
    assert.deepEqual(
      (await take(consumer, 5)).map((r) => text(r.value)),
      numbers(5),
    );
    assert.equal(fetchesBefore, 2);
    assert.deepEqual(resets, [{ topic: "t", partition: 0, from: 100, to: 0 }]);
  }));

test("a partition that the topic does not have: retried for defaultApiTimeoutMs, then the loop throws and names it", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka, platform }) => {
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 7 }], defaultApiTimeoutMs: 5000 });
    const before = platform.clock.monotonic();
    await assert.rejects(
      take(consumer, 1),
      (e: unknown) =>
        KafkaError.is(e) && e.kind === "timeout" && /t-7.*2 partitions/.test(e.message) && e.partition === 7,
    );
    const waited = platform.clock.monotonic() - before;
    assert.ok(waited >= 5000 && waited < 7000, `${waited} ms`);
  }));

test("a partition that comes later is waited for, and one that is added later is read from its beginning", () =>
  inWorld({ topics: { t: 1 }, client: { metadataMaxAgeMs: 1000 } }, async ({ kafka, cluster, platform }) => {
    const all = kafka.consumer({ topics: ["t"], autoOffsetReset: "latest" });
    const assigned = kafka.consumer({ assign: [{ topic: "t", partition: 1 }] });
    const seen = Promise.all([take(all, 3), take(assigned, 3)]);
    await sleep(platform, 500);
    cluster.growTopic("t", 2);
    await fill(kafka, "t", 3, { partition: 1 });
    for (const records of await seen)
      assert.deepEqual(
        records.map((r) => `${r.partition}/${text(r.value) ?? ""}`),
        ["1/0", "1/1", "1/2"],
      );
  }));

test("a topic that is deleted under a consumer: the loop throws in the end, and names it", () =>
  inWorld({ topics: { t: 1 }, autoCreateTopics: false }, async ({ kafka }) => {
    await fill(kafka, "t", 3);
    const consumer = kafka.consumer({ topics: ["t"], defaultApiTimeoutMs: 4000 });
    assert.equal((await take(consumer, 3)).length, 3);
    (await kafka.admin().deleteTopics(["t"])).orThrow();
    await assert.rejects(
      take(consumer, 1),
      (e: unknown) => KafkaError.is(e) && e.kind === "timeout" && e.message.includes("t"),
    );
  }));

test("a topic that is deleted and made again: what is in the new one is read, from its beginning", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, platform }) => {
    await fill(kafka, "t", 10);
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0 }] });
    const values: (string | null)[] = [];
    const reading = (async (): Promise<void> => {
      for await (const record of consumer) if (values.push(text(record.value)) === 13) break;
    })();
    await sleep(platform, 2000);
    (await kafka.admin().deleteTopics(["t"])).orThrow();
    (await kafka.admin().createTopics([{ topic: "t", numPartitions: 1 }])).orThrow();
    await fill(kafka, "t", 3, { from: 100 });
    await reading;
    assert.deepEqual(values, [...numbers(10), ...numbers(3, 100)]);
  }));

test("leaders move and brokers stop while a loop reads: every record once and in order", () =>
  inWorld({ brokers: 3, topics: { t: 2 } }, async ({ kafka, cluster, platform }) => {
    await fill(kafka, "t", 3000, { partition: 0, bytes: 40 });
    await fill(kafka, "t", 3000, { partition: 1, bytes: 40 });
    const moving = { on: true };
    const ended = (async (): Promise<void> => {
      for (let i = 0; moving.on; i++) {
        if (i % 5 === 4) {
          await cluster.stopBroker(i % 3);
          await sleep(platform, 30);
          await cluster.startBroker(i % 3);
        } else cluster.moveLeader("t", i % 2, i % 3);
        await sleep(platform, 7);
      }
    })();
    const consumer = kafka.consumer({ topics: ["t"], maxPartitionFetchBytes: 5000 });
    const seen: [string[], string[]] = [[], []];
    let count = 0;
    for await (const record of consumer) {
      seen[record.partition as 0 | 1].push((text(record.value) ?? "").trim());
      if (++count === 6000) break;
      if (count % 50 === 0) await sleep(platform, 1);
    }
    moving.on = false;
    await ended;
    assert.deepEqual(seen, [numbers(3000), numbers(3000)]);
  }));

test("a connection that breaks, a session that the broker forgot, a request that is never answered: reading goes on", () =>
  inWorld({ topics: { t: 1 }, client: { requestTimeoutMs: 1000 } }, async ({ kafka, cluster }) => {
    await fill(kafka, "t", 300, { bytes: 30 });
    const faults = [
      undefined,
      "disconnect",
      { answer: { errorCode: 70 } },
      "disconnect-after",
      { answer: { errorCode: 71 } },
      "hang",
      { answer: { errorCode: 106 } },
      undefined,
    ] as const;
    let next = 0;
    cluster.intercept("Fetch", () => faults[next++]);
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0 }], maxPartitionFetchBytes: 500 });
    assert.deepEqual(
      (await take(consumer, 300)).map((r) => (text(r.value) ?? "").trim()),
      numbers(300),
    );
    assert.ok(next > 8);
  }));

/** Records of the hot partition per virtual second, over streams that take 1 ms each way. */
async function hotRate(assign: readonly number[], stuck: readonly number[]): Promise<number> {
  return inWorld({ topics: { t: 4 }, latencyMs: 1 }, async ({ kafka, platform }) => {
    await fill(kafka, "t", 20_000, { partition: 0, bytes: 90 });
    await fill(kafka, "t", 500, { partition: 2, bytes: 90 });
    const consumer = kafka.consumer({
      assign: assign.map((partition) => ({ topic: "t", partition })),
      maxPartitionFetchBytes: 100_000,
    });
    let hot = 0;
    let began = 0;
    for await (const record of consumer) {
      if (record.partition === 2) consumer.pause(stuck.map((partition) => ({ topic: "t", partition })));
      if (record.partition === 0 && hot++ === 0) began = platform.clock.monotonic();
      if (hot % 20 === 0) await sleep(platform, 0.2); // the application's own work: 10 µs a record
      if (hot === 20_000) break;
    }
    await consumer.close();
    return (20_000 * 1000) / (platform.clock.monotonic() - began);
  });
}

test("hot, idle and stuck partitions on one broker: the hot one keeps 90 % of what it has alone", async () => {
  const alone = await hotRate([0], []);
  assert.ok(alone > 20_000, `${alone} records per second alone`);
  for (const [assign, stuck] of [
    [[0, 1], []],
    [[0, 2], [2]],
    [[0, 1, 2, 3], [2]],
  ] as const) {
    const rate = await hotRate(assign, stuck);
    assert.ok(
      rate >= 0.9 * alone,
      `${Math.round(rate)} records per second beside ${assign.length - 1} others, ${Math.round(alone)} alone`,
    );
  }
});

test("an empty partition may always ask for one batch, however full the buffer is", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka }) => {
    await fill(kafka, "t", 1000, { partition: 0, bytes: 100 });
    await fill(kafka, "t", 10, { partition: 1, bytes: 100 });
    const consumer = kafka.consumer({ topics: ["t"], fetchBufferBytes: 1 });
    const records = await take(consumer, 1010);
    assert.equal(records.filter((r) => r.partition === 1).length, 10);
  }));
