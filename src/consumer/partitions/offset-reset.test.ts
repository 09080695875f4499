import { test } from "node:test";
import assert from "node:assert/strict";
import { type Consumed, type ResetPolicy, resetPlace } from "./offset-reset.ts";

test("where reading goes on when the position is gone, by policy and by what was consumed", () => {
  const consumed = (position: number, consumedOffset = -1, consumedTimestamp = -1): Consumed => ({
    position,
    consumedOffset,
    consumedTimestamp,
  });
  const nearest: ResetPolicy = { autoOffsetReset: "nearest", startOffset: { tail: 3 } };
  const rows: readonly (readonly [ResetPolicy, Consumed, ReturnType<typeof resetPlace>])[] = [
    [{ autoOffsetReset: "earliest", startOffset: "latest" }, consumed(10, 9, 500), "earliest"],
    [{ autoOffsetReset: { tail: 5 }, startOffset: "latest" }, consumed(10, 9, 500), { tail: 5 }],
    [{ autoOffsetReset: undefined, startOffset: "latest" }, consumed(10, 9, 500), undefined],
    [nearest, consumed(10, 9, 500), { timestamp: 500 }],
    [nearest, consumed(10, 9, 0), { timestamp: 0 }],
    // Sought forward: no record after the last consumed one is skipped.
    [nearest, consumed(1000, 9, 500), { timestamp: 500 }],
    [nearest, consumed(9, 9, 500), { timestamp: 500 }], // in hand when the loop was left: it is the next again
    [nearest, consumed(3, 9, 500), { tail: 3 }], // sought back: the records from 3 on are older
    [nearest, consumed(10), { tail: 3 }],
    [nearest, consumed(10, 9, -1), { tail: 3 }], // a record without a timestamp
    [{ autoOffsetReset: "nearest", startOffset: undefined }, consumed(10), undefined],
  ];
  for (const [policy, what, place] of rows)
    assert.deepEqual(resetPlace(policy, what), place, JSON.stringify([policy, what]));
});
