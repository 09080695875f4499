// No error contains a part of a key or value, since errors are logged.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { boolean } from "./boolean.ts";
import { float32, float64 } from "./floats.ts";
import { int16, int32, int64 } from "./integers.ts";
import { json } from "./json.ts";
import { uuid } from "./uuid.ts";

const encoder = new TextEncoder();
const context = {
  topic: "t",
  headers: [],
  utf8: {
    encode: (text: string) => encoder.encode(text),
    decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
  },
};
const serdes = {
  json: json(),
  uuid: uuid(),
  boolean: boolean(),
  int16: int16(),
  int32: int32(),
  int64: int64(),
  float32: float32(),
  float64: float64(),
};
/** Texts of each length that a serde may look at, that no serde reads. */
const payloads = [
  "hunter2",
  "hunter2!",
  "hunter2-hunter2-hunter2-hunter2-hunt",
  '{ "password": "hunter2" ',
  '["hunter2" hunter2]',
];

for (const [name, serde] of Object.entries(serdes)) {
  test(`${name}: an error about bytes that cannot be read does not quote them`, () => {
    let failures = 0;
    for (const payload of payloads) {
      try {
        serde.deserialize(encoder.encode(payload), context);
      } catch (error) {
        failures++;
        assert.doesNotMatch(inspect(error, { depth: Infinity, showHidden: true }), /hunter2/);
      }
    }
    assert.ok(failures >= 3, `${failures} of ${payloads.length}`);
  });
}

test("json: an error says how many bytes are not JSON, and where", () => {
  const read = (text: string): unknown => json().deserialize(encoder.encode(text), context);
  assert.throws(() => read("{ hunter2 }"), {
    kind: "serialization",
    message: /^json\(\) cannot read this as JSON( at position 2)?: 11 bytes$/,
  });
  assert.throws(() => read("{"), { message: /: 1 byte$/ });
});
