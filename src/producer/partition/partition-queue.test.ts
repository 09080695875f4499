import { test } from "node:test";
import assert from "node:assert/strict";
import { BatchBuilder } from "../../records/batch-builder.ts";
import { ProducerBatch } from "./batch.ts";
import { PartitionQueue, type QueueSink } from "./partition-queue.ts";

/** A sink that remembers which of its queues have batches. */
function sink() {
  const filled = new Set<PartitionQueue>();
  const self: QueueSink = {
    nodeId: 0,
    take: (queue) => (queue.batches.length > 0 ? filled.add(queue) : undefined),
    leave: (queue) => filled.delete(queue),
    filled: (queue) => filled.add(queue),
    emptied: (queue) => filled.delete(queue),
    begun: () => undefined,
    kick: () => undefined,
    isStalled: () => false,
  };
  return { self, filled };
}

test("a queue notifies its sink when it gets its first batch, and when the last one is gone", () => {
  const queue = new PartitionQueue("t", 0, (fault) => assert.equal(fault, ""));
  const batch = (id: number) => new ProducerBatch("t", 0, new BatchBuilder(64), id, 0);
  const { self, filled } = sink();
  queue.moveTo(self, 0);
  const [first, second, part] = [batch(1), batch(2), batch(3)];
  queue.begin(first);
  assert.ok(filled.has(queue));
  queue.begin(second);
  queue.remove(first);
  assert.ok(filled.has(queue));
  queue.replace(second, [part]);
  assert.ok(filled.has(queue));
  queue.remove(part);
  assert.ok(!filled.has(queue));
  queue.begin(first);
  queue.replace(first, []);
  assert.ok(!filled.has(queue));
});

test("a queue with batches is filled for the sink that it moves to", () => {
  const queue = new PartitionQueue("t", 0, (fault) => assert.equal(fault, ""));
  queue.begin(new ProducerBatch("t", 0, new BatchBuilder(64), 1, 0));
  const [old, next] = [sink(), sink()];
  queue.moveTo(old.self, 0);
  assert.ok(old.filled.has(queue));
  queue.moveTo(next.self, 0);
  assert.ok(!old.filled.has(queue));
  assert.ok(next.filled.has(queue));
});
