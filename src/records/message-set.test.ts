import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import type { CompressionType } from "../runtime/codec.ts";
import { crc32 } from "../wire/crc32.ts";
import { portableCodecs } from "./compression.ts";
import { readBatches } from "./read-batches.ts";

interface Message {
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp?: number;
}

const CODECS: readonly CompressionType[] = ["none", "gzip", "snappy", "lz4"];

/** A message as brokers before 0.11 wrote it. `attributes`: 1 to 3 for a wrapper, 8 for LogAppendTime. */
function message(magic: 0 | 1, { offset, key, value, timestamp = -1 }: Message, attributes = 0): Uint8Array {
  const head = magic === 0 ? 18 : 26;
  const bytes = new Uint8Array(head + 8 + (key?.length ?? 0) + (value?.length ?? 0));
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(offset));
  view.setInt32(8, bytes.length - 12);
  view.setInt8(16, magic);
  view.setInt8(17, attributes);
  if (magic === 1) view.setBigInt64(18, BigInt(timestamp));
  view.setInt32(head, key?.length ?? -1);
  bytes.set(key ?? [], head + 4);
  const valueAt = head + 4 + (key?.length ?? 0);
  view.setInt32(valueAt, value?.length ?? -1);
  bytes.set(value ?? [], valueAt + 4);
  view.setUint32(12, crc32(bytes, 16));
  return bytes;
}

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

