import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyOrder } from "./key-order.ts";

test("those of one key start one after the other and in order, others do not wait for them, and all start", () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.nat(3), { nil: undefined }), { maxLength: 60 }),
      fc.array(fc.nat(), { maxLength: 200 }),
      (keys, picks) => {
        const order = new KeyOrder<number>();
        const atWork: number[] = [];
        const started: number[] = [];
        const start = (i: number): void => {
          assert.ok(
            keys[i] === undefined || atWork.every((other) => keys[other] !== keys[i]),
            "one of a key at a time",
          );
          atWork.push(i);
          started.push(i);
        };
        const end = (pick: number): void => {
          const [i = -1] = atWork.splice(pick % atWork.length, 1);
          const next = order.done(keys[i]);
          if (next !== undefined) start(next);
        };
        keys.forEach((key, i) => {
          const mayStart = order.admit(key, i);
          assert.equal(
            mayStart,
            key === undefined || !atWork.some((other) => keys[other] === key),
            "it waits for its key only",
          );
          if (mayStart) start(i);
          const pick = picks[i];
          if (pick !== undefined && pick % 3 === 0 && atWork.length > 0) end(pick);
        });
        while (atWork.length > 0) end(picks[started.length] ?? 0);
        assert.equal(started.length, keys.length);
        for (const key of [0, 1, 2, 3]) {
          const ofKey = started.filter((i) => keys[i] === key);
          assert.deepEqual(
            ofKey,
            [...ofKey].sort((a, b) => a - b),
          );
        }
      },
    ),
  );
});
