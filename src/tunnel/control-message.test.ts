// Control messages of a tunnel: all else is refused, whatever the other side sends.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ControlMessage, readControl } from "./control-message.ts";
import { MAX_WINDOW_BYTES } from "./window-limits.ts";

const OPEN = { type: "open", host: "broker", port: 9092, tls: false, windowBytes: 65_536 } as const;
const GOOD: readonly ControlMessage[] = [
  OPEN,
  { ...OPEN, tls: true, servername: "kafka.example", token: "s" },
  { type: "opened", sendBytes: 1, receiveBytes: MAX_WINDOW_BYTES },
  { type: "credit", bytes: 1 },
  { type: "closed" },
  { type: "closed", kind: "connection", message: "why", retriable: false },
];
const BAD: readonly unknown[] = [
  null,
  [],
  1,
  {},
  { type: "other" },
  { ...OPEN, host: "" },
  { ...OPEN, host: 1 },
  { ...OPEN, port: 0 },
  { ...OPEN, port: 65_536 },
  { ...OPEN, port: 1.5 },
  { ...OPEN, tls: "yes" },
  { ...OPEN, token: 1 },
  { ...OPEN, servername: null },
  { ...OPEN, windowBytes: 0 },
  { ...OPEN, windowBytes: MAX_WINDOW_BYTES + 1 },
  { type: "opened", sendBytes: 1 },
  { type: "credit", bytes: -1 },
  { type: "credit", bytes: 1e9 },
  { type: "closed", kind: "internal", message: "why", retriable: true },
  { type: "closed", kind: "connection" },
  { type: "closed", message: "why" },
];

for (const message of GOOD)
  test(`${JSON.stringify(message)} is a message`, () => {
    assert.deepEqual(readControl(JSON.stringify(message)), message);
  });

for (const message of BAD)
  test(`${JSON.stringify(message)} is no message`, () => {
    assert.equal(readControl(JSON.stringify(message)), undefined);
  });

test("any text is read or refused, and never throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const message = readControl(text);
      assert.ok(message === undefined || typeof message.type === "string");
    }),
  );
});
