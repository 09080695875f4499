import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Unfinished } from "./unfinished.ts";

test("whatever the order in which offsets are finished: the lowest that is not is known, and how many are not", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.record({ add: fc.integer({ min: 1, max: 5 }) }), fc.record({ done: fc.nat() })), {
        maxLength: 300,
      }),
      (steps) => {
        const unfinished = new Unfinished();
        const open: number[] = [];
        let last = -1;
        for (const step of steps) {
          if ("add" in step) {
            last += step.add;
            unfinished.add(last);
            open.push(last);
          } else if (open.length > 0) {
            const [offset] = open.splice(step.done % open.length, 1);
            unfinished.done(offset ?? -1);
            unfinished.done(offset ?? -1); // twice is once
          }
          assert.equal(unfinished.lowest, open[0]);
          assert.equal(unfinished.size, open.length);
        }
      },
    ),
  );
});

test("one that takes long behind thousands: the list does not grow for ever once it is done", () => {
  const unfinished = new Unfinished();
  for (let i = 0; i < 5000; i++) unfinished.add(i);
  for (let i = 1; i < 5000; i++) unfinished.done(i);
  assert.equal(unfinished.lowest, 0);
  unfinished.done(0);
  assert.equal(unfinished.lowest, undefined);
  unfinished.add(7000);
  assert.equal(unfinished.lowest, 7000);
  unfinished.done(6999);
  assert.equal(unfinished.size, 1, "what was never added is not finished");
});
