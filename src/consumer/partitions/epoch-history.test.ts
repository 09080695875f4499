import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EpochHistory } from "./epoch-history.ts";

test("a position has the epoch of the record before it, in whatever batches it was read", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ count: fc.integer({ min: 1, max: 5 }), leap: fc.integer({ min: 0, max: 2 }) }), {
        maxLength: 20,
      }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: -1, max: 1 }),
      (batches, start, known) => {
        const history = new EpochHistory();
        history.reset(start, known);
        const epochs = new Map<number, number>([[start, known]]);
        let [offset, epoch] = [start, Math.max(known, 0)];
        for (const { count, leap } of batches) {
          epoch += leap;
          history.note(offset, epoch);
          for (let i = 0; i < count; i++) epochs.set(++offset, epoch);
        }
        for (const [position, expected] of epochs) assert.equal(history.before(position), expected);
        assert.equal(history.before(start - 1), -1, "what lies before the start is not known");
      },
    ),
  );
});

test("batches before there were epochs have none, and a new start forgets the old one", () => {
  const history = new EpochHistory();
  assert.equal(history.before(0), -1);
  history.note(0, -1);
  assert.equal(history.before(5), -1);
  history.note(5, 3);
  assert.deepEqual([history.before(5), history.before(6)], [-1, 3]);
  history.reset(2, -1);
  assert.equal(history.before(6), -1);
});

test("two logs have in common what was read before the first epoch that the other does not have", () => {
  const history = new EpochHistory();
  history.reset(5, 1);
  history.note(5, 2);
  history.note(9, 4);
  assert.deepEqual(
    (
      [
        [2, 7],
        [2, 12],
        [3, 9],
        [4, 20],
        [1, 8],
        [0, 8],
      ] as const
    ).map(([epoch, endOffset]) => history.commonEnd({ epoch, endOffset })),
    [7, 9, 9, 20, 5, 4],
  );
});

test("of many epochs the last are remembered", () => {
  const history = new EpochHistory();
  for (let epoch = 0; epoch < 40; epoch++) history.note(epoch * 10, epoch);
  assert.deepEqual([history.before(400), history.before(250), history.before(10)], [39, 24, -1]);
});
