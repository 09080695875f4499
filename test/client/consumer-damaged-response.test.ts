// A response that was damaged on its way is fetched once more from the leader; only what is damaged again is poison.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { type World, inWorld, take, text } from "./world.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Rewrite = (records: Bytes) => Uint8Array;
type Records = Uint8Array | null;

/**
 * Rewrites the records of fetch responses, as long as there is something to rewrite them with. Counts those that had
 * records.
 */
class Wire {
  rewrite: Rewrite | undefined;
  responses = 0;
  last: Uint8Array = new Uint8Array(0);

  constructor(cluster: EmbeddedCluster) {
    cluster.intercept("Fetch", {
      respond: (response) => ({
        ...response,
        responses: response.responses.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((one) => ({ ...one, records: this.#records(one.records) })),
        })),
      }),
    });
  }

  /** The next response only. */
  once(rewrite: Rewrite): void {
    this.rewrite = (records) => {
      this.rewrite = undefined;
      return rewrite(records);
    };
  }

  #records(records: Records): Records {
    if (records === null || records.length === 0) return records;
    this.responses++;
    this.last = records.slice();
    return this.rewrite?.(records.slice()) ?? records;
  }
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly base: number;
}

function batchesOf(bytes: Bytes): Found[] {
  const view = new DataView(bytes.buffer);
  const found: Found[] = [];
  for (let start = 0; start + 61 <= bytes.length;) {
    const end = start + 12 + view.getInt32(start + 8);
    found.push({ start, end, base: Number(view.getBigInt64(start)) });
    start = end;
  }
  return found;
}

/** Changes something of the batch that begins at `base`. */
const at =
  (base: number, change: (view: DataView, found: Found) => void): Rewrite =>
  (bytes) => {
    for (const found of batchesOf(bytes))
      if (found.base === base && found.end <= bytes.length)
        change(new DataView(bytes.buffer, found.start, found.end - found.start), found);
    return bytes;
  };

/** Kinds of damage of a batch: all except the first are outside of the checksum. */
const DAMAGES: Readonly<Record<string, (base: number) => Rewrite>> = {
  "the last bit": (base) =>
    at(base, (view) => view.setUint8(view.byteLength - 1, view.getUint8(view.byteLength - 1) ^ 1)),
  "the base offset, beyond the end": (base) => at(base, (view) => view.setBigInt64(0, BigInt(base + 65_536))),
  "the base offset, backwards": (base) => at(base, (view) => view.setBigInt64(0, 0n)),
  "the magic": (base) => at(base, (view) => view.setUint8(16, 7)),
  "the magic of an old format": (base) => at(base, (view) => view.setUint8(16, 0)),
  "the length, longer than the response": (base) => at(base, (view) => view.setInt32(8, view.getInt32(8) + 65_536)),
  "the number of records": (base) => at(base, (view) => view.setInt32(57, 0)),
  "the last offset delta": (base) => at(base, (view) => view.setInt32(23, -5)),
  "the control bit": (base) => at(base, (view) => view.setUint8(22, view.getUint8(22) | 0x20)),
};

type Read = (consumer: Consumer, count: number) => Promise<string[]>;
type Seen = KafkaRecord<Uint8Array, Uint8Array>;
const shown = ({
  offset,
  key,
  value,
  timestamp,
  headers,
}: {
  offset: number;
  key: Records;
  value: Records;
  timestamp: number;
  headers: Seen["headers"];
}): string =>
  `${offset} ${text(key)} ${text(value)} ${timestamp} ` +
  headers.map(([name, bytes]) => `${name}=${text(bytes)}`).join();

