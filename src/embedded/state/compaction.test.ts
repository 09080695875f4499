import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NOW, batchOf } from "../../../test/embedded/raw-client.ts";
import { RecordBatch } from "../../records/record-batch.ts";
import { brokerReadSettings } from "./broker-read-settings.ts";
import { type CompactedLog, compacted, compactionRange } from "./compaction.ts";
import type { LogSegment } from "./log-segments.ts";
import { PartitionLog, type StoredBatch } from "./partition-log.ts";
import { packBatch, unpackBatch } from "./stored-records.ts";

const SETTINGS = {
  minCleanableRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Infinity,
  deleteRetentionMs: 100,
};

/** Records as `[key, value]`, one batch each. */
function logOf(batches: readonly (readonly [key: string, values: readonly (string | null)[]])[]): PartitionLog {
  const log = new PartitionLog(0, 0, [0]);
  for (const [key, values] of batches) log.append(batchOf({ key, values }), values.length, NOW);
  return log;
}

const plain = (log: PartitionLog): CompactedLog => ({
  batches: log.batches,
  isAborted: () => false,
  isLastOfProducer: () => false,
});

function recordsOf(
  batches: readonly StoredBatch[],
): readonly (readonly [offset: number, key: string, value: string | null])[] {
  const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : new TextDecoder().decode(bytes));
  return batches.flatMap(({ bytes }) => {
    const batch = new RecordBatch(bytes, 0, bytes.length, brokerReadSettings());
    assert.ok(batch.isValid, "the checksum is right");
    return [...batch.records].map(({ offset, key, value, timestamp }) => {
      assert.equal(timestamp, NOW);
      return [offset, text(key) ?? "", text(value)] as const;
    });
  });
}

function segment(baseOffset: number, sizeInBytes: number, maxTimestamp = 0): LogSegment {
  return { from: baseOffset, to: baseOffset + 1, baseOffset, sizeInBytes, maxTimestamp };
}

test("a log is compacted when enough of it is new, up to the last segment and to what may still change", () => {
  const three = [segment(0, 100, 10), segment(1, 100, 20), segment(2, 100, 30)];
  const rows: readonly (readonly [
    what: string,
    segments: readonly LogSegment[],
    cleanedTo: number,
    stableTo: number,
    settings: Partial<typeof SETTINGS>,
    toOffset: number | undefined,
  ])[] = [
    ["all is new", three, 0, 9, {}, 2],
    ["there is only the segment that is written to", [segment(0, 100)], 0, 9, {}, undefined],
    ["half is new", three, 1, 9, {}, undefined],
    ["half is new, and a quarter is enough", three, 1, 9, { minCleanableRatio: 0.25 }, 2],
    ["nothing is new", three, 2, 9, { minCleanableRatio: 0 }, undefined],
    ["a transaction is open in the second segment", three, 0, 1, {}, 1],
    ["a transaction is open in the first segment", three, 0, 0, {}, undefined],
    ["the second segment is too young", three, 0, 9, { minCompactionLagMs: 85 }, 1],
    ["a record has waited for too long", three, 1, 9, { maxCompactionLagMs: 75 }, 2],
  ];
  for (const [what, segments, cleanedTo, stableTo, settings, toOffset] of rows)
    assert.equal(
      compactionRange(segments, cleanedTo, stableTo, { ...SETTINGS, ...settings }, 100)?.toOffset,
      toOffset,
      what,
    );
});

test("of each key the last record stays; a tombstone stays until its time is over", () => {
  const log = logOf([
    ["a", ["1", "2"]],
    ["b", ["3"]],
    ["a", ["4"]],
    ["b", [null]],
  ]);
  const range = { to: 4, toOffset: 5, dirtyFrom: 0 };
  const once = compacted(plain(log), range, SETTINGS, 1000);
  assert.deepEqual(recordsOf(once), [
    [3, "a", "4"],
    [4, "b", null],
  ]);
  const again = { batches: once, isAborted: () => false, isLastOfProducer: () => false };
  const last = { to: once.length, toOffset: 5, dirtyFrom: 5 };
  assert.deepEqual(compacted(again, last, SETTINGS, 1099), once, "nothing changes, not even the objects");
  assert.deepEqual(recordsOf(compacted(again, last, SETTINGS, 1100)), [[3, "a", "4"]]);
});

