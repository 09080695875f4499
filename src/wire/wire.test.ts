import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { crc32c } from "./crc32c.ts";
import { FrameDecoder } from "./frame-decoder.ts";
import { murmur2 } from "./murmur2.ts";
import { utf8Decode, utf8Encode, utf8Length } from "./utf8.ts";
import { ZERO_UUID, uuidText, writeUuid } from "./uuid.ts";
import {
  unsignedVarintSize,
  varintSize,
  varlongSize,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from "./varint.ts";

const protocol = (e: unknown): boolean => KafkaError.is(e) && e.kind === "protocol";
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("varints: Kafka's own examples, and every size is what is written", () => {
  const write = (f: (target: Uint8Array, at: number, value: number) => number, value: number): string => {
    const target = new Uint8Array(10);
    return hex(target.subarray(0, f(target, 0, value)));
  };
  for (const [value, bytes] of [
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [8191, "ff3f"],
    [8192, "8040"],
    [2 ** 31 - 1, "ffffffff07"],
    [-1, "ffffffff0f"],
  ] as const)
    assert.equal(write(writeUnsignedVarint, value), bytes);
  for (const [value, bytes] of [
    [0, "00"],
    [-1, "01"],
    [1, "02"],
    [63, "7e"],
    [-64, "7f"],
    [64, "8001"],
    [-65, "8101"],
    [2 ** 31 - 1, "feffffff0f"],
    [-(2 ** 31), "ffffffff0f"],
  ] as const)
    assert.equal(write(writeVarint, value), bytes);
  const target = new Uint8Array(10);
  fc.assert(
    fc.property(fc.integer(), (n) => {
      assert.equal(writeVarint(target, 0, n), varintSize(n));
      assert.equal(new ByteReader(target).varint(), n);
      assert.equal(writeUnsignedVarint(target, 0, n), unsignedVarintSize(n));
      assert.equal(new ByteReader(target).unsignedVarint(), n >>> 0);
    }),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.maxSafeInteger(),
        fc.integer(),
        fc.constantFrom(2 ** 30, -(2 ** 30) - 1, 2 ** 31, 2 ** 32, -(2 ** 32), 2 ** 52, -(2 ** 53) + 1),
      ),
      (n) => {
        assert.equal(writeVarlong(target, 0, n), varlongSize(n));
        assert.equal(new ByteReader(target).varlong(), n);
      },
    ),
  );
});

test("a varint that is too long is an error, not a number", () => {
  assert.throws(() => new ByteReader(new Uint8Array([255, 255, 255, 255, 255, 1])).unsignedVarint(), protocol);
  assert.throws(() => new ByteReader(new Uint8Array([255, 255, 255, 255, 31])).unsignedVarint(), protocol);
  assert.throws(() => new ByteReader(new Uint8Array(12).fill(255)).varlong(), protocol);
});

test("utf8 is what the hosts' own coders make, malformed bytes and lone surrogates too", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(hex(utf8Encode(text)), hex(new TextEncoder().encode(text)));
      assert.equal(utf8Length(text), utf8Encode(text).length);
    }),
  );
  assert.equal(hex(utf8Encode("a\ud800b\udc00")), hex(new TextEncoder().encode("a\ud800b\udc00")));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => assert.equal(utf8Decode(bytes), decoder.decode(bytes))),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(0xf0, 0x9f, 0x98, 0x80, 0xe0, 0xa0, 0xed, 0xbf, 0xc2, 0x41, 0xf4, 0x90), {
        maxLength: 12,
      }),
      (list) => assert.equal(utf8Decode(new Uint8Array(list)), decoder.decode(new Uint8Array(list))),
    ),
    { numRuns: 3000 },
  );
  const long = "ö😀x".repeat(5000);
  assert.equal(utf8Decode(utf8Encode(long)), long);
});

test("a uuid is sixteen bytes as URL-safe base64", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = uuidText(bytes, 0);
      assert.equal(text, Buffer.from(bytes).toString("base64url"));
      const back = new Uint8Array(16);
      writeUuid(text, back, 0);
      assert.deepEqual(back, bytes);
    }),
  );
  assert.equal(uuidText(new Uint8Array(16), 0), ZERO_UUID);
  assert.throws(() => writeUuid("short", new Uint8Array(16), 0), protocol);
  assert.throws(() => writeUuid("*".repeat(22), new Uint8Array(16), 0), protocol);
});

test("crc32c: known answers, and the same as bit by bit, at every alignment and in pieces", () => {
  const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
  assert.equal(crc32c(ascii("123456789")), 0xe3069283);
  assert.equal(crc32c(ascii("Some String")), 608512271);
  assert.equal(crc32c(new Uint8Array(0)), 0);
  const slow = (bytes: Uint8Array): number => {
    let crc = -1;
    for (const byte of bytes) {
      crc ^= byte;
      for (let i = 0; i < 8; i++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return ~crc >>> 0;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), fc.nat(100), (bytes, shift, cut) => {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      assert.equal(crc32c(moved, shift), slow(bytes));
      const at = Math.min(cut, bytes.length);
      assert.equal(crc32c(bytes, at, bytes.length, crc32c(bytes, 0, at)), slow(bytes));
    }),
  );
});

test("murmur2 is Java's", () => {
  const hash = (text: string): number => murmur2(new TextEncoder().encode(text));
  assert.deepEqual(
    [
      "21",
      "foobar",
      "a-little-bit-long-string",
      "a-little-bit-longer-string",
      "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
      "abc",
    ].map(hash),
    [-973932308, -790332482, -985981536, -1486304829, -58897971, 479470107],
  );
});

