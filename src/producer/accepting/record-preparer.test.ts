import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError, type KafkaErrorKind } from "../../errors/kafka-error.ts";
import type { Serde } from "../../serdes/serde.ts";
import { json } from "../../serdes/json.ts";
import type { ProducerRecord } from "../partition/delivery.ts";
import { RecordPreparer } from "./record-preparer.ts";

const utf8 = {
  encode: (text: string): Uint8Array => new TextEncoder().encode(text),
  decode: (bytes: Uint8Array): string => new TextDecoder().decode(bytes),
};
const limits = { maxRequestSize: 1000, bufferMemory: 1_000_000 };
const preparer = new RecordPreparer<unknown, unknown>({}, utf8, limits);
const withValue = (serialize: (value: unknown) => unknown): RecordPreparer<unknown, unknown> =>
  new RecordPreparer<unknown, unknown>({ value: { serialize, deserialize: (b) => b } as Serde<unknown> }, utf8, limits);
const fails =
  (kind: KafkaErrorKind, text: RegExp) =>
  (e: unknown): boolean =>
    KafkaError.is(e) && e.kind === kind && text.test(e.message);
const record = (fields: object): ProducerRecord<unknown, unknown> => ({ topic: "orders", value: null, ...fields });

test("bad records are errors that name topic and field, never a TypeError", () => {
  for (const [bad, kind, text] of [
    [null, "config", /a record must be an object/],
    [undefined, "config", /a record must be an object/],
    ["orders", "config", /a record must be an object/],
    [{}, "config", /needs a topic/],
    [{ topic: "" }, "config", /needs a topic/],
    [{ topic: 5n }, "config", /needs a topic/],
    [record({ value: 5 }), "serialization", /the value of a record for topic orders is the number 5/],
    [record({ key: {} }), "serialization", /the key of a record for topic orders is an empty object/],
    [record({ value: [1, 2] }), "serialization", /value/],
    [record({ partition: -1 }), "config", /the partition/],
    [record({ partition: 0.5 }), "config", /the partition/],
    [record({ partition: "0" }), "config", /the partition/],
    [record({ timestamp: NaN }), "config", /the timestamp/],
    [record({ timestamp: -1 }), "config", /the timestamp/],
    [record({ timestamp: Infinity }), "config", /the timestamp/],
    [record({ timestamp: new Date(0) }), "config", /the timestamp/],
    [record({ headers: null }), "config", /headers of a record for topic orders/],
    [record({ headers: "abc" }), "config", /headers of a record for topic orders/],
    [record({ headers: new Map([["a", 1]]) }), "config", /header "a" of a record for topic orders/],
    [record({ headers: [null] }), "config", /header 0 of a record for topic orders/],
    [record({ headers: [[Symbol("x"), "v"]] }), "config", /header 0 of a record for topic orders/],
    [record({ headers: { a: 1 } }), "config", /header "a" of a record for topic orders/],
    [record({ headers: [["a", undefined]] }), "config", /header "a" of a record for topic orders/],
    [record({ value: "x".repeat(1000) }), "config", /maxRequestSize is 1000/],
  ] as const) {
    assert.throws(() => preparer.prepare(bad as never), fails(kind, text));
  }
});

test("headers keep order and duplicates, as a list or an object; strings become UTF-8", () => {
  const value = Uint8Array.of(1);
  assert.deepEqual(
    preparer.prepare(
      record({
        headers: [
          ["a", value],
          ["a", null],
          ["", "ü"],
        ],
      }),
    ).headers,
    [
      ["a", value],
      ["a", null],
      ["", Uint8Array.of(0xc3, 0xbc)],
    ],
  );
  assert.deepEqual(preparer.prepare(record({ headers: { b: "x", a: null } })).headers, [
    ["b", Uint8Array.of(120)],
    ["a", null],
  ]);
});

test("text that three bytes a letter would make too large is measured before it is refused", () => {
  assert.equal(preparer.prepare(record({ value: "x".repeat(900) })).bytes, 936);
});

test("a serde that throws, or makes no bytes, is named by its field; null never reaches one", () => {
  assert.throws(
    () =>
      withValue(() => {
        throw new Error("boom");
      }).prepare(record({ value: 1 })),
    fails("serialization", /the value of a record for topic orders cannot be serialised: boom/),
  );
  for (const made of [undefined, null, "text", 5, [1]])
    assert.throws(
      () => withValue(() => made).prepare(record({ value: 1 })),
      fails("serialization", /its serde made/),
      String(made),
    );
  assert.throws(
    () => new RecordPreparer<unknown, unknown>({ value: json() }, utf8, limits).prepare(record({ value: 1n })),
    fails("serialization", /no JSON form/),
  );
  assert.equal(withValue(() => assert.fail("called")).prepare(record({ value: null })).value, null);
});
