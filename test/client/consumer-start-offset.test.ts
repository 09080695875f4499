// Where a partition without a committed offset begins (startOffset), and where reading goes on when the position is
// gone (autoOffsetReset).
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { committed } from "./committed.ts";
import { type World, inWorld, take, text } from "./world.ts";

const partition = { topic: "t", partition: 0 };

/**
 * Records with their number as the value, one batch each, written at these times (ms since the epoch), when no fetch is
 * under way any more.
 */
async function write({ kafka, platform }: World, from: number, timestamps: readonly number[]): Promise<void> {
  await sleep(platform, 2000);
  const producer = kafka.producer();
  for (const [i, timestamp] of timestamps.entries())
    await producer.send({ ...partition, value: String(from + i), timestamp });
  await producer.close();
}

const seconds = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => 1_000_000 + (from + i) * 1000);

const valuesOf = async (consumer: Consumer, count: number): Promise<(string | null)[]> =>
  (await take(consumer, count)).map(({ value }) => text(value));

/** The position at which a consumer begins that finds nothing to read there, or the offset of its first record. */
async function beginsAt({ platform }: World, consumer: Consumer): Promise<number> {
  const first = consumer[Symbol.asyncIterator]().next();
  const offset = await Promise.race([
    first.then(({ value, done }) => (done === true ? -1 : value.offset)),
    sleep(platform, 20_000).then(() => consumer.position(partition)),
  ]);
  await consumer.close();
  await first;
  return offset;
}

const ways: Readonly<Record<string, ConsumerOptions>> = {
  assign: { assign: [partition] },
  "topics without a group": { topics: ["t"] },
  "by hand in the name of a group": { groupId: "g", assign: [partition] },
  "a classic group": { groupId: "g", topics: ["t"], groupProtocol: "classic" },
  "a KIP-848 group": { groupId: "g", topics: ["t"], groupProtocol: "consumer" },
};

for (const [way, options] of Object.entries(ways)) {
  const make = (world: World, more: ConsumerOptions): Consumer =>
    world.client().consumer({ enableAutoCommit: false, ...options, ...more });
  // A consumer that does not join a group takes no option of a group.
  const given = (world: World, more: ConsumerOptions): Consumer =>
    "groupId" in options ? make(world, more) : world.client().consumer({ ...options, ...more });

  test(`${way}: startOffset says where a partition begins, whatever autoOffsetReset says`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      await write(world, 0, seconds(0, 10));
      world.cluster.deleteRecords("t", 0, 2);
      const starts: readonly (readonly [ConsumerOptions, number])[] = [
        [{ startOffset: "latest" }, 10],
        [{ startOffset: "earliest", autoOffsetReset: "latest" }, 2],
        [{ startOffset: { timestamp: 1_004_001 }, autoOffsetReset: "none" }, 5],
        [{ startOffset: { tail: 3 } }, 7],
        [{ startOffset: { tail: 1 }, autoOffsetReset: "nearest" }, 9],
        [{ startOffset: { tail: 8 } }, 2],
        [{ startOffset: { tail: 1_000_000 } }, 2],
        [{ startOffset: { tail: 0 } }, 10],
        [{ startOffset: "by_duration:PT1S", autoOffsetReset: "none" }, 10],
        // Unset, it is as the other.
        [{}, 2],
        [{ autoOffsetReset: "latest" }, 10],
        [{ autoOffsetReset: { tail: 4 } }, 6],
        [{ autoOffsetReset: { timestamp: 1_004_000 } }, 4],
        [{ autoOffsetReset: "nearest" }, 2],
      ];
      for (const [more, offset] of starts)
        assert.equal(await beginsAt(world, given(world, more)), offset, JSON.stringify(more));
    }));

  test(`${way}: startOffset "none" is an error that names it; autoOffsetReset "none" alone is one as before`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      for (const [more, option] of [
        [{ startOffset: "none" }, "startOffset"],
        [{ startOffset: "none", autoOffsetReset: "latest" }, "startOffset"],
        [{ autoOffsetReset: "none" }, "autoOffsetReset"],
      ] as const) {
        const isConfig = (error: unknown): boolean =>
          KafkaError.is(error) && error.kind === "config" && error.message.startsWith(`${option} is "none", and `);
        await assert.rejects(
          async () => {
            const consumer = given(world, more);
            await consumer[Symbol.asyncIterator]().next();
          },
          isConfig,
          `${way} ${JSON.stringify(more)}`,
        );
      }
    }));

  test(
    `${way}: out of range, autoOffsetReset decides and not startOffset; "nearest" goes by the time of the last ` +
      "record consumed",
    () =>
      inWorld({ topics: { t: 1 }, client: { onLog: () => undefined } }, async (world) => {
        const T9 = 1_009_000;
        const rows: readonly (readonly [ConsumerOptions, number])[] = [
          [{ startOffset: "earliest", autoOffsetReset: "latest" }, 20],
          [{ startOffset: "earliest" }, 15],
          [{ startOffset: "earliest", autoOffsetReset: { tail: 2 } }, 18],
          [{ startOffset: "earliest", autoOffsetReset: { tail: 15 } }, 15],
          [{ startOffset: "earliest", autoOffsetReset: { timestamp: T9 + 3001 } }, 19],
          [{ startOffset: "earliest", autoOffsetReset: "nearest" }, 17],
        ];
        await write(world, 0, seconds(0, 10));
        const reading: (readonly [Consumer, number, { from: number; to: number }[], string])[] = [];
        for (const [i, [more, offset]] of rows.entries()) {
          const resets: { from: number; to: number }[] = [];
          const consumer = given(world, {
            ...more,
            ...("groupId" in options ? { groupId: `g${i}` } : {}),
            onPositionReset: ({ from, to }) => resets.push({ from, to }),
          });
          assert.equal((await valuesOf(consumer, 10)).at(-1), "9");
          reading.push([consumer, offset, resets, JSON.stringify(more)]);
        }
        // 15 and 16 are older than 9, 17 is as old, 18 and 19 are younger.
        await write(world, 10, [...seconds(10, 15), T9 - 100, T9 - 1, T9, T9 + 3000, T9 + 4000]);
        world.cluster.deleteRecords("t", 0, 15);
        for (const [consumer, offset, resets, what] of reading) {
          assert.equal(await beginsAt(world, consumer), offset, what);
          assert.deepEqual(resets, [{ from: 10, to: offset }], what);
        }
      }),
  );
}

