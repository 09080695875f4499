import { test } from "node:test";
import assert from "node:assert/strict";
import { BatchBuilder } from "./batch-builder.ts";
import { portableCodecs } from "./compression.ts";
import { readBatches } from "./read-batches.ts";
import type { KafkaRecord } from "./record.ts";

test("all records of a batch have one context, made when it is asked for, and a detached one keeps it", () => {
  const builder = new BatchBuilder();
  for (let i = 0; i < 3; i++) builder.tryAppend(null, "value".repeat(20), undefined, 1_700_000_000_000 + i, 1 << 20);
  const bytes = builder.seal(
    { producerId: 7, producerEpoch: 3, baseSequence: 11, isTransactional: true },
    { type: "gzip", codec: portableCodecs().gzip, level: undefined },
  );
  const [batch] = [...readBatches(bytes, { topic: "t", partition: 3 })];
  const records: KafkaRecord[] = [...(batch?.records ?? [])];
  const context = records[0]?.batchContext;
  assert.deepEqual(context, {
    magic: 2,
    baseOffset: 0,
    lastOffsetDelta: 2,
    baseTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_000_002,
    timestampType: "CreateTime",
    partitionLeaderEpoch: -1,
    producerId: 7,
    producerEpoch: 3,
    baseSequence: 11,
    isTransactional: true,
    isControl: false,
    codec: "gzip",
  });
  for (const record of records) {
    assert.equal(record.batchContext, context);
    assert.equal(record.detach().batchContext, context);
    assert.equal(record.detach().detach().batchContext, context);
  }
  assert.equal(batch?.context, context);
  assert.ok(Object.isFrozen(context));
});