test("a key of a record that was compacted before is replaced by a later one only", () => {
  const log = logOf([
    ["a", ["old"]],
    ["b", ["kept"]],
    ["a", ["new"]],
  ]);
  assert.deepEqual(recordsOf(compacted(plain(log), { to: 3, toOffset: 3, dirtyFrom: 2 }, SETTINGS, 0)), [
    [1, "b", "kept"],
    [2, "a", "new"],
  ]);
});

test("records of an aborted transaction go, and the last batch of a producer stays without records", () => {
  const log = logOf([
    ["a", ["1"]],
    ["a", ["aborted"]],
    ["b", ["2"]],
    ["b", ["3"]],
  ]);
  const left = compacted(
    {
      batches: log.batches,
      isAborted: ({ baseOffset }) => baseOffset === 1,
      isLastOfProducer: ({ baseOffset }) => baseOffset === 2,
    },
    { to: 4, toOffset: 4, dirtyFrom: 0 },
    SETTINGS,
    0,
  );
  assert.deepEqual(recordsOf(left), [
    [0, "a", "1"],
    [3, "b", "3"],
  ]);
  assert.deepEqual(
    left.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset]),
    [
      [0, 0],
      [2, 2],
      [3, 3],
    ],
  );
});

test("a batch that is written again without some records keeps offsets, timestamps, headers and compression", () => {
  for (const horizonMs of [undefined, NOW + 5, 1]) {
    const original = batchOf({ values: ["a", null, "c"], key: "k", headers: [["h", Uint8Array.of(1)]] });
    const { payload, records } = unpackBatch(original);
    assert.deepEqual(
      records.map(({ key, isTombstone, offsetDelta, timestamp }) => [key, isTombstone, offsetDelta, timestamp]),
      [
        ["k", false, 0, NOW],
        ["k", true, 1, NOW],
        ["k", false, 2, NOW],
      ],
    );
    const bytes = packBatch(original, payload, records.slice(1), horizonMs);
    const batch = new RecordBatch(bytes, 0, bytes.length, brokerReadSettings());
    assert.ok(batch.isValid);
    assert.deepEqual(
      [...batch.records].map(({ offset, timestamp, headers }) => [offset, timestamp, headers.length]),
      [
        [1, NOW, 1],
        [2, NOW, 1],
      ],
    );
  }
});

test("whatever is written: after compaction the last value of each key is there, in order, and nothing twice", () => {
  const write = fc.tuple(
    fc.constantFrom("a", "b", "c"),
    fc.array(fc.option(fc.constantFrom("1", "2")), { minLength: 1, maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(write, { minLength: 1, maxLength: 20 }), fc.nat(20), (writes, cleaned) => {
      const log = logOf(writes);
      const all = recordsOf(log.batches);
      const first = Math.min(cleaned, writes.length);
      const firstOffset = log.batches[first]?.baseOffset ?? log.logEndOffset;
      log.replaceCleaned(
        first,
        compacted(plain(log), { to: first, toOffset: firstOffset, dirtyFrom: 0 }, SETTINGS, 0),
        firstOffset,
      );
      const count = log.batchCount;
      const left = recordsOf(
        compacted(plain(log), { to: count, toOffset: log.logEndOffset, dirtyFrom: log.cleanedTo }, SETTINGS, 50),
      );
      const expected = new Map(all.map((record) => [record[1], record]));
      assert.deepEqual(
        left,
        [...expected.values()].sort(([a], [b]) => a - b),
      );
    }),
  );
});
