// acks, compression and the request's timeout by call of send and enqueue, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { SendOptions } from "../../src/producer/sending/send-settings.ts";
import { type World, inWorld, take, text } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;
const TYPES = ["none", "gzip", "snappy", "lz4", "zstd"];
const long = (what: string): string => what.repeat(50);

interface Sent {
  readonly acks: number;
  readonly timeoutMs: number;
  readonly partition: number;
  readonly type: string;
  readonly baseSequence: number;
  readonly count: number;
}

/** The batches in the Produce requests that the brokers get. */
function sentBatches({ cluster }: World): Sent[] {
  const sent: Sent[] = [];
  cluster.intercept("Produce", ({ message }) => {
    for (const { partitionData } of message.topicData)
      for (const { index: partition, records } of partitionData) {
        if (records === null) continue;
        const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
        sent.push({
          acks: message.acks,
          timeoutMs: message.timeoutMs,
          partition,
          type: TYPES[view.getInt16(21) & 7] ?? "?",
          baseSequence: view.getInt32(53),
          count: view.getInt32(57),
        });
      }
    return undefined;
  });
  return sent;
}

async function valuesOf({ kafka }: World, count: number): Promise<(string | null | undefined)[]> {
  const records = await take(kafka.consumer({ topics: ["t"] }), count);
  return records.map(({ value }) => text(value)?.slice(0, 1));
}

test("compression by call: batches of their own, in the order of the calls, with one sequence (idempotent)", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const sent = sentBatches(world);
    const producer = world.kafka.producer({ compressionType: "lz4" });
    const offsets = await Promise.all(
      (
        [
          ["a", undefined],
          ["b", { compressionType: "gzip" }],
          ["c", { compressionType: "gzip", acks: "all" }],
          ["d", { compressionType: ["gzip"] }],
          ["e", { compressionType: "lz4" }],
          ["f", undefined],
          ["g", { compressionType: "none" }],
        ] as const
      ).map(([value, options]) => producer.send({ topic: "t", value: long(value) }, options)),
    );
    assert.deepEqual(
      offsets.map(({ offset }) => offset),
      [0, 1, 2, 3, 4, 5, 6],
    );
    assert.deepEqual(
      sent.map(({ type, count, baseSequence, acks }) => [type, count, baseSequence, acks]),
      [
        ["lz4", 1, 0, -1],
        ["gzip", 3, 1, -1],
        ["lz4", 2, 4, -1],
        ["none", 1, 6, -1],
      ],
      "the producer's own settings share its batches",
    );
    assert.deepEqual(await valuesOf(world, 7), ["a", "b", "c", "d", "e", "f", "g"]);
  }));

test("compression by call in a transaction, by send and by enqueue", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const sent = sentBatches(world);
    const producer = world.kafka.producer({ transactionalId: "x" });
    await producer.transaction(async (tx) => {
      tx.enqueue({ topic: "t", value: long("a") }, { compressionType: "zstd" });
      await tx.send({ topic: "t", value: long("b") });
      await tx.send({ topic: "t", value: long("c") }, { compressionType: "snappy" });
    });
    assert.deepEqual(
      sent.map(({ type, baseSequence }) => [type, baseSequence]),
      [
        ["zstd", 0],
        ["none", 1],
        ["snappy", 2],
      ],
    );
    assert.deepEqual(await valuesOf(world, 3), ["a", "b", "c"]);
  }));

test("acks and timeouts by call go into requests of their own; acks 0 has no offset", () =>
  inWorld({ topics: { t: 3 } }, async (world) => {
    const sent = sentBatches(world);
    const producer = world.kafka.producer({ enableIdempotence: false });
    const results = await Promise.all(
      (
        [
          { acks: 1 },
          undefined,
          { acks: 0 },
          { acks: 1, requestTimeoutMs: 700 },
          { acks: "all" },
          { requestTimeoutMs: 700 },
        ] as const
      ).map((options, i) => producer.send({ topic: "t", partition: i % 3, value: `${i}` }, options)),
    );
    assert.deepEqual(
      results.map(({ offset }) => offset),
      [0, 0, -1, 1, 1, 1],
    );
    assert.deepEqual(sent.map(({ partition, acks, timeoutMs }) => `${partition} ${acks} ${timeoutMs}`).sort(), [
      "0 1 30000",
      "0 1 700",
      "1 -1 30000",
      "2 -1 700",
      "2 0 30000",
    ]);
  }));