test("a writer keeps what was written before it grew, whatever makes it grow, and hands large bytes on by reference", () => {
  const write = [
    (w: ByteWriter) => w.int8(-1),
    (w: ByteWriter) => w.int16(-2),
    (w: ByteWriter) => w.uint16(65_535),
    (w: ByteWriter) => w.int32(-3),
    (w: ByteWriter) => w.uint32(4_000_000_000),
    (w: ByteWriter) => w.int64(-(2 ** 40)),
    (w: ByteWriter) => w.float64(1.5),
    (w: ByteWriter) => w.uuid("AAECAwQFBgcICQoLDA0ODw"),
    (w: ByteWriter) => w.unsignedVarint(300),
    (w: ByteWriter) => w.text("héllo"),
    (w: ByteWriter) => w.bytes(new Uint8Array([9, 9])),
    (w: ByteWriter) => w.view(new Uint8Array(2000).fill(5)),
  ];
  fc.assert(
    fc.property(fc.array(fc.nat(write.length - 1), { maxLength: 50 }), (ops) => {
      const [small, large] = [new ByteWriter(1), new ByteWriter(1 << 17)];
      for (const op of ops) for (const writer of [small, large]) write[op]?.(writer);
      assert.equal(small.size, large.size);
      assert.equal(hex(small.finishFlat()), hex(large.finishFlat()));
    }),
  );
  const big = new Uint8Array(5000);
  const writer = new ByteWriter();
  writer.int32(0);
  writer.view(big);
  writer.int8(1);
  writer.patchInt32(0, writer.size - 4);
  const chunks = writer.finish();
  assert.equal(chunks[1], big);
  assert.equal(hex(chunks[0] ?? big), "00001389");
});

test("a reader throws at the end, and for an int64 that cannot be exact", () => {
  assert.throws(() => new ByteReader(new Uint8Array(3)).int32(), protocol);
  assert.throws(() => new ByteReader(new Uint8Array(3)).take(-1), protocol);
  const beyond = new Uint8Array(8).fill(0x7f);
  assert.throws(() => new ByteReader(beyond).int64(), protocol);
  assert.ok(new ByteReader(beyond).int64Nearest() > 2 ** 62);
});

function framed(frames: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter();
  for (const frame of frames) {
    writer.int32(frame.length);
    writer.bytes(frame);
  }
  return writer.finishFlat();
}

test("frames are the same however the stream is cut, on our memory or on the host's own, cleared or not", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 10_000, max: 200_000 })), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      (sizes, cuts, foreign, isCleared) => {
        const frames = sizes.map((size, i) => new Uint8Array(size).map((_, k) => (i * 31 + k) & 255));
        const stream = framed(frames);
        const seen: Uint8Array[] = [];
        const decoder = new FrameDecoder({
          maxFrameBytes: 1 << 20,
          allocate: isCleared ? undefined : (bytes) => new Uint8Array(bytes).fill(0xa5),
          onFrame: (frame) => seen.push(frame),
        });
        for (let at = 0, i = 0; at < stream.length; i++) {
          const piece = stream.subarray(at, at + (cuts[i % cuts.length] ?? 1));
          if (foreign) {
            decoder.filled(piece);
            at += piece.length;
          } else {
            const room = decoder.buffer();
            assert.ok(room.length > 0);
            const part = piece.subarray(0, room.length);
            room.set(part);
            decoder.filled(room.subarray(0, part.length));
            at += part.length;
          }
        }
        assert.deepEqual(seen.map(hex), frames.map(hex));
        assert.ok(decoder.isBetweenFrames);
      },
    ),
    { numRuns: 60 },
  );
});

test("a size that cannot be is an error, with a diagnosis where the bytes say who is there", () => {
  const decode = (bytes: readonly number[]) => (): void =>
    new FrameDecoder({ maxFrameBytes: 1000, onFrame: () => undefined }).filled(new Uint8Array(bytes));
  for (const bytes of [
    [0, 0, 0, 0],
    [255, 255, 255, 255],
  ])
    assert.throws(decode(bytes), protocol);
  assert.throws(
    decode([0, 0, 4, 0]),
    (e: unknown) =>
      KafkaError.is(e) &&
      e.kind === "config" &&
      e.retriable &&
      e.message.includes("set maxFrameBytes to at least 1024"),
    "our own limit is named; the size may have been damaged on its way",
  );
  assert.throws(decode([...Buffer.from("HTTP/1.1 400")]), /HTTP.*Kafka broker/);
  assert.throws(decode([0x15, 3, 3, 0, 2]), /TLS/);
});

test("a stranger could make the client keep 100 MB: before a connection is open, frames have at most 1 MiB", () => {
  let isOpening = true;
  const allocated: number[] = [];
  const decoder = (): FrameDecoder =>
    new FrameDecoder({
      maxFrameBytes: 100 << 20,
      isOpening: () => isOpening,
      allocate: (bytes) => {
        allocated.push(bytes);
        return new Uint8Array(bytes);
      },
      onFrame: () => undefined,
    });
  const size = (bytes: number): Uint8Array => Uint8Array.of(bytes >>> 24, bytes >>> 16, bytes >>> 8, bytes);
  decoder().filled(size(1 << 20));
  assert.throws(
    () => decoder().filled(size((1 << 20) + 1)),
    /1048577 bytes is announced.* before the connection is open/,
  );
  isOpening = false;
  decoder().filled(size(2 << 20));
  assert.deepEqual(allocated, [1 << 20, 2 << 20]);
});