async function inRun(consumer: Consumer, orderBy: "partition" | "key", count: number): Promise<string[]> {
  const seen: string[] = [];
  await consumer.run({
    orderBy,
    concurrency: 4,
    eachRecord: async (record) => {
      const line = shown(record);
      await Promise.resolve();
      if (seen.push(line) === count) void consumer.close();
    },
  });
  return seen.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

const loops: Readonly<Record<string, Read>> = {
  "for await": async (consumer, count) => (await take(consumer, count)).map(shown),
  batches: async (consumer, count) => {
    const seen: string[] = [];
    for await (const { records } of consumer.batches()) {
      for (const record of records) seen.push(shown(record));
      if (seen.length >= count) break;
    }
    return seen;
  },
  partition: async (consumer, count) => (await take(consumer.partition("t", 0), count)).map(shown),
  "run by partition": (consumer, count) => inRun(consumer, "partition", count),
  "run by key": (consumer, count) => inRun(consumer, "key", count),
  "run by batch": async (consumer, count) => {
    const seen: string[] = [];
    await consumer.run({
      eachBatch: ({ records }) => {
        for (const record of records) seen.push(shown(record));
        if (seen.length >= count) void consumer.close();
      },
    });
    return seen;
  },
  "run by batches": async (consumer, count) => {
    const seen: string[] = [];
    await consumer.run({
      eachBatches: (batches) => {
        for (const { records } of batches) for (const record of records) seen.push(shown(record));
        if (seen.length >= count) void consumer.close();
      },
    });
    return seen;
  },
};

/** Batches of `size` records each. */
async function write({ kafka }: World, batches: number, size: number): Promise<string[]> {
  const producer = kafka.producer({ lingerMs: 1000, compressionType: "none" });
  const lines: string[] = [];
  for (let i = 0; i < batches * size; i++) {
    producer.enqueue({
      topic: "t",
      partition: 0,
      key: `k${i % 3}`,
      value: `value ${i}`,
      headers: { n: String(i) },
      timestamp: 1000 + i,
    });
    lines.push(`${i} k${i % 3} value ${i} ${1000 + i} n=${i}`);
    if (i % size === size - 1) await producer.flush();
  }
  await producer.close();
  return lines;
}

const options: ConsumerOptions = { assign: [{ topic: "t", partition: 0 }] };

for (const [name, read] of Object.entries(loops)) {
  test(
    `${name}: a response that was damaged on its way was called a damaged log: all records come, whatever onPoison ` +
      "says",
    () =>
      inWorld({ topics: { t: 1 } }, async (world) => {
        const lines = await write(world, 5, 3);
        const wire = new Wire(world.cluster);
        for (const [what, damage] of Object.entries(DAMAGES)) {
          for (const onPoison of ["fail", "skip"] as const) {
            for (const base of [3, 12]) {
              const consumer = world.client().consumer({ ...options, onPoison });
              wire.responses = 0;
              wire.once(damage(base));
              assert.deepEqual(await read(consumer, 15), lines, `${what} at ${base}, ${onPoison}`);
              assert.equal(consumer.counters.poison, 0);
              assert.ok(wire.responses >= 2, `${what} at ${base}: fetched once more`);
              await consumer.close();
            }
          }
        }
      }),
  );

  test(`${name}: what is damaged each time it is fetched is poison, and nothing else is passed over`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      const lines = await write(world, 5, 3);
      const wire = new Wire(world.cluster);
      for (const [what, damage] of Object.entries(DAMAGES)) {
        wire.rewrite = damage(6);
        const failing = world.client().consumer(options);
        wire.responses = 0;
        await assert.rejects(read(failing, 15), (e: unknown) => KafkaError.is(e) && e.kind === "corrupt", what);
        assert.ok(wire.responses === 2 || wire.responses === 3, `${what}: asked ${wire.responses} times`);
        await failing.close();
        const skipping = world.client().consumer({ ...options, onPoison: "skip" });
        const left = await read(skipping, 12);
        assert.deepEqual(
          left,
          lines.filter((_, i) => i < 6 || i >= 9),
          what,
        );
        assert.equal(skipping.counters.poison, 1, what);
        await skipping.close();
      }
    }));
}

