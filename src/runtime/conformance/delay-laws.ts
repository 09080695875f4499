import type { Delay } from "../async-runtime.ts";
import {
  type Bench,
  ConformanceProbeError,
  type Finding,
  type Law,
  must,
  settle,
  settlesWithin,
  sleepUntil,
  whenElapsed,
} from "./law.ts";

/** If a chain of delays gets this long before a timer of 1 ms fires, it would never end. */
const ENDLESS = 1_000_000;
const LONG = [2 ** 31, 2 ** 32 + 5, 1e12, Number.MAX_SAFE_INTEGER] as const;

/**
 * The laws of `delayFor`. D16 is missing on purpose: a second `then` on one delay is not promised. D17 is only
 * information.
 */
export function delayLaws(): readonly Law[] {
  return [
    { id: "D1", title: "never early, by the monotonic clock", check: neverEarly },
    { id: "D2", title: "deadlines 5 ms apart fire in their order", check: inOrder },
    { id: "D3", title: "200 equal deadlines fire once each", check: equalDeadlines },
    { id: "D4", title: "0, negative numbers and NaN fire soon, and never inside delayFor or then", check: zeroAndLess },
    { id: "D5", title: "durations above 2^31-1 ms do not fire at once", check: (bench) => doNotFire(bench, LONG) },
    {
      id: "D6",
      title: "Infinity never fires, and can be disposed",
      check: (bench) => doNotFire(bench, [Number.POSITIVE_INFINITY]),
    },
    { id: "D7", title: "a disposed delay never calls back", check: disposedIsSilent },
    {
      id: "D8",
      title: "dispose is harmless after firing and when repeated, and does not throw",
      check: disposeIsHarmless,
    },
    { id: "D9", title: "disposing one delay leaves its neighbours alone", check: neighbours },
    { id: "D10", title: "a callback that disposes a delay of the same instant silences it", check: disposedInCallback },
    { id: "D11", title: "`then` after firing still calls back, asynchronously", check: thenAfterFiring },
    { id: "D12", title: "awaiting a delay gives undefined", check: givesUndefined },
    { id: "D13", title: "a delay never rejects, also when disposed", check: neverRejects },
    { id: "D14", title: "a callback that throws does not stop other delays", check: throwingCallback },
    {
      id: "D15",
      title: "a delay made in a callback fires in a later turn, and a chain of them starves nobody",
      check: laterTurn,
    },
    { id: "D18", title: "nodes that are used again cannot be cancelled by those who had them before", check: reuse },
    { id: "D19", title: "in a loop of `await delayFor(0)` due timers get their turn", check: turnOfTheHost },
  ];
}

/** How late delays of 10 ms fire, in ms: the median of 20. This is information (D17), never a failure. */
export async function lateness({ runtime, monotonic }: Bench): Promise<number> {
  const late: number[] = [];
  for (let i = 0; i < 20; i++) {
    const due = monotonic() + 10;
    const delay = runtime.delayFor(10);
    await new Promise<void>((resolve) => whenElapsed(delay, resolve));
    late.push(monotonic() - due);
    delay[Symbol.dispose]();
  }
  return late.sort((a, b) => a - b)[10] ?? 0;
}

async function neverEarly(bench: Bench): Promise<Finding> {
  const { runtime, monotonic } = bench;
  const early: number[] = [];
  const delays: Delay[] = [];
  let fired = 0;
  for (let i = 0; i < 500; i++) {
    const ms = 1 + (i % 40) * 0.7;
    const due = monotonic() + ms;
    const delay = runtime.delayFor(ms);
    delays.push(delay);
    whenElapsed(delay, () => {
      fired++;
      if (monotonic() < due) early.push(due - monotonic());
    });
    if (i % 25 === 0) await bench.sleep(1);
  }
  for (let waited = 0; fired < 500 && waited < 500; waited += 10) await bench.sleep(10);
  for (const delay of delays) delay[Symbol.dispose]();
  must(early.length === 0, `${early.length} of 500 fired early, the worst by ${Math.max(...early).toFixed(3)} ms`);
  must(fired > 0, "none of 500 delays fired");
  return undefined;
}

/** Two deadlines closer than this may be the same instant for a host whose timers count whole ms. */
const SAME_INSTANT_MS = 2;

async function inOrder(bench: Bench): Promise<Finding> {
  const { monotonic, runtime } = bench;
  const fired: { readonly ms: number; readonly earliest: number; readonly latest: number }[] = [];
  const delays = [30, 5, 20, 10, 15, 25, 35].map((ms) => {
    // On a busy machine a few ms may pass between two calls, so that a shorter delay is due after a longer one.
    const earliest = monotonic() + ms;
    const delay = runtime.delayFor(ms);
    const latest = monotonic() + ms;
    whenElapsed(delay, () => {
      if (!fired.some((other) => other.ms === ms)) fired.push({ ms, earliest, latest });
    });
    return delay;
  });
  await sleepUntil(bench, 60, () => fired.length === delays.length);
  for (const delay of delays) delay[Symbol.dispose]();
  const isWrong = fired.some((later, i) =>
    fired.slice(0, i).some((sooner) => later.latest + SAME_INSTANT_MS < sooner.earliest),
  );
  must(!isWrong, `they fired in the order ${fired.map(({ ms }) => ms).join(", ")}`);
  must(fired.length > 0, "none fired");
  return undefined;
}

