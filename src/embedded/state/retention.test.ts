import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type LogSegment, LogSegments } from "./log-segments.ts";
import type { StoredBatch } from "./partition-log.ts";
import { retainedFrom } from "./retention.ts";

const MINUTE = 60_000;
const NOW = 100 * MINUTE;

/** Segments of 100 bytes and ten offsets, with the age of the newest record of each in minutes. */
function segmentsOf(ages: readonly number[]): readonly LogSegment[] {
  return ages.map((age, i) => ({
    from: i,
    to: i + 1,
    baseOffset: i * 10,
    sizeInBytes: 100,
    maxTimestamp: age < 0 ? -1 : NOW - age * MINUTE,
  }));
}

test("segments are deleted from the front: by time up to the first that is young, by size while enough is left", () => {
  const rows: readonly (readonly [
    what: string,
    ages: readonly number[],
    minutes: number,
    bytes: number,
    start: number | undefined,
    highWatermark?: number,
  ])[] = [
    ["nothing is old", [9, 5, 1], 10, -1, undefined],
    ["the first two are old", [20, 15, 1], 10, -1, 20],
    ["an old one behind a young one stays", [20, 1, 20, 1], 10, -1, 10],
    ["all are old", [30, 20, 15], 10, -1, 30],
    ["no limit", [90, 80, 70], -1, -1, undefined],
    ["a segment without timestamps is never old", [-1, -1], 0, -1, undefined],
    ["exactly as old as the limit", [10, 1], 10, -1, undefined],
    ["too large: what is left is at least the limit", [3, 2, 1], -1, 150, 10],
    ["too large by less than a segment", [3, 2, 1], -1, 201, undefined],
    ["the last segment stays, however small the limit", [3, 2, 1], -1, 0, 20],
    ["by size, then by time", [90, 80, 1], 10, 200, 20],
    ["nothing that is not committed", [90, 80, 70], 10, 0, 10, 19],
    ["nothing at all is committed", [90, 80, 70], 10, 0, undefined, 0],
  ];
  for (const [what, ages, minutes, bytes, start, highWatermark = ages.length * 10] of rows)
    assert.equal(
      retainedFrom(
        segmentsOf(ages),
        { retentionMs: minutes < 0 ? -1 : minutes * MINUTE, retentionBytes: bytes },
        highWatermark,
        ages.length * 10,
        NOW,
      ),
      start,
      what,
    );
});

function batchesOf(sizes: readonly number[], stepMs: number): readonly StoredBatch[] {
  let position = 0;
  return sizes.map((size, i) => {
    const batch: StoredBatch = {
      bytes: new Uint8Array(size),
      baseOffset: i * 2,
      lastOffset: i * 2 + 1,
      maxTimestamp: i * stepMs,
      highestTimestamp: i * stepMs,
      position,
    };
    position += size;
    return batch;
  });
}

test("a segment ends before it is too large, and before it spans too much time", () => {
  const bases = (stepMs: number, segmentBytes: number, segmentMs: number): readonly number[] =>
    new LogSegments()
      .of(batchesOf([40, 40, 40, 40, 200, 40], stepMs), { segmentBytes, segmentMs })
      .map(({ baseOffset }) => baseOffset);
  assert.deepEqual(bases(0, 100, 1000), [0, 4, 8, 10]);
  assert.deepEqual(bases(1, 1000, 1), [0, 4, 8]);
  assert.deepEqual(bases(0, 1000, 1), [0]);
});

test("bounds that were found stay when the limits change, the log is cut off, or its start moves", () => {
  const segments = new LogSegments();
  const batches = batchesOf([40, 40, 40, 40, 40], 0);
  const bases = (of: readonly StoredBatch[], segmentBytes: number): readonly number[] =>
    segments.of(of, { segmentBytes, segmentMs: 1000 }).map(({ baseOffset }) => baseOffset);
  assert.deepEqual(bases(batches, 80), [0, 4, 8]);
  assert.deepEqual(bases(batches, 1000), [0, 4, 8]);
  assert.deepEqual(bases(batches.slice(1), 1000), [0, 4, 8], "the first one has lost a batch");
  assert.deepEqual(bases(batches.slice(2), 1000), [4, 8]);
  segments.cutAt(8);
  assert.deepEqual(bases(batches.slice(2, 4), 1000), [4]);
  assert.deepEqual(bases([], 1000), []);
});

test("segments divide any log: each batch is in one, in order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 50 }),
      (sizes, segmentBytes, segmentMs) => {
        const batches = batchesOf(sizes, 7);
        const segments = new LogSegments().of(batches, { segmentBytes, segmentMs });
        assert.deepEqual(
          segments.flatMap(({ from, to }) => batches.slice(from, to)),
          batches,
        );
        for (const { from, to, sizeInBytes, maxTimestamp } of segments) {
          assert.ok(sizeInBytes <= segmentBytes || to === from + 1);
          assert.equal(maxTimestamp, (to - 1) * 7);
        }
      },
    ),
  );
});
