// Unreadable data: records that a serde refuses, and damaged batches; with every policy, in every kind of loop.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import type { Poison } from "../../src/consumer/partitions/poison.ts";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { deadLetter } from "../../src/exactly-once/dead-letter.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import { json } from "../../src/serdes/json.ts";
import { type World, inWorld, take, text } from "./world.ts";

const BAD = "no json";
const options = { assign: [{ topic: "t", partition: 0 }], value: json<number>() } satisfies ConsumerOptions<
  Uint8Array,
  number
>;

/** Batches of `size` records each; those that are listed cannot be deserialised. */
async function write({ kafka }: World, count: number, bad: readonly number[], size = 5): Promise<void> {
  const producer = kafka.producer({ lingerMs: 1000 });
  for (let i = 0; i < count; i++) {
    producer.enqueue({
      topic: "t",
      partition: 0,
      key: `k${i % 3}`,
      value: bad.includes(i) ? BAD : String(i),
      headers: { n: String(i) },
      timestamp: 1000 + i,
    });
    if (i % size === size - 1) await producer.flush();
  }
  await producer.close();
}

/** The batch that begins at this offset is delivered with its last bit turned. */
function damage(cluster: EmbeddedCluster, baseOffset: number): void {
  cluster.intercept("Fetch", {
    respond: (response) => ({
      ...response,
      responses: response.responses.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((one) => ({
          ...one,
          records: one.records === null ? null : damaged(one.records, baseOffset),
        })),
      })),
    }),
  });
}

function damaged(records: Uint8Array, baseOffset: number): Uint8Array {
  const bytes = records.slice();
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 61 <= bytes.length;) {
    const end = at + 12 + view.getInt32(at + 8);
    if (Number(view.getBigInt64(at)) === baseOffset && end <= bytes.length)
      view.setUint8(end - 1, view.getUint8(end - 1) ^ 1);
    at = end;
  }
  return bytes;
}

type Read = (consumer: Consumer<Uint8Array, number>, count: number) => Promise<(number | null)[]>;

/** Each kind of loop, read until the given number of values has arrived. */
const loops: Readonly<Record<string, Read>> = {
  "for await": async (consumer, count) => (await take(consumer, count)).map(({ value }) => value),
  batches: async (consumer, count) => {
    const values: (number | null)[] = [];
    for await (const { records } of consumer.batches()) {
      for (const { value } of records) values.push(value);
      if (values.length >= count) break;
    }
    return values;
  },
  partition: async (consumer, count) => {
    const stream = consumer.partition("t", 0);
    return (await take(stream, count)).map(({ value }) => value);
  },
  ...Object.fromEntries(
    (["partition", "key"] as const).map((orderBy): [string, Read] => [
      `run by ${orderBy}`,
      async (consumer, count) => {
        const values: (number | null)[] = [];
        await consumer.run({
          orderBy,
          concurrency: 4,
          eachRecord: async ({ value }) => {
            await Promise.resolve();
            values.push(value);
            if (values.length === count) void consumer.close();
          },
        });
        return orderBy === "key" ? values.sort((a, b) => (a ?? 0) - (b ?? 0)) : values;
      },
    ]),
  ),
  "run by batch": async (consumer, count) => {
    const values: (number | null)[] = [];
    await consumer.run({
      eachBatch: ({ records }) => {
        for (const { value } of records) values.push(value);
        if (values.length >= count) void consumer.close();
      },
    });
    return values;
  },
  "run by batches": async (consumer, count) => {
    const values: (number | null)[] = [];
    await consumer.run({
      eachBatches: (batches) => {
        for (const { records } of batches) for (const { value } of records) values.push(value);
        if (values.length >= count) void consumer.close();
      },
    });
    return values;
  },
};

const numbers = (count: number, without: readonly number[]): number[] =>
  Array.from({ length: count }, (_, i) => i).filter((i) => !without.includes(i));

