import type { Delay } from "../async-runtime.ts";
import { callbackLaws } from "./callback-laws.ts";
import { disposeLaws } from "./dispose-laws.ts";
import { type Bench, type Finding, type Law, must, start } from "./law.ts";
import { longDelayLaws, tooLongLaws } from "./long-delay-laws.ts";
import { inOrder } from "./order-law.ts";
import { turnLaws } from "./turn-laws.ts";
import { letPass, until } from "./waits.ts";

/** The delays of D1: of 1 to 28 ms, and of up to a second. */
const SHORT = 500;
const LONGER = 100;
/** The figure of D17 takes no longer than this, in ms. */
const LATENESS_MS = 2000;

/**
 * The laws of `delayFor`. D16 is missing on purpose: a second `then` on one delay is not promised. D17 is only
 * information.
 */
export function delayLaws(): readonly Law[] {
  const own: readonly Law[] = [
    { id: "D1", title: "never early, by the monotonic clock", check: neverEarly },
    { id: "D2", title: "deadlines 5 ms apart fire in their order", check: inOrder },
    { id: "D3", title: "200 equal deadlines fire once each", turn: "last", check: equalDeadlines },
    { id: "D4", title: "0, negative numbers and NaN fire soon, and never inside delayFor or then", check: zeroAndLess },
  ];
  return [...own, ...tooLongLaws(), ...disposeLaws(), ...callbackLaws(), ...turnLaws(), ...longDelayLaws()].sort(
    (a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)),
  );
}

/** How late delays of 10 ms fire, in ms: the median of up to 20. This is information (D17), never a failure. */
export async function lateness(bench: Bench): Promise<number | undefined> {
  const late: number[] = [];
  const ends = bench.hostMs() + LATENESS_MS;
  for (let i = 0; i < 20 && (i === 0 || bench.hostMs() < ends); i++) {
    const due = bench.monotonic() + 10;
    const before = late.length;
    const delay = start(bench, 10, () => late.push(bench.monotonic() - due));
    const fired = await until(bench, () => late.length > before);
    delay[Symbol.dispose]();
    if (!fired) return undefined;
  }
  return late.sort((a, b) => a - b)[late.length >> 1];
}

async function neverEarly(bench: Bench): Promise<Finding> {
  const { monotonic } = bench;
  const readings: number[] = [];
  const fired: { readonly ms: number; readonly rest: number }[] = [];
  const delays: Delay[] = [];
  const durations = [
    ...Array.from({ length: LONGER }, (_, i) => 1000 - i * 9.7),
    ...Array.from({ length: SHORT }, (_, i) => 1 + (i % 40) * 0.7),
  ];
  for (const [i, ms] of durations.entries()) {
    const from = monotonic();
    delays.push(
      start(bench, ms, () => {
        const at = monotonic();
        readings.push(from, at);
        fired.push({ ms, rest: from + ms - at });
      }),
    );
    if (i % 25 === 0) await bench.sleep(1);
  }
  await until(bench, () => fired.length >= durations.length, { progress: () => fired.length });
  for (const delay of delays) delay[Symbol.dispose]();
  const grain = grainOf(readings);
  const early = fired.filter(({ rest }) => rest > grain).sort((a, b) => b.rest - a.rest);
  const worst = early[0] ?? { ms: 0, rest: 0 };
  must(
    early.length === 0,
    `${early.length} of ${durations.length} fired early, the worst by ${worst.rest.toFixed(3)} ms: ` +
      `delayFor(${Number(worst.ms.toFixed(1))})`,
  );
  must(fired.length > 0, `none of ${durations.length} delays fired`);
  return undefined;
}

/** The precision of a clock: one of whole ms shows a delay of 1.7 ms as one of 1 ms, any other rounds a little. */
function grainOf(readings: readonly number[]): number {
  return readings.every((reading) => Number.isInteger(reading)) ? 1 : 0.001;
}

async function equalDeadlines(bench: Bench): Promise<Finding> {
  const fired = new Array<number>(200).fill(0);
  let pending = fired.length;
  const delays = fired.map((_, i) =>
    start(bench, 10, () => {
      fired[i] = (fired[i] ?? 0) + 1;
      if (fired[i] === 1) pending--;
    }),
  );
  await until(bench, () => pending === 0, { progress: () => pending });
  if (pending === 0) await letPass(bench, 50); // one that fires twice may do so later
  for (const delay of delays) delay[Symbol.dispose]();
  const twice = fired.filter((count) => count > 1).length;
  must(pending === 0, `${pending} of 200 never fired`);
  must(twice === 0, `${twice} of 200 fired more than once`);
  return undefined;
}

async function zeroAndLess(bench: Bench): Promise<Finding> {
  const durations = [0, -1, Number.NaN, Number.NEGATIVE_INFINITY];
  const fired = new Set<number>();
  const inside: number[] = [];
  const delays = durations.map((ms) => {
    const delay = start(bench, ms, () => fired.add(ms));
    if (fired.has(ms)) inside.push(ms);
    return delay;
  });
  await until(bench, () => fired.size === durations.length, { progress: () => fired.size });
  for (const delay of delays) delay[Symbol.dispose]();
  must(inside.length === 0, `delayFor(${inside.join("), delayFor(")}) called back inside then`);
  const never = durations.filter((ms) => !fired.has(ms));
  must(never.length === 0, `delayFor(${never.join("), delayFor(")}) did not fire`);
  return undefined;
}
