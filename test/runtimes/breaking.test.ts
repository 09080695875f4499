// A runtime that breaks at some of its calls; the suite `long` lets it break at each (breaking-everywhere.test.ts).
import { test } from "node:test";
import assert from "node:assert/strict";
import { breakAtEach, kinds } from "./break-at-each.ts";

/** A prime: the calls of the program come in patterns. */
const STEP = 11;

for (const [i, kind] of kinds.entries()) {
  for (const times of [1, Number.POSITIVE_INFINITY]) {
    test(`${kind}, ${times === 1 ? "once" : "from then on"}: all pending calls end with the cause`, async () => {
      assert.deepEqual(await breakAtEach(kind, times, times === 1 ? i : 2 * i, STEP), []);
    });
  }
}
