import { test } from "node:test";
import assert from "node:assert/strict";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { gzipSync } from "fflate/browser";
import { KafkaError } from "../errors/kafka-error.ts";
import { nodeCodecs } from "../platform/node/codecs.ts";
import type { Codec } from "../runtime/codec.ts";
import { crc32 } from "../wire/crc32.ts";
import { xxhash32 } from "../wire/xxhash32.ts";
import { BoundedOutput } from "./bounded-output.ts";
import { decompressionBound, portableCodecs } from "./compression.ts";
import { repairLz4Header } from "./lz4.ts";

const MIB = 1 << 20;
const codecs: readonly (readonly [name: string, Codec, levels: readonly (number | undefined)[]])[] = [
  ["gzip", portableCodecs().gzip, [undefined, -1, 1, 9]],
  ["gzip, native", nodeCodecs().gzip ?? portableCodecs().gzip, [undefined, -1, 9]],
  ["snappy", portableCodecs().snappy, [undefined]],
  ["lz4", portableCodecs().lz4, [undefined, 1, 3, 9, 17]],
  ["zstd", portableCodecs().zstd, [undefined, -5, 1, 2, 3, 4, 5, 9, 22]],
  ["zstd, native if there is one", nodeCodecs().zstd ?? portableCodecs().zstd, [undefined, 1, 22]],
];
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const beyond = (pattern: RegExp) => (e: unknown) => KafkaError.is(e) && e.kind === "config" && pattern.test(e.message);
const corrupt = (pattern: RegExp) => (e: unknown) =>
  KafkaError.is(e) && e.kind === "corrupt" && pattern.test(e.message);

/** Bytes of many kinds: runs, words, noise, one after another. */
const mixed = fc
  .array(
    fc.oneof(
      fc
        .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 5000 }))
        .map(([byte, n]) => new Uint8Array(n).fill(byte)),
      fc
        .tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 400 }))
        .map(([word, n]) => bytesOf(word.repeat(n))),
      fc.uint8Array({ maxLength: 3000 }),
      fc.uint8Array({ maxLength: 3000, max: 20 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)));

