// consumer.lag: its results, and the number of requests that it sends.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { PartitionLag } from "../../src/consumer/lag.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, type World } from "./world.ts";

const at = (partition: number): { topic: string; partition: number } => ({ topic: "t", partition });

/** Records one second apart, the first of them `ageMs` old. */
async function fill({ kafka, platform }: World, partition: number, count: number, ageMs = 0): Promise<void> {
  const producer = kafka.producer();
  const bornMs = platform.clock.now() - ageMs;
  for (let i = 0; i < count; i++)
    await producer.send({ ...at(partition), value: `${i}`, timestamp: bornMs + i * 1000 });
}

const facts = ({ partition, offset, end, lag, lagMs }: PartitionLag): readonly unknown[] => [
  ...[partition, offset, end, lag],
  ...(lagMs === undefined ? [] : [Math.round(lagMs / 1000)]),
];

async function rejection(call: Promise<unknown>): Promise<KafkaError> {
  try {
    await call;
  } catch (error) {
    if (KafkaError.is(error)) return error;
    throw error;
  }
  return assert.fail("it resolved");
}

for (const group of [
  {},
  { groupId: "g", groupProtocol: "classic" },
  { groupId: "g", groupProtocol: "consumer" },
] as const)
  test(`the lag from what the application has processed, in records and in time (${JSON.stringify(group)})`, () =>
    inWorld({ topics: { t: 3 }, brokers: 3 }, async (world) => {
      await fill(world, 0, 10, 100_000);
      await fill(world, 1, 4, 50_000);
      const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest", ...group });
      const records = consumer[Symbol.asyncIterator]();
      while (consumer.counters.records < 14) await records.next();
      // The last record is in progress: it is not processed, and a commit would not cover it.
      const one = await consumer.lag();
      assert.deepEqual([one.total, one.maxLagMs, one.partitions.length], [1, undefined, 3]);
      await Promise.race([records.next(), sleep(world.platform, 5000)]);
      const none = await consumer.lag({ inTime: true });
      assert.deepEqual(none.partitions.map(facts), [
        [0, 10, 10, 0, 0],
        [1, 4, 4, 0, 0],
        [2, 0, 0, 0, 0],
      ]);
      assert.deepEqual([none.total, none.maxLagMs], [0, 0]);
      consumer.pauseAll();
      consumer.seek(at(0), 7);
      consumer.seek(at(1), 1);
      const nowMs = world.platform.clock.now();
      const behind = await consumer.lag({ inTime: true });
      assert.deepEqual(
        behind.partitions.slice(0, 2).map(({ offset, end, lag }) => [offset, end, lag]),
        [
          [7, 10, 3],
          [1, 4, 3],
        ],
      );
      const ages = behind.partitions.map(({ lagMs = -1 }) => lagMs);
      assert.ok(nowMs > 0 && (ages[0] ?? 0) > 90_000 && (ages[1] ?? 0) > 45_000, String(ages));
      assert.deepEqual([ages[2], behind.total, behind.maxLagMs], [0, 6, Math.max(...ages)]);
      assert.ok(behind.partitions.every(({ error }) => error === undefined));
      await consumer.close({ timeoutMs: 0 });
    }));

test("ends that a fetch has just reported need no request; others one for each leader, whatever their number", () =>
  inWorld({ topics: { t: 30 }, brokers: 3 }, async (world) => {
    const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest" });
    const stop = new AbortController();
    const reading = consumer.run({ eachRecord: () => undefined, signal: stop.signal }).catch(() => undefined);
    await sleep(world.platform, 5000);
    for (let partition = 0; partition < 30; partition++) await fill(world, partition, 1);
    const log = world.cluster.recordRequests({ api: "ListOffsets" });
    await sleep(world.platform, 100);
    const fresh = await consumer.lag();
    assert.deepEqual([fresh.total, fresh.partitions.length, log.entries.length], [0, 30, 0]);
    await sleep(world.platform, 5000);
    const old = await consumer.lag();
    assert.deepEqual([old.total, old.partitions.length, log.entries.length], [0, 30, 3]);
    stop.abort();
    await reading;
    const fetches = world.cluster.recordRequests({ api: "Fetch" });
    for (let partition = 0; partition < 30; partition++) await fill(world, partition, 3, 10_000);
    await sleep(world.platform, 5000);
    fetches.clear();
    const behind = await consumer.lag({ inTime: true });
    assert.deepEqual([behind.total, log.entries.length, fetches.entries.length], [90, 6, 3]);
    assert.ok(behind.partitions.every(({ lagMs = 0 }) => lagMs > 14_000 && lagMs < 16_000));
  }));