for (const kind of ["batches", "run", "partition"] as const) {
  test(`${kind}: "nearest" knows what was consumed; where no record is that young, it is the end`, () =>
    inWorld({ topics: { t: 1 }, client: { onLog: () => undefined } }, async (world) => {
      await write(world, 0, seconds(0, 10));
      const resets: number[] = [];
      const consumer = world.kafka.consumer({
        assign: [partition],
        startOffset: "earliest",
        autoOffsetReset: "nearest",
        onPositionReset: ({ to }) => resets.push(to),
      });
      if (kind === "batches") {
        for await (const { records, lastOffset } of consumer.batches()) {
          for (const record of records) consumer.markProcessed(record);
          if (lastOffset === 9) break;
        }
      } else if (kind === "run") {
        const done = new AbortController();
        await assert.rejects(
          consumer.run({ signal: done.signal, eachRecord: ({ offset }) => (offset === 9 ? done.abort() : undefined) }),
          { kind: "cancelled" },
        );
      } else {
        for await (const record of consumer.partition("t", 0)) {
          consumer.markProcessed(record);
          if (record.offset === 9) break;
        }
      }
      await write(world, 10, [...seconds(0, 5), 1, 2, 3]);
      world.cluster.deleteRecords("t", 0, 15);
      assert.equal(await beginsAt(world, consumer), 18);
      assert.deepEqual(resets, [18]);
    }));
}

