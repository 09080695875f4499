import assert from "node:assert/strict";
import { test } from "node:test";
import { groupKeyLines } from "./configs/known-keys.ts";
import { readKeys } from "./configs/config-key.ts";
import { topicKeys } from "./configs/topic-keys.ts";
import { hashOrder } from "./hash-order.ts";

const ordered = (names: Iterable<string>, leastCapacity?: number): string =>
  hashOrder([...names], (name) => name, leastCapacity).join(" ");

// The orders are those of a real Kafka 4.4.
test("names come in the order of Java's HashMap", () => {
  const quotas = ["producer_byte_rate", "consumer_byte_rate", "request_percentage"];
  assert.equal(ordered(ordered(quotas).split(" "), 1), "consumer_byte_rate request_percentage producer_byte_rate");
  assert.equal(
    ordered(topicKeys.keys()),
    "compression.type errors.deadletterqueue.group.enable remote.copy.lag.bytes remote.log.delete.on.disable " +
      "leader.replication.throttled.replicas remote.storage.enable min.insync.replicas segment.jitter.ms " +
      "remote.log.copy.disable local.retention.ms cleanup.policy flush.ms follower.replication.throttled.replicas " +
      "compression.lz4.level segment.bytes retention.ms compression.gzip.level remote.copy.lag.ms flush.messages " +
      "compression.zstd.level max.compaction.lag.ms file.delete.delay.ms max.message.bytes min.compaction.lag.ms " +
      "message.timestamp.type local.retention.bytes preallocate index.interval.bytes min.cleanable.dirty.ratio " +
      "unclean.leader.election.enable retention.bytes delete.retention.ms message.timestamp.after.max.ms " +
      "max.decompressed.message.bytes message.timestamp.before.max.ms segment.ms segment.index.bytes",
  );
  assert.match(
    ordered(readKeys(groupKeyLines).keys()),
    /^consumer\.session\.timeout\.ms streams\.assignor\.name consumer\.assignment\.interval\.ms .*replicas$/,
  );
});

test("the smallest map that has room decides the order", () => {
  for (const [count, capacity] of [
    [1, 2],
    [2, 4],
    [3, 4],
    [4, 8],
    [12, 16],
    [13, 32],
  ] as const) {
    // One letter's hash is its code, so that the place is the code modulo the capacity.
    const names = Array.from({ length: count }, (_, i) => String.fromCharCode(200 - i));
    const places = hashOrder(names, (name) => name, 1).map((name) => name.charCodeAt(0) % capacity);
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
      `${count} names`,
    );
  }
  assert.deepEqual(
    hashOrder([], (name) => String(name)),
    [],
  );
});