test("read_committed counts to the last stable offset; a position that is not known has no lag", () =>
  inWorld({ topics: { t: 2 } }, async (world) => {
    const { kafka } = world;
    const producer = kafka.producer({ transactionalId: "tx" });
    await producer.transaction((tx) => tx.send({ ...at(0), value: "0" }));
    await producer.begin();
    await producer.send({ ...at(0), value: "1" });
    const lags = await Promise.all(
      (["read_committed", "read_uncommitted"] as const).map(async (isolationLevel) => {
        const consumer = kafka.consumer({
          assign: [
            { ...at(0), offset: 0 },
            { ...at(1), offset: "latest" },
          ],
          isolationLevel,
        });
        return consumer.lag({ inTime: true });
      }),
    );
    assert.deepEqual(
      lags.map(({ total, partitions }) => [total, partitions.map(({ offset, end, lag }) => [offset, end, lag])]),
      [
        [
          2,
          [
            [0, 2, 2],
            [undefined, 0, undefined],
          ],
        ],
        [
          3,
          [
            [0, 3, 3],
            [undefined, 0, undefined],
          ],
        ],
      ],
    );
    await producer.abort();
  }));

test("a partition that cannot be looked up has an error; a signal, a deadline and close() end the call", () =>
  inWorld({ topics: { t: 2 }, brokers: 2 }, async (world) => {
    await fill(world, 0, 3);
    const consumer = world.kafka.consumer({
      assign: [0, 1, 7].map((partition) => ({ ...at(partition), offset: 0 })),
    });
    const { partitions, total } = await consumer.lag({ inTime: true, timeoutMs: 5000 });
    assert.deepEqual(
      partitions.map(({ partition, lag, error }) => [partition, lag, error?.codeName]),
      [
        [0, 3, undefined],
        [1, 0, undefined],
        [7, undefined, "UNKNOWN_TOPIC_OR_PARTITION"],
      ],
    );
    assert.equal(total, 3);
    world.cluster.intercept("ListOffsets", "hang");
    const late = await consumer.lag({ timeoutMs: 500 });
    assert.deepEqual(late.partitions.map(({ error }) => error?.kind).slice(0, 2), ["timeout", "timeout"]);
    const signal = new AbortController();
    const cancelled = rejection(consumer.lag({ signal: signal.signal }));
    await sleep(world.platform, 100);
    signal.abort();
    assert.equal((await cancelled).kind, "cancelled");
    const closed = rejection(consumer.lag());
    await sleep(world.platform, 100);
    await consumer.close();
    assert.equal((await closed).kind, "closed");
    assert.equal((await rejection(consumer.lag())).kind, "closed");
  }));

test("wrong options of lag are refused by name", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const consumer = kafka.consumer({ topics: ["t"] });
    const wrong = (value: unknown): never => value as never;
    for (const [options, message] of [
      [null, /^lag takes an object with inTime, timeoutMs, signal, not null/],
      [[], /^lag takes an object/],
      [{ inTime: 1 }, /^lag: inTime takes true or false, not 1/],
      [{ timeoutMs: 0 }, /^lag: timeoutMs takes a whole number from 1/],
      [{ signal: {} }, /^lag: signal takes an AbortSignal/],
      [{ intime: true }, /^lag has no option "intime"; did you mean inTime/],
    ] as const) {
      const error = await rejection(consumer.lag(wrong(options)));
      assert.deepEqual([error.kind, message.test(error.message)], ["config", true], error.message);
    }
    assert.deepEqual(await consumer.lag(), { partitions: [], total: 0, maxLagMs: undefined });
  }));
