// If `enqueue` returns false, a program that continues with the next record loses this one, and a warning is logged.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Bytes } from "../../src/serdes/serde.ts";
import type { Producer } from "../../src/producer/producer.ts";
import type { ProducerRecord } from "../../src/producer/partition/delivery.ts";
import { inWorld } from "./world.ts";

type Sender = Producer;

/**
 * Runs a program whose producer has room for four records of 300 letters; returns how many were written, and the
 * warnings.
 */
async function run(
  program: (producer: Sender) => Promise<void>,
): Promise<{ readonly written: number; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  return inWorld({ topics: { t: 1 } }, async ({ client, cluster }) => {
    const producer = client({
      onLog: ({ level, message }) => {
        if (level === "warn") warnings.push(message);
      },
    }).producer({ bufferMemory: 4000, batchSize: 400 });
    await program(producer);
    await producer.close();
    return { written: cluster.snapshot().topics[0]?.partitions[0]?.highWatermark ?? 0, warnings };
  });
}

const COUNT = 30;
const long = (i: number): string => `${i}`.padEnd(300, ".");

async function ignoring(producer: Sender, record: (i: number) => ProducerRecord<Bytes, Bytes>): Promise<void> {
  for (let i = 0; i < COUNT; i++) if (!producer.enqueue(record(i))) await producer.ready();
}

async function insisting(producer: Sender, record: (i: number) => ProducerRecord<Bytes, Bytes>): Promise<void> {
  for (let i = 0; i < COUNT; i++) while (!producer.enqueue(record(i))) await producer.ready();
}

test("a record that enqueue refused and that is not offered again is lost: one warning says so, with the idiom", async () => {
  for (const record of [
    (i: number) => ({ topic: "t", value: long(i) }),
    (i: number) => ({ topic: "t", value: new TextEncoder().encode(long(i)) }),
  ]) {
    const { written, warnings } = await run((producer) => ignoring(producer, record));
    assert.ok(written < COUNT, `${written} were written`);
    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(
      warnings[0] ?? "",
      /topic t, which was not offered again: it is lost\. .*while \(!producer\.enqueue\(record\)\) await producer\.ready\(\)/,
    );
  }
});

test("records of one content that are lost are noticed too, by the object", async () => {
  const value = new Uint8Array(300);
  const { written, warnings } = await run((producer) => ignoring(producer, () => ({ topic: "t", value })));
  assert.ok(written < COUNT, `${written} were written`);
  assert.equal(warnings.length, 1);
});

test("a program that does not look at what enqueue returns is warned", async () => {
  const { warnings } = await run((producer) => {
    for (let i = 0; i < COUNT; i++) producer.enqueue({ topic: "t", value: long(i) });
    return Promise.resolve();
  });
  assert.equal(warnings.length, 1);
});

test(
  "a record that is offered again is no loss: the same object, one that is built again, also with bytes and a key " +
    "of its own",
  async () => {
    const buffer = new Uint8Array(300);
    const same = { topic: "t", value: "" };
    for (const record of [
      (i: number) => ({ topic: "t", value: long(i) }),
      (i: number) => ({ topic: "t", key: `${i}`, value: "x".repeat(300) }),
      (i: number) => ({ topic: "t", value: new TextEncoder().encode(long(i)) }),
      (i: number) => ({ topic: "t", value: buffer.fill(i) }),
      (i: number) => Object.assign(same, { value: long(i) }),
    ])
      assert.deepEqual(await run((producer) => insisting(producer, record)), { written: COUNT, warnings: [] });
  },
);

test("records of one content are offered again without a warning when the object is the same", async () => {
  const { written, warnings } = await run(async (producer) => {
    for (let i = 0; i < COUNT; i++) {
      const record = { topic: "t", value: "x".repeat(300) };
      while (!producer.enqueue(record)) await producer.ready();
    }
  });
  assert.deepEqual({ written, warnings }, { written: COUNT, warnings: [] });
});

test("two tasks that share a producer and each offer their records again are not warned", async () => {
  const both = async (producer: Sender): Promise<void> => {
    await Promise.all([
      insisting(producer, (i) => ({ topic: "t", value: long(i) })),
      insisting(producer, (i) => ({ topic: "t", value: long(-i) })),
    ]);
  };
  assert.deepEqual(await run(both), { written: 2 * COUNT, warnings: [] });
});

test("a program that builds its record again each time is trusted after a while: its values are not copied for ever", async () => {
  let copies = 0;
  class Counted extends Uint8Array {
    override slice(): Uint8Array<ArrayBuffer> {
      copies++;
      return Uint8Array.from(this);
    }
  }
  const record = (i: number): ProducerRecord<Bytes, Bytes> => ({
    topic: "t",
    value: new Counted(new TextEncoder().encode(long(i))),
  });
  const { written, warnings } = await run(async (producer) => {
    for (let i = 0; i < 200; i++) while (!producer.enqueue(record(i))) await producer.ready();
  });
  assert.equal(written, 200);
  assert.deepEqual(warnings, []);
  assert.ok(copies > 0 && copies <= 20, `${copies} copies`);
});
