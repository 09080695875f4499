// 1,000,000 delays made and disposed after a warm-up; prints by how many bytes the heap grew, and how often it was
// collected between the readings.
//   node --expose-gc --min-semi-space-size=128 --max-semi-space-size=128 pool-child.js NAME
import { PerformanceObserver } from "node:perf_hooks";
import { shippedRuntimes } from "./shipped-runtimes.ts";

const runtime = shippedRuntimes.find(({ name }) => name === process.argv[2])?.make();
if (runtime === undefined) throw new Error(`no runtime ${String(process.argv[2])}`);
let collections = 0;
const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
observer.observe({ entryTypes: ["gc"] });
const cycles = (count: number): void => {
  for (let i = 0; i < count; i++) runtime.delayFor(1000)[Symbol.dispose]();
};
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
for (let round = 0; round < 6; round++) {
  cycles(100_000);
  await turn();
}
if (globalThis.gc === undefined) throw new Error("run me with --expose-gc");
globalThis.gc();
await turn();
collections = 0;
const before = process.memoryUsage().heapUsed;
cycles(1_000_000);
const grown = process.memoryUsage().heapUsed - before;
await turn();
process.stdout.write(JSON.stringify({ grown, collections }), () => process.exit(0));
