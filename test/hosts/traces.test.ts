// The traces of the simulator on every other runtime: older Nodes, Deno, and Node with flags that change how it works.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reportOn, testTraces } from "./traces.ts";

const FEW = [18, 22, 30];
const expected = testTraces(["node-20", "node-22", "node-24", "deno"]);

for (const flags of [["--jitless"], ["--max-semi-space-size=1", "--max-old-space-size=200"]]) {
  test(`node ${flags.join(" ")}: the same traces`, () => {
    const report = reportOn([process.execPath, ...flags], FEW);
    for (const seed of FEW) assert.equal(report.traces[seed], expected().traces[seed]);
  });
}
