// Tests T3 with correct and with wrong outputs.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { LogEvent } from "../../simulation/history.ts";
import { madeOf, outputIsExact } from "./exactly-once.ts";

const log = (topic: string, partition: number, offset: number, id: string): LogEvent => ({
  type: "log",
  atMs: 9,
  node: "v",
  topic,
  partition,
  offset,
  id,
  digest: "",
  timestamp: 0,
});
const inputs = [log("in", 0, 0, "a"), log("in", 0, 2, "b"), log("in", 1, 0, "c")];
const [a = "", b = "", c = ""] = inputs.map(madeOf);
const out = (...ids: readonly string[]): LogEvent[] => ids.map((id, i) => log("out", 0, i * 3, id));
const check = (outputs: readonly LogEvent[]): readonly string[] =>
  outputIsExact("in", "out")([...outputs, ...inputs]).map(({ message }) => message);

test("each input once, whatever lies between: no violation", () => {
  assert.deepEqual(check(out(a, c, b)), []);
  assert.deepEqual(check([...out(c, a), log("out", 1, 0, b)]), [], "order is of one partition");
});

test("T3 finds missing outputs, duplicates, outputs without an input, and another order", () => {
  assert.match(String(check(out(a, c))), /^in-0@2: b has no output$/);
  assert.match(String(check(out(a, b, c, b))), /^in-0@2: b has 2 outputs$/);
  assert.match(String(check([...out(a, b, c), log("out", 1, 0, a)])), /^in-0@0: a has 2 outputs$/);
  assert.match(
    String(check(out(a, b, c, "in-0@1: aborted"))),
    /^out has an output for in-0@1: aborted, which no reader of in sees$/,
  );
  assert.match(String(check(out(b, a, c))), /^the output for in-0@2: b comes before that for in-0@0: a$/);
});
