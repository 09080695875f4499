import { test } from "node:test";
import assert from "node:assert/strict";
import type { Delay } from "../runtime/async-runtime.ts";
import { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import { Waits } from "./waits.ts";

test("thousands of warnings at one moment are five lines, and each is compared with a few others", (t) => {
  const never: Delay = { then: () => undefined, [Symbol.dispose]: () => undefined };
  const clock = { now: () => 0, monotonic: () => 0 };
  const lines: string[] = [];
  const waits = new Waits({
    clock,
    deadlines: new DeadlineWheel({ clock, runtime: { spawn: () => undefined, delayFor: () => never } }),
    longestPauseMs: 1000,
    log: (_, message) => lines.push(message),
    pending: () => [],
  });
  const includes = t.mock.method(String.prototype, "includes");
  for (let i = 0; i < 3000; i++) waits.say(`topic ${i}: no leader`, `topic ${i}: no leader`);
  waits.say("another wait: topic 0: no leader", "topic 0: no leader");
  const comparisons = includes.mock.callCount();
  t.mock.restoreAll();
  assert.equal(lines.length, 5);
  assert.ok(comparisons <= 3000 * 50, `${comparisons} comparisons`);
});
