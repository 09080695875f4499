// The partitioners put keys where kafkajs's put them.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { legacyMurmur2, murmur2 } from "../../packages/kafkajs/src/partitioners/murmur2.ts";
import { builtInName, createPartitioners } from "../../packages/kafkajs/src/partitioners/partitioners.ts";
import { require, theirs } from "./real-kafkajs.ts";

/** Key, Java's hash and its partition of 3, 7, 12, the hash of kafkajs 1 and its partitions. */
const VECTORS: readonly (readonly [Buffer, number, number[], number, number[]])[] = [
  [Buffer.from("a"), -1_563_381_124, [1, 5, 4], -809_885_833, [1, 1, 7]],
  [Buffer.from("1"), -1_993_445_489, [0, 2, 3], 1_311_020_360, [2, 6, 8]],
  [Buffer.from("hello"), 2_132_663_229, [0, 4, 9], 2_001_906_884, [2, 5, 8]],
  [Buffer.from("order-12345"), -1_747_359_319, [1, 3, 1], 22_027_424, [2, 6, 8]],
  [Buffer.from("ü"), 1_419_834_458, [2, 0, 2], -203_195_451, [2, 5, 5]],
  [Buffer.from([0xff, 0x00, 0x80]), -970_489_390, [1, 6, 10], 1_687_146_942, [0, 5, 6]],
  [Buffer.alloc(0), 275_646_681, [0, 2, 9], 275_646_684, [0, 5, 0]],
];

const partitioners = createPartitioners(() => 0);
const partitions = (count: number, leaderless: readonly number[] = []) =>
  Array.from({ length: count }, (_, partitionId) => ({
    ...{ partitionId, leader: leaderless.includes(partitionId) ? -1 : 1, partitionErrorCode: 0 },
    ...{ replicas: [1], isr: [1], offlineReplicas: [] },
  }));

test("keys have the hashes and partitions of the page", () => {
  for (const [key, hash, of, legacyHash, legacyOf] of VECTORS) {
    assert.equal(murmur2(key), hash);
    assert.equal(legacyMurmur2(key), legacyHash);
    for (const [i, count] of [3, 7, 12].entries()) {
      const args = { topic: "t", partitionMetadata: partitions(count), message: { key, value: null } };
      assert.equal(partitioners.DefaultPartitioner()(args), of[i]);
      assert.equal(partitioners.LegacyPartitioner()(args), legacyOf[i]);
    }
  }
});

test("any key has kafkajs's hashes", () => {
  const real = require("kafkajs/src/producer/partitioners/default/murmur2") as (key: Buffer) => number;
  const legacy = require("kafkajs/src/producer/partitioners/legacy/murmur2") as (key: Buffer) => number;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const key = Buffer.from(bytes);
      assert.equal(murmur2(key), real(key));
      assert.equal(legacyMurmur2(key), legacy(key));
    }),
    { numRuns: 2000 },
  );
});

test("messages with a key or a partition go where kafkajs's partitioners send them, whatever the key is", () => {
  const key = fc.oneof(
    fc.string(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.uint8Array(), // no Buffer: its text is the key
    fc.integer(),
    fc.boolean(),
  );
  const partition = fc.oneof(fc.constant(undefined), fc.constant(null), fc.integer({ min: -1, max: 20 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), key, partition, (count, given, chosen) => {
      const message = { key: given, value: "v", partition: chosen } as never;
      const args = { topic: "t", partitionMetadata: partitions(count), message };
      for (const name of ["DefaultPartitioner", "LegacyPartitioner"] as const)
        assert.equal(partitioners[name]()(args), theirs.Partitioners[name]()(args));
    }),
  );
});

test("messages without a key go round the partitions that have a leader, each topic for itself", () => {
  const choose = partitioners.DefaultPartitioner();
  const next = (topic: string, count: number, leaderless: readonly number[] = []): number =>
    choose({ topic, partitionMetadata: partitions(count, leaderless), message: { value: "v" } as never });
  assert.deepEqual(
    [1, 2, 3, 4].map(() => next("t", 3)),
    [1, 2, 0, 1],
  );
  assert.deepEqual(
    [1, 2].map(() => next("other", 3)),
    [1, 2],
  );
  assert.deepEqual(
    [1, 2, 3, 4].map(() => next("t", 4, [1, 2])),
    [3, 0, 3, 0],
  );
  assert.ok([0, 1].includes(next("t", 2, [0, 1])), "none has a leader: any");
});

test("the exported partitioners: names, one function under two names, known to be built in", () => {
  assert.deepEqual(Object.keys(partitioners).sort(), Object.keys(theirs.Partitioners).sort());
  assert.equal(partitioners.JavaCompatiblePartitioner, partitioners.DefaultPartitioner);
  assert.equal(builtInName(partitioners.DefaultPartitioner), "murmur2");
  assert.equal(builtInName(partitioners.LegacyPartitioner), "legacy");
  assert.equal(
    builtInName(() => () => 0),
    undefined,
  );
  assert.equal(builtInName(undefined), undefined);
});
