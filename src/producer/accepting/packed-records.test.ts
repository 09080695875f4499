import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { BatchBuilder } from "../../records/batch-builder.ts";
import type { Headers } from "../../records/headers.ts";
import { utf8Encode } from "../../wire/utf8.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import type { Settle } from "../partition/batch.ts";
import { PackedRecords, type WaitingRecord } from "./packed-records.ts";

type Part = Uint8Array | string | null;
interface Given {
  readonly partition: number;
  readonly key: Part;
  readonly value: Part;
  readonly headers: Headers | undefined;
  readonly timestamp: number;
  /** How much later than the record before it was created. */
  readonly laterMs: number;
  readonly bytes: number;
  readonly isAwaited: boolean;
  readonly settings: BatchSettings | undefined;
}
const SETTINGS: readonly BatchSettings[] = ([-1, 0, 1] as const).map((acks) => ({
  acks,
  requestTimeoutMs: 1,
  acksTimeoutMs: 1,
  compressions: [],
}));

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 2000 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
);
const headers: fc.Arbitrary<Headers | undefined> = fc.option(
  fc.array(fc.tuple(fc.string(), fc.oneof(fc.constant(null), fc.uint8Array({ maxLength: 20 }))), { maxLength: 3 }),
  { nil: undefined },
);
const record: fc.Arbitrary<Given> = fc.record({
  partition: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 31 - 1 })),
  key: part,
  value: part,
  headers,
  timestamp: fc.maxSafeNat(),
  laterMs: fc.constantFrom(0, 0, 0.25, 7),
  bytes: fc.nat(),
  isAwaited: fc.boolean(),
  settings: fc.constantFrom(undefined, ...SETTINGS),
});
const bytesOf = (given: Part): Uint8Array | null => (typeof given === "string" ? utf8Encode(given) : given);
const newSettle = (): Settle => () => undefined;

/** The records in a list, and packed; the expectation and the promise of each. */
function packed(given: readonly Given[]) {
  const records = new PackedRecords();
  let createdMs = 0.125;
  const expected = given.map((one) => {
    createdMs += one.laterMs;
    const settle = one.isAwaited ? newSettle() : undefined;
    const { partition, timestamp, bytes, settings } = one;
    const seen = structuredClone({
      key: bytesOf(one.key),
      value: bytesOf(one.value),
      headers: one.headers === undefined || one.headers.length === 0 ? undefined : one.headers,
    });
    records.add(partition, one.key, one.value, one.headers, timestamp, createdMs, bytes, settle, settings);
    for (const field of [one.key, one.value, ...(one.headers ?? []).map(([, content]) => content)])
      if (field instanceof Uint8Array) field.fill(255); // the caller uses its buffers again
    return { partition, timestamp, bytes, createdMs, settle, settings, ...seen };
  });
  return { records, expected };
}

function seen(waiting: WaitingRecord) {
  const { partition, timestamp, bytes, createdMs, settle, settings, key, value, headers: given } = waiting;
  return { partition, timestamp, bytes, createdMs, settle, settings, key, value, headers: given };
}

function drain(records: PackedRecords) {
  const all = [];
  for (let { first } = records; first !== undefined; first = records.first) {
    all.push(seen(first));
    records.drop();
  }
  return all;
}

test("packed records come out as they went in, in order, also after the caller has filled its buffers again", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 40 }), (given) => {
      const { records, expected } = packed(given);
      assert.equal(records.length, expected.length);
      assert.deepEqual(drain(records), expected);
      assert.equal(records.length, 0);
    }),
  );
});

test("records can be added while others are dropped", () => {
  const records = new PackedRecords();
  const values: string[] = [];
  for (let i = 0; i < 30_000; i++) {
    records.add(i, null, String(i), undefined, i, Math.floor(i / 7), i, i % 2 === 0 ? newSettle() : undefined);
    if (i % 3 === 0) continue;
    values.push(new TextDecoder().decode(records.first?.value ?? undefined));
    records.drop();
  }
  values.push(...drain(records).map(({ value }) => new TextDecoder().decode(value ?? undefined)));
  assert.deepEqual(
    values,
    Array.from({ length: 30_000 }, (_, i) => String(i)),
  );
});

test("a withdrawn record is gone, and the others keep their promises", () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 30 }), fc.nat(), fc.nat(), (given, which, dropped) => {
      const { records, expected } = packed(given);
      for (let i = dropped % expected.length; i > 0; i--) {
        assert.ok(records.first !== undefined);
        records.drop();
        expected.shift();
      }
      const at = which % expected.length;
      const { settle, bytes } = expected[at] ?? {};
      if (settle === undefined) return;
      assert.equal(records.withdraw(settle), bytes);
      assert.equal(records.withdraw(settle), undefined);
      expected.splice(at, 1);
      assert.equal(records.length, expected.length);
      assert.deepEqual(drain(records), expected);
    }),
  );
});

test("the oldest records are taken off, and what is added to the rest does not join them", () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 30 }), fc.nat(), record, (given, which, later) => {
      const { records, expected } = packed(given);
      const untilMs = expected[which % expected.length]?.createdMs ?? 0;
      const taken = records.takeWhile((createdMs) => createdMs <= untilMs);
      const settle = newSettle();
      records.add(later.partition, "later", null, undefined, later.timestamp, 1e6, later.bytes, settle);
      assert.deepEqual(
        drain(taken),
        expected.filter(({ createdMs }) => createdMs <= untilMs),
      );
      const rest = drain(records);
      assert.equal(rest.pop()?.settle, settle);
      assert.deepEqual(
        rest,
        expected.filter(({ createdMs }) => createdMs > untilMs),
      );
    }),
  );
});

test("a batch of packed records has the bytes of one of the same records", () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 100, max: 9000 }),
      (given, most) => {
        const records = new PackedRecords();
        const [plain, fromPacked] = [new BatchBuilder(64), new BatchBuilder(64)];
        for (const { key, value, headers: some, timestamp } of given) {
          records.add(0, key, value, some, timestamp, 0, 0, undefined);
          const { first } = records;
          assert.ok(first !== undefined);
          assert.equal(
            fromPacked.tryAppendPacked(first, first.timestamp, most),
            plain.tryAppend(key, value, some, timestamp, most),
          );
          records.drop();
        }
        const stamp = { producerId: 1, producerEpoch: 0, baseSequence: 0 };
        assert.deepEqual(fromPacked.seal(stamp), plain.seal(stamp));
      },
    ),
  );
});