for (const [name, read] of Object.entries(loops)) {
  test(`${name}: what cannot be read is skipped with a warning, and nothing else`, () => {
    const log: LogEntry[] = [];
    return inWorld({ topics: { t: 1 }, client: { onLog: (entry) => void log.push(entry) } }, async (world) => {
      await write(world, 30, [0, 7, 8, 29]);
      await write(world, 1, []); // one more, so that the last bad one is passed too
      damage(world.cluster, 15);
      const consumer = world.kafka.consumer({ ...options, onPoison: "skip" });
      const bad = [0, 7, 8, 15, 16, 17, 18, 19, 29];
      assert.deepEqual((await read(consumer, 22)).slice(0, 22), [
        ...(name === "run by key" ? [0] : []),
        ...numbers(30, bad),
        ...(name === "run by key" ? [] : [0]),
      ]);
      assert.equal(consumer.counters.poison, 5);
      const warned = log
        .filter(({ level, fields }) => level === "warn" && "lastOffset" in fields)
        .map(({ fields }) => [fields["offset"], fields["lastOffset"]]);
      assert.deepEqual(warned, [
        [0, 0],
        [7, 7],
        [8, 8],
        [15, 19],
        [29, 29],
      ]);
    });
  });

  test(`${name}: dead letters hold the bytes and say why; reading goes on when they are written`, () =>
    inWorld({ topics: { t: 1, dead: 1 } }, async (world) => {
      await write(world, 10, [3]);
      damage(world.cluster, 5);
      await write(world, 5, []);
      const consumer = world.kafka.consumer({
        ...options,
        onPoison: deadLetter(world.kafka.producer(), { topic: "dead" }),
      });
      const values = await read(consumer, 9);
      assert.deepEqual(
        name === "run by key" ? values : values.slice(0, 9),
        name === "run by key" ? [0, 0, 1, 1, 2, 2, 3, 4, 4] : [0, 1, 2, 4, 0, 1, 2, 3, 4],
      );
      const [record, batch] = await take(world.client().consumer({ topics: ["dead"] }), 2);
      assert.ok(record !== undefined && batch !== undefined);
      assert.deepEqual([text(record.key), text(record.value), record.timestamp], ["k0", BAD, 1003]);
      const why = (of: typeof record): Record<string, string | null> =>
        Object.fromEntries(of.headers.map(([header, value]) => [header.replace("__odradek.errors.", ""), text(value)]));
      const { message, ...facts } = why(record);
      assert.deepEqual(facts, {
        n: "3",
        topic: "t",
        partition: "0",
        offset: "3",
        "last.offset": "3",
        what: "record",
        kind: "serialization",
      });
      assert.match(message ?? "", /^the value of the record at t-0 offset 3 cannot be deserialised/);
      const { message: ofBatch, ...factsOfBatch } = why(batch);
      assert.deepEqual(factsOfBatch, {
        topic: "t",
        partition: "0",
        offset: "5",
        "last.offset": "9",
        what: "batch",
        kind: "corrupt",
      });
      assert.match(ofBatch ?? "", /CRC-32C/);
      assert.equal(
        new DataView((batch.value ?? new Uint8Array()).slice().buffer).getBigInt64(0),
        5n,
        "the batch as it came",
      );
    }));

  test(`${name}: a letter that cannot be written ends the loop at it; the next loop begins with it`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      await write(world, 10, [3]);
      let isDown = true;
      const seen: Poison[] = [];
      const onPoison = async (poison: Poison): Promise<void> => {
        await Promise.resolve();
        seen.push(poison);
        if (isDown) throw new KafkaError("timeout", "the other cluster does not answer");
      };
      const consumer = world.kafka.consumer({ ...options, onPoison });
      await assert.rejects(
        read(consumer, 9),
        (error: unknown) =>
          KafkaError.is(error) &&
          error.kind === "timeout" &&
          error.offset === 3 &&
          error.message.includes("the other cluster does not answer"),
      );
      const again =
        name.startsWith("run") || name === "partition"
          ? world.kafka.consumer({
              ...options,
              assign: [{ topic: "t", partition: 0, offset: consumer.position({ topic: "t", partition: 0 }) }],
              onPoison,
            })
          : consumer;
      const position = consumer.position({ topic: "t", partition: 0 });
      assert.ok(position <= 3, "not moved past it");
      isDown = false;
      assert.deepEqual(await read(again, 9 - position), numbers(10, [3]).slice(position));
      assert.deepEqual(
        seen.map(({ offset }) => offset),
        [3, 3],
      );
    }));

  test(`${name}: with "fail", the default, the loop throws at it, and goes on behind it after a seek`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      await write(world, 10, []);
      damage(world.cluster, 5);
      const consumer = world.kafka.consumer(options);
      await assert.rejects(
        read(consumer, 10),
        (error: unknown) => KafkaError.is(error) && error.kind === "corrupt" && error.offset === 5,
      );
      assert.equal(consumer.position({ topic: "t", partition: 0 }), 5);
      assert.equal(consumer.counters.poison, 0);
      await assert.rejects(read(consumer, 10), { kind: "corrupt" }, "it is not lost: another loop comes to it again");
    }));
}

