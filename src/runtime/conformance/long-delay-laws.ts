import { type Bench, type Finding, type Law, must, start } from "./law.ts";
import { letPass, until } from "./waits.ts";

const TOO_LONG = [2 ** 31, 2 ** 32 + 5, 1e12, Number.MAX_SAFE_INTEGER] as const;
const LONGEST_MS = 5000;
/** Waits of the client (requests, sessions, metadata, idle connections), and lengths at which a wheel wraps. */
const LONG = [
  ...[10_000, 30_000, 60_000, 120_000, 300_000, 540_000, 3_600_000, 86_400_000, 604_800_000],
  ...Array.from({ length: 21 }, (_, i) => (1 << (i + 10)) + 7),
  ...[1e4, 1e5, 1e6, 1e7, 1e8, 1e9].map((length) => length + 7),
];
const WATCHED_MS = 300;
/** A delay that is later than this does not fire at all, for D20. */
const LATE_MS = 2000;
/** A delay that is over after this part of its time was cut short, for D20. One that is a little early breaks D1. */
const CUT_SHORT = 0.95;

/** D5 and D6: durations that timers of hosts do not have. */
export function tooLongLaws(): readonly Law[] {
  return [
    {
      id: "D5",
      title: "durations above 2^31-1 ms do not fire at once",
      check: (bench) => doNotFire(bench, TOO_LONG, 20),
    },
    {
      id: "D6",
      title: "Infinity never fires, and can be disposed",
      check: (bench) => doNotFire(bench, [Number.POSITIVE_INFINITY], 20),
    },
  ];
}

/** D20 and D21: delays of a second and more. */
export function longDelayLaws(): readonly Law[] {
  return [
    { id: "D20", title: "delays of a second and more fire, and are not cut short", check: fire },
    {
      id: "D21",
      title: "delays of seconds to days are not cut short",
      check: (bench) => doNotFire(bench, LONG, WATCHED_MS),
    },
  ];
}

/** Watches delays for as long as a short one takes. In virtual time they may fire in it, but not before their time. */
async function doNotFire(bench: Bench, durations: readonly number[], watchedMs: number): Promise<Finding> {
  const { monotonic } = bench;
  const early: string[] = [];
  const delays = durations.map((ms) => {
    const from = monotonic();
    return start({ ...bench, late: () => undefined }, ms, () => {
      if (monotonic() - from < ms / 2) early.push(`delayFor(${ms}) fired after ${(monotonic() - from).toFixed(0)} ms`);
    });
  });
  await letPass(bench, watchedMs);
  const [seen] = early;
  for (const delay of delays) delay[Symbol.dispose]();
  must(seen === undefined, seen ?? "");
  return undefined;
}

async function fire(bench: Bench): Promise<Finding> {
  const longest = bench.longestDelayMs ?? LONGEST_MS;
  const durations = [...[1000, 1500, 2500].filter((ms) => ms < longest), longest];
  const fired = new Map<number, number>();
  const delays = durations.map((ms) => {
    const from = bench.monotonic();
    return start(bench, ms, () => fired.set(ms, bench.monotonic() - from));
  });
  let waitedFrom = 0;
  for (const ms of durations) {
    await until(bench, () => fired.has(ms), { atMostMs: ms - waitedFrom + LATE_MS });
    if (!fired.has(ms)) break;
    waitedFrom = ms;
  }
  for (const delay of delays) delay[Symbol.dispose]();
  const never = durations.find((ms) => !fired.has(ms));
  must(never === undefined, `delayFor(${never ?? ""}) had not fired ${LATE_MS} ms after its time`);
  for (const [ms, took] of fired) must(took >= ms * CUT_SHORT, `delayFor(${ms}) fired after ${took.toFixed(0)} ms`);
  return `up to ${longest} ms`;
}
