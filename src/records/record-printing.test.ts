import { test } from "node:test";
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { nodePlatform } from "../platform/node/platform.ts";
import { BatchBuilder } from "./batch-builder.ts";
import { ViewedBytes } from "./bytes-view.ts";
import { readBatches } from "./read-batches.ts";
import { KafkaRecord } from "./record.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const { bytesView } = nodePlatform();
const kinds = [
  ["a host without Buffers", undefined],
  ["Node", bytesView],
] as const;

function recordOf(view: typeof bytesView): KafkaRecord {
  const builder = new BatchBuilder();
  builder.tryAppend(
    "42",
    text("espresso"),
    [
      ["trace", text("1")],
      ["trace", text("2")],
      ["none", null],
    ],
    1_700_000_000_000,
    1 << 20,
  );
  const bytes = builder.seal({ producerId: 7, producerEpoch: 1, baseSequence: 0 }).slice();
  for (const batch of readBatches(bytes, { topic: "orders", partition: 3, bytesView: view }))
    for (const record of batch.records) return record;
  throw new Error("no record");
}

/** A record whose headers cannot be read. */
const damaged = (): KafkaRecord =>
  new KafkaRecord(
    { topic: "orders", partition: 3, timestampType: "CreateTime" },
    new ViewedBytes(new Uint8Array([1, 2, 9])),
    5,
    6,
    0,
    1,
    1,
    1,
    3,
  );

for (const [host, view] of kinds) {
  test(`on ${host} a record prints with all of its fields, and not only offset and timestamp`, () => {
    const shown = inspect(recordOf(view)).replaceAll(/\s+/g, " ");
    assert.match(
      shown,
      /^KafkaRecord \{ topic: 'orders', partition: 3, offset: 0, timestamp: 1700000000000, timestampType: 'CreateTime', key: /,
    );
    for (const field of ["key", "value", "headers"]) assert.ok(shown.includes(`${field}: `), shown);
    assert.match(inspect([[[recordOf(view)]]], { depth: 2 }), /\[KafkaRecord\]/);
  });

  test(
    `on ${host} JSON and structuredClone have all fields of a record, and the copy shares no memory with the fetch ` +
      "response",
    () => {
      const record = recordOf(view);
      const plain = record.toJSON();
      assert.deepEqual(Object.keys(plain), [
        "topic",
        "partition",
        "offset",
        "timestamp",
        "timestampType",
        "key",
        "value",
        "headers",
      ]);
      assert.deepEqual(JSON.parse(JSON.stringify(record)), JSON.parse(JSON.stringify(plain)));
      assert.equal(plain.value?.buffer.byteLength, "espresso".length, "no view of the whole batch");
      const clone = structuredClone(plain);
      assert.deepEqual(clone.value, text("espresso"));
      assert.deepEqual(
        clone.headers.map(([name, value]) => [name, value]),
        [
          ["trace", text("1")],
          ["trace", text("2")],
          ["none", null],
        ],
      );
      record.value?.fill(0);
      assert.equal(new TextDecoder().decode(plain.value ?? undefined), "espresso");
    },
  );
}

test("on Node keys, values and headers are Buffers, so that toString() gives text, also of a detached record", () => {
  for (const record of [recordOf(bytesView), recordOf(bytesView).detach()]) {
    assert.equal(String(record.key), "42");
    assert.equal(String(record.valueBytes), "espresso");
    assert.equal(String(record.headers[1]?.[1]), "2");
    for (const view of [record.key, record.value, record.keyBytes, record.valueBytes, record.headers[0]?.[1]])
      assert.ok(Buffer.isBuffer(view));
    assert.deepEqual((JSON.parse(JSON.stringify(record)) as { value: unknown }).value, {
      type: "Buffer",
      data: [...Buffer.from("espresso")],
    });
  }
  assert.equal(Object.getPrototypeOf(recordOf(undefined).value), Uint8Array.prototype);
});

test("what a deserialiser made is printed and converted as it is", () => {
  const record = recordOf(bytesView) as KafkaRecord<unknown, unknown>;
  record.decoded("42", { drink: "espresso", size: 2 });
  assert.match(inspect(record), /drink: 'espresso'/);
  assert.deepEqual(record.toJSON().value, { drink: "espresso", size: 2 });
});

test("record.header gives the last of a name: null without a value, undefined where there is none", () => {
  const record = recordOf(undefined);
  assert.deepEqual(record.header("trace"), text("2"));
  assert.equal(record.header("none"), null);
  assert.equal(record.header("absent"), undefined);
  assert.equal(record.header("toString"), undefined);
});

test("a record with malformed headers prints with the reason, and does not throw; header and toJSON do", () => {
  assert.match(inspect(damaged()), /headers: 'the headers of the record at orders-3 offset 5 are malformed/);
  assert.throws(() => damaged().header("a"), { kind: "corrupt" });
  assert.throws(() => damaged().toJSON(), { kind: "corrupt" });
});