test("records that wait for metadata, for room or for a serde keep their settings and their order", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const sent = sentBatches(world);
    const producer = world.kafka.producer({
      enableIdempotence: false,
      bufferMemory: 400,
      value: {
        prepare: (value: string) => (value.startsWith("d") ? Promise.resolve() : undefined),
        serialize: (value: string) => new TextEncoder().encode(value),
        deserialize: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
      },
    });
    const options: readonly SendOptions[] = [
      { compressionType: "gzip" },
      {},
      { compressionType: "zstd" },
      { compressionType: "gzip" },
      {},
      { compressionType: "gzip" },
    ];
    await Promise.all(
      "abcdef".split("").map((value, i) => producer.send({ topic: "t", value: long(value) }, options[i] ?? {})),
    );
    assert.deepEqual(
      sent.map(({ type, count }) => `${type} ${count}`),
      ["gzip 1", "none 1", "zstd 1", "gzip 1", "none 1", "gzip 1"],
    );
    assert.deepEqual(await valuesOf(world, 6), "abcdef".split(""));
  }));

test("a batch with settings of its own is retried with them, and splits with them", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const sent = sentBatches(world);
    world.cluster.failPartition("Produce", "t", 0, ["NOT_ENOUGH_REPLICAS", "MESSAGE_TOO_LARGE"]);
    const producer = world.kafka.producer();
    await Promise.all(
      ["a", "b"].map((value) => producer.send({ topic: "t", value: long(value) }, { compressionType: "gzip" })),
    );
    assert.deepEqual(
      sent.map(({ type, count }) => `${type} ${count}`),
      ["gzip 2", "gzip 2", "gzip 1", "gzip 1"],
    );
  }));

test("a partitioner that sends records itself does not mix up their settings", () =>
  inWorld({ topics: { t: 1, u: 1 } }, async (world) => {
    const sent = sentBatches(world);
    const inner: Promise<unknown>[] = [];
    const producer = world.kafka.producer({
      partitioner: ({ value }) => {
        if (value !== null && value[0] === 97)
          inner.push(
            producer.send({ topic: "u", partition: 0, value: long("x") }),
            producer.send({ topic: "u", partition: 0, value: long("y") }, { compressionType: "zstd" }),
          );
        return 0;
      },
    });
    await producer.send({ topic: "u", value: "first" });
    await producer.send({ topic: "t", value: "first" });
    sent.length = 0;
    await producer.send({ topic: "t", value: long("a") }, { compressionType: "gzip" });
    await Promise.all(inner);
    assert.deepEqual(sent.map(({ type }) => type).sort(), ["gzip", "none", "zstd"]);
  }));

test("wrong options are refused at once, with what to do", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const record = { topic: "t", value: "x" };
    const loose = kafka.producer({ acks: 1 });
    const idempotent = kafka.producer();
    for (const [options, message] of [
      [null, /send takes an object with/],
      [{ acks: -1 }, /send: acks takes "all", 1 or 0, not -1/],
      [{ acks: "1" }, /send: acks takes "all", 1 or 0, not "1"/],
      [{ acks: null }, /send: acks takes/],
      [{ compressionType: "brotli" }, /compressionType takes "none"/],
      [{ compressionType: null }, /compressionType takes "none"/],
      [{ compressionType: [] }, /compressionType takes "none"/],
      [{ requestTimeoutMs: 0 }, /send: requestTimeoutMs/],
      [{ requestTimeoutMs: Number.NaN }, /send: requestTimeoutMs/],
      [{ timeoutMs: 5 }, /send has no option "timeoutMs": requestTimeoutMs/],
      [{ compression: "gzip" }, /send has no option "compression".*compressionType/],
    ] as const)
      await assert.rejects(loose.send(record, wrong(options)), { kind: "config", message }, String(message));
    for (const acks of [0, 1] as const)
      await assert.rejects(idempotent.send(record, { acks }), {
        kind: "config",
        message: /send: acks takes only "all", not [01]: this producer is idempotent.*enableIdempotence: false/,
      });
    assert.throws(() => loose.enqueue(record, wrong({ signal: new AbortController().signal })), {
      kind: "config",
      message: /enqueue has no option "signal": only send has one/,
    });
    assert.throws(() => loose.enqueue(record, wrong({ acks: 2 })), { kind: "config", message: /enqueue: acks/ });
    assert.equal((await loose.send(record, { acks: 1 })).offset, 0, "nothing of the above was written");
    await loose.close();
    await assert.rejects(loose.send(record, { acks: "all" }), { kind: "closed" });
  }));
