// Many outstanding sends: their promises settle, and those that wait for room go on, in several turns of the host, in
// order. In virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { ProducerOptions } from "../../src/producer/options.ts";
import { turn } from "../../src/runtime/sleep.ts";
import { type World, inWorld } from "./world.ts";

const RECORDS = 60_000;

interface Watched {
  readonly settled: number[];
  readonly failed: number;
  /** The most promises that were settled between two turns, and the most records that were appended. */
  readonly mostSettled: number;
  readonly mostAppended: number;
}

/**
 * Sends records in one go, and looks on at each turn until all have settled. `meanwhile` begins with the first turn.
 */
async function watch(
  { kafka, platform }: World,
  options: ProducerOptions,
  meanwhile: (producer: ReturnType<typeof kafka.producer>, settled: readonly number[]) => Promise<void>,
): Promise<Watched> {
  const producer = kafka.producer(options);
  await producer.send({ topic: "t", value: "first" });
  const settled: number[] = [];
  let failed = 0;
  for (let i = 0; i < RECORDS; i++) {
    producer.send({ topic: "t", value: String(i) }).then(
      () => settled.push(i),
      () => {
        settled.push(i);
        failed++;
      },
    );
  }
  const ended = meanwhile(producer, settled);
  let [mostSettled, mostAppended] = [0, 0];
  for (
    let [before, accepted] = [0, producer.counters.accepted];
    settled.length < RECORDS;
    [before, accepted] = [settled.length, producer.counters.accepted]
  ) {
    await turn(platform.runtime);
    mostSettled = Math.max(mostSettled, settled.length - before);
    mostAppended = Math.max(mostAppended, producer.counters.accepted - accepted);
  }
  await ended;
  await producer.close();
  return { settled, failed, mostSettled, mostAppended };
}

const inOrder = Array.from({ length: RECORDS }, (_, i) => i);

test(
  "a response that settles tens of thousands of promises does so over several turns of the host, in order, and " +
    "flush waits for the last",
  () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      const { settled, failed, mostSettled } = await watch(world, {}, async (producer, soFar) => {
        await producer.flush();
        assert.equal(soFar.length, RECORDS, "flush settles after the promises");
      });
      assert.deepEqual(settled, inOrder);
      assert.equal(failed, 0);
      assert.ok(mostSettled <= 25_000, `${mostSettled} in one turn`); // some 10,000, and the watcher may miss a turn
    }),
);

test("a batch that makes room for tens of thousands of waiting sends lets them in over several turns, in order", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { settled, failed, mostAppended } = await watch(
      world,
      { bufferMemory: 600_000, batchSize: 500_000, maxBlockMs: 600_000 },
      (producer) => producer.flush({ timeoutMs: 600_000 }),
    );
    assert.deepEqual(settled, inOrder);
    assert.equal(failed, 0);
    assert.ok(mostAppended <= 3000, `${mostAppended} in one turn`);
  }));

test(
  "close fails tens of thousands of sends, those that wait for room among them, over several turns, and ends after " +
    "the last",
  () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      const { settled, failed, mostSettled } = await watch(
        world,
        { bufferMemory: 600_000, batchSize: 500_000, maxBlockMs: 600_000 },
        async (producer, soFar) => {
          await world.cluster.stopBroker(0);
          await producer.close({ timeoutMs: 1000 }).catch(() => undefined);
          assert.equal(soFar.length, RECORDS, "close settles what waits");
        },
      );
      assert.equal(new Set(settled).size, RECORDS);
      assert.ok(failed > 0);
      assert.ok(mostSettled <= 25_000, `${mostSettled} in one turn`); // some 10,000, and the watcher may miss a turn
    }),
);

test("an aborted transaction drops tens of thousands of records: their rejections do not fail the next transaction", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "tx", bufferMemory: 600_000, maxBlockMs: 600_000 });
    await producer.begin();
    let failed = 0;
    for (let i = 0; i < RECORDS; i++) producer.send({ topic: "t", value: String(i) }).catch(() => failed++);
    await producer.abort();
    assert.equal(failed > 0, true);
    const before = failed;
    await producer.begin();
    await producer.send({ topic: "t", value: "next" });
    await producer.commit();
    assert.equal(failed, before, "all were told before the abort ended");
    await producer.close();
  }));