function wrapper(magic: 0 | 1, codec: number, offset: number, inner: Uint8Array, timestamp = -1, more = 0): Uint8Array {
  const type = CODECS[codec];
  assert.ok(type !== undefined && type !== "none");
  return message(magic, { offset, key: null, value: portableCodecs()[type].compress(inner), timestamp }, codec | more);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = (bytes: Uint8Array): unknown[] =>
  [...readBatches(bytes, { topic: "t", partition: 3 })].map((b) => [
    b.magic,
    b.baseOffset,
    b.lastOffset,
    b.nextOffset,
    b.count,
    [...b.records].map((r) => [
      r.offset,
      r.timestamp,
      r.key && Buffer.from(r.key).toString(),
      r.value && Buffer.from(r.value).toString(),
      r.headers.length,
    ]),
  ]);
const failure = (bytes: Uint8Array): KafkaError => {
  try {
    read(bytes);
  } catch (error) {
    assert.ok(KafkaError.is(error) && error.kind === "corrupt", String(error));
    assert.deepEqual([error.topic, error.partition, typeof error.offset], ["t", 3, "number"]);
    return error;
  }
  throw new Error("it was read");
};

test("messages of magic 0 and 1, alone: each is a batch of one record", () => {
  const bytes = join(
    message(0, { offset: 7, key: null, value: text("zero") }),
    message(1, { offset: 9, key: text("k"), value: null, timestamp: 1_700_000_000_000 }),
  );
  assert.deepEqual(read(bytes), [
    [0, 7, 7, 8, 1, [[7, -1, null, "zero", 0]]],
    [1, 9, 9, 10, 1, [[9, 1_700_000_000_000, "k", null, 0]]],
  ]);
  assert.deepEqual(
    [...readBatches(bytes)].map((b) => [
      b.timestampType,
      b.codec,
      b.isValid,
      b.isControl,
      b.isTransactional,
      b.producerId,
      b.producerEpoch,
      b.baseSequence,
      b.partitionLeaderEpoch,
      b.maxTimestamp,
      b.sizeInBytes,
    ]),
    [
      ["NoTimestampType", "none", true, false, false, -1, -1, -1, -1, -1, 38 - 8],
      ["CreateTime", "none", true, false, false, -1, -1, -1, -1, 1_700_000_000_000, 35],
    ],
  );
});

test("wrappers of magic 1: offsets count from the wrapper's, which is that of the last; gaps of compaction stay", () => {
  for (const codec of [1, 2, 3]) {
    const inner = join(
      message(1, { offset: 0, key: null, value: text("a"), timestamp: 5 }),
      message(1, { offset: 3, key: null, value: text("b"), timestamp: 6 }),
      message(1, { offset: 4, key: null, value: text("c"), timestamp: 4 }),
    );
    assert.deepEqual(read(wrapper(1, codec, 104, inner, 6)), [
      [
        1,
        100,
        104,
        105,
        3,
        [
          [100, 5, null, "a", 0],
          [103, 6, null, "b", 0],
          [104, 4, null, "c", 0],
        ],
      ],
    ]);
  }
});

test("wrappers of magic 0: the offsets within are the offsets", () => {
  const inner = join(
    message(0, { offset: 100, key: null, value: text("a") }),
    message(0, { offset: 104, key: null, value: text("b") }),
  );
  for (const codec of [1, 2, 3])
    assert.deepEqual(read(wrapper(0, codec, 104, inner)), [
      [
        0,
        100,
        104,
        105,
        2,
        [
          [100, -1, null, "a", 0],
          [104, -1, null, "b", 0],
        ],
      ],
    ]);
});

test("LogAppendTime: the wrapper's time is that of every record in it", () => {
  const inner = join(
    message(1, { offset: 0, key: null, value: null, timestamp: 5 }),
    message(1, { offset: 1, key: null, value: null, timestamp: 6 }),
  );
  const [batch] = [...readBatches(wrapper(1, 1, 1, inner, 99, 8))];
  assert.deepEqual(
    [batch?.timestampType, [...(batch?.records ?? [])].map((r) => [r.timestamp, r.timestampType])],
    [
      "LogAppendTime",
      [
        [99, "LogAppendTime"],
        [99, "LogAppendTime"],
      ],
    ],
  );
});

test("LZ4 in magic 0 has a header checksum over the wrong bytes, and is read all the same; in magic 1 it must be right", () => {
  for (const magic of [0, 1] as const) {
    const compressed = portableCodecs().lz4.compress(message(magic, { offset: 4, key: null, value: text("x") }));
    compressed[6] = compressed[6]! ^ 255;
    const bytes = message(magic, { offset: 4, key: null, value: compressed }, 3);
    if (magic === 0) assert.deepEqual(read(bytes), [[0, 4, 4, 5, 1, [[4, -1, null, "x", 0]]]]);
    else assert.match(failure(bytes).message, /header checksum/);
  }
});

test(
  "what is malformed is corrupt: checksums, wrappers in wrappers, empty ones, ones without a value, another magic " +
    "within",
  () => {
    const plain = message(1, { offset: 1, key: null, value: text("x") });
    const flipped = plain.slice();
    flipped[30] = flipped[30]! ^ 1;
    assert.match(failure(flipped).message, /CRC-32/);
    assert.match(failure(wrapper(1, 1, 1, join(plain, flipped))).message, /CRC-32/);
    assert.match(failure(wrapper(1, 1, 1, wrapper(1, 1, 1, plain))).message, /compressed message within/);
    assert.match(failure(wrapper(1, 1, 1, new Uint8Array(0))).message, /no message/);
    assert.match(failure(message(1, { offset: 1, key: null, value: null }, 1)).message, /without a value/);
    assert.match(failure(wrapper(1, 1, 1, message(0, { offset: 1, key: null, value: null }))).message, /of magic 0/);
    assert.match(failure(wrapper(1, 1, 1, join(plain, plain.subarray(0, 20)))).message, /but only/);
    assert.match(
      failure(message(1, { offset: 1, key: null, value: null }, 4)).message,
      /compression type 4/,
      "there was no zstd",
    );
  },
);

test("a flipped bit is found, a set that is cut off ends before it, at every bit and byte", () => {
  const good = join(
    message(1, { offset: 1, key: text("k"), value: text("one") }),
    wrapper(
      1,
      2,
      3,
      join(
        message(1, { offset: 0, key: null, value: text("two") }),
        message(1, { offset: 1, key: null, value: text("three") }),
      ),
    ),
  );
  const first = 12 + new DataView(good.buffer).getInt32(8);
  for (let length = 0; length < good.length; length++)
    assert.equal(read(good.subarray(0, length)).length, length >= first ? 1 : 0);
  for (let bit = 0; bit < first * 8; bit++) {
    const bad = good.slice();
    bad[bit >> 3] = bad[bit >> 3]! ^ (1 << (bit & 7));
    // Offsets lie outside the CRC: brokers set them.
    if (bit >= 64 && bit < 96) {
      try {
        read(bad);
      } catch (error) {
        assert.ok(KafkaError.is(error) && error.kind === "corrupt");
      }
    } else if (bit >= 96) failure(bad);
  }
});

test("any messages come back from any wrapper", () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null });
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.tuple(bytes, bytes, fc.integer({ min: 0, max: 5 })), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 2 ** 40 }),
      (magic, codec, records, base) => {
        let at = 0;
        const messages = records.map(([key, value, gap], i): Message => ({
          offset: (at += (i === 0 ? 0 : 1) + (i === 0 ? 0 : gap)),
          key,
          value,
          timestamp: 1000 + i,
        }));
        const inner = join(...messages.map((m) => message(magic, magic === 0 ? { ...m, offset: base + m.offset } : m)));
        const [batch] = [...readBatches(wrapper(magic, codec, base + at, inner, 2000))];
        assert.deepEqual(
          [...(batch?.records ?? [])].map((r) => ({
            offset: r.offset - base,
            key: r.key && [...r.key],
            value: r.value && [...r.value],
          })),
          messages.map((m) => ({ offset: m.offset, key: m.key && [...m.key], value: m.value && [...m.value] })),
        );
      },
    ),
    { numRuns: 100 },
  );
});