test("the next loop after a damaged batch got the same bytes from the cache: it reads the log anew", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const lines = await write(world, 3, 2);
    const wire = new Wire(world.cluster);
    const consumer = world.kafka.consumer(options);
    wire.rewrite = DAMAGES["the last bit"]?.(2);
    await assert.rejects(take(consumer, 6), (e: unknown) => KafkaError.is(e) && e.kind === "corrupt" && e.offset === 2);
    wire.rewrite = undefined;
    assert.deepEqual((await take(consumer, 4)).map(shown), lines.slice(2));
  }));

/** Reads with one bit of the first response flipped, for every bit of it. */
async function everyBit(
  world: World,
  read: Read,
  lines: readonly string[],
  more: ConsumerOptions,
  step = 1,
): Promise<void> {
  const wire = new Wire(world.cluster);
  const first = world.client().consumer({ ...options, ...more });
  assert.deepEqual(await read(first, lines.length), lines);
  await first.close();
  wire.once((records) => records);
  const whole = world.client().consumer({ ...options, ...more });
  let bits = 0;
  wire.once((records) => ((bits = records.length * 8), records));
  await read(whole, lines.length);
  await whole.close();
  assert.ok(bits > 1000);
  for (let bit = 0; bit < bits; bit += step) {
    const consumer = world.client().consumer({ ...options, onPoison: "skip", ...more });
    wire.once((records) => ((records[bit >> 3] = (records[bit >> 3] ?? 0) ^ (1 << (bit & 7))), records));
    assert.deepEqual(await read(consumer, lines.length), lines, `bit ${bit}: byte ${bit >> 3}`);
    assert.equal(consumer.counters.poison, 0, `bit ${bit}`);
    await consumer.close();
  }
}

const forAwait: Read = async (consumer, count) => (await take(consumer, count)).map(shown);

test("one bit of a response, flipped once, each of them: every record is delivered as it stands in the log", () =>
  inWorld({ topics: { t: 1 } }, async (world) => everyBit(world, forAwait, await write(world, 3, 1), {})));

test("one bit flipped once, where the response ends in the middle of a batch, or holds one batch only", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const lines = await write(world, 4, 2);
    await everyBit(world, forAwait, lines, { maxPartitionFetchBytes: 300 }, 7);
    await everyBit(world, forAwait, lines, { maxPartitionFetchBytes: 200 }, 7);
  }));

test("one bit flipped once, where reading begins in the middle of a batch", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const lines = await write(world, 3, 4);
    await everyBit(world, forAwait, lines.slice(6), { assign: [{ topic: "t", partition: 0, offset: 6 }] }, 7);
  }));

test("one bit flipped once, among transactions, committed and aborted, with their markers", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const producer = world.kafka.producer({ transactionalId: "x" });
    const lines: string[] = [];
    let offset = 0;
    for (const isCommitted of [true, false, true, false, true]) {
      const failure = new Error("aborted");
      const value = `value ${offset}`;
      await producer
        .transaction(async (tx) => {
          await tx.send({ topic: "t", partition: 0, value, timestamp: 1000 });
          if (!isCommitted) throw failure;
        })
        .catch((error: unknown) => assert.equal(isCommitted, false, String(error)));
      if (isCommitted) lines.push(`${offset} null ${value} 1000 `);
      offset += 2;
    }
    await producer.close();
    await everyBit(world, forAwait, lines, { isolationLevel: "read_committed" }, 7);
  }));

test("gaps that compaction left are no damage: records behind them come, after a seek too", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const lines = await write(world, 12, 2);
    const wire = new Wire(world.cluster);
    const gone = [0, 4, 6, 12, 18];
    wire.rewrite = (records) =>
      new Uint8Array(
        Buffer.concat(
          batchesOf(records)
            .filter(({ base }) => !gone.includes(base))
            .map(({ start, end }) => records.subarray(start, end)),
        ),
      );
    for (const offset of [0, 5, 9]) {
      const consumer = world.client().consumer({ assign: [{ topic: "t", partition: 0, offset }] });
      const left = lines.filter((_, i) => i >= offset && !gone.includes(i - (i % 2)));
      assert.deepEqual((await take(consumer, left.length)).map(shown), left, `from ${offset}`);
      assert.equal(consumer.counters.poison, 0);
    }
  }));
