// A runtime that breaks at any of its calls ends the client that made the call: nothing hangs, nothing is left behind.
import { test } from "node:test";
import assert from "node:assert/strict";
import { breakAtEach, kinds } from "./break-at-each.ts";

for (const kind of kinds) {
  for (const times of [1, Number.POSITIVE_INFINITY]) {
    test(`${kind}, ${times === 1 ? "once" : "from then on"}, at any call: all pending calls end with the cause`, async () => {
      assert.deepEqual(await breakAtEach(kind, times, 0, 1), []);
    });
  }
}