test(
  '"nearest" where nothing was consumed, and after a seek back: startOffset decides; after a seek too far the time ' +
    "does",
  () =>
    inWorld({ topics: { t: 1 }, client: { onLog: () => undefined } }, async (world) => {
      await write(world, 0, seconds(0, 20));
      world.cluster.deleteRecords("t", 0, 5);
      const reader = (offset: number, more: ConsumerOptions = {}): Consumer =>
        world.kafka.consumer({
          assign: [{ ...partition, offset }],
          startOffset: { tail: 4 },
          autoOffsetReset: "nearest",
          ...more,
        });
      assert.equal(await beginsAt(world, reader(1000)), 16);
      assert.equal(await beginsAt(world, reader(0)), 16);
      assert.equal(
        await beginsAt(world, reader(0, { startOffset: undefined } as never)),
        5,
        "unset, it is the beginning",
      );
      const back = reader(8);
      await valuesOf(back, 3);
      back.seek(partition, 2);
      assert.equal(await beginsAt(world, back), 16);
      const far = reader(8);
      await valuesOf(far, 3);
      far.seek(partition, 1000);
      assert.equal(await beginsAt(world, far), 10, "the last one consumed again: not before its time");
      const none = reader(0, { startOffset: "none" });
      await assert.rejects(none[Symbol.asyncIterator]().next(), {
        kind: "broker",
        message:
          /OFFSET_OUT_OF_RANGE.*autoOffsetReset is "nearest", no record was consumed before it, and startOffset is "none": seek to a position that the log has/,
      });
    }),
);

test("a committed offset goes before startOffset, in every way to read for a group", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await write(world, 0, seconds(0, 10));
    const tool = world.kafka.consumer({ groupId: "g", assign: [] });
    await tool.commit([{ ...partition, offset: 4 }]);
    assert.deepEqual(await committed(tool, [partition]), [4]);
    await tool.close();
    for (const [way, options] of Object.entries(ways)) {
      if (!("groupId" in options)) continue;
      assert.equal(
        await beginsAt(world, world.client().consumer({ ...options, enableAutoCommit: false, startOffset: "latest" })),
        4,
        way,
      );
    }
  }));

test("a tail is counted from the last stable offset under read_committed; seek and assign take one too", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await write(world, 0, seconds(0, 10));
    const open = world.kafka.producer({ transactionalId: "x", transactionTimeoutMs: 900_000 });
    await open.begin();
    for (let i = 10; i < 13; i++) await open.send({ ...partition, value: String(i) });
    const startOffset = { tail: 3 };
    assert.equal(
      await beginsAt(world, world.kafka.consumer({ topics: ["t"], startOffset, isolationLevel: "read_committed" })),
      7,
    );
    assert.equal(await beginsAt(world, world.kafka.consumer({ topics: ["t"], startOffset })), 10);
    assert.equal(await beginsAt(world, world.kafka.consumer({ assign: [{ ...partition, offset: { tail: 5 } }] })), 8);
    const sought = world.kafka.consumer({ assign: [{ ...partition, offset: "earliest" }] });
    await valuesOf(sought, 2);
    sought.seek(partition, { tail: 2 });
    assert.equal(await beginsAt(world, sought), 11);
    await open.abort();
    await open.close();
  }));

test("wrong values of startOffset and autoOffsetReset are refused by name when the consumer is made", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const wrong = (value: unknown): never => value as never;
    for (const option of ["startOffset", "autoOffsetReset"]) {
      for (const value of [
        { tail: -1 },
        { tail: Number.NaN },
        { tail: "5" },
        { tail: 1, timestamp: 1 },
        { last: 1 },
        "newest",
        7,
        null,
        {},
        [],
      ]) {
        assert.throws(
          () => kafka.consumer(wrong({ topics: ["t"], [option]: value })),
          (error: unknown) =>
            KafkaError.is(error) && error.kind === "config" && error.message.startsWith(`${option} takes "none", `),
          `${option} ${JSON.stringify(value)}`,
        );
      }
    }
    assert.throws(() => kafka.consumer(wrong({ topics: ["t"], startOffset: "nearest" })), {
      kind: "config",
      message: /^startOffset takes .* not "nearest"/,
    });
    assert.throws(() => kafka.consumer(wrong({ topics: ["t"], startofset: "latest" })), {
      kind: "config",
      message: /did you mean startOffset\?/,
    });
    const consumer = kafka.consumer({ assign: [partition] });
    for (const value of [{ tail: -1 }, { tail: 1, timestamp: 1 }, "nearest"])
      assert.throws(() => consumer.seek(partition, wrong(value)), {
        kind: "config",
        message: /^seek\(.*the offset takes/,
      });
    for (const value of [{ tail: 0.5 }, "none"])
      assert.throws(() => consumer.assign([{ ...partition, offset: wrong(value) }]), {
        kind: "config",
        message: /the offset of t-0 takes/,
      });
    await consumer.close();
  }));
