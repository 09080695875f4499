import type { Clock } from "../async-runtime.ts";
import { type Bench, type Finding, type Law, must, start, unmeasured } from "./law.ts";
import { repeat, settle, until } from "./waits.ts";

const NO_CLOCK = "the runtime has no clock of its own";
/** A clock may be this much faster than the host's before the kit says that it does not count ms. */
const TOO_FAST = 20;
/** The clock of a host may be adjusted during a try, so that one try says little. */
const TRIES = 3;

/** The laws of a runtime's own `clock`. A runtime without one keeps them all. */
export function clockLaws(): readonly Law[] {
  return [
    { id: "E1", title: "the runtime's own clock does not stand still", check: moves },
    { id: "E2", title: "its monotonic() never goes back", turn: "last", check: neverBack },
    { id: "E3", title: "its monotonic() advances by the ms that a delay takes", check: countsDelays },
    { id: "E4", title: "its now() counts milliseconds", check: countsMs },
  ];
}

async function moves(bench: Bench): Promise<Finding> {
  const clock = clockOf(bench);
  if (clock === undefined) return NO_CLOCK;
  const from = { now: clock.now(), monotonic: clock.monotonic() };
  for (const [name, value] of Object.entries(from) as [string, unknown][])
    must(
      typeof value === "number" && Number.isFinite(value),
      `${name}() returned ${typeof value === "number" ? String(value) : `a ${typeof value}`}, not a number of ms`,
    );
  // A virtual clock moves only while a delay waits.
  const delay = start(bench, 50, () => undefined);
  await until(bench, () => clock.now() !== from.now && clock.monotonic() !== from.monotonic);
  delay[Symbol.dispose]();
  for (const name of ["now", "monotonic"] as const)
    must(clock[name]() !== from[name], `${name}() returned ${from[name]} all the time`);
  return undefined;
}

async function neverBack(bench: Bench): Promise<Finding> {
  const clock = clockOf(bench);
  if (clock === undefined) return NO_CLOCK;
  if (isNoNumber(() => clock.monotonic())) return unmeasured("the clock gives no number");
  let [last, worst] = [clock.monotonic(), 0];
  const read = (): void => {
    const now = clock.monotonic();
    worst = Math.max(worst, last - now);
    last = now;
  };
  let pending = 0;
  const delays = [0, 1, 5, 10].map((ms) => {
    pending++;
    return start(bench, ms, () => {
      pending--;
      read();
    });
  });
  repeat(bench, 100_000, 100, read);
  await until(bench, () => (read(), pending === 0));
  for (const delay of delays) delay[Symbol.dispose]();
  must(worst === 0, `it went back by ${worst.toFixed(3)} ms`);
  return undefined;
}

async function countsDelays(bench: Bench): Promise<Finding> {
  const clock = clockOf(bench);
  return clock === undefined ? NO_CLOCK : counts(bench, "monotonic", () => clock.monotonic(), 100, 98);
}

async function countsMs(bench: Bench): Promise<Finding> {
  const clock = clockOf(bench);
  return clock === undefined ? NO_CLOCK : counts(bench, "now", () => clock.now(), 100, 50);
}

/** Whether E1 has something to say about it: the other laws do not apply then. */
function isNoNumber(...clocks: readonly (() => unknown)[]): boolean {
  return clocks.some((read) => !Number.isFinite(read()));
}

/** Whether a clock advances by about `ms` over a delay of `ms`: at least by `atLeast`. */
async function counts(bench: Bench, name: string, read: () => number, ms: number, atLeast: number): Promise<Finding> {
  if (isNoNumber(read)) return unmeasured("the clock gives no number");
  const seen: string[] = [];
  for (let i = 0; i < TRIES; i++) {
    let advanced: number | undefined;
    const [from, began] = [read(), bench.hostMs()];
    const delay = start(bench, ms, () => {
      advanced = read() - from;
    });
    await until(bench, () => advanced !== undefined);
    delay[Symbol.dispose]();
    await settle(bench);
    if (advanced === undefined) return unmeasured("a delay did not fire");
    if (advanced === 0) return unmeasured("the clock stands still");
    const most = 1000 + TOO_FAST * Math.max(ms, bench.hostMs() - began);
    if (advanced >= atLeast && advanced <= most) return undefined;
    seen.push(advanced.toFixed(3));
  }
  must(false, `over a delay of ${ms} ms ${name}() advanced by ${seen.join(", ")}: it must count ms`);
}

function clockOf({ runtime }: Bench): Clock | undefined {
  const clock: unknown = runtime.clock;
  if (clock === undefined) return undefined;
  const { now, monotonic } = (clock ?? {}) as Record<string, unknown>;
  must(typeof now === "function" && typeof monotonic === "function", "`clock` has no functions now() and monotonic()");
  return clock as Clock;
}
