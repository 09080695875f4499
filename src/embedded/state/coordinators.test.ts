import assert from "node:assert/strict";
import { test } from "node:test";
import * as ErrorCode from "../../errors/error-code.ts";
import { Coordinators } from "./coordinators.ts";

test("a key belongs to the partition that Java's hash says", () => {
  const coordinators = new Coordinators([0]);
  // "abc".hashCode() is 96354; "polygenelubricants" hashes to the lowest integer, for whose absolute value Kafka
  // uses 0.
  assert.deepEqual(
    ["", "abc", "polygenelubricants"].map((key) => coordinators.partitionOf(key)),
    [0, 96_354 % 50, 0],
  );
});

test("what a broker coordinated is the next one's when it stops, once that has read it", () => {
  const coordinators = new Coordinators([0, 1, 2]);
  const key = Array.from({ length: 50 }, (_, i) => `k${i}`).find((one) => coordinators.of("group", one) === 1) ?? "";
  assert.deepEqual(
    [0, 1, 2].map((id) => coordinators.errorAt("group", key, id)),
    [ErrorCode.NOT_COORDINATOR, ErrorCode.NONE, ErrorCode.NOT_COORDINATOR],
  );
  const moved = coordinators.stopped(1, [0, 2]);
  assert.deepEqual(
    [coordinators.of("group", key), coordinators.errorAt("group", key, 2), coordinators.epochOf("group", key)],
    [2, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, 1],
  );
  const [again] = [coordinators.move("group", key, 0)];
  const stale = moved.find(({ kind, partition }) => kind === "group" && partition === coordinators.partitionOf(key));
  assert.ok(stale && !coordinators.loaded(stale), "it was moved on meanwhile");
  assert.equal(coordinators.errorOf("group", key), ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  assert.ok(coordinators.loaded(again));
  assert.equal(coordinators.errorOf("group", key), ErrorCode.NONE);
});

test("nobody coordinates while no broker is up; the first that starts takes over everything", () => {
  const coordinators = new Coordinators([0]);
  coordinators.stopped(0, []);
  assert.deepEqual(
    [coordinators.of("transaction", "k"), coordinators.errorOf("transaction", "k")],
    [-1, ErrorCode.COORDINATOR_NOT_AVAILABLE],
  );
  assert.equal(coordinators.started(0).length, 100);
  assert.equal(coordinators.of("transaction", "k"), 0);
});
