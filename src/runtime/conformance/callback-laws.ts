import { type Bench, ConformanceProbeError, type Finding, type Law, must, start, whenElapsed } from "./law.ts";
import { letPass, until } from "./waits.ts";

/** D11, D12 and D14: how a delay calls back. */
export function callbackLaws(): readonly Law[] {
  return [
    { id: "D11", title: "`then` after firing still calls back, asynchronously", check: thenAfterFiring },
    { id: "D12", title: "awaiting a delay gives undefined", check: givesUndefined },
    { id: "D14", title: "a callback that throws does not stop other delays", check: throwingCallback },
  ];
}

async function thenAfterFiring(bench: Bench): Promise<Finding> {
  const delay = bench.runtime.delayFor(1);
  await letPass(bench, 20);
  let called = false;
  whenElapsed(delay, () => {
    called = true;
  });
  const inside = called;
  await until(bench, () => called);
  delay[Symbol.dispose]();
  must(!inside, "`then` on a delay that had fired called back inside");
  must(called, "`then` on a delay that had fired never called back");
  return undefined;
}

async function givesUndefined(bench: Bench): Promise<Finding> {
  for (const ms of [0, 2]) {
    const values: unknown[] = [];
    const delay = bench.runtime.delayFor(ms);
    (async () => values.push(await delay))().catch(() => undefined);
    await until(bench, () => values.length > 0);
    delay[Symbol.dispose]();
    must(values.length > 0, `await delayFor(${ms}) did not go on`);
    must(values[0] === undefined, `it gave ${String(values[0])}`);
  }
  return undefined;
}

async function throwingCallback(bench: Bench): Promise<Finding> {
  const after = new Set<number>();
  const delays = Array.from({ length: 10 }, (_, i) =>
    start(bench, 5, () => {
      if (i === 0) throw new ConformanceProbeError("a callback of the conformance kit failed, as it should");
      after.add(i);
    }),
  );
  await until(bench, () => after.size === 9, { progress: () => after.size });
  for (const delay of delays) delay[Symbol.dispose]();
  must(after.size === 9, `after a callback that threw, ${after.size} of 9 others were called`);
  return undefined;
}
