// T3 on outputs that are right, and on ones that are not.
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

test("T3 tells what is missing, what is there twice, what is of nothing, and what lies in another order", () => {
  assert.match(String(check(out(a, c))), /^nothing came of in-0@2: b$/);
  assert.match(String(check(out(a, b, c, b))), /^in-0@2: b has its effect 2 times$/);
  assert.match(String(check([...out(a, b, c), log("out", 1, 0, a)])), /^in-0@0: a has its effect 2 times$/);
  assert.match(
    String(check(out(a, b, c, "in-0@1: aborted"))),
    /^out has what came of in-0@1: aborted, which no reader of in sees$/,
  );
  assert.match(String(check(out(b, a, c))), /^what came of in-0@2: b lies before what came of in-0@0: a$/);
});
