import { test } from "node:test";
import assert from "node:assert/strict";
import { PerformanceObserver, constants } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { nodeAllocate } from "./allocate.ts";

test("memory has a buffer of its own, of the length that was asked for", () => {
  const allocate = nodeAllocate();
  for (const bytes of [0, 1, 4096, 131_072, 300_000]) {
    const memory = allocate(bytes);
    assert.deepEqual([memory.byteLength, memory.byteOffset, memory.buffer.byteLength], [bytes, 0, bytes]);
  }
});

test("large buffers that nothing keeps are freed by quick collections, not by markings of the whole heap", async () => {
  const kinds: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) kinds.push((entry as unknown as { detail: { kind: number } }).detail.kind);
  });
  observer.observe({ entryTypes: ["gc"] });
  const allocate = nodeAllocate();
  for (let i = 0; i < 300; i++) {
    allocate(3_000_000);
    await setImmediate();
  }
  await setImmediate();
  observer.disconnect();
  const count = (kind: number): number => kinds.filter((one) => one === kind).length;
  const [quick, whole] = [count(constants.NODE_PERFORMANCE_GC_MINOR), count(constants.NODE_PERFORMANCE_GC_MAJOR)];
  // Without the scrap Node 20 makes 24 and 0, Node 24 0 and 11.
  assert.ok(quick >= 45 && whole <= 4, `${quick} quick collections, ${whole} of the whole heap`);
});
