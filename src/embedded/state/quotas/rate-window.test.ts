import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RateWindow } from "./rate-window.ts";

/** Records the values at their times, and returns the throttle time after each. */
function play(perSecond: number, events: readonly (readonly [atMs: number, value: number])[]): number[] {
  const window = new RateWindow();
  return events.map(([atMs, value]) => {
    window.record(value, atMs);
    return window.throttleMs(perSecond, atMs);
  });
}

test("a window counts as ten seconds until it is that long", () => {
  for (const [what, events, expected] of [
    ["ten seconds' worth at once is within the quota", [[0, 1000]], [0]],
    ["one byte more is not", [[0, 1001]], [10]],
    ["a burst that is twice too large costs a whole window", [[0, 2000]], [10_000]],
    [
      "what was sent before counts",
      [
        [0, 1000],
        [500, 100],
      ],
      [0, 500],
    ],
    [
      "within the first ten seconds a window grows only by parts of a second",
      [
        [0, 1000],
        [5700, 107],
      ],
      [0, 370],
    ],
    [
      "after eleven seconds the first sample counts no more",
      [
        [0, 1000],
        [5000, 100],
        [11_000, 900],
      ],
      [0, 1000, 0],
    ],
    [
      "shortly before that it does",
      [
        [0, 1000],
        [5000, 100],
        [10_999, 900],
      ],
      [0, 1000, 9001],
    ],
    [
      "a negative value takes back",
      [
        [0, 1500],
        [0, -1500],
        [0, 1000],
      ],
      [5000, 0, 0],
    ],
  ] as const)
    assert.deepEqual(play(100, events), expected, what);
});

test("a client that honours each throttle time is not faster than its quota, beyond the bursts of empty windows", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 1_000_000 }),
      fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 300 }),
      (perSecond, sizes) => {
        const window = new RateWindow();
        let nowMs = 0;
        let sent = 0;
        for (const size of sizes) {
          window.record(size, nowMs);
          sent += size;
          const throttleMs = window.throttleMs(perSecond, nowMs);
          assert.ok(Number.isInteger(throttleMs) && throttleMs >= 0);
          nowMs += throttleMs;
        }
        // Each window of 11 seconds admits the bytes of at most 10 seconds, and the request that goes beyond them.
        const windows = Math.floor(nowMs / 11_000) + 1;
        assert.ok(sent <= (windows * 10 + 1) * perSecond + (windows + 1) * 300_000, `${sent} bytes in ${nowMs} ms`);
      },
    ),
  );
});

test("an idle window is like a new one", () => {
  const window = new RateWindow();
  window.record(5000, 0);
  assert.equal(window.isIdle(10_999), false);
  assert.equal(window.isIdle(11_000), true);
  assert.equal(window.throttleMs(100, 11_000), 0);
});
