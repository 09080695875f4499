import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { WaitWatch } from "./wait-watch.ts";

test("lines are due after 2, 4, 8, … seconds, with the tries and the last reason", () => {
  const watch = new WaitWatch(1000);
  assert.equal(watch.dueMs, 3000);
  assert.equal(watch.line(3000, "connecting to a:1"), "still waiting after 2 s; connecting to a:1");
  watch.tried(new KafkaError("connection", "refused"), 3100);
  assert.deepEqual(
    [watch.dueMs, watch.line(5000, "")],
    [5000, "still waiting after 4 s and 1 try; last error: refused"],
  );
  watch.tried(new KafkaError("connection", "gone"), 5100);
  assert.deepEqual(
    [watch.dueMs, watch.line(9000, ""), watch.dueMs],
    [9000, "still waiting after 8 s and 2 tries; last error: gone", 17_000],
  );
});

test("a line that comes late, since the host slept, does not bring those that were due meanwhile", () => {
  const watch = new WaitWatch(0);
  assert.equal(watch.line(100_000, ""), "still waiting after 100 s");
  assert.equal(watch.dueMs, 128_000);
});
