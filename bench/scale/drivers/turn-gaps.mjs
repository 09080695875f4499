// The longest time between two turns of the event loop, by a loop that asks for one turn after the other.
import { threadCpuMs, turn } from "./client.mjs";

/**
 * Watches for so long: the longest gap in ms, and the longest in which the main thread worked. That is the smaller of
 * the gap and of its CPU time, which Linux counts by ticks of some 4 ms.
 */
export async function longestGap(forMs) {
  let longest = { ms: 0, workMs: 0 };
  let at = performance.now();
  let cpu = threadCpuMs();
  const until = at + forMs;
  while (at < until) {
    await turn();
    const nowAt = performance.now();
    const nowCpu = threadCpuMs();
    const ms = nowAt - at;
    longest = { ms: Math.max(longest.ms, ms), workMs: Math.max(longest.workMs, Math.min(ms, nowCpu - cpu)) };
    at = nowAt;
    cpu = nowCpu;
  }
  return longest;
}
