import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../../errors/kafka-error.ts";
import { type HealthFacts, verdictOn } from "./verdict.ts";

const LIMITS = { stuckAfterMs: 300, unreachableAfterMs: 60 };
const NOW_MS = 10_000;
const facts = (more: Partial<HealthFacts> = {}): HealthFacts => ({
  ...{ isClosing: false, fatal: undefined, isAway: false, busy: [], unreachable: [] },
  ...more,
});

test("each fact with its limit", () => {
  const since = (agoMs: number): { what: string; sinceMs: number } => ({ what: "it lasts", sinceMs: NOW_MS - agoMs });
  const away = "the member has left its group, because the application did not ask for records";
  const fatal = new KafkaError("fenced", "another instance has taken over");
  const table: readonly (readonly [Partial<HealthFacts>, isStuck: boolean, reasons: readonly string[]])[] = [
    [{}, false, []],
    [{ busy: [since(0), since(299)] }, false, []],
    [{ busy: [since(300)] }, true, ["it lasts for 300 ms (limit 300 ms)"]],
    [{ busy: [since(299), since(312.7)] }, true, ["it lasts for 312 ms (limit 300 ms)"]],
    [{ unreachable: [since(59)] }, false, []],
    [{ unreachable: [{ ...since(60), more: "refused" }] }, false, ["it lasts for 60 ms (limit 60 ms): refused"]],
    [{ isAway: true }, true, [away]],
    [{ fatal }, true, ["the consumer cannot go on: another instance has taken over"]],
    [
      { isAway: true, busy: [since(300)], unreachable: [since(60)] },
      true,
      [away, "it lasts for 300 ms (limit 300 ms)", "it lasts for 60 ms (limit 60 ms)"],
    ],
    [{ isClosing: true, fatal, isAway: true, busy: [since(999)] }, false, ["the consumer was closed"]],
  ];
  for (const [more, isStuck, reasons] of table)
    assert.deepEqual(verdictOn(facts(more), NOW_MS, LIMITS), { isStuck, reasons });
});

test("a consumer that looks unhealthy goes on to look so while nothing changes, and a higher limit has no more reasons", () => {
  const lasting = fc.array(fc.record({ what: fc.constant("it lasts"), sinceMs: fc.nat({ max: NOW_MS }) }));
  const limit = fc.integer({ min: 1, max: 2 * NOW_MS });
  fc.assert(
    fc.property(
      lasting,
      lasting,
      limit,
      limit,
      fc.nat({ max: 100_000 }),
      (busy, unreachable, stuckAfterMs, more, laterMs) => {
        const all = facts({ busy, unreachable });
        const limits = { stuckAfterMs, unreachableAfterMs: stuckAfterMs };
        const now = verdictOn(all, NOW_MS, limits);
        const later = verdictOn(all, NOW_MS + laterMs, limits);
        assert.ok(later.reasons.length >= now.reasons.length && (later.isStuck || !now.isStuck));
        const higher = verdictOn(all, NOW_MS, {
          stuckAfterMs: stuckAfterMs + more,
          unreachableAfterMs: stuckAfterMs + more,
        });
        assert.ok(higher.reasons.length <= now.reasons.length && (now.isStuck || !higher.isStuck));
      },
    ),
  );
});
