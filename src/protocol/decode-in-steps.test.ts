import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { codec } from "./codec.ts";
import { decodeMessage } from "./decode.ts";
import { decodeInSteps } from "./decode-in-steps.ts";
import { schemas } from "./messages/all.ts";
import type { MetadataResponse } from "./messages/metadata.ts";
import { type MessageSchema, withoutLists } from "./schema.ts";

const schema: MessageSchema<MetadataResponse> = schemas.MetadataResponse;
const { encode, decode } = codec("MetadataResponse");

function metadata(topics: number, partitions: number, version: number): Uint8Array {
  return encode(
    {
      clusterId: "c",
      brokers: [{ nodeId: 1, host: "h", port: 9092, rack: "r" }],
      topics: Array.from({ length: topics }, (_, i) => ({
        name: `topic-${i}`,
        partitions: Array.from({ length: partitions }, (__, partitionIndex) => ({
          partitionIndex,
          leaderId: 1,
          ...(version >= 7 ? { leaderEpoch: i } : {}),
          replicaNodes: [1, 2],
          isrNodes: [1],
        })),
      })),
    },
    version,
  );
}

/** The message and the number of steps. */
function inSteps(bytes: Uint8Array, version: number): readonly [MetadataResponse, number] {
  const steps = decodeInSteps(schema, new ByteReader(bytes), version);
  for (let count = 1; ; count++) {
    const step = steps.next();
    if (step.done === true) return [step.value, count];
  }
}

test("decoding in steps gives the same message, in every version", () => {
  for (let version = schema.min; version <= schema.max; version++)
    for (const [topics, partitions] of [
      [0, 0],
      [1, 0],
      [3, 200],
      [200, 3],
    ] as const) {
      const bytes = metadata(topics, partitions, version);
      assert.deepEqual(inSteps(bytes, version)[0], decode(bytes, version), `version ${version}`);
    }
});

test("lists that the reader does not need are empty, and everything else is the same, in every version", () => {
  const lists = ["replicaNodes", "isrNodes"];
  const without = withoutLists(schema, lists);
  for (let version = schema.min; version <= schema.max; version++) {
    const bytes = metadata(3, 2, version);
    const { topics, ...rest } = decode(bytes, version);
    const expected = topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((one) => ({ ...one, replicaNodes: [], isrNodes: [] })),
    }));
    assert.deepEqual(decodeMessage(without, new ByteReader(bytes), version), { ...rest, topics: expected });
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => decodeMessage(without, new ByteReader(bytes.subarray(0, length)), version));
  }
});

test("many topics, and many partitions of one topic, are many steps; a small response is one", () => {
  assert.ok(inSteps(metadata(1000, 3, 12), 12)[1] > 50);
  assert.ok(inSteps(metadata(1, 5000, 12), 12)[1] > 50);
  assert.equal(inSteps(metadata(5, 5, 12), 12)[1], 1);
});

test("bytes that are cut off anywhere give the error of decoding at once, with the same path", () => {
  const bytes = metadata(3, 2, 12);
  const errorOf = (decoding: () => unknown): readonly unknown[] => {
    try {
      decoding();
    } catch (error) {
      assert.ok(KafkaError.is(error));
      return [error.kind, error.path, error.message];
    }
    return [];
  };
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.subarray(0, length);
    const expected = errorOf(() => decode(cut, 12));
    assert.deepEqual(
      errorOf(() => inSteps(cut, 12)),
      expected,
    );
    assert.ok(expected.length > 0, `${length} bytes`);
  }
});
