import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Codecs } from "../runtime/codec.ts";
import { nodeCodecs } from "../platform/node/codecs.ts";
import { BatchBuilder } from "./batch-builder.ts";
import * as at from "./batch-layout.ts";
import { portableCodecs } from "./compression.ts";
import { readBatches } from "./read-batches.ts";
import type { KafkaRecord } from "./record.ts";

const STAMP = { producerId: 7, producerEpoch: 1, baseSequence: 0 };
const bytes = fc.option(fc.uint8Array({ maxLength: 60 }), { nil: null });
const record = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.array(fc.tuple(fc.string({ unit: "grapheme", maxLength: 8 }), bytes), { maxLength: 3 }),
  timestamp: fc.oneof(
    fc.integer({ min: 1_700_000_000_000, max: 1_700_000_001_000 }),
    fc.integer({ min: 0, max: 4_000_000_000_000 }),
  ),
});
const plain = (r: KafkaRecord): unknown => ({
  key: r.key === null ? null : [...r.key],
  value: r.value === null ? null : [...r.value],
  headers: r.headers.map(([n, v]) => [n, v === null ? null : [...v]]),
  timestamp: r.timestamp,
});

function batchOf(count: number, size = 100): Uint8Array {
  const builder = new BatchBuilder();
  for (let i = 0; i < count; i++)
    builder.tryAppend(`key ${i}`, new Uint8Array(size).fill(i), [["h", null]], 1_700_000_000_000 + i, 1 << 20);
  return builder.seal(STAMP).slice();
}

/** Reads all there is of some bytes: how many records, or the error. */
function readAll(data: Uint8Array): number | KafkaError {
  try {
    let count = 0;
    for (const batch of readBatches(data, { topic: "t", partition: 3 }))
      for (const r of batch.records) count += r.headers.length + (r.key?.length ?? 0) >= 0 ? 1 : 0;
    return count;
  } catch (error) {
    assert.ok(KafkaError.is(error), String(error));
    return error;
  }
}

test("what is written is read: any keys, values, headers and times, plain and compressed, portable and native", () => {
  const { gzip, snappy, lz4, zstd } = portableCodecs();
  const compressions = [
    undefined,
    { type: "gzip", codec: gzip },
    { type: "gzip", codec: nodeCodecs().gzip ?? gzip },
    { type: "snappy", codec: snappy },
    { type: "lz4", codec: lz4 },
    { type: "zstd", codec: zstd },
    { type: "zstd", codec: nodeCodecs().zstd ?? zstd },
  ] as const;
  for (const compression of compressions) {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const builder = new BatchBuilder(1);
        let size = at.HEADER_BYTES;
        for (const r of records) size += builder.tryAppend(r.key, r.value, r.headers, r.timestamp, 1 << 24);
        assert.equal(builder.sizeInBytes, size);
        const sealed = builder.seal(STAMP, compression);
        assert.ok(sealed.length <= size, "compressed only if that is smaller");
        const [batch] = [...readBatches(sealed)];
        assert.ok(batch);
        assert.deepEqual(
          [...batch.records].map(plain),
          records.map((r) => ({
            key: r.key === null ? null : [...r.key],
            value: r.value === null ? null : [...r.value],
            headers: r.headers.map(([n, v]) => [n, v === null ? null : [...v]]),
            timestamp: r.timestamp,
          })),
        );
        assert.deepEqual(
          [...batch.records].map((r) => r.offset),
          records.map((_, i) => i),
        );
        assert.equal(batch.maxTimestamp, Math.max(...records.map((r) => r.timestamp)));
      }),
      { numRuns: 60 },
    );
  }
});

test("times that lie days and years apart stay what they were (another client wraps at 2^31 ms)", () => {
  const day = 86_400_000;
  const base = 1_700_000_000_000;
  const times = [0, 24.8 * day, 25 * day, -25 * day, 30 * day, 365 * day, -20 * 365 * day].map((d) =>
    Math.round(base + d),
  );
  const builder = new BatchBuilder();
  for (const time of times) builder.tryAppend(null, "x", undefined, time, 1 << 20);
  const [batch] = [...readBatches(builder.seal(STAMP))];
  assert.deepEqual(
    [...(batch?.records ?? [])].map((r) => r.timestamp),
    times,
  );
});

test("text is written as its UTF-8, in place", () => {
  const [a, b] = [new BatchBuilder(1), new BatchBuilder(1)];
  for (const text of ["", "ascii", "ünï✓😀", "x".repeat(500)]) {
    a.tryAppend(text, text, undefined, 5, 1 << 20);
    b.tryAppend(new TextEncoder().encode(text), new TextEncoder().encode(text), undefined, 5, 1 << 20);
  }
  assert.deepEqual(a.seal(STAMP), b.seal(STAMP));
});

test("a batch refuses what would make it too large, but not its first record", () => {
  const builder = new BatchBuilder();
  assert.ok(builder.tryAppend(null, new Uint8Array(500), undefined, 1, 100) > 0);
  assert.equal(builder.tryAppend(null, "x", undefined, 1, 100), 0);
  assert.equal(builder.count, 1);
  builder.reset();
  assert.deepEqual([builder.count, builder.sizeInBytes], [0, at.HEADER_BYTES]);
});