test("onPoison is checked by name", () =>
  inWorld({ topics: { t: 1 } }, ({ kafka }) => {
    assert.throws(() => kafka.consumer({ topics: ["t"], onPoison: "ignore" as "skip" }), {
      kind: "config",
      message: /onPoison takes "fail", "skip" or a function, not "ignore"/,
    });
    assert.throws(() => deadLetter(kafka.producer(), { topic: "" }), {
      kind: "config",
      message: /topic takes a string that is not empty/,
    });
    return Promise.resolve();
  }));

test("a partition that is paused, sought or given away while its poison is dealt with", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await write(world, 10, [3]);
    const consumer: Consumer<Uint8Array, number> = world.kafka.consumer({
      ...options,
      onPoison: async () => {
        await Promise.resolve();
        consumer.seek({ topic: "t", partition: 0 }, 8);
      },
    });
    assert.deepEqual(
      (await take(consumer, 5)).map(({ value }) => value),
      [0, 1, 2, 8, 9],
    );
  }));

test("a group commits no further than what was dealt with", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await write(world, 10, [3]);
    const group = { topics: ["t"], value: json<number>(), groupId: "g", autoCommitIntervalMs: 10 };
    let whenMet: () => void = () => undefined;
    const met = new Promise<void>((resolve) => (whenMet = resolve));
    const stuck = world.kafka.consumer({
      ...group,
      onPoison: () => {
        whenMet();
        return new Promise<void>(() => undefined);
      },
    });
    const values: (number | null)[] = [];
    const reading = (async () => {
      for await (const { value } of stuck) values.push(value);
    })();
    reading.catch(() => undefined);
    await met;
    await stuck.close();
    assert.deepEqual(values, [0, 1, 2]);
    const next = world.client().consumer({ ...group, onPoison: "skip" });
    const rest = (await take(next, 6)).map(({ value }) => value);
    assert.deepEqual(
      rest.filter((value) => value !== 2),
      [4, 5, 6, 7, 8, 9].slice(0, rest.includes(2) ? 5 : 6),
    );
    await next.close();
  }));

test("whichever records and batches are bad: each good one comes once and in order, each bad one is named once", () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(39), { maxLength: 12 }),
      fc.option(fc.nat(7)),
      fc.constantFrom(...Object.keys(loops)),
      async (bad, damagedBatch, name) => {
        await inWorld({ topics: { t: 1 } }, async (world) => {
          await write(world, 40, bad);
          await write(world, 1, []);
          const gone = damagedBatch === null ? [] : numbers(40, []).filter((i) => Math.floor(i / 5) === damagedBatch);
          if (damagedBatch !== null) damage(world.cluster, damagedBatch * 5);
          const named: number[] = [];
          const consumer = world.kafka.consumer({
            ...options,
            onPoison: ({ offset, lastOffset }) => {
              for (let i = offset; i <= lastOffset; i++) named.push(i);
              return Promise.resolve();
            },
          });
          const good = numbers(40, [...bad, ...gone]);
          const values = await (loops[name] ?? assert.fail())(consumer, good.length + 1);
          assert.deepEqual(
            [...values].sort((a, b) => (a ?? 0) - (b ?? 0)),
            [0, ...good],
          );
          assert.deepEqual(
            named,
            [...new Set([...bad, ...gone])].sort((a, b) => a - b),
          );
        });
      },
    ),
    { numRuns: 60 },
  ));
