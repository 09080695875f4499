// consumer.run on the whole stack, in virtual time: how many at once, in which order, what is done, and what is left
// when it ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClusterClient } from "../../src/cluster/cluster-client.ts";
import { Cluster } from "../../src/cluster/cluster.ts";
import { Fetcher } from "../../src/consumer/fetching/fetcher.ts";
import { Loop } from "../../src/consumer/reading/loop.ts";
import { consumerSettings } from "../../src/consumer/options.ts";
import { KeyLane, RecordLane } from "../../src/consumer/reading/run/record-lane.ts";
import { Runner } from "../../src/consumer/reading/run/runner.ts";
import type { Kafka } from "../../src/kafka.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { type World, inWorld, take, text } from "./world.ts";

const NO_SERDES = { key: undefined, value: undefined };

type Bytes = Uint8Array | null;
const PARTITIONS = 3;

/** Records with keys "0" to "4", and some without; values count from 0. */
async function fill(kafka: Kafka<SimulatedRuntime>, count: number, batchSize = 200): Promise<void> {
  const producer = kafka.producer({ batchSize, lingerMs: 1 });
  for (let i = 0; i < count; i++)
    await producer.send({
      topic: "t",
      partition: i % PARTITIONS,
      key: i % 6 === 5 ? null : String(i % 5),
      value: String(i),
    });
  await producer.close();
}

const valueOf = ({ value }: { readonly value: Bytes }): number => Number(text(value));

/** The internals of a consumer without a group; the promise of the body must settle when it is closed. */
async function inside(
  world: World,
  body: (fetcher: Fetcher<Bytes, Bytes>) => Promise<{ readonly running: Promise<void> }>,
): Promise<void> {
  const { runtime, clock, entropy, connector, codecs, utf8 } = world.platform;
  const client = new ClusterClient(
    new Cluster({ bootstrapServers: world.cluster.bootstrapServers, runtime, clock, entropy, connector, codecs, utf8 }),
    "consumer",
  );
  const fetcher = new Fetcher<Bytes, Bytes>(client, consumerSettings({ topics: ["t"], fetchMaxWaitMs: 5 }), NO_SERDES);
  const { running } = await body(fetcher);
  const closed = client.close();
  fetcher.close();
  await closed;
  await running;
}

test(
  "whatever takes how long: never more than `concurrency` at once, in order by partition or key, each record once, " +
    "and no position beyond what is not done",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -3, max: 30 }), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 3 }),
        (times, concurrency, isByKey, pauses) =>
          inWorld({ topics: { t: PARTITIONS } }, async (world) => {
            const count = 120;
            await fill(world.kafka, count);
            await inside(world, async (fetcher) => {
              const loop = new Loop<Bytes, Bytes>(fetcher.handOut, undefined, () => undefined);
              const atWork = new Set<KafkaRecord<Bytes, Bytes>>();
              const done = new Set<number>();
              const seen: number[] = [];
              const check = (): void => {
                for (const cursor of fetcher.partitions) {
                  const to = fetcher.handOut.doneTo(cursor);
                  for (let i = cursor.partition; i < to * PARTITIONS; i += PARTITIONS)
                    assert.ok(done.has(i), `${cursor.partition}: ${i} is not done, and the position is ${to}`);
                }
              };
              let all: () => void = () => undefined;
              const finished = new Promise<void>((resolve) => (all = resolve));
              const each = (record: KafkaRecord<Bytes, Bytes>): Promise<void> | void => {
                const value = valueOf(record);
                assert.ok(atWork.size < concurrency, `${atWork.size} at once`);
                const key = text(record.key);
                for (const other of atWork)
                  assert.ok(
                    isByKey
                      ? key === null || other.partition !== record.partition || text(other.key) !== key
                      : other.partition !== record.partition,
                    "its order is kept",
                  );
                seen.push(value);
                check();
                const end = (): void => {
                  atWork.delete(record);
                  done.add(value);
                  if (done.size === count) all();
                };
                const ms = times[value % times.length] ?? 0;
                if (ms < 0) return end(); // at once
                atWork.add(record);
                return sleep(world.platform, ms).then(() => {
                  check();
                  end();
                });
              };
              const settings = { decode: undefined, counters: fetcher.counters, concurrency };
              const running = new Runner<Bytes, Bytes, KafkaRecord<Bytes, Bytes>>(
                loop,
                concurrency,
                (cursor) => (isByKey ? new KeyLane(cursor, settings) : new RecordLane(cursor, settings)),
                each,
              ).run();
              for (const ms of pauses) {
                await sleep(world.platform, ms);
                const cursors = [...fetcher.partitions];
                for (const cursor of cursors) cursor.pause(true);
                await sleep(world.platform, 40);
                for (const cursor of cursors) {
                  cursor.pause(false);
                  fetcher.handOut.changed(cursor);
                }
              }
              await finished;
              await sleep(world.platform, 50);
              assert.equal(seen.length, count, "each once");
              const groups = new Map<string, number[]>();
              for (const value of seen) {
                const group = isByKey
                  ? value % 6 === 5
                    ? `alone ${value}`
                    : `${value % PARTITIONS}/${value % 5}`
                  : `${value % PARTITIONS}`;
                groups.set(group, [...(groups.get(group) ?? []), value]);
              }
              for (const values of groups.values())
                assert.deepEqual(
                  values,
                  [...values].sort((a, b) => a - b),
                );
              for (const cursor of fetcher.partitions) assert.equal(fetcher.handOut.doneTo(cursor), count / PARTITIONS);
              return { running };
            });
          }),
      ),
      { numRuns: 40 },
    );
  },
);

