// Batches that no producer writes, but that partitions contain.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dice, goldenBytes, mutated, outcomeOf, readEverything, repair } from "../../test/records/fuzz.ts";
import { vectorFolder } from "../../test/protocol/vectors.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { BatchBuilder } from "./batch-builder.ts";
import * as at from "./batch-layout.ts";
import { portableCodecs } from "./compression.ts";
import { readBatches } from "./read-batches.ts";

const STAMP = { producerId: 7, producerEpoch: 1, baseSequence: 0 };
const NOW = 1_700_000_000_000;

function batch(values: readonly string[], change: (view: DataView) => void = () => undefined): Uint8Array {
  const builder = new BatchBuilder(256);
  for (const [i, value] of values.entries()) builder.tryAppend(null, value, undefined, NOW + i, 1 << 20);
  const bytes = builder.seal(STAMP).slice();
  change(new DataView(bytes.buffer));
  repair(bytes);
  return bytes;
}

test(
  "a batch from which compaction took records: offsets keep their gaps, and reading goes on after the last there " +
    "was",
  () => {
    const bytes = batch(["a", "b"], (view) => {
      at.writeInt64(view, at.BASE_OFFSET, 1000);
      view.setInt32(at.LAST_OFFSET_DELTA, 9);
    });
    const [first] = [...readBatches(bytes)];
    assert.deepEqual([first?.baseOffset, first?.lastOffset, first?.nextOffset, first?.count], [1000, 1009, 1010, 2]);
    assert.deepEqual(
      [...(first?.records ?? [])].map((r) => r.offset),
      [1000, 1001],
    );
  },
);

test("LogAppendTime: every record has the batch's time", () => {
  const [first] = [
    ...readBatches(
      batch(["a", "b"], (view) => {
        view.setInt16(at.ATTRIBUTES, at.LOG_APPEND_TIME);
        at.writeInt64(view, at.MAX_TIMESTAMP, NOW + 999);
      }),
    ),
  ];
  assert.deepEqual(
    [...(first?.records ?? [])].map((r) => [r.timestamp, r.timestampType]),
    [
      [NOW + 999, "LogAppendTime"],
      [NOW + 999, "LogAppendTime"],
    ],
  );
});

test("a delete horizon takes the base timestamp's place, and is told", () => {
  const [first, second] = [
    batch(["a"], (view) => view.setInt16(at.ATTRIBUTES, at.DELETE_HORIZON)),
    batch(["a"]),
  ].flatMap((bytes) => [...readBatches(bytes)]);
  assert.deepEqual([first?.deleteHorizonMs, second?.deleteHorizonMs], [NOW, -1]);
});

test("a control batch says what it is, and its record is there for those who want it", () => {
  const [first] = [...readBatches(batch(["x"], (view) => view.setInt16(at.ATTRIBUTES, at.CONTROL | at.TRANSACTIONAL)))];
  assert.deepEqual([first?.isControl, first?.isTransactional, [...(first?.records ?? [])].length], [true, true, 1]);
});

test("a segment file from disk: batches of every format behind one another, the last cut off", () => {
  const goldens = goldenBytes();
  const whole = Buffer.concat(goldens);
  const folder = mkdtempSync(join(tmpdir(), "odradek-segment-"));
  const file = join(folder, "00000000000000000000.log");
  writeFileSync(file, Buffer.concat([whole, (goldens[0] ?? whole).subarray(0, 40)]));
  // A file is a Buffer, perhaps of the pool: its views begin anywhere.
  const batches = [...readBatches(readFileSync(file))];
  rmSync(folder, { recursive: true });
  assert.equal(
    batches.reduce((sum, b) => sum + b.sizeInBytes, 0),
    whole.length,
  );
  assert.deepEqual([...new Set(batches.map((b) => b.magic))].sort(), [0, 1, 2]);
  assert.ok(batches.reduce((sum, b) => sum + [...b.records].length, 0) > 1000);
});

