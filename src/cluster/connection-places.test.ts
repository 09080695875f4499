import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { DRAIN_FETCH_MS, nextStep, type PlaceState, type Step, TENURE_MS } from "./connection-places.ts";

const NOW = 10_000;
const busy: PlaceState = {
  openedMs: 1000,
  idleSinceMs: undefined,
  wasUsed: true,
  drainingSinceMs: undefined,
  onlyFetches: false,
  isPinned: false,
};
const opening: PlaceState = { ...busy, openedMs: undefined, wasUsed: false };
const idle: PlaceState = { ...busy, idleSinceMs: 9000 };
const fresh: PlaceState = { ...busy, openedMs: NOW - 50, idleSinceMs: NOW - 50, wasUsed: false };

const TABLE: readonly (readonly [what: string, places: readonly PlaceState[], waiting: number, expected: Step])[] = [
  ["there is room", [busy], 1, { do: "open" }],
  ["the one that was idle longest", [idle, { ...idle, idleSinceMs: 8000 }], 1, { do: "close", at: 1 }],
  ["idle before busy", [busy, idle], 1, { do: "close", at: 1 }],
  ["a new one gets its first request", [opening, fresh], 1, { do: "wait", ms: TENURE_MS - 50 }],
  ["a new one that gets none", [busy, { ...fresh, openedMs: NOW - TENURE_MS }], 1, { do: "close", at: 1 }],
  ["the oldest makes room", [{ ...busy, openedMs: 2000 }, busy], 1, { do: "drain", at: 1 }],
  ["one for each that waits", [busy, { ...busy, drainingSinceMs: 9900 }], 1, { do: "wait", ms: DRAIN_FETCH_MS - 100 }],
  ["another for the second", [busy, { ...busy, drainingSinceMs: 9900 }], 2, { do: "drain", at: 0 }],
  ["a member that waits for its group stays", [{ ...busy, isPinned: true }, busy], 1, { do: "drain", at: 1 }],
  [
    "a long fetch is ended",
    [busy, { ...busy, drainingSinceMs: NOW - DRAIN_FETCH_MS, onlyFetches: true }],
    1,
    { do: "close", at: 1 },
  ],
  [
    "other requests are not ended",
    [
      { ...busy, isPinned: true },
      { ...busy, drainingSinceMs: NOW - DRAIN_FETCH_MS },
    ],
    1,
    { do: "wait", ms: DRAIN_FETCH_MS },
  ],
  ["all are being opened", [opening, opening], 3, { do: "wait", ms: DRAIN_FETCH_MS }],
];

for (const [what, places, waiting, expected] of TABLE)
  test(`a client needs another connection: ${what}`, () => {
    assert.deepEqual(nextStep(places, 2, waiting, NOW), expected);
  });

const time = fc.integer({ min: 0, max: NOW });
const place: fc.Arbitrary<PlaceState> = fc.record({
  openedMs: fc.option(time, { nil: undefined }),
  idleSinceMs: fc.option(time, { nil: undefined }),
  wasUsed: fc.boolean(),
  drainingSinceMs: fc.option(time, { nil: undefined }),
  onlyFetches: fc.boolean(),
  isPinned: fc.boolean(),
});

test("no step opens above the limit, ends an opening or a pinned connection, or waits for no time", () => {
  fc.assert(
    fc.property(fc.array(place, { maxLength: 8 }), fc.integer({ min: 1, max: 6 }), fc.nat(5), (places, max, more) => {
      const step = nextStep(places, max, more + 1, NOW);
      if (places.length < max) assert.equal(step.do, "open");
      else assert.notEqual(step.do, "open");
      if (step.do === "wait") assert.ok(step.ms > 0 && step.ms <= DRAIN_FETCH_MS);
      if (step.do === "drain") {
        const found = places[step.at];
        assert.ok(found?.openedMs !== undefined && found.drainingSinceMs === undefined && !found.isPinned);
      }
      if (step.do === "close") {
        const found = places[step.at];
        assert.ok(
          found?.idleSinceMs !== undefined || (found?.onlyFetches === true && found.drainingSinceMs !== undefined),
        );
      }
    }),
  );
});
