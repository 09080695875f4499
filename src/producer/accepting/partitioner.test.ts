import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../../errors/kafka-error.ts";
import { utf8Encode } from "../../wire/utf8.ts";
import { fnv1a } from "./partitioner-fnv1a.ts";
import { stickyPartition, UNAVAILABLE } from "./partitioner-sticky.ts";
import { chooserFactory, type Partitioner, type PartitionerName, type PartitionView, STICKY } from "./partitioner.ts";

const view = (partitionCount: number, away: readonly number[] = []): PartitionView => ({
  topic: "t",
  partitionCount,
  isAvailable: (p) => !away.includes(p),
  partitionInfo: [],
});
const config =
  (text: RegExp) =>
  (e: unknown): boolean =>
    KafkaError.is(e) && e.kind === "config" && text.test(e.message);
const choose = (
  partitioner: PartitionerName | Partitioner,
  key: string | Uint8Array | null,
  at: PartitionView = view(17),
  random = 0,
): number => {
  const make = chooserFactory(partitioner, false, () => random);
  return make === undefined ? assert.fail("the default has no chooser") : make()(key, "v", undefined, 5, at);
};

test("keys go where librdkafka's partitioners put them, text and bytes alike", () => {
  const keys = [null, "", "23456", "this is another string with more length to it perhaps", "hejsan"];
  const any = null;
  // From librdkafka's own test of its partitioners (0048).
  const hashes: readonly (readonly [PartitionerName, readonly (number | null)[]])[] = [
    ["consistent", [0, 0, 0xb1b451d7, 0xb0150df7, 0xd077037e]],
    ["consistent_random", [any, any, 0xb1b451d7, 0xb0150df7, 0xd077037e]],
    ["murmur2", [0x106e08d9, 0x106e08d9, 0x058d780f, 0x4f7703da, 0x5ec19395]],
    ["murmur2_random", [any, 0x106e08d9, 0x058d780f, 0x4f7703da, 0x5ec19395]],
    ["fnv1a", [0x7ee3623b, 0x7ee3623b, 0x27e6f469, 0x155e3e5f, 0x17b1e27a]],
    ["fnv1a_random", [any, 0x7ee3623b, 0x27e6f469, 0x155e3e5f, 0x17b1e27a]],
  ];
  for (const [name, expected] of hashes) {
    for (const count of [1, 7, 17]) {
      keys.forEach((key, i) => {
        const hash = expected[i] ?? null;
        const partition = hash === null ? STICKY : hash % count;
        assert.equal(choose(name, key, view(count)), partition, `${name} of ${String(key)}`);
        if (key !== null) assert.equal(choose(name, utf8Encode(key), view(count)), partition);
      });
    }
  }
});

test("FNV-1a has Go's values, as Sarama takes them", () => {
  const known = {
    kafka: 0xd33c4e1,
    giberish123456789: 0x77a58295,
    "1234": 0x23bdd03,
    "234": 0x2dea3cd2,
    "34": 0x740fa83e,
    "4": 0x310ca263,
    "PreAmbleWillBeRemoved,ThePrePartThatIs": 0x65cbd69c,
    "": 0x7ee3623b,
  };
  for (const [key, hash] of Object.entries(known)) assert.equal(fnv1a(utf8Encode(key)), hash, key);
});

test("a key stays with its partition while others lose their leaders", () => {
  for (const name of ["consistent_random", "murmur2_random", "fnv1a_random"] as const) {
    const at = choose(name, "hejsan");
    assert.equal(choose(name, "hejsan", view(17, [at])), at);
  }
});

test("round robin visits all that have a leader in turn, whatever the key, and all where none has", () => {
  const next = chooserFactory("round_robin", false, () => 0.5)?.() ?? assert.fail("no chooser");
  const turn = (at: PartitionView, count: number): number[] =>
    Array.from({ length: count }, () => next("key", null, undefined, 0, at));
  assert.deepEqual(turn(view(4), 5), [2, 3, 0, 1, 2]);
  assert.deepEqual(turn(view(4, [3]), 4), [0, 1, 2, 0]);
  assert.deepEqual(new Set(turn(view(4, [0, 1, 2, 3]), 4)), new Set([0, 1, 2, 3]));
});

test("random takes any that has a leader, and any at all where none has", () => {
  assert.deepEqual(
    [0, 0.5, 0.99].map((random) => choose("random", "k", view(4, [1]), random)),
    [0, 2, 3],
  );
  assert.equal(choose("random", "k", view(2, [0, 1]), 0.99), 1);
});

test("a partitioner of one's own sees bytes and leaders; a wrong answer and a throw are errors that say so", () => {
  const seen: unknown[] = [];
  assert.equal(
    choose((record, context) => seen.push(record, context), "k", view(3, [1])),
    2,
  );
  assert.deepEqual(seen, [
    { key: Uint8Array.of(107), value: Uint8Array.of(118), headers: [], timestamp: 5 },
    { topic: "t", partitionCount: 3, availablePartitions: [0, 2], partitionInfo: [] },
  ]);
  for (const bad of [-1, 17, 0.5, NaN, "0", undefined])
    assert.throws(
      () => choose(() => bad as number, "k"),
      config(/returned .* for a record of topic t, which has partitions 0 to 16/),
    );
  assert.throws(
    () =>
      choose(() => {
        throw new Error("boom");
      }, "k"),
    config(/the partitioner threw .*boom/),
  );
});

test("a partitioner that there is not, and keys ignored by one that is named after them, are config errors", () => {
  assert.throws(() => chooserFactory("murmur3" as never, false, () => 0), config(/not "murmur3"/));
  assert.throws(() => chooserFactory("murmur2", true, () => 0), config(/partitionerIgnoreKeys/));
  assert.equal(
    chooserFactory("default", false, () => 0),
    undefined,
  );
  assert.equal(chooserFactory("default", true, () => 0)?.()("k", null, undefined, 0, view(3)), STICKY);
});

test("where more batches wait, fewer records go: Java's weights (KIP-794)", () => {
  const share = (waiting: readonly number[]): number[] => {
    const shares = waiting.map(() => 0);
    for (let i = 0; i < 2100; i++) {
      const partition = stickyPartition(waiting, (i + 0.5) / 2100);
      shares[partition] = (shares[partition] ?? 0) + 1;
    }
    return shares;
  };
  assert.deepEqual(share([5, 0, 3, 0, 1]), [100, 600, 300, 600, 500]);
  assert.deepEqual(share([4, 4, 4]), [700, 700, 700]);
  assert.deepEqual(share([UNAVAILABLE, 0, UNAVAILABLE, 2]), [0, 1575, 0, 525]);
  assert.deepEqual(share([UNAVAILABLE, UNAVAILABLE]), [1050, 1050]);
});

test("the sticky partition is one that is available, as long as there is one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1, max: 50 }), { minLength: 1, maxLength: 30 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (waiting, random) => {
        const partition = stickyPartition(waiting, random);
        assert.ok(partition >= 0 && partition < waiting.length);
        if (waiting.some((n) => n >= 0)) assert.ok((waiting[partition] ?? -1) >= 0);
      },
    ),
  );
});
