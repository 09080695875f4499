import type { Delay } from "../async-runtime.ts";
import { type Bench, type Finding, type Law, LawBroken, must, start, unmeasured, whenElapsed } from "./law.ts";
import { letPass, repeat, settle, until } from "./waits.ts";

/** D7 to D10, D13 and D18: the effects of disposing a delay. */
export function disposeLaws(): readonly Law[] {
  return [
    { id: "D7", title: "a disposed delay never calls back", check: disposedIsSilent },
    {
      id: "D8",
      title: "dispose is harmless after firing and when repeated, and does not throw",
      check: disposeIsHarmless,
    },
    { id: "D9", title: "disposing one delay leaves its neighbours alone", check: neighbours },
    { id: "D10", title: "a callback that disposes a delay of the same instant silences it", check: disposedInCallback },
    { id: "D13", title: "a delay never rejects, also when disposed", check: neverRejects },
    { id: "D18", title: "nodes that are used again cannot be cancelled by those who had them before", check: reuse },
  ];
}

async function disposedIsSilent(bench: Bench): Promise<Finding> {
  let fired = 0;
  const delays = [0, 1, 5, 10].map((ms) =>
    start(bench, ms, () => {
      fired++;
    }),
  );
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
  await letPass(bench, 20);
  must(fired === 0, `${fired} of 4 disposed delays called back`);
  must(!resumed, "what awaited a disposed delay went on");
  return undefined;
}

async function disposeIsHarmless(bench: Bench): Promise<Finding> {
  let hasFired = false;
  const fired = start(bench, 1, () => {
    hasFired = true;
  });
  await until(bench, () => hasFired);
  try {
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
  const delays = Array.from({ length: 50 }, (_, i) => start(bench, 10, () => fired.add(i)));
  const isDisposed = (i: number): boolean => i % 3 === 0;
  for (const [i, delay] of delays.entries()) if (isDisposed(i)) delay[Symbol.dispose]();
  await until(bench, () => delays.every((_, i) => isDisposed(i) || fired.has(i)), { progress: () => fired.size });
  for (const [i, delay] of delays.entries()) if (!isDisposed(i)) delay[Symbol.dispose]();
  const lost = delays.filter((_, i) => !isDisposed(i) && !fired.has(i)).length;
  must(lost === 0, `${lost} neighbours of disposed delays did not fire`);
  return undefined;
}

async function disposedInCallback(bench: Bench): Promise<Finding> {
  const fired = new Set<number>();
  const pair: Delay[] = [];
  for (const i of [0, 1]) {
    pair.push(
      start(bench, 10, () => {
        fired.add(i);
        if (fired.size === 1) pair[1 - i]?.[Symbol.dispose]();
      }),
    );
  }
  await until(bench, () => fired.size > 0);
  await letPass(bench, 10);
  for (const [i, delay] of pair.entries()) if (fired.has(i)) delay[Symbol.dispose]();
  must(fired.size > 0, "neither of the two fired");
  must(fired.size === 1, "a delay fired after the callback of another had disposed it");
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
  await letPass(bench, 15);
  fired[Symbol.dispose]();
  await settle(bench);
  must(rejected.length === 0, `a delay rejected: ${String(rejected[0])}`);
  return undefined;
}

/** D18: the laws of dispose hold also after nodes were used before, and disposing a fired delay cancels nothing. */
async function reuse(bench: Bench): Promise<Finding> {
  const { runtime } = bench;
  repeat(bench, 10_000, 1000, () => runtime.delayFor(1000)[Symbol.dispose]());
  const checks = [disposedIsSilent, disposeIsHarmless, neighbours, disposedInCallback];
  const results = await Promise.allSettled(checks.map((check) => check(bench)));
  for (const [i, result] of results.entries()) {
    const check = checks[i];
    // A runtime that breaks this law in any case is reported there, and only there.
    if (result.status === "rejected" && check !== undefined && (await holds(check, afresh(bench)))) throw result.reason;
  }
  const lost = await lostAfter(bench, true);
  if (lost === 0) return undefined;
  if ((await lostAfter(afresh(bench), false)) > 0) return unmeasured("delays do not fire in any case");
  must(
    false,
    `disposing 100 delays that had fired cancelled ${lost} of 100 new ones: nodes go back to the pool by firing`,
  );
}

/** Makes new delays after 100 old ones have fired, and disposes the old ones. Returns how many new ones never fire. */
async function lostAfter(bench: Bench, disposesBetween: boolean): Promise<number> {
  const { runtime } = bench;
  const old = Array.from({ length: 100 }, () => runtime.delayFor(1));
  for (const delay of old) whenElapsed(delay, () => undefined);
  await letPass(bench, 15);
  const disposeOld = (): void => {
    for (const delay of old) delay[Symbol.dispose]();
  };
  if (!disposesBetween) disposeOld();
  const fired = new Set<number>();
  const young = Array.from({ length: 100 }, (_, i) => start(bench, 10, () => fired.add(i)));
  if (disposesBetween) disposeOld(); // they have fired, so no other delay may be affected
  await until(bench, () => fired.size === young.length, { progress: () => fired.size });
  for (const delay of young) delay[Symbol.dispose]();
  return young.length - fired.size;
}

/** The bench with a runtime of its own. */
function afresh(bench: Bench): Bench {
  return { ...bench, runtime: bench.makeRuntime() };
}

async function holds(check: (bench: Bench) => Promise<Finding>, bench: Bench): Promise<boolean> {
  try {
    await check(bench);
    return true;
  } catch (error) {
    return !(error instanceof LawBroken);
  }
}