test("one partition keeps all callbacks busy by key, and one by partition", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, platform }) => {
    const producer = kafka.producer();
    for (let i = 0; i < 40; i++) producer.enqueue({ topic: "t", key: String(i), value: String(i) });
    await producer.close();
    for (const [orderBy, expected] of [
      ["key", 4],
      ["partition", 1],
    ] as const) {
      const consumer = kafka.consumer({ topics: ["t"] });
      let atWork = 0;
      let most = 0;
      let count = 0;
      await consumer.run({
        orderBy,
        concurrency: 4,
        eachRecord: async () => {
          most = Math.max(most, ++atWork);
          await sleep(platform, 10);
          atWork--;
          if (++count === 40) void consumer.close();
        },
      });
      assert.equal(most, expected, orderBy);
    }
  }));

test(
  "a callback that throws: nothing more is started, what is at work ends, run rejects with that very error; the " +
    "next loop begins with what was not done",
  () =>
    inWorld({ topics: { t: PARTITIONS } }, async ({ kafka, platform }) => {
      await fill(kafka, 60);
      for (const orderBy of ["partition", "key"] as const) {
        const consumer = kafka.consumer({ topics: ["t"] });
        const done: number[] = [];
        const begun: number[] = [];
        const mine = new RangeError("mine");
        await assert.rejects(
          consumer.run({
            concurrency: 3,
            orderBy,
            eachRecord: async (record) => {
              const value = valueOf(record);
              begun.push(value);
              await sleep(platform, value === 21 ? 1 : 5);
              if (value === 21) throw mine;
              done.push(value);
            },
          }),
          (error) => error === mine,
        );
        assert.deepEqual(
          [...begun].sort((a, b) => a - b),
          [...done, 21].sort((a, b) => a - b),
          "those at work have ended",
        );
        const rest = await take(consumer, 60 - new Set(done).size);
        const again = rest.map(valueOf);
        assert.ok(again.includes(21));
        assert.equal(new Set([...done, ...again]).size, 60, "nothing is left out");
        if (orderBy === "partition") assert.equal(done.length + again.length, 60, "nothing comes twice");
        await consumer.close();
      }
    }),
);

test("batches: of a partition one after the other, all at once beside each other; a throw at once counts as one later", () =>
  inWorld({ topics: { t: PARTITIONS } }, async ({ kafka, platform }) => {
    await fill(kafka, 90);
    const consumer = kafka.consumer({ topics: ["t"] });
    const atWork = new Set<number>();
    const seen: number[] = [];
    let most = 0;
    await assert.rejects(
      consumer.run({
        concurrency: 3,
        eachBatch: (batch) => {
          assert.ok(!atWork.has(batch.partition));
          for (const record of batch.records) {
            if (valueOf(record) === 60) throw new Error("at once");
          }
          atWork.add(batch.partition);
          most = Math.max(most, atWork.size);
          return sleep(platform, 3).then(() => {
            for (const record of batch.records) seen.push(valueOf(record));
            atWork.delete(batch.partition);
          });
        },
      }),
      /at once/,
    );
    assert.equal(most, 3);
    const rest = (await take(consumer, 90 - seen.length)).map(valueOf);
    assert.equal(new Set([...seen, ...rest]).size, 90);
  }));

