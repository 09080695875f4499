import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { vectorFolder } from "../../test/protocol/vectors.ts";
import { murmur2, murmur2Partition } from "../wire/murmur2.ts";
import { BatchBuilder } from "./batch-builder.ts";
import { readBatches } from "./read-batches.ts";

interface GoldenRecord { readonly offset: number; readonly timestamp: number; readonly keyHex: string | null; readonly valueHex: string | null; readonly headers?: readonly { readonly key: string; readonly valueHex: string | null }[] }
interface GoldenBatch {
  readonly magic: number; readonly baseOffset: number; readonly lastOffset: number; readonly nextOffset: number; readonly codec: string; readonly timestampType: string; readonly maxTimestamp: number;
  readonly crc: number; readonly producerId: number; readonly producerEpoch: number; readonly baseSequence: number; readonly partitionLeaderEpoch: number; readonly transactional: boolean; readonly control: boolean;
  readonly records: readonly GoldenRecord[];
}
interface Golden { readonly case: string; readonly hex: string; readonly batches: readonly GoldenBatch[] }

const lines = <T>(name: string): T[] => readFileSync(join(vectorFolder, name), "utf8").trim().split("\n").map((line) => JSON.parse(line) as T);
const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex"));
const goldens = lines<Golden>("records.jsonl").filter((g) => g.batches.every((b) => b.magic === 2 && (b.codec === "none" || b.codec === "gzip")));

test("golden records, magic 2, none and gzip: we read what Kafka wrote", () => {
  assert.ok(goldens.length >= 8, `${goldens.length} cases`);
  for (const golden of goldens) {
    const batches = [...readBatches(new Uint8Array(Buffer.from(golden.hex, "hex")))];
    assert.equal(batches.length, golden.batches.length, golden.case);
    for (const [i, batch] of batches.entries()) {
      const want = golden.batches[i];
      assert.ok(want);
      assert.deepEqual(
        { magic: batch.magic, baseOffset: batch.baseOffset, lastOffset: batch.lastOffset, nextOffset: batch.nextOffset, codec: batch.codec, timestampType: batch.timestampType, maxTimestamp: batch.maxTimestamp, crc: batch.crc, producerId: batch.producerId, producerEpoch: batch.producerEpoch, baseSequence: batch.baseSequence, partitionLeaderEpoch: batch.partitionLeaderEpoch, transactional: batch.isTransactional, control: batch.isControl },
        { magic: 2, baseOffset: want.baseOffset, lastOffset: want.lastOffset, nextOffset: want.nextOffset, codec: want.codec, timestampType: want.timestampType, maxTimestamp: want.maxTimestamp, crc: want.crc, producerId: want.producerId, producerEpoch: want.producerEpoch, baseSequence: want.baseSequence, partitionLeaderEpoch: want.partitionLeaderEpoch, transactional: want.transactional, control: want.control },
        golden.case,
      );
      const records = [...batch.records].map((r) => ({ offset: r.offset, timestamp: r.timestamp, key: hex(r.key), value: hex(r.value), headers: r.headers.map(([name, value]) => [name, hex(value)]) }));
      assert.deepEqual(records, want.records.map((r) => ({ offset: r.offset, timestamp: r.timestamp, key: r.keyHex, value: r.valueHex, headers: (r.headers ?? []).map((h) => [h.key, h.valueHex]) })), golden.case);
    }
  }
});

test("golden records, uncompressed: what we write of the same records is what Kafka wrote, byte for byte", () => {
  let same = 0;
  for (const golden of goldens) {
    for (const [i, batch] of [...readBatches(new Uint8Array(Buffer.from(golden.hex, "hex")))].entries()) {
      const want = golden.batches[i];
      const records = [...batch.records];
      // Control, compacted and LogAppendTime batches are made by brokers only; a producer's first record gives the base timestamp.
      if (want === undefined || want.codec !== "none" || want.control || want.timestampType !== "CreateTime" || records.length === 0 || records.length !== batch.count || batch.lastOffset !== batch.baseOffset + batch.count - 1) continue;
      const builder = new BatchBuilder(64);
      for (const record of records) assert.ok(builder.tryAppend(record.key, record.value, record.headers, record.timestamp, 1 << 24) > 0);
      const sealed = builder.seal({ producerId: want.producerId, producerEpoch: want.producerEpoch, baseSequence: want.baseSequence, isTransactional: want.transactional }).slice();
      const kafka = batch.bytes.slice();
      for (const bytes of [sealed, kafka]) bytes.fill(0, 0, 8).fill(0, 12, 16); // base offset and leader epoch are the broker's
      assert.equal(hex(sealed), hex(kafka), golden.case);
      same++;
    }
  }
  assert.ok(same >= 1, `${same} batches`);
});

test("murmur2 and the partition of a key are Java's", () => {
  for (const vector of lines<{ keyHex: string; murmur2: number; partitions: Record<string, number> }>("murmur2.jsonl")) {
    const key = new Uint8Array(Buffer.from(vector.keyHex, "hex"));
    assert.equal(murmur2(key), vector.murmur2);
    for (const [count, partition] of Object.entries(vector.partitions)) assert.equal(murmur2Partition(key, Number(count)), partition);
  }
});
