import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import { decodeVersioned, encodeVersioned } from "./embedded-formats.ts";
import { consumerProtocolSubscription } from "./messages/consumer-protocol-subscription.ts";
import { controlRecordTypeSchema } from "./messages/control-record-type-schema.ts";
import { endTxnMarker } from "./messages/end-txn-marker.ts";

const protocol = (e: unknown): boolean => KafkaError.is(e) && e.kind === "protocol";
const subscription = {
  topics: ["a", "ü"],
  userData: Uint8Array.of(1, 2),
  ownedPartitions: [{ topic: "a", partitions: [0, 3] }],
  generationId: 7,
  rackId: "r1",
};

test("what JoinGroup carries comes back, in every version", () => {
  for (let version = 0; version <= consumerProtocolSubscription.max; version++) {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 9 })),
        fc.option(fc.uint8Array({ maxLength: 9 })),
        (topics, userData) => {
          const { version: read, message } = decodeVersioned(
            consumerProtocolSubscription,
            encodeVersioned(consumerProtocolSubscription, { topics, userData }, version),
          );
          assert.equal(read, version);
          assert.deepEqual([message.topics, message.userData], [topics, userData]);
        },
      ),
      { numRuns: 30 },
    );
  }
  const { message } = decodeVersioned(
    consumerProtocolSubscription,
    encodeVersioned(consumerProtocolSubscription, subscription, 3),
  );
  assert.deepEqual(message, subscription);
});

test("a control record's key and value are Kafka's bytes", () => {
  for (const [type, bytes] of [
    [0, [0, 0, 0, 0]],
    [1, [0, 0, 0, 1]],
  ] as const) {
    assert.deepEqual([...encodeVersioned(controlRecordTypeSchema, { type }, 0)], bytes);
    assert.equal(decodeVersioned(controlRecordTypeSchema, Uint8Array.from(bytes)).message.type, type);
  }
  assert.deepEqual([...encodeVersioned(endTxnMarker, { coordinatorEpoch: 258 }, 0)], [0, 0, 0, 0, 1, 2]);
});

test("a member that is ahead is understood: a newer version, and bytes behind what is known", () => {
  const bytes = encodeVersioned(consumerProtocolSubscription, subscription, consumerProtocolSubscription.max);
  const newer = Uint8Array.from([0, 99, ...bytes.subarray(2), 1, 2, 3]);
  const read = decodeVersioned(consumerProtocolSubscription, newer);
  assert.equal(read.version, 99);
  assert.deepEqual(read.message, subscription);
});

test("every truncation is an error of kind protocol", () => {
  const bytes = encodeVersioned(consumerProtocolSubscription, subscription, consumerProtocolSubscription.max);
  for (let length = 0; length < bytes.length; length++)
    assert.throws(
      () => decodeVersioned(consumerProtocolSubscription, bytes.subarray(0, length)),
      protocol,
      `cut at ${length}`,
    );
});

test("a negative version is malformed, and not one that this client is too old for", () => {
  assert.throws(() => decodeVersioned(consumerProtocolSubscription, Uint8Array.of(0xff, 0xff, 0, 0, 0, 0)), protocol);
});