test(
  "a signal ends it when what is at work has ended; a seek in the middle counts at once; close inside a callback " +
    "ends it",
  () =>
    inWorld({ topics: { t: 1 } }, async ({ kafka, platform }) => {
      const producer = kafka.producer({ batchSize: 100 });
      for (let i = 0; i < 50; i++) producer.enqueue({ topic: "t", value: String(i) });
      await producer.close();
      const consumer = kafka.consumer({ topics: ["t"] });
      const abort = new AbortController();
      const seen: number[] = [];
      await assert.rejects(
        consumer.run({
          signal: abort.signal,
          eachRecord: async (record) => {
            const value = valueOf(record);
            if (seen.length === 10 && value === 10) consumer.seek({ topic: "t", partition: 0 }, 40);
            if (value === 45) abort.abort();
            await sleep(platform, 2);
            seen.push(value);
          },
        }),
        { kind: "cancelled" },
      );
      assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 40, 41, 42, 43, 44, 45]);
      let last = -1;
      await consumer.run({
        eachRecord: async (record) => {
          last = valueOf(record);
          await consumer.close();
        },
      });
      assert.equal(last, 46);
      await assert.rejects(consumer.run({ eachRecord: () => undefined }), { kind: "closed" });
    }),
);

test("callbacks that end at once, with and without a promise: the host has its turns", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, platform }) => {
    const producer = kafka.producer();
    for (let i = 0; i < 2000; i++) producer.enqueue({ topic: "t", value: String(i) });
    await producer.close();
    for (const isAsync of [false, true]) {
      const consumer = kafka.consumer({ topics: ["t"] });
      let count = 0;
      let countAtTurn = -1;
      // The clock of the simulation stands still within a turn: as if each record took half a millisecond.
      const clock = platform.clock as { monotonic: () => number };
      const now = clock.monotonic.bind(clock);
      let spentMs = 0;
      clock.monotonic = () => now() + spentMs;
      await consumer.run({
        eachRecord: (record) => {
          spentMs += 0.5;
          if (++count === 10) void sleep(platform, 0).then(() => (countAtTurn = count));
          if (valueOf(record) === 1999) void consumer.close();
          return isAsync ? Promise.resolve() : undefined;
        },
      });
      clock.monotonic = now;
      assert.ok(
        countAtTurn >= 10 && countAtTurn < 200,
        `${isAsync ? "with" : "without"} a promise: the turn came after ${countAtTurn} records`,
      );
    }
  }));

test("a callback in plain JavaScript that answers null has ended, as one that answers nothing", () =>
  inWorld({ topics: { t: PARTITIONS } }, async ({ kafka }) => {
    await fill(kafka, 3);
    const consumer = kafka.consumer({ topics: ["t"] });
    const seen: number[] = [];
    await consumer.run({
      eachRecord: (record) => {
        if (seen.push(valueOf(record)) === 3) void consumer.close();
        return null as unknown as undefined;
      },
    });
    assert.deepEqual(new Set(seen), new Set([0, 1, 2]));
  }));

test(
  "one at a time, and callbacks that end at once with a promise: partitions take turns, no full one keeps the " +
    "others waiting",
  () =>
    inWorld({ topics: { t: 2 } }, async ({ kafka }) => {
      const producer = kafka.producer({ batchSize: 1000 }); // turns go by batch
      for (let i = 0; i < 1000; i++) producer.enqueue({ topic: "t", partition: 0, value: String(i) });
      await producer.flush();
      for (let i = 0; i < 10; i++) producer.enqueue({ topic: "t", partition: 1, value: String(i) });
      await producer.close();
      const consumer = kafka.consumer({ topics: ["t"] });
      const seen = [0, 0];
      let firstWhenSecondEnded = -1;
      await consumer.run({
        eachRecord: async ({ partition }) => {
          await Promise.resolve();
          const count = (seen[partition] = (seen[partition] ?? 0) + 1);
          if (partition === 1 && count === 10) firstWhenSecondEnded = seen[0] ?? -1;
          if (seen[0] === 1000 && seen[1] === 10) void consumer.close();
        },
      });
      assert.deepEqual(seen, [1000, 10]);
      assert.ok(firstWhenSecondEnded < 1000, `the second partition came after ${firstWhenSecondEnded} of the first`);
    }),
);

test("options that make no sense are refused by name", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const consumer = kafka.consumer({ topics: ["t"] });
    const eachRecord = (): void => undefined;
    await assert.rejects(consumer.run({ eachRecord, concurrency: 0 }), { kind: "config", message: /concurrency/ });
    await assert.rejects(consumer.run({} as never), { kind: "config", message: /eachRecord/ });
    await assert.rejects(consumer.run({ eachBatch: () => undefined, orderBy: "key" as never }), {
      kind: "config",
      message: /orderBy/,
    });
    await assert.rejects(consumer.run({ eachRecord, parallel: 3 } as never), { kind: "config", message: /parallel/ });
  }));