test("a bomb of a batch costs less than 64 MiB with the options nobody set, whatever compressed it", () => {
  for (const type of ["gzip", "lz4", "zstd"] as const) {
    const builder = new BatchBuilder();
    builder.tryAppend(null, new Uint8Array(200 << 20), undefined, NOW, 1 << 30);
    const bomb = builder.seal(STAMP, { type, codec: portableCodecs()[type] }).slice();
    // LZ4 compresses zeros to more than a thousandth, so a bomb cut to less than 384 KiB still exceeds the bound.
    // Snappy is not tested: one byte becomes 21 at most, which is below the ratio.
    const small = bomb.subarray(0, Math.min(bomb.length, 390_000)).slice();
    repair(small);
    const before = process.memoryUsage().arrayBuffers;
    const [first] = [...readBatches(small, { topic: "t", partition: 3 })];
    assert.throws(
      () => first?.reader(),
      (e: unknown) =>
        KafkaError.is(e) &&
        e.kind === "config" &&
        e.message.includes("maxDecompressedBytes") &&
        e.topic === "t" &&
        e.partition === 3 &&
        e.offset === 0,
      type,
    );
    const spent = process.memoryUsage().arrayBuffers - before;
    assert.ok(spent < 64 << 20, `${type}: ${spent} bytes`);
  }
});

test("every single bit of a golden batch, flipped: the CRC finds it, or it lies outside of what that covers", () => {
  const goldens = [...goldenBytes()].filter((bytes) => bytes.length < 400);
  assert.ok(goldens.length > 15);
  for (const bytes of goldens) {
    const covered = bytes[16] === 2 ? at.CRC : 12;
    const end = 12 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(8);
    for (let bit = 0; bit < end * 8; bit++) {
      const bad = bytes.slice();
      bad[bit >> 3] = bad[bit >> 3]! ^ (1 << (bit & 7));
      const result = readEverything(bad);
      if (bit >> 3 >= covered) assert.ok(KafkaError.is(result), `bit ${bit}`);
    }
  }
});

test("golden batches cut off at every byte: those before are read, nothing else happens", () => {
  const goldens = [...goldenBytes()].filter((bytes) => bytes.length < 3000);
  for (const bytes of goldens) {
    let last = 0;
    for (let length = 0; length <= bytes.length; length++) {
      const result = readEverything(bytes.subarray(0, length));
      assert.ok(typeof result === "number" && result >= last);
      last = result;
    }
  }
});

test("cut off inside, with length and CRC repaired: a typed error for every byte, from every codec", () => {
  for (const bytes of goldenBytes().slice(0, 40)) {
    const end = 12 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(8);
    for (let length = 62; length < end; length += 1 + (length >> 6)) {
      const bad = bytes.slice(0, length);
      repair(bad);
      readEverything(bad); // throws on anything but a KafkaError of kind corrupt that says where
    }
  }
});

test("a fixed corpus: what a million mutations came to, one case for each kind of outcome", () => {
  const lines = readFileSync(join(vectorFolder, "records-corpus.txt"), "utf8").trim().split("\n");
  assert.ok(lines.length >= 60, `${lines.length} cases`);
  for (const line of lines) {
    const space = line.indexOf(" ");
    assert.equal(
      outcomeOf(readEverything(new Uint8Array(Buffer.from(line.slice(0, space), "hex")))),
      line.slice(space + 1),
    );
  }
});

test("mutated batches, 5,000 of fixed seeds: read, or a corrupt error that says where", () => {
  const goldens = goldenBytes();
  let read = 0;
  for (let seed = 0; seed < 5000; seed++) if (typeof readEverything(mutated(goldens, seed)) === "number") read++;
  assert.ok(read > 500 && read < 4500, `${read} were read`);
  assert.notEqual(new Dice(1).below(1000), new Dice(2).below(1000));
});
