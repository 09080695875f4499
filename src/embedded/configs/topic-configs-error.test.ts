import assert from "node:assert/strict";
import { test } from "node:test";
import { topicConfigsError } from "./topic-configs-error.ts";

test("a list may be empty, but no word in it", () => {
  assert.equal(topicConfigsError([["cleanup.policy", " "]]), undefined);
  assert.equal(
    topicConfigsError([["cleanup.policy", "compact,"]]),
    "Configuration 'cleanup.policy' values must not be empty.",
  );
  assert.equal(
    topicConfigsError([["cleanup.policy", "compact, x"]]),
    "Invalid value x for configuration cleanup.policy: String must be one of: compact, delete",
  );
});

test("a long beyond 64 bits is no long", () => {
  assert.equal(topicConfigsError([["retention.ms", "9223372036854775807"]]), undefined);
  assert.equal(
    topicConfigsError([["retention.ms", "9223372036854775808"]]),
    "Invalid value 9223372036854775808 for configuration retention.ms: Not a number of type LONG",
  );
});

test("values are told as they were read, with upper limits too", () => {
  assert.equal(
    topicConfigsError([["segment.bytes", " +4 "]]),
    "Invalid value 4 for configuration segment.bytes: Value must be at least 1048576",
  );
  assert.equal(
    topicConfigsError([["min.cleanable.dirty.ratio", "1e7"]]),
    "Invalid value 1.0E7 for configuration min.cleanable.dirty.ratio: Value must be no more than 1",
  );
  assert.equal(
    topicConfigsError([["compression.gzip.level", "0"]]),
    "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1",
  );
  assert.equal(
    topicConfigsError([["compression.zstd.level", "23"]]),
    "Invalid value 23 for configuration compression.zstd.level: Value must be no more than 22",
  );
});

test("of several faults nulls are told first, then names, then values, then contradictions", () => {
  const all = [
    ["min.compaction.lag.ms", "9"],
    ["max.compaction.lag.ms", "8"],
    ["retention.ms", "x"],
    ["no.such", "1"],
    ["preallocate", null],
  ] as const;
  assert.equal(topicConfigsError(all), "Null value not supported for topic configs: preallocate");
  assert.equal(topicConfigsError(all.slice(0, 4)), "Unknown topic config name: no.such");
  assert.equal(
    topicConfigsError(all.slice(0, 3)),
    "Invalid value x for configuration retention.ms: Not a number of type LONG",
  );
  assert.equal(
    topicConfigsError(all.slice(0, 2)),
    "conflict topic config setting min.compaction.lag.ms (9) > max.compaction.lag.ms (8)",
  );
  assert.equal(topicConfigsError(all.slice(0, 1)), undefined);
});

test("replicas to throttle are pairs, or all", () => {
  for (const value of ["", "*", "0:1, 1:2"])
    assert.equal(topicConfigsError([["leader.replication.throttled.replicas", value]]), undefined);
  assert.match(
    topicConfigsError([["leader.replication.throttled.replicas", "0:1,x"]]) ?? "",
    /^Invalid value \[0:1, x\] for configuration/,
  );
});
