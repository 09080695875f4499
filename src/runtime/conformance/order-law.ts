import { type Bench, type Finding, must, start } from "./law.ts";
import { until } from "./waits.ts";

/** Two deadlines, or two callbacks, closer than this may be the same instant for a host whose timers count whole ms. */
const SAME_INSTANT_MS = 2;
/**
 * How often a delay must overtake the same other one. Late delays overtake each other by chance, and so do those of a
 * busy host; a runtime that serves them in a wrong order does so each time.
 */
const ROUNDS = 8;

/** Always made in this order: some runtimes serve the last one first. It has pairs that rise and pairs that fall. */
const DURATIONS = [30, 5, 20, 10, 15, 25, 35] as const;

interface Fired {
  readonly ms: number;
  readonly earliest: number;
  readonly latest: number;
  readonly at: number;
}

/** Law D2. Callbacks of one instant may come in any order: a runtime that rounds its delays up has many of them. */
export async function inOrder(bench: Bench): Promise<Finding> {
  let wrong: ReadonlySet<string> | undefined;
  let order = "";
  for (let round = 0; round < ROUNDS; round++) {
    const fired = await oneRound(bench, round);
    must(fired.length > 0, "none fired");
    const pairs = overtaken(fired);
    wrong = new Set([...pairs].filter((pair) => wrong?.has(pair) ?? true));
    if (wrong.size === 0)
      return round === 0 ? undefined : "late delays overtook each other, but no two did in each round";
    order = fired.map(({ ms }) => ms).join(", ");
  }
  must(false, `they fired in the order ${order}`);
}

async function oneRound(bench: Bench, round: number): Promise<readonly Fired[]> {
  const { monotonic } = bench;
  const fired: Fired[] = [];
  // Delays that each have a lateness of their own, by their number, must not meet the same numbers in each round.
  for (let i = 0; i < round % 3; i++) bench.runtime.delayFor(5)[Symbol.dispose]();
  const delays = DURATIONS.map((ms) => {
    // On a busy machine a few ms may pass between two calls, so that a shorter delay is due after a longer one.
    const earliest = monotonic() + ms;
    const delay = start(bench, ms, () => {
      if (!fired.some((other) => other.ms === ms)) fired.push({ ms, earliest, latest, at: monotonic() });
    });
    const latest = monotonic() + ms;
    return delay;
  });
  await until(bench, () => fired.length === delays.length, { progress: () => fired.length });
  for (const delay of delays) delay[Symbol.dispose]();
  return fired;
}

/** The pairs of which the later deadline fired first, and not in the same instant. */
function overtaken(fired: readonly Fired[]): ReadonlySet<string> {
  const pairs = fired.flatMap((later, i) =>
    fired
      .slice(0, i)
      .filter((sooner) => later.latest + SAME_INSTANT_MS < sooner.earliest && sooner.at + SAME_INSTANT_MS < later.at)
      .map((sooner) => `${sooner.ms} before ${later.ms}`),
  );
  return new Set(pairs);
}
