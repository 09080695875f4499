import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { nodeCodecs } from "../platform/node/codecs.ts";
import type { Codec, Codecs, CompressionType } from "../runtime/codec.ts";
import { announcedSize } from "./announced-size.ts";
import { portableCodecs } from "./compression.ts";
import { decompressed } from "./decompress.ts";
import { readSettings } from "./read-settings.ts";

const TYPES = ["gzip", "snappy", "lz4", "zstd"] as const;
const SIZE = 300_000;
const data = new TextEncoder().encode("a record that repeats itself, ".repeat(SIZE / 30));
const config = (needed: string) => (e: unknown) =>
  KafkaError.is(e) &&
  e.kind === "config" &&
  e.topic === "t" &&
  e.offset === 5 &&
  e.message.includes("maxDecompressedBytes") &&
  e.message.includes(needed);

function attempt(
  type: Exclude<CompressionType, "none">,
  bytes: Uint8Array,
  codecs: Codecs,
  maxDecompressedBytes = 1000,
): Uint8Array {
  return decompressed(readSettings({ codecs, maxDecompressedBytes, topic: "t", partition: 0 }), 5, type, bytes);
}

test("a sound batch called corrupt: what exceeds the bound is kind config and says how much it needs, from every codec", () => {
  for (const codecs of [portableCodecs(), nodeCodecs()]) {
    for (const type of TYPES) {
      const bytes = (codecs[type] ?? portableCodecs()[type]).compress(data);
      assert.throws(() => attempt(type, bytes, codecs), config(`at least ${SIZE}`), type);
      assert.equal(attempt(type, bytes, codecs, SIZE).length, SIZE, type);
    }
  }
});

test("zstd that does not say its size: the error says so, and names what was not enough", () => {
  const { zstd } = portableCodecs();
  const bytes = zstd.compress(data);
  // Two blocks of run-length bytes, no content size.
  const silent = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50, 0x02, 0x00, 0x10, 0x78, 0x03, 0x00, 0x10, 0x78]);
  assert.equal(announcedSize("zstd", silent), undefined);
  assert.throws(() => attempt("zstd", silent, portableCodecs()), config("higher than 1000"));
  assert.equal(announcedSize("zstd", new Uint8Array(Buffer.concat([bytes, bytes]))), 2 * SIZE, "several frames");
});

test("malformed bytes announce no size, and nothing is thrown", () => {
  for (const type of TYPES) {
    const bytes = portableCodecs()[type].compress(data);
    for (let length = 0; length < bytes.length; length += 1 + (length >> 4))
      announcedSize(type, bytes.subarray(0, length));
    for (let bit = 0; bit < Math.min(bytes.length, 200) * 8; bit++) {
      const bad = bytes.slice();
      bad[bit >> 3] = bad[bit >> 3]! ^ (1 << (bit & 7));
      announcedSize(type, bad);
    }
  }
});

test("a codec of one's own that calls its bound corrupt: the portable one says what it was", () => {
  const old: Codec = {
    compress: (bytes) => bytes,
    decompress: () => {
      throw new KafkaError("corrupt", "too much comes out");
    },
  };
  const bytes = portableCodecs().lz4.compress(data);
  assert.throws(() => attempt("lz4", bytes, { lz4: old }), config(`at least ${SIZE}`));
  assert.throws(
    () => attempt("lz4", bytes, { lz4: old }, SIZE),
    (e: unknown) => KafkaError.is(e) && e.kind === "corrupt",
    "within the bound it has the last word",
  );
  assert.throws(
    () => attempt("lz4", bytes.subarray(0, 20), { lz4: old }),
    (e: unknown) => KafkaError.is(e) && e.kind === "corrupt",
  );
});

test("a zstd window that the native decoder refuses is no damage: the portable one reads it", () => {
  const native = nodeCodecs().zstd;
  if (native === undefined) return; // this Node has no zstd
  // A window of 2^40 bytes in the header, and five times "x".
  const wide = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf0, 0x2b, 0x00, 0x00, 0x78]);
  assert.throws(
    () => native.decompress(wide, SIZE),
    (e: unknown) => KafkaError.is(e) && e.kind === "unsupported",
  );
  assert.equal(Buffer.from(attempt("zstd", wide, { zstd: native })).toString(), "xxxxx");
});

test("a host without the memory for it is no damage either", () => {
  const poor: Codec = {
    compress: (bytes) => bytes,
    decompress: () => {
      throw new RangeError("Array buffer allocation failed");
    },
  };
  assert.throws(() => attempt("gzip", portableCodecs().gzip.compress(data), { gzip: poor }), config("memory"));
});
