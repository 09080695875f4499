import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../../errors/kafka-error.ts";
import { checkedReset, checkedSpec, checkedStart, parseIsoDuration, tailOf, timestampOf } from "./offset-spec.ts";

const isConfig =
  (word: string) =>
  (error: unknown): boolean =>
    KafkaError.is(error) && error.kind === "config" && error.message.includes(word);

test("durations as java.time.Duration reads them", () => {
  const durations: readonly (readonly [string, number | undefined])[] = [
    ["PT1H", 3_600_000],
    ["P1D", 86_400_000],
    ["P2DT3H4M5S", 183_845_000],
    ["PT0.5S", 500],
    ["PT1.123456789S", 1123],
    ["pt15m", 900_000],
    ["PT0S", 0],
    ["PT36H", 129_600_000],
    ["", undefined],
    ["P", undefined],
    ["PT", undefined],
    ["P1DT", undefined],
    ["1H", undefined],
    ["PT-1H", undefined],
    ["P1Y", undefined],
    ["P1M", undefined],
    ["PT1H ", undefined],
    ["PT1,5S", undefined],
    ["PT99999999999999999H", undefined],
  ];
  for (const [text, ms] of durations) assert.equal(parseIsoDuration(text), ms, text);
});

test("every duration of days, hours, minutes and seconds is the sum of its parts", () => {
  const part = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(part, part, part, part, (d, h, m, s) => {
      assert.equal(parseIsoDuration(`P${d}DT${h}H${m}M${s}S`), d * 86_400_000 + h * 3_600_000 + m * 60_000 + s * 1000);
    }),
  );
});

test("autoOffsetReset: what it takes, and what it refuses by name", () => {
  assert.equal(checkedReset(undefined), "earliest");
  assert.equal(checkedReset("latest"), "latest");
  assert.equal(checkedReset("none"), undefined);
  assert.deepEqual(checkedReset("by_duration:PT1H"), { durationMs: 3_600_000 });
  assert.deepEqual(checkedReset({ durationMs: 5 }), { durationMs: 5 });
  assert.equal(checkedReset("nearest"), "nearest");
  assert.deepEqual(checkedReset({ timestamp: 5 }), { timestamp: 5 });
  assert.deepEqual(checkedReset({ tail: 5 }), { tail: 5 });
  for (const wrong of WRONG_POLICIES)
    assert.throws(
      () => checkedReset(wrong),
      isConfig(
        'autoOffsetReset takes "none", "nearest", "earliest", "latest", { timestamp }, { durationMs } or { tail }',
      ),
      typeof wrong,
    );
});

const WRONG_POLICIES = [
  "newest",
  "by_duration:1h",
  "by_duration:PT-1H",
  "by_duration:",
  5,
  0,
  null,
  true,
  "5",
  [],
  [5],
  {},
  { durationMs: -1 },
  { durationMs: 1.5 },
  { durationMs: "1" },
  { timestamp: -1 },
  { timestamp: Number.NaN },
  { timestamp: new Date(0) },
  { tail: -1 },
  { tail: Number.NaN },
  { tail: 0.5 },
  { tail: "5" },
  { tail: 5n },
  { tail: Infinity },
  { tail: undefined },
  { durationMs: 1, timestamp: 1 },
  { tail: 1, timestamp: 1 },
  { last: 5 },
  { offset: 5 },
];

test("startOffset: what it takes, and what it refuses by name", () => {
  for (const place of ["earliest", "latest", { durationMs: 5 }, { timestamp: 5 }, { tail: 5 }, { tail: 0 }])
    assert.deepEqual(checkedStart(place), place);
  assert.equal(checkedStart("none"), undefined);
  assert.deepEqual(checkedStart("by_duration:PT1H"), { durationMs: 3_600_000 });
  for (const wrong of [...WRONG_POLICIES, "nearest", undefined])
    assert.throws(
      () => checkedStart(wrong),
      isConfig(
        'startOffset takes "none", "earliest", "latest", { timestamp }, { durationMs } or { tail } with a whole ' +
          "number from 0",
      ),
      typeof wrong,
    );
  assert.throws(() => checkedStart({ tail: -1, timestamp: "x" }), isConfig('not { tail: -1, timestamp: "x" }'));
});

test("a place: what it takes, and what it refuses by name", () => {
  for (const spec of [0, 7, "earliest", "latest", { timestamp: 3 }, { durationMs: 0 }, { tail: 3 }] as const)
    assert.deepEqual(checkedSpec("seek", spec), spec);
  for (const wrong of [
    -1,
    1.5,
    Number.NaN,
    "newest",
    "none",
    undefined,
    null,
    {},
    { timestamp: -1 },
    { timestamp: "1" },
    { durationMs: Number.NaN },
    { timestamp: 1, durationMs: 1 },
    { tail: -1 },
    "nearest",
    [3],
  ])
    assert.throws(() => checkedSpec("seek", wrong), isConfig("seek takes"));
});

test("what ListOffsets is asked for", () => {
  assert.equal(timestampOf("latest", 1000), -1);
  assert.equal(timestampOf("earliest", 1000), -2);
  assert.equal(timestampOf({ timestamp: 17 }, 1000), 17);
  assert.equal(timestampOf({ durationMs: 17 }, 1000), 983);
  assert.equal(timestampOf({ durationMs: 1001 }, 1000), 0, "never one of the special times, which are below 0");
  assert.equal(timestampOf({ tail: 17 }, 1000), -1, "the end, from which it is counted");
  assert.deepEqual(
    [
      tailOf({ tail: 17 }),
      tailOf({ tail: 0 }),
      tailOf("latest"),
      tailOf({ timestamp: 5 }),
      tailOf("committed"),
      tailOf(undefined),
    ],
    [17, 0, undefined, undefined, undefined, undefined],
  );
});
