import assert from "node:assert/strict";
import { test } from "node:test";
import { partitionsInWords } from "./partitions-in-words.ts";

test("partitions in a log line: all up to ten, then how many more", () => {
  const of = (count: number): string =>
    partitionsInWords(Array.from({ length: count }, (_, partition) => ({ topic: "t", partition })));
  assert.equal(of(1), "1 partition (t-0)");
  assert.equal(of(3), "3 partitions (t-0, t-1, t-2)");
  assert.equal(of(10), "10 partitions (t-0, t-1, t-2, t-3, t-4, t-5, t-6, t-7, t-8, t-9)");
  assert.equal(of(5000), "5000 partitions (t-0, t-1, t-2, t-3, t-4, t-5, t-6, t-7, t-8, t-9 and 4990 more)");
});
