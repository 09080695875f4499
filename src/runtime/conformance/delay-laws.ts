import { callbackLaws } from "./callback-laws.ts";
import { disposeLaws } from "./dispose-laws.ts";
import { type Bench, type Finding, type Law, must, start } from "./law.ts";
import { longDelayLaws, tooLongLaws } from "./long-delay-laws.ts";
import { inOrder } from "./order-law.ts";
import { turnLaws } from "./turn-laws.ts";
import { letPass, until } from "./waits.ts";

/**
 * The laws of `delayFor`. D16 is missing on purpose: a second `then` on one delay is not promised. D17 is only
 * information.
 */
export function delayLaws(): readonly Law[] {
  const own: readonly Law[] = [
    { id: "D1", title: "never early, by the monotonic clock", check: neverEarly },
    { id: "D2", title: "deadlines 5 ms apart fire in their order", check: inOrder },
    { id: "D3", title: "200 equal deadlines fire once each", check: equalDeadlines },
    { id: "D4", title: "0, negative numbers and NaN fire soon, and never inside delayFor or then", check: zeroAndLess },
  ];
  return [...own, ...tooLongLaws(), ...disposeLaws(), ...callbackLaws(), ...turnLaws(), ...longDelayLaws()].sort(
    (a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)),
  );
}

/** How late delays of 10 ms fire, in ms: the median of 20. This is information (D17), never a failure. */
export async function lateness(bench: Bench): Promise<number | undefined> {
  const late: number[] = [];
  for (let i = 0; i < 20; i++) {
    const due = bench.monotonic() + 10;
    const before = late.length;
    const delay = start(bench, 10, () => late.push(bench.monotonic() - due));
    const fired = await until(bench, () => late.length > before);
    delay[Symbol.dispose]();
    if (!fired) return undefined;
  }
  return late.sort((a, b) => a - b)[10];
}

async function neverEarly(bench: Bench): Promise<Finding> {
  const { monotonic } = bench;
  const readings: number[] = [];
  const rests: number[] = [];
  const delays = [];
  for (let i = 0; i < 500; i++) {
    const ms = 1 + (i % 40) * 0.7;
    const from = monotonic();
    delays.push(
      start(bench, ms, () => {
        const at = monotonic();
        readings.push(from, at);
        rests.push(from + ms - at);
      }),
    );
    if (i % 25 === 0) await bench.sleep(1);
  }
  await until(bench, () => rests.length >= 500, { progress: () => rests.length });
  for (const delay of delays) delay[Symbol.dispose]();
  const grain = grainOf(readings);
  const early = rests.filter((rest) => rest > grain);
  must(early.length === 0, `${early.length} of 500 fired early, the worst by ${Math.max(...early).toFixed(3)} ms`);
  must(rests.length > 0, "none of 500 delays fired");
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
  if (pending === 0) await letPass(bench, 10); // one that fires twice may do so later
  for (const delay of delays) delay[Symbol.dispose]();
  const twice = fired.filter((count) => count > 1).length;
  must(pending === 0, `${pending} of 200 never fired`);
  must(twice === 0, `${twice} of 200 fired more than once`);
  return undefined;
}

async function zeroAndLess(bench: Bench): Promise<Finding> {
  for (const ms of [0, -1, Number.NaN, Number.NEGATIVE_INFINITY]) {
    let fired = false;
    const delay = start(bench, ms, () => {
      fired = true;
    });
    const inside = fired;
    await until(bench, () => fired);
    delay[Symbol.dispose]();
    must(!inside, `delayFor(${ms}) called back inside then`);
    must(fired, `delayFor(${ms}) did not fire`);
  }
  return undefined;
}
