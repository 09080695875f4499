import { test } from "node:test";
import assert from "node:assert/strict";
import { BatchBuilder } from "../../records/batch-builder.ts";
import { ProducerBatch } from "./batch.ts";
import { NO_IDENTITY } from "./producer-identity.ts";
import { Sequencer, sequenceAfter } from "./sequencer.ts";

test("sequences wrap from 2^31-1 to 0", () => {
  for (const [sequence, count, next] of [
    [0, 0, 0],
    [0, 5, 5],
    [2 ** 31 - 1, 1, 0],
    [2 ** 31 - 2, 5, 3],
  ] as const)
    assert.equal(sequenceAfter(sequence, count), next);
});

test("a newer identity is taken only when nothing is numbered under the old one, and a batch keeps its numbers", () => {
  const sequencer = new Sequencer();
  const first = { producerId: 1, producerEpoch: 0 };
  const second = { producerId: 1, producerEpoch: 1 };
  const batch = new ProducerBatch("t", 0, new BatchBuilder(), 1, 0);
  sequencer.stamp(batch);
  assert.equal(batch.identity, undefined);
  sequencer.adopt(first, 0);
  sequencer.stamp(batch);
  assert.deepEqual([batch.identity, batch.baseSequence], [first, 0]);
  assert.equal(sequencer.adopt(second, 1), false);
  assert.equal(sequencer.identity, first);
  assert.equal(sequencer.adopt(second, 0), true);
  sequencer.stamp(batch);
  assert.deepEqual([sequencer.identity, batch.identity], [second, first]);
});

test("without a producer id nothing is numbered", () => {
  const sequencer = new Sequencer();
  const batch = new ProducerBatch("t", 0, new BatchBuilder(), 1, 0);
  sequencer.adopt(NO_IDENTITY, 0);
  sequencer.stamp(batch);
  assert.deepEqual([batch.identity, batch.baseSequence, sequencer.nextSequence], [NO_IDENTITY, -1, 0]);
});
