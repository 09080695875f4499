import { test } from "node:test";
import assert from "node:assert/strict";
import { goldenBytes } from "../../../test/records/fuzz.ts";
import { readBatches } from "../../records/read-batches.ts";
import { readSettings } from "../../records/read-settings.ts";
import { Cursor } from "./cursor.ts";
import { HeldBytes } from "./held-bytes.ts";

/** The offsets that a cursor which begins at `from` delivers of a response, and its next fetch offset. */
function deliver(
  bytes: Uint8Array,
  from: number,
): { readonly offsets: readonly number[]; readonly fetchOffset: number; readonly position: number } {
  const cursor = new Cursor<Uint8Array | null, Uint8Array | null>(
    "t",
    3,
    readSettings({ topic: "t", partition: 3 }),
    { records: 0, bytes: 0 },
    { held: new HeldBytes(), offer: () => undefined, fault: (what) => assert.fail(what) },
  );
  cursor.moveTo(from);
  // A broker that begins before what was asked for is believed the second time.
  assert.ok(cursor.take(bytes, undefined).advanced || cursor.take(bytes, undefined).advanced);
  const offsets: number[] = [];
  for (let batch = cursor.nextBatch(); batch !== undefined; batch = cursor.nextBatch()) {
    for (const record of batch.records) if (record.offset >= from) offsets.push(record.offset);
    cursor.advance(batch.nextOffset);
  }
  return { offsets, fetchOffset: cursor.log.fetchOffset, position: cursor.position };
}

test(
  "old segments: messages and wrappers of magic 0 and 1 are delivered like batches, from the middle of a wrapper " +
    "too",
  () => {
    let old = 0;
    for (const bytes of goldenBytes()) {
      const batches = [...readBatches(bytes)];
      const [first, last] = [batches[0], batches.at(-1)];
      if (first === undefined || last === undefined || first.magic === 2) continue;
      const offsets = batches.flatMap((batch) => [...batch.records].map((record) => record.offset));
      const middle = offsets[offsets.length >> 1] ?? 0;
      for (const from of [first.baseOffset, middle]) {
        assert.deepEqual(deliver(bytes, from), {
          offsets: offsets.filter((offset) => offset >= from),
          fetchOffset: last.nextOffset,
          position: last.nextOffset,
        });
      }
      old++;
    }
    assert.ok(old > 25, `${old} cases`);
  },
);

test("an empty batch, which compaction left behind, is passed over: the position goes on behind it", () => {
  const empty = goldenBytes().find((bytes) => [...readBatches(bytes)].some((batch) => batch.count === 0));
  assert.ok(empty);
  const [batch] = [...readBatches(empty)];
  assert.deepEqual(deliver(empty, batch?.baseOffset ?? -1), {
    offsets: [],
    fetchOffset: batch?.nextOffset,
    position: batch?.nextOffset,
  });
});
