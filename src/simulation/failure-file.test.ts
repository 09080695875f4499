import { test } from "node:test";
import assert from "node:assert/strict";
import { failureFileName, failureText, parseFailure } from "./failure-file.ts";

test("a failure survives being written to a file; missing fields are undefined", () => {
  const failure = { seed: 7, invariant: "P1", plan: { faults: [] }, scenario: "a.js#b" };
  assert.deepEqual(parseFailure(failureText(failure), "f"), failure);
  assert.deepEqual(parseFailure('{"seed":1}', "f"), {
    seed: 1,
    invariant: undefined,
    plan: undefined,
    scenario: undefined,
  });
});

test("a file that is no failure is refused, and the message says which and why", () => {
  assert.throws(() => parseFailure("{", "f.json"), /cannot read f\.json/);
  for (const text of ["{}", "null", '{"seed":"1"}', '{"seed":1.5}'])
    assert.throws(() => parseFailure(text, "f.json"), /f\.json has no seed/, text);
  assert.throws(() => parseFailure('{"seed":1,"plan":{"faults":[{}]}}', "f.json"), /faults\[0\]/);
});

test("an invariant's name becomes a file's", () =>
  assert.equal(failureFileName(3, "orders are/kept"), "simulation-3-orders-are-kept.json"));
