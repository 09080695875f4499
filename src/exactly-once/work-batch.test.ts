import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type HeldPartition, WorkBatch } from "./work-batch.ts";

interface Held extends HeldPartition {
  isGone: boolean;
}

const held = (partition: number): Held => ({
  topic: "t",
  partition,
  isGone: false,
  epochBefore: (offset: number) => (offset > 5 ? 7 : -1),
});

test("offsets are those of the next records, one for each partition", () => {
  const [a, b] = [held(0), held(1)];
  const batch = new WorkBatch<{ offset: number }, Held>(10);
  for (const offset of [5, 6, 9]) batch.add({ offset }, a);
  batch.add({ offset: 0 }, b);
  assert.deepEqual(batch.offsets(), [
    { topic: "t", partition: 0, offset: 10, leaderEpoch: 7 },
    { topic: "t", partition: 1, offset: 1, leaderEpoch: undefined },
  ]);
  assert.deepEqual(
    batch.spans().map(({ held: { partition }, first, next }) => [partition, first, next]),
    [
      [0, 5, 10],
      [1, 0, 1],
    ],
  );
});

test("a partition that went and came back is another one", () => {
  const [before, after] = [held(0), held(0)];
  const batch = new WorkBatch<{ offset: number }, Held>(10);
  batch.add({ offset: 5 }, before);
  before.isGone = true;
  batch.add({ offset: 3 }, after);
  batch.drop(({ isGone }) => isGone);
  assert.deepEqual(batch.offsets(), [{ topic: "t", partition: 0, offset: 4, leaderEpoch: undefined }]);
  assert.equal(batch.records.length, 1);
});

test("whatever comes and is dropped, records and offsets are those of what is left, in order", () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ add: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ drop: fc.nat(3) }) },
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 40 }), (all, maxRecords) => {
      const partitions = [0, 1, 2, 3].map(held);
      const next = [0, 0, 0, 0];
      let expected: { readonly offset: number; readonly partition: number }[] = [];
      const batch = new WorkBatch<{ readonly offset: number; readonly partition: number }, Held>(maxRecords);
      for (const step of all) {
        if ("drop" in step) {
          batch.drop(({ partition }) => partition === step.drop);
          expected = expected.filter(({ partition }) => partition !== step.drop);
          continue;
        }
        if (batch.isFull) break;
        const record = { offset: next[step.add]!++, partition: step.add };
        batch.add(record, partitions[step.add]!);
        expected.push(record);
      }
      assert.deepEqual(batch.records, expected);
      assert.equal(batch.isEmpty, expected.length === 0);
      assert.equal(batch.isFull, expected.length >= maxRecords);
      for (const partition of [0, 1, 2, 3]) {
        const mine = expected.filter((one) => one.partition === partition);
        assert.equal(
          batch.has((one) => one.partition === partition),
          mine.length > 0,
        );
        assert.equal(
          batch.offsets().find((one) => one.partition === partition)?.offset,
          mine.length === 0 ? undefined : mine.at(-1)!.offset + 1,
        );
      }
    }),
  );
});