async function equalDeadlines(bench: Bench): Promise<Finding> {
  const fired = new Array<number>(200).fill(0);
  const delays = fired.map((_, i) => {
    const delay = bench.runtime.delayFor(10);
    whenElapsed(delay, () => (fired[i] = (fired[i] ?? 0) + 1));
    return delay;
  });
  await sleepUntil(bench, 60, () => !fired.includes(0));
  for (const delay of delays) delay[Symbol.dispose]();
  const [never, twice] = [fired.filter((count) => count === 0).length, fired.filter((count) => count > 1).length];
  must(never === 0, `${never} of 200 never fired`);
  must(twice === 0, `${twice} of 200 fired more than once`);
  return undefined;
}

async function zeroAndLess(bench: Bench): Promise<Finding> {
  for (const ms of [0, -1, Number.NaN, Number.NEGATIVE_INFINITY]) {
    let fired = false;
    const delay = bench.runtime.delayFor(ms);
    whenElapsed(delay, () => {
      fired = true;
    });
    must(!fired, `delayFor(${ms}) called back inside then`);
    await sleepUntil(bench, 30, () => fired);
    delay[Symbol.dispose]();
    must(fired, `delayFor(${ms}) had not fired after 30 ms`);
  }
  return undefined;
}

async function doNotFire(bench: Bench, durations: readonly number[]): Promise<Finding> {
  const fired: number[] = [];
  const delays = durations.map((ms) => {
    const delay = bench.runtime.delayFor(ms);
    whenElapsed(delay, () => fired.push(ms));
    return delay;
  });
  await bench.sleep(40);
  for (const delay of delays) delay[Symbol.dispose]();
  await bench.sleep(5);
  must(fired.length === 0, `delayFor(${fired[0] ?? ""}) fired within 45 ms`);
  return undefined;
}

async function disposedIsSilent(bench: Bench): Promise<Finding> {
  let fired = 0;
  const delays = [0, 1, 5, 10].map((ms) => {
    const delay = bench.runtime.delayFor(ms);
    whenElapsed(delay, () => fired++);
    return delay;
  });
  const awaited = bench.runtime.delayFor(5);
  let resumed = false;
  const awaiter = async (): Promise<void> => {
    await awaited;
    resumed = true;
  };
  awaiter().catch(() => undefined);
  for (const delay of delays) delay[Symbol.dispose]();
  await Promise.resolve(); // let the await register its callback
  awaited[Symbol.dispose]();
  await bench.sleep(40);
  must(fired === 0, `${fired} of 4 disposed delays called back`);
  must(!resumed, "what awaited a disposed delay went on");
  return undefined;
}

async function disposeIsHarmless(bench: Bench): Promise<Finding> {
  try {
    const fired = bench.runtime.delayFor(1);
    whenElapsed(fired, () => undefined);
    await bench.sleep(20);
    fired[Symbol.dispose]();
    fired[Symbol.dispose]();
    const waiting = bench.runtime.delayFor(50);
    waiting[Symbol.dispose]();
    waiting[Symbol.dispose]();
    await settle(bench);
  } catch (error) {
    must(false, `dispose threw: ${String(error)}`);
  }
  return undefined;
}

async function neighbours(bench: Bench): Promise<Finding> {
  const fired = new Set<number>();
  const delays = Array.from({ length: 50 }, (_, i) => {
    const delay = bench.runtime.delayFor(10);
    whenElapsed(delay, () => fired.add(i));
    return delay;
  });
  for (const [i, delay] of delays.entries()) if (i % 3 === 0) delay[Symbol.dispose]();
  await sleepUntil(bench, 50, () => delays.every((_, i) => i % 3 === 0 || fired.has(i)));
  for (const [i, delay] of delays.entries()) if (i % 3 !== 0) delay[Symbol.dispose]();
  const lost = delays.filter((_, i) => i % 3 !== 0 && !fired.has(i)).length;
  must(lost === 0, `${lost} neighbours of disposed delays did not fire`);
  return undefined;
}

async function disposedInCallback(bench: Bench): Promise<Finding> {
  const fired: string[] = [];
  const { runtime } = bench;
  const pair = [runtime.delayFor(10), runtime.delayFor(10)] as const;
  for (const [i, delay] of pair.entries()) {
    whenElapsed(delay, () => {
      fired.push(String(i));
      pair[1 - i]?.[Symbol.dispose]();
    });
  }
  await sleepUntil(bench, 50, () => fired.length > 0);
  must(fired.length > 0, "neither of the two fired");
  must(new Set(fired).size === 1, "a delay fired after the callback of another had disposed it");
  for (const delay of pair) delay[Symbol.dispose]();
  return undefined;
}

