import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8Encode } from "../../wire/utf8.ts";
import { PackedRecord } from "./packed-record.ts";

const part = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 50 }),
);
const bytesOf = (given: Uint8Array | string | null): Uint8Array | null =>
  typeof given === "string" ? utf8Encode(given) : given;

test("a packed record gives back what was packed, as bytes, also when its caller has filled the buffers again", () => {
  fc.assert(
    fc.property(
      part,
      part,
      fc.option(
        fc.array(fc.tuple(fc.string(), fc.oneof(fc.constant(null), fc.uint8Array({ maxLength: 50 }))), {
          maxLength: 20,
        }),
        { nil: undefined },
      ),
      fc.nat(),
      (key, value, headers, partition) => {
        const expected = structuredClone({
          key: bytesOf(key),
          value: bytesOf(value),
          headers: headers === undefined || headers.length === 0 ? undefined : headers,
        });
        const packed = new PackedRecord({ topic: "t", partition, key, value, headers, timestamp: -1, bytes: 9 });
        for (const given of [key, value, ...(headers ?? []).map(([, content]) => content)])
          if (given instanceof Uint8Array) given.fill(255);
        const { topic, timestamp, bytes } = packed;
        assert.deepEqual({ key: packed.key, value: packed.value, headers: packed.headers }, expected);
        assert.deepEqual([topic, packed.partition, timestamp, bytes], ["t", partition, -1, 9]);
      },
    ),
  );
});
