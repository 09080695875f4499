// The classes of errors are kafkajs's: names, members and their order, texts, causes.
import { test } from "node:test";
import assert from "node:assert/strict";
import * as ours from "../../packages/kafkajs/src/errors/all-errors.ts";
import { isRebalancing } from "../../packages/kafkajs/src/errors/protocol-error.ts";
import { protocolFault } from "../../packages/kafkajs/src/errors/protocol-faults.ts";
import { outcome, require, theirs } from "./real-kafkajs.ts";

type ErrorClass = new (...given: unknown[]) => Error;

const NAMES = Object.keys(theirs).filter((name) => name.startsWith("KafkaJS"));
const FAULT = { type: "NOT_CONTROLLER", code: 41, message: "This is not the correct controller", retriable: true };
const GIVEN: readonly (readonly unknown[])[] = [
  ["text", {}],
  ["text"],
  [new Error("inner"), { retriable: false, cause: new Error("cause") }],
  [Object.assign(new Error("inner"), { helpUrl: "https://help" }), { cause: "not an error" }],
  [FAULT, { topic: "t", partition: 3, memberId: "m", retryCount: 5, retryTime: 300 }],
  [FAULT, "topic", 4],
  ["text", { broker: "b:1", code: "ECONNREFUSED", host: "b", port: 1, apiKey: 3, apiName: "Metadata" }],
  ["text", { correlationId: 1, createdAt: 2, sentAt: 3, pendingDuration: 4, unknownPartitions: [1] }],
  ["text", [{ groupId: "g", errorCode: 1 }]],
  [{ partitions: [{ partition: 0, offset: "1", error: { retriable: true } }] }],
  [{ partitions: [{ partition: 0, error: { retriable: true } }, { partition: 1, error: new Error("no") }, {}] }],
  [{ partitions: [] }],
  [""],
  [new TypeError("wrong"), null],
];

test("kafkajs has 31 classes of errors, and so have we", () => {
  assert.equal(NAMES.length, 31);
  assert.deepEqual(Object.keys(ours).sort(), [...NAMES].sort());
});

for (const name of NAMES)
  test(`${name} is kafkajs's`, () => {
    const make = (classes: object, given: readonly unknown[]): unknown =>
      outcome(() => {
        const Class = (classes as Readonly<Record<string, ErrorClass>>)[name]!;
        throw new Class(...given);
      });
    for (const given of GIVEN) {
      const [mine, real] = [make(ours, given), make(theirs, given)].map((facts) => {
        const { threw } = facts as { threw: { chain: string[]; text: string } };
        // Texts of TypeErrors name variables.
        return threw.chain[0] === "TypeError" ? "TypeError" : threw;
      });
      assert.deepEqual(mine, real, `new ${name}(${String(given[0])}, …)`);
    }
  });

test("an error without a text has an empty one, as kafkajs's types allow", () => {
  assert.equal(new ours.KafkaJSNotImplemented(undefined).message, "");
  assert.equal(new ours.KafkaJSNotImplemented(null).message, "");
});

test("a class of errors can be extended, and its errors are of all its classes", () => {
  class Mine extends ours.KafkaJSNonRetriableError {
    constructor() {
      super("mine");
      this.name = "Mine";
    }
  }
  const error = new Mine();
  assert.ok(error instanceof ours.KafkaJSError && error instanceof Error);
  assert.deepEqual(Object.fromEntries(Object.entries(error)), { name: "Mine", retriable: false, helpUrl: undefined });
});

test("each error code has kafkajs's name and text, and is retriable where kafkajs's is", () => {
  const { createErrorFromCode } = require("kafkajs/src/protocol/error") as {
    createErrorFromCode(code: number): Error & Record<string, unknown>;
  };
  for (let code = -1; code <= 130; code++) {
    if (code === 0) continue;
    const { message, type, code: number, retriable } = createErrorFromCode(code);
    assert.deepEqual(protocolFault(code), { type, code: number, message, retriable });
  }
});

test("three errors mean that a member joins again", () => {
  const { isRebalancing: real } = require("kafkajs/src/errors") as { isRebalancing(error: unknown): boolean };
  for (let code = -1; code <= 88; code++)
    assert.equal(isRebalancing(protocolFault(code)), real(protocolFault(code)), String(code));
});
