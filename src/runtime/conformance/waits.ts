import { type Bench, start } from "./law.ts";

/**
 * Waits for an event. Returns whether it happened before `atMostMs` passed without progress; `progress` is a number
 * that changes while the runtime works.
 *
 * The time is counted in sleeps, so that a process that the host did not run for a while does not blame the runtime.
 */
export async function until(
  bench: Bench,
  happened: () => boolean,
  {
    atMostMs = bench.patience.ms,
    progress = () => 0,
  }: { readonly atMostMs?: number; readonly progress?: () => number } = {},
): Promise<boolean> {
  let before = progress();
  for (let waited = 0; !happened() && waited < atMostMs;) {
    const step = waited < 50 ? 1 : waited < 200 ? 5 : 20;
    await bench.sleep(step);
    bench.checkTime();
    waited += step;
    const now = progress();
    if (now !== before) waited = 0;
    before = now;
  }
  if (!happened()) bench.patience.end();
  return happened();
}

/** Gives the host several turns, so that everything that is due by now has run. */
export async function settle(bench: Bench): Promise<void> {
  for (let i = 0; i < 3; i++) await bench.sleep(1);
}

/**
 * Waits until a delay of `ms` that is made now has fired, and some turns longer. A delay that was made before and is
 * due no later has fired then too, on a runtime that rounds its delays up as well; unless no delay fires at all.
 */
export async function letPass(bench: Bench, ms: number): Promise<void> {
  let fired = false;
  const delay = start(bench, ms, () => {
    fired = true;
  });
  await until(bench, () => fired);
  delay[Symbol.dispose]();
  await settle(bench);
}

/** Calls `body` `count` times, or as often as it can within `atMostMs`. Returns how often. */
export function repeat(bench: Bench, count: number, atMostMs: number, body: (i: number) => void): number {
  const ends = bench.hostMs() + atMostMs;
  for (let i = 0; i < count; i++) {
    if (i % 64 === 63 && bench.hostMs() >= ends) return i;
    body(i);
  }
  return count;
}
