import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { vectorFolder } from "../../test/protocol/vectors.ts";
import { murmur2, murmur2Partition } from "../wire/murmur2.ts";
import { nodeCodecs } from "../platform/node/codecs.ts";
import { BatchBuilder } from "./batch-builder.ts";
import { portableCodecs } from "./compression.ts";
import { readBatches } from "./read-batches.ts";

interface GoldenRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly keyHex: string | null;
  readonly valueHex: string | null;
  readonly headers?: readonly { readonly key: string; readonly valueHex: string | null }[];
}
interface GoldenBatch {
  readonly magic: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly nextOffset: number;
  readonly codec: string;
  readonly timestampType: string;
  readonly maxTimestamp: number;
  readonly sizeInBytes: number;
  readonly valid: boolean;
  readonly crc?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly partitionLeaderEpoch?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  readonly deleteHorizonMs?: number;
  readonly records: readonly GoldenRecord[];
}
interface Golden {
  readonly case: string;
  readonly hex: string;
  readonly batches: readonly GoldenBatch[];
}

const lines = <T>(name: string): T[] =>
  readFileSync(join(vectorFolder, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
const hex = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
const goldens = lines<Golden>("records.jsonl");

for (const [name, codecs] of [
  ["portable", portableCodecs()],
  ["native", nodeCodecs()],
] as const)
  test(`golden records, every magic and codec, ${name}: we read what Kafka wrote`, () => {
    const kinds = new Set(goldens.flatMap((g) => g.batches.map((b) => `${b.magic} ${b.codec}`)));
    assert.equal(kinds.size, 13, [...kinds].join(", "));
    for (const golden of goldens) {
      const batches = [...readBatches(new Uint8Array(Buffer.from(golden.hex, "hex")), { codecs })];
      assert.equal(batches.length, golden.batches.length, golden.case);
      for (const [i, batch] of batches.entries()) {
        const want = golden.batches[i];
        assert.ok(want);
        assert.deepEqual(
          {
            magic: batch.magic,
            sizeInBytes: batch.sizeInBytes,
            valid: batch.isValid,
            baseOffset: batch.baseOffset,
            lastOffset: batch.lastOffset,
            nextOffset: batch.nextOffset,
            codec: batch.codec,
            timestampType: batch.timestampType,
            maxTimestamp: batch.maxTimestamp,
            ...(want.magic < 2 ? {} : { crc: batch.crc, deleteHorizonMs: batch.deleteHorizonMs }),
            producerId: batch.producerId,
            producerEpoch: batch.producerEpoch,
            baseSequence: batch.baseSequence,
            partitionLeaderEpoch: batch.partitionLeaderEpoch,
            transactional: batch.isTransactional,
            control: batch.isControl,
          },
          {
            magic: want.magic,
            sizeInBytes: want.sizeInBytes,
            valid: want.valid,
            baseOffset: want.baseOffset,
            lastOffset: want.lastOffset,
            nextOffset: want.nextOffset,
            codec: want.codec,
            timestampType: want.timestampType,
            maxTimestamp: want.maxTimestamp,
            ...(want.magic < 2 ? {} : { crc: want.crc, deleteHorizonMs: want.deleteHorizonMs ?? -1 }),
            producerId: want.producerId ?? -1,
            producerEpoch: want.producerEpoch ?? -1,
            baseSequence: want.baseSequence ?? -1,
            partitionLeaderEpoch: want.partitionLeaderEpoch ?? -1,
            transactional: want.transactional ?? false,
            control: want.control ?? false,
          },
          golden.case,
        );
        const records = [...batch.records].map((r) => ({
          offset: r.offset,
          timestamp: r.timestamp,
          key: hex(r.key),
          value: hex(r.value),
          headers: r.headers.map(([name, value]) => [name, hex(value)]),
        }));
        assert.deepEqual(
          records,
          want.records.map((r) => ({
            offset: r.offset,
            timestamp: r.timestamp,
            key: r.keyHex,
            value: r.valueHex,
            headers: (r.headers ?? []).map((h) => [h.key, h.valueHex]),
          })),
          golden.case,
        );
      }
    }
  });

test("golden records, uncompressed: what we write of the same records is what Kafka wrote, byte for byte", () => {
  let same = 0;
  for (const golden of goldens) {
    for (const [i, batch] of [...readBatches(new Uint8Array(Buffer.from(golden.hex, "hex")))].entries()) {
      const want = golden.batches[i];
      const records = [...batch.records];
      // Control, compacted and LogAppendTime batches are made by brokers only; a producer's first record gives the base
      // timestamp.
      if (
        want?.magic !== 2 ||
        want.codec !== "none" ||
        want.control === true ||
        want.timestampType !== "CreateTime" ||
        records.length === 0 ||
        records.length !== batch.count ||
        batch.lastOffset !== batch.baseOffset + batch.count - 1
      )
        continue;
      const builder = new BatchBuilder(64);
      for (const record of records)
        assert.ok(builder.tryAppend(record.key, record.value, record.headers, record.timestamp, 1 << 24) > 0);
      const sealed = builder
        .seal({
          producerId: batch.producerId,
          producerEpoch: batch.producerEpoch,
          baseSequence: batch.baseSequence,
          isTransactional: batch.isTransactional,
        })
        .slice();
      const kafka = batch.bytes.slice();
      // Base offset and leader epoch are the broker's.
      for (const bytes of [sealed, kafka]) bytes.fill(0, 0, 8).fill(0, 12, 16);
      assert.equal(hex(sealed), hex(kafka), golden.case);
      same++;
    }
  }
  assert.ok(same >= 1, `${same} batches`);
});

test("murmur2 and the partition of a key are Java's", () => {
  for (const vector of lines<{ keyHex: string; murmur2: number; partitions: Record<string, number> }>(
    "murmur2.jsonl",
  )) {
    const key = new Uint8Array(Buffer.from(vector.keyHex, "hex"));
    assert.equal(murmur2(key), vector.murmur2);
    for (const [count, partition] of Object.entries(vector.partitions))
      assert.equal(murmur2Partition(key, Number(count)), partition);
  }
});
