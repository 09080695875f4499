import { test } from "node:test";
import assert from "node:assert/strict";
import { whenSettled } from "./when-settled.ts";

/** The turns of the microtask queue until a promise has settled. */
async function turnsOf(promise: Promise<unknown>): Promise<number> {
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  promise.then(settled, settled);
  let turns = 0;
  for (; !isSettled; turns++) await Promise.resolve();
  return turns;
}

test("calls back once, before it settles as the promise does", async () => {
  const seen: string[] = [];
  const value = await whenSettled(Promise.resolve("value"), () => seen.push("settled"));
  assert.deepEqual([value, seen], ["value", ["settled"]]);
  const error = new RangeError("no");
  await assert.rejects(
    whenSettled(Promise.reject(error), () => seen.push("rejected")),
    error,
  );
  assert.deepEqual(seen, ["settled", "rejected"]);
  assert.equal(await whenSettled(Promise.resolve(1), undefined), 1);
});

test("an error of the callback takes the place of the result", async () => {
  await assert.rejects(
    whenSettled(Promise.resolve(1), () => {
      throw new RangeError("callback");
    }),
    /callback/,
  );
});

test("takes two turns of the microtask queue, resolved or rejected", async () => {
  assert.equal(await turnsOf(whenSettled(Promise.resolve(1), () => undefined)), 2);
  assert.equal(await turnsOf(whenSettled(Promise.reject(new RangeError("no")), () => undefined)), 2);
});