test("sealing again stamps another epoch and compresses nothing again", () => {
  let compressions = 0;
  const gzip = portableCodecs().gzip;
  const codec = {
    ...gzip,
    compress: (data: Uint8Array, level?: number) => {
      compressions++;
      return gzip.compress(data, level);
    },
  };
  const builder = new BatchBuilder();
  for (let i = 0; i < 50; i++) builder.tryAppend(null, "the same again ", undefined, 5, 1 << 20);
  builder.seal(STAMP, { type: "gzip", codec });
  const [batch] = [
    ...readBatches(builder.seal({ producerId: 7, producerEpoch: 2, baseSequence: 40 }, { type: "gzip", codec })),
  ];
  assert.deepEqual(
    [batch?.producerEpoch, batch?.baseSequence, batch?.isValid, batch?.codec, compressions],
    [2, 40, true, "gzip", 1],
  );
});

test("every flipped bit is found, by the CRC or as a typed error", () => {
  const good = batchOf(3, 10);
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = good.slice();
    bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const result = readAll(bad);
    const byte = bit >> 3;
    // Offset and leader epoch are the broker's and lie outside the CRC; a length that grew leaves a batch that is cut
    // off.
    if (byte < 8 || (byte >= 12 && byte < 16)) continue;
    if (byte >= 8 && byte < 12) assert.ok(result instanceof KafkaError || result === 0);
    else assert.ok(result instanceof KafkaError && ["corrupt", "unsupported"].includes(result.kind), `bit ${bit}`);
  }
});

test("a batch that is cut off at any byte is left out, and those before it are read", () => {
  const one = batchOf(4);
  const two = new Uint8Array(one.length * 2);
  two.set(one);
  two.set(one, one.length);
  for (let length = 0; length < two.length; length++)
    assert.equal(readAll(two.subarray(0, length)), length >= one.length ? 4 : 0);
});

test("what lies is corrupt, and the error names topic, partition and offset", () => {
  const lie = (change: (view: DataView) => void): KafkaError | number => {
    const bad = batchOf(3);
    change(new DataView(bad.buffer, bad.byteOffset, bad.byteLength));
    let count = 0;
    try {
      for (const batch of readBatches(bad, { topic: "t", partition: 3, checkCrcs: false }))
        for (const _ of batch.records) count++;
    } catch (error) {
      return error as KafkaError;
    }
    return count;
  };
  const lies: ((view: DataView) => void)[] = [
    (v) => v.setInt32(at.RECORD_COUNT, -1),
    (v) => v.setInt32(at.RECORD_COUNT, 2),
    (v) => v.setInt32(at.RECORD_COUNT, 4),
    (v) => v.setInt32(at.RECORD_COUNT, 2 ** 31 - 1),
    (v) => v.setInt32(at.LAST_OFFSET_DELTA, -5),
    (v) => v.setInt32(at.BATCH_LENGTH, 3),
    (v) => v.setInt32(at.BATCH_LENGTH, -3),
    (v) => v.setInt8(at.HEADER_BYTES, -1),
    (v) => v.setInt8(at.HEADER_BYTES + 1, -1),
    (v) => v.setInt16(at.ATTRIBUTES, 7),
    (v) => v.setInt16(at.ATTRIBUTES, 1),
  ];
  for (const [i, change] of lies.entries()) {
    const error = lie(change);
    assert.ok(error instanceof KafkaError && error.kind === "corrupt", `lie ${i}: ${String(error)}`);
    assert.deepEqual([error.topic, error.partition, error.offset], ["t", 3, 0]);
    assert.match(error.message, /t-3 offset 0/);
  }
});

test("a codec that was taken away is named; so is a magic that there is not", () => {
  const snappy = batchOf(1);
  new DataView(snappy.buffer).setInt16(at.ATTRIBUTES, 2);
  assert.throws(
    () =>
      [...readBatches(snappy, { checkCrcs: false, codecs: { snappy: undefined } as unknown as Codecs })].map((b) => [
        ...b.records,
      ]),
    (e: unknown) => KafkaError.is(e) && e.kind === "unsupported" && e.message.includes("snappy"),
  );
  const old = batchOf(1);
  old[at.MAGIC] = 3;
  assert.throws(
    () => [...readBatches(old)],
    (e: unknown) => KafkaError.is(e) && e.kind === "corrupt" && e.message.includes("magic is 3"),
  );
});

for (const [what, from] of [
  ["bytes", (b: Uint8Array) => b],
  ["a Buffer, whose slice copies nothing", (b: Uint8Array) => Buffer.from(b)],
] as const)
  test(`a detached record of ${what} is the same, and keeps nothing of its batch alive`, () => {
    const [batch] = [...readBatches(from(batchOf(10)))];
    const third = [...(batch?.records ?? [])][2];
    assert.ok(third);
    const copy = third.detach();
    assert.deepEqual(plain(copy), plain(third));
    assert.deepEqual([copy.offset, copy.topic, copy.partition], [third.offset, third.topic, third.partition]);
    assert.notEqual(copy.value?.buffer, third.value?.buffer);
    assert.ok((copy.value?.buffer.byteLength ?? 1e9) < 200);
  });
