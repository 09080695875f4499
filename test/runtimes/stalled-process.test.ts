// A host that does not run the process for longer than the kit sleeps: the sleep ends in the turn in which the delays
// fire. The kit said then that a good runtime was broken (D15, on a machine with other work).
import { test } from "node:test";
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import { conformance, conformanceText } from "../../src/runtime/conformance.ts";
import { wheelRuntime } from "../../src/runtime/wheel-runtime.ts";

/** D14 is not among them: its callback throws, which would fail this process. */
const LAWS = ["D2", "D3", "D4", "D9", "D10", "D11", "D15", "D18"];

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** The process does nothing until the sleep is due. */
function stalled(ms: number): Promise<void> {
  const ended = sleep(ms);
  const due = performance.now() + ms + 2;
  while (performance.now() < due);
  return ended;
}

for (const [name, makeRuntime] of [
  ["the default runtime", nodeRuntime],
  ["a wheel over it", () => wheelRuntime({ runtime: nodeRuntime(), clock })],
] as const)
  test(`a stalled process: the kit finds nothing to complain of in ${name}`, async () => {
    const report = await conformance(makeRuntime, {
      sleep: stalled,
      monotonic: () => performance.now(),
      laws: LAWS,
    });
    assert.equal(report.laws.length, LAWS.length);
    assert.ok(report.passed, conformanceText(report));
  });
