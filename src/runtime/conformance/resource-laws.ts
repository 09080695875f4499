import type { Delay } from "../async-runtime.ts";
import { type Bench, type Finding, type Law, UNMEASURED, must, settle, sleepUntil, whenElapsed } from "./law.ts";

const CYCLES = 100_000;
const RETAINED_BYTES = 8_388_608;
const LIVE = 1_000_000;
/**
 * The limit for one live delay. A promise with its closures takes a few hundred bytes, an abort controller with its
 * listeners 2,000, a fiber 4,000.
 */
const BYTES_PER_DELAY = 8192;

/** The laws about resources that are left behind. */
export function resourceLaws(): readonly Law[] {
  return [
    { id: "R1", title: "100,000 delays made and disposed retain less than 8 MiB", check: retains },
    { id: "R2", title: "a million live delays all fire once, and their memory is bounded", check: lives },
    {
      id: "R3",
      title: "when all are disposed or fired, no timer keeps the process alive",
      isFirst: true,
      check: letsGo,
    },
    {
      id: "R4",
      title: "an unreferenced delay does not keep the process alive, and still fires",
      isFirst: true,
      check: unreferenced,
    },
  ];
}

async function retains(bench: Bench): Promise<Finding> {
  const { runtime, heapUsed } = bench;
  if (heapUsed === undefined) return UNMEASURED;
  for (let i = 0; i < 1000; i++) runtime.delayFor(1000)[Symbol.dispose]();
  await settle(bench);
  const before = heapUsed();
  for (let i = 0; i < CYCLES; i++) {
    runtime.delayFor(1000 + (i % 7))[Symbol.dispose]();
    if (i % 1000 === 999) await bench.sleep(0); // as many as a program makes per turn; promises are released after one
  }
  await settle(bench);
  const retained = heapUsed() - before;
  must(retained < RETAINED_BYTES, `${CYCLES} cycles retain ${(retained / 1_048_576).toFixed(1)} MiB`);
  return `${(Math.max(0, retained) / 1_048_576).toFixed(1)} MiB after ${CYCLES} cycles`;
}

async function lives(bench: Bench): Promise<Finding> {
  const { runtime, heapUsed, liveDelays: count = LIVE } = bench;
  const fired = new Uint8Array(count);
  const delays = new Array<Delay | undefined>(count).fill(undefined);
  const before = heapUsed?.();
  let pending = count;
  for (let i = 0; i < count; i++) {
    const delay = runtime.delayFor(20 + (i % 100));
    delays[i] = delay;
    whenElapsed(delay, () => {
      fired[i] = (fired[i] ?? 0) + 1;
      if (fired[i] === 1) pending--;
    });
  }
  const bytes = before === undefined || heapUsed === undefined ? undefined : (heapUsed() - before) / count;
  for (let waited = 0; pending > 0 && waited < 60_000; waited += 50) await bench.sleep(50);
  await bench.sleep(20); // a delay that fires twice may do so later
  const never = fired.filter((times) => times === 0).length;
  const twice = fired.filter((times) => times > 1).length;
  for (const delay of delays) delay?.[Symbol.dispose]();
  await settle(bench);
  must(never === 0, `${never} of ${count} never fired`);
  must(twice === 0, `${twice} of ${count} fired more than once`);
  must(bytes === undefined || bytes < BYTES_PER_DELAY, `a live delay takes ${bytes?.toFixed(0) ?? ""} bytes`);
  return bytes === undefined ? undefined : `${bytes.toFixed(0)} bytes a live delay, its callback included`;
}

async function letsGo(bench: Bench): Promise<Finding> {
  const { activeTimers, runtime } = bench;
  if (activeTimers === undefined) return UNMEASURED;
  const before = activeTimers();
  const waiting = Array.from({ length: 100 }, () => runtime.delayFor(60_000));
  const fired = runtime.delayFor(1);
  whenElapsed(fired, () => undefined);
  await bench.sleep(20);
  for (const delay of [...waiting, fired]) delay[Symbol.dispose]();
  await bench.sleep(20);
  const left = activeTimers() - before;
  must(left <= 0, `${left} timers are left after every delay was disposed or fired`);
  return undefined;
}

async function unreferenced(bench: Bench): Promise<Finding> {
  const { activeTimers, runtime } = bench;
  await settle(bench);
  const before = activeTimers?.() ?? 0;
  const delay = runtime.delayFor(30);
  if (delay.unref === undefined) {
    delay[Symbol.dispose]();
    return "not offered";
  }
  let fired = false;
  whenElapsed(delay, () => {
    fired = true;
  });
  delay.unref();
  await bench.sleep(1);
  const alive = (activeTimers?.() ?? 0) - before;
  await sleepUntil(bench, 80, () => fired);
  delay[Symbol.dispose]();
  must(fired, "an unreferenced delay did not fire although the process lived");
  if (activeTimers === undefined) return UNMEASURED;
  must(alive <= 0, "an unreferenced delay keeps the process alive");
  return undefined;
}