async function thenAfterFiring(bench: Bench): Promise<Finding> {
  const delay = bench.runtime.delayFor(1);
  await bench.sleep(30);
  let called = false;
  whenElapsed(delay, () => {
    called = true;
  });
  must(!called, "`then` on a delay that had fired called back inside");
  await sleepUntil(bench, 20, () => called);
  delay[Symbol.dispose]();
  must(called, "`then` on a delay that had fired never called back");
  return undefined;
}

async function givesUndefined(bench: Bench): Promise<Finding> {
  const values: unknown[] = [];
  for (const ms of [0, 2]) {
    const delay = bench.runtime.delayFor(ms);
    const waited = (async () => values.push(await delay))();
    must(await settlesWithin(bench, waited, 200), `await delayFor(${ms}) did not go on`);
    delay[Symbol.dispose]();
  }
  must(
    values.every((value) => value === undefined),
    `it gave ${String(values[0])}`,
  );
  return undefined;
}

async function neverRejects(bench: Bench): Promise<Finding> {
  const rejected: unknown[] = [];
  const watch = (ms: number): Delay => {
    const delay = bench.runtime.delayFor(ms);
    // More than the contract says: a delay that is a promise would call the second function.
    (delay.then as (ok: () => void, bad: (error: unknown) => void) => unknown).call(
      delay,
      () => undefined,
      (error) => rejected.push(error),
    );
    return delay;
  };
  const [fired, disposed] = [watch(1), watch(10)];
  disposed[Symbol.dispose]();
  await bench.sleep(30);
  fired[Symbol.dispose]();
  await settle(bench);
  must(rejected.length === 0, `a delay rejected: ${String(rejected[0])}`);
  return undefined;
}

async function throwingCallback(bench: Bench): Promise<Finding> {
  const after = new Set<number>();
  const delays: Delay[] = [];
  for (let i = 0; i < 10; i++) {
    const delay = bench.runtime.delayFor(5);
    delays.push(delay);
    whenElapsed(delay, () => {
      if (i === 0) throw new ConformanceProbeError("a callback of the conformance kit failed, as it should");
      after.add(i);
    });
  }
  await sleepUntil(bench, 40, () => after.size === 9);
  for (const delay of delays) delay[Symbol.dispose]();
  must(after.size === 9, `after a callback that threw, ${after.size} of 9 others were called`);
  return undefined;
}

async function laterTurn(bench: Bench): Promise<Finding> {
  const { runtime } = bench;
  let inside = false;
  let sameTurn = false;
  let innerFired = false;
  const outer = runtime.delayFor(1);
  whenElapsed(outer, () => {
    inside = true;
    const inner = runtime.delayFor(0);
    whenElapsed(inner, () => {
      sameTurn = inside;
      innerFired = true;
      inner[Symbol.dispose]();
    });
    inside = false;
  });
  await sleepUntil(bench, 30, () => innerFired);
  outer[Symbol.dispose]();
  must(innerFired, "a delay that was made in a callback did not fire");
  must(!sameTurn, "a delay that was made in a callback fired inside it");
  let links = 0;
  let isOver = false;
  const link = (): void => {
    if (isOver || ++links >= ENDLESS) return;
    const delay = runtime.delayFor(0);
    whenElapsed(delay, () => {
      delay[Symbol.dispose]();
      link();
    });
  };
  link();
  await bench.sleep(1);
  must(links < ENDLESS, `${ENDLESS} delays of 0 ms, each made by the one before, starved the host`);
  isOver = true;
  await settle(bench);
  return undefined;
}

async function reuse(bench: Bench): Promise<Finding> {
  const { runtime } = bench;
  for (let i = 0; i < 10_000; i++) runtime.delayFor(1000)[Symbol.dispose]();
  for (const check of [disposedIsSilent, disposeIsHarmless, neighbours, disposedInCallback, thenAfterFiring])
    await check(bench);
  const old = Array.from({ length: 100 }, () => runtime.delayFor(1));
  for (const delay of old) whenElapsed(delay, () => undefined);
  await bench.sleep(30);
  const fired = new Set<number>();
  const young = Array.from({ length: 100 }, (_, i) => {
    const delay = runtime.delayFor(10);
    whenElapsed(delay, () => fired.add(i));
    return delay;
  });
  for (const delay of old) delay[Symbol.dispose](); // they have fired, so no other delay may be affected
  await sleepUntil(bench, 60, () => fired.size === young.length);
  for (const delay of young) delay[Symbol.dispose]();
  must(
    fired.size === 100,
    `disposing 100 delays that had fired cancelled ${100 - fired.size} of 100 new ones: nodes go back to the ` +
      "pool by firing",
  );
  return undefined;
}

async function turnOfTheHost(bench: Bench): Promise<Finding> {
  const { runtime, monotonic } = bench;
  let woke = false;
  bench.sleep(5).then(() => {
    woke = true;
  });
  const until = monotonic() + 300;
  let turns = 0;
  while (!woke && monotonic() < until && turns < 1_000_000) {
    turns++;
    const delay = runtime.delayFor(0);
    await new Promise<void>((resolve) => whenElapsed(delay, resolve));
    delay[Symbol.dispose]();
  }
  must(woke, `${turns} turns went by, and a timer of 5 ms had none of them`);
  return undefined;
}