for (const [name, codec, levels] of codecs) {
  test(`${name}: what is compressed comes back, at every level`, () => {
    fc.assert(
      fc.property(mixed, fc.constantFrom(...levels), (data, level) => {
        const kept = data.slice();
        const compressed = codec.compress(data, level);
        assert.ok(same(codec.decompress(compressed, data.length), data));
        assert.ok(same(data, kept), "the input is not touched");
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: blocks and windows, at the sizes where they begin and end`, () => {
    const text = bytesOf(Array.from({ length: 60_000 }, (_, i) => `${(i * 7919) % 1000} `).join(""));
    for (const size of [
      0, 1, 2, 3, 4, 12, 13, 63, 64, 255, 256, 257, 1023, 1024, 16_383, 16_384, 65_535, 65_536, 65_537, 65_791, 65_792,
      131_071, 131_072, 131_073, 200_000,
    ]) {
      const data = text.subarray(0, size);
      assert.ok(same(codec.decompress(codec.compress(data), Math.max(1, size)), data), `${size} bytes`);
    }
  });

  test(`${name}: a bomb costs no more than its bound`, () => {
    const bomb = codec.compress(new Uint8Array(64 * MIB));
    const before = process.memoryUsage().arrayBuffers;
    for (const bound of [1 * MIB, 32 * MIB])
      assert.throws(() => codec.decompress(bomb, bound), beyond(new RegExp(`decompress to more than ${bound} bytes`)));
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 * 64 * MIB);
  });

  test(`${name}: what is cut off anywhere is corrupt, and nothing else is thrown`, () => {
    const whole = codec.compress(bytesOf("a record, and another record, and the same record ".repeat(30)));
    for (let length = 0; length < whole.length; length++) {
      try {
        const out = codec.decompress(whole.subarray(0, length), MIB);
        // No bytes at all are no frames at all: the reader finds that records are missing.
        assert.ok(
          length === 0 || (name === "snappy" && length === 16),
          `${length} of ${whole.length} bytes gave ${out.length}`,
        );
        assert.equal(out.length, 0);
      } catch (error) {
        assert.ok(KafkaError.is(error) && error.kind === "corrupt", String(error));
      }
    }
  });

  test(`${name}: flipped bits give other bytes or a corrupt error, within the bound`, () => {
    const whole = codec.compress(
      bytesOf(Array.from({ length: 100 }, (_, i) => `record ${(i * 7919) % 100} of some topic, `).join("")),
    );
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bad = whole.slice();
      bad[bit >> 3] = bad[bit >> 3]! ^ (1 << (bit & 7));
      try {
        assert.ok(codec.decompress(bad, 10_000).length <= 10_000);
      } catch (error) {
        assert.ok(
          KafkaError.is(error) && (error.kind === "corrupt" || error.kind === "config"),
          `bit ${bit}: ${String(error)}`,
        );
      }
    }
  });
}

test("bounds: 24 MiB for what began small, 64 times for what is large, 128 MiB at the most; what is asked for wins", () => {
  assert.deepEqual(
    [1000, MIB / 2, 1.25 * MIB, 100 * MIB].map((n) => decompressionBound(n, undefined) / MIB),
    [24, 32, 80, 128],
  );
  assert.equal(decompressionBound(1000, 1 << 30), 1 << 30);
});

test("checksums: CRC-32 and XXH32 of known bytes", () => {
  assert.equal(crc32(bytesOf("123456789")), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0)), 0);
  const known = [
    ["", 0x02cc5d05],
    ["a", 0x550d7456],
    ["abc", 0x32d153ff],
    ["abcd", 0xa3643705],
    ["Nobody inspects the spammish repetition", 0xe2293b2f],
  ] as const;
  for (const [text, hash] of known) assert.equal(xxhash32(bytesOf(text)), hash, text);
});

test("snappy: raw, framed, and framed streams one after another", () => {
  const { snappy } = portableCodecs();
  // "Wikipedia is a free, web-based, …" is the format's usual example; here: a literal, copies of each kind.
  const raw = hex("0c 08 616263 01 03 05 03 00".replaceAll(" ", ""));
  assert.throws(() => snappy.decompress(raw, MIB), corrupt(/snappy/));
  const good = hex("0b 08 616263 11 03".replaceAll(" ", "")); // "abc", then a copy of 8 from 3 back
  assert.equal(Buffer.from(snappy.decompress(good, MIB)).toString(), "abcabcabcab");
  const far = hex("07 08 616263 0e 0300 ".replaceAll(" ", "")); // a copy of 4 with two bytes of distance
  assert.equal(Buffer.from(snappy.decompress(far, MIB)).toString(), "abcabca");
  const farther = hex("07 08 616263 0f 03000000".replaceAll(" ", "")); // and with four
  assert.equal(Buffer.from(snappy.decompress(farther, MIB)).toString(), "abcabca");
  const framed = snappy.compress(bytesOf("hello hello hello "));
  assert.equal(Buffer.from(framed.subarray(0, 16)).toString("hex"), "82534e41505059000000000100000001");
  assert.equal(
    Buffer.from(snappy.decompress(Buffer.concat([framed, framed]), MIB)).toString(),
    "hello hello hello hello hello hello ",
  );
  assert.throws(
    () => snappy.decompress(hex("ffffffff0f 00"), MIB),
    corrupt(/says that/),
    "a length of 4 GiB costs nothing",
  );
});

test("LZ4: linked blocks, checksums, sizes, frames to pass over, several frames; what Kafka's magic 0 broke", () => {
  const { lz4 } = portableCodecs();
  const frame = (flags: number, body: string, extra = ""): Uint8Array => {
    const head = hex(`04224d18 ${flags.toString(16)} 40 ${extra}`);
    return new Uint8Array(Buffer.concat([head, Uint8Array.of(xxhash32(head, 4) >>> 8), hex(body)]));
  };
  const sum = (text: string): string => Buffer.from(new Uint32Array([xxhash32(bytesOf(text))]).buffer).toString("hex");
  const text = (bytes: Uint8Array): string => Buffer.from(lz4.decompress(bytes, MIB)).toString();
  const raw = "03000080 616263";
  assert.equal(text(frame(0x60, `${raw} 00000000`)), "abc");
  assert.equal(text(frame(0x64, `${raw} 00000000 ${sum("abc")}`)), "abc", "content checksum");
  assert.throws(() => text(frame(0x64, `${raw} 00000000 00000000`)), corrupt(/wrong checksum/));
  assert.equal(text(frame(0x70, `${raw} ${sum("abc")} 00000000`)), "abc", "block checksum");
  assert.throws(() => text(frame(0x70, `${raw} 00000000 00000000`)), corrupt(/wrong checksum/));
  assert.equal(text(frame(0x68, `${raw} 00000000`, "0300000000000000")), "abc", "content size");
  const back = "05000000 10 64 0300 00"; // "d", then four bytes from three back, then nothing
  assert.equal(text(frame(0x40, `${raw} ${back} 00000000`)), "abcdbcdb", "linked blocks reach back");
  assert.throws(() => text(frame(0x60, `${raw} ${back} 00000000`)), corrupt(/reaches out/), "independent ones do not");
  const skip = hex("502a4d18 02000000 ffff");
  const one = frame(0x60, `${raw} 00000000`);
  assert.equal(text(new Uint8Array(Buffer.concat([skip, one, skip, one]))), "abcabc");
  const broken = one.slice();
  broken[6] = broken[6]! ^ 255;
  assert.throws(() => text(broken), corrupt(/header checksum/));
  assert.equal(text(repairLz4Header(broken)), "abc");
  assert.throws(() => text(frame(0x61, `${raw} 00000000`, "01000000")), corrupt(/dictionary/));
});

test("zstd: several frames, frames to pass over, raw and run-length blocks, sizes that lie", () => {
  const { zstd } = portableCodecs();
  const text = (bytes: Uint8Array): string => Buffer.from(zstd.decompress(bytes, MIB)).toString();
  const rle = hex("28b52ffd 20 05 2b0000 78"); // five times "x"
  const raw = hex("28b52ffd 20 03 190000 616263");
  assert.equal(text(rle), "xxxxx");
  assert.equal(text(raw), "abc");
  assert.equal(
    text(new Uint8Array(Buffer.concat([rle, hex("502a4d18 02000000 ffff"), raw, zstd.compress(bytesOf("more"))]))),
    "xxxxxabcmore",
  );
  assert.throws(() => text(hex("28b52ffd 20 06 2b0000 78")), corrupt(/says that it has 6 bytes, and has 5/));
  assert.throws(() => text(hex("28b52ffd 21 07 05 2b0000 78")), corrupt(/dictionary/));
  assert.equal(text(hex("28b52ffd 00 ff 2b0000 78")), "xxxxx", "a window of 3.75 TiB costs nothing");
});

test("zstd: what we write Node's own reads, and the other way round, where it has one", () => {
  const { zstdCompressSync, zstdDecompressSync } = zlib as {
    zstdCompressSync?: (b: Uint8Array, o: object) => Uint8Array;
    zstdDecompressSync?: (b: Uint8Array) => Uint8Array;
  };
  const { zstd } = portableCodecs();
  const level = (n: number): object => ({ params: { 100: n, 201: 1 } }); // with a content checksum
  fc.assert(
    fc.property(mixed, fc.constantFrom(-5, 1, 3, 7, 19), (data, n) => {
      const ours = zstd.compress(data, n);
      assert.ok(same(zstdDecompressSync?.(ours) ?? zstd.decompress(ours, MIB), data));
      assert.ok(same(zstd.decompress(zstdCompressSync?.(data, level(n)) ?? ours, MIB), data));
    }),
    { numRuns: 100 },
  );
});

test("a small batch costs little memory, however large its writer lets blocks become", (t) => {
  const record = bytesOf("a record, and another record ".repeat(20));
  const lz4 = portableCodecs().lz4.compress(record).slice();
  lz4[5] = 7 << 4; // blocks of up to 4 MiB, as some writers say in every frame
  lz4[6] = xxhash32(lz4, 4, 6) >>> 8;
  const allocated: number[] = [];
  const { finish } = BoundedOutput.prototype;
  t.mock.method(BoundedOutput.prototype, "finish", function (this: BoundedOutput) {
    allocated.push(this.bytes.length);
    return finish.call(this);
  });
  for (const [codec, compressed] of [
    [portableCodecs().lz4, lz4],
    [portableCodecs().zstd, portableCodecs().zstd.compress(record)],
    [portableCodecs().snappy, portableCodecs().snappy.compress(record)],
  ] as const)
    assert.ok(same(codec.decompress(compressed, 32 * MIB), record));
  assert.equal(allocated.length, 3);
  assert.ok(Math.max(...allocated) <= 4096, `${allocated.join()} bytes for ${record.length}`);
});

test("lz4 and zstd: output far larger than the input grows to the end of its block, and no further", () => {
  const block = new Uint8Array(100_000).fill(7);
  for (const codec of [portableCodecs().lz4, portableCodecs().zstd]) {
    const compressed = codec.compress(block);
    assert.ok(compressed.length < 1000);
    assert.ok(same(codec.decompress(compressed, block.length), block));
    assert.throws(() => codec.decompress(compressed, block.length - 1), beyond(/more than 99999 bytes/));
  }
});

test("gzip: a bomb that lies about its size costs no more than its bound either", () => {
  const bomb = new Uint8Array(zlib.gzipSync(new Uint8Array(64 * MIB)));
  new DataView(bomb.buffer).setUint32(bomb.length - 4, 100, true);
  for (const codec of [portableCodecs().gzip, nodeCodecs().gzip])
    assert.throws(() => codec?.decompress(bomb, MIB), beyond(/more than 1048576 bytes/));
});

test("gzip: several members in one", () => {
  const two = Buffer.concat([zlib.gzipSync("one, "), zlib.gzipSync("two")]);
  for (const codec of [portableCodecs().gzip, nodeCodecs().gzip])
    assert.equal(Buffer.from(codec?.decompress(two, MIB) ?? []).toString(), "one, two");
});

test("more effort makes it smaller, and all of them make text smaller", () => {
  const data = bytesOf(
    Array.from({ length: 5000 }, (_, i) =>
      JSON.stringify({ id: (i * 7919) % 5000, user: `user-${(i * 31) % 97}`, state: ["open", "paid", "late"][i % 3] }),
    ).join("\n"),
  );
  const { gzip, snappy, lz4, zstd } = portableCodecs();
  const ratio = (codec: Codec, level?: number): number => data.length / codec.compress(data, level).length;
  assert.ok(
    ratio(snappy) > 2.5 && ratio(lz4) > 2.5 && ratio(gzip) > 4 && ratio(zstd) > 4,
    [snappy, lz4, gzip, zstd].map((c) => ratio(c).toFixed(2)).join(", "),
  );
  assert.ok(ratio(lz4, 9) > ratio(lz4, 1) && ratio(zstd, 9) > ratio(zstd, 1) && ratio(gzip, 9) > ratio(gzip, 1));
});

test("gzip: what is written depends on no logarithm of the engine's", () => {
  const text = bytesOf(Array.from({ length: 80_000 }, (_, i) => `${(i * 7919) % 1000} `).join(""));
  const { log } = Math;
  for (const size of [
    0, 1, 2980, 2981, 5806, 5807, 11_308, 11_309, 22_026, 22_027, 42_901, 42_902, 83_561, 83_562, 162_754, 162_755,
    317_003,
  ]) {
    const data = text.subarray(0, size);
    const asFflateChooses = gzipSync(data, { level: 6, mtime: 0 });
    Math.log = () => assert.fail("Math.log was called");
    try {
      assert.ok(same(portableCodecs().gzip.compress(data), asFflateChooses), `${size} bytes`);
    } finally {
      Math.log = log;
    }
  }
});
