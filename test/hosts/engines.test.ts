// The traces of the simulator on one host of each engine: V8 and JavaScriptCore. The others are in traces.test.ts,
// which is wide.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SEEDS, testTraces } from "./traces.ts";

const expected = testTraces(["node-26", "bun"]);

test("no two seeds have one trace, and no invariant is broken", () => {
  assert.equal(new Set(Object.values(expected().traces)).size, SEEDS.length);
  assert.deepEqual(expected().broken, []);
});
