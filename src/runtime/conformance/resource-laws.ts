import type { Delay } from "../async-runtime.ts";
import { type Bench, type Finding, type Law, must, start, unmeasured } from "./law.ts";
import { letPass, repeat, settle, until } from "./waits.ts";

const CYCLES = 100_000;
const RETAINED_BYTES = 8_388_608;
const LIVE = 1_000_000;
/** The longest that R1 and R2 make delays for. A runtime whose delays are slow to make gets fewer. */
const MAKING_MS = 4000;
/** The number of delays with which R2 begins. */
const FIRST = 10_000;
/** The longest that R2 waits for delays that still fire, in ms. With more of them than that, it says what it tried. */
const FIRING_MS = 6000;
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
      turn: "first",
      check: letsGo,
    },
    {
      id: "R4",
      title: "an unreferenced delay does not keep the process alive, and still fires",
      turn: "first",
      check: unreferenced,
    },
    { id: "R5", title: "a delay that waits keeps the process alive", turn: "first", check: keepsAlive },
  ];
}

async function retains(bench: Bench): Promise<Finding> {
  const { runtime, heapUsed } = bench;
  if (heapUsed === undefined) return unmeasured();
  for (let i = 0; i < 1000; i++) runtime.delayFor(1000)[Symbol.dispose]();
  await settle(bench);
  const before = heapUsed();
  const ends = bench.hostMs() + MAKING_MS;
  let cycles = 0;
  // A thousand in a turn, as many as a program makes; promises are released after one.
  for (; cycles < CYCLES && bench.hostMs() < ends; await bench.sleep(0)) {
    bench.checkTime();
    cycles += repeat(bench, 1000, MAKING_MS, (i) => runtime.delayFor(1000 + (i % 7))[Symbol.dispose]());
  }
  await settle(bench);
  const retained = heapUsed() - before;
  must(retained < RETAINED_BYTES, `${cycles} cycles retain ${(retained / 1_048_576).toFixed(1)} MiB`);
  return `${(Math.max(0, retained) / 1_048_576).toFixed(1)} MiB after ${cycles} cycles`;
}

async function lives(bench: Bench): Promise<Finding> {
  const { liveDelays: wanted = LIVE } = bench;
  let best: Burst | undefined;
  // Some runtimes take ten thousand times as long for a hundred times the delays.
  for (let size = Math.min(FIRST, wanted); ; size = Math.min(wanted, size * 100)) {
    const began = bench.remainingMs();
    const burst = await liveAtOnce(bench, size);
    if (!burst.isCutOff || best === undefined) best = burst;
    if (burst.isCutOff || burst.count < size || size >= wanted) break;
    const tookMs = began - bench.remainingMs();
    if (bench.remainingMs() < tookMs + MAKING_MS + FIRING_MS) break;
  }
  const { count, bytes } = best;
  must(bytes === undefined || bytes < BYTES_PER_DELAY, `a live delay takes ${bytes?.toFixed(0) ?? ""} bytes`);
  const slow = count < wanted ? `many delays take long: tried with ${count}` : undefined;
  const memory = bytes === undefined ? undefined : `${bytes.toFixed(0)} bytes a live delay, its callback included`;
  return [slow, memory].filter((part) => part !== undefined).join("; ");
}

interface Burst {
  /** How many delays were made. */
  readonly count: number;
  /** The heap that one takes; undefined without the probe. */
  readonly bytes: number | undefined;
  /** Whether they still fired when the time for them was over. */
  readonly isCutOff: boolean;
}

async function liveAtOnce(bench: Bench, size: number): Promise<Burst> {
  const { heapUsed } = bench;
  const fired = new Uint8Array(size);
  const delays = new Array<Delay | undefined>(size).fill(undefined);
  const before = heapUsed?.();
  const burst = { ...bench, late: () => undefined }; // a million callbacks take a second: the runtime is not late
  let done = 0;
  const count = repeat(bench, size, Math.min(MAKING_MS, bench.remainingMs()), (i) => {
    delays[i] = start(burst, 20 + (i % 100), () => {
      fired[i] = (fired[i] ?? 0) + 1;
      if (fired[i] === 1) done++;
    });
  });
  const bytes = before === undefined || heapUsed === undefined ? undefined : (heapUsed() - before) / count;
  const ends = bench.hostMs() + FIRING_MS;
  let isCutOff = false;
  const isOver = (): boolean => done >= count || (isCutOff = bench.hostMs() >= ends);
  const came = await until(bench, isOver, { progress: () => done });
  if (done >= count) await letPass(bench, 20); // one that fires twice may do so later
  const twice = fired.filter((times) => times > 1).length;
  for (const delay of delays) delay?.[Symbol.dispose]();
  await settle(bench);
  must(came && done > 0, `${count - done} of ${count} never fired`);
  must(twice === 0, `${twice} of ${count} fired more than once`);
  return { count, bytes, isCutOff };
}

async function letsGo(bench: Bench): Promise<Finding> {
  const { activeTimers, runtime } = bench;
  if (activeTimers === undefined) return unmeasured();
  const before = activeTimers();
  const waiting = Array.from({ length: 100 }, () => runtime.delayFor(60_000));
  let hasFired = false;
  const fired = start(bench, 1, () => {
    hasFired = true;
  });
  await until(bench, () => hasFired);
  for (const delay of [...waiting, fired]) delay[Symbol.dispose]();
  // A shared timer of the runtime may stop in its next tick.
  await until(quietly(bench), () => activeTimers() <= before, { atMostMs: 500 });
  const left = activeTimers() - before;
  must(left <= 0, `${left} timers or handles are left after every delay was disposed or fired`);
  return undefined;
}

async function unreferenced(bench: Bench): Promise<Finding> {
  const { activeTimers } = bench;
  // A timer that the runtime keeps from its first delay on is the matter of R3.
  let isWarm = false;
  const first = start(bench, 1, () => {
    isWarm = true;
  });
  await until(bench, () => isWarm);
  first[Symbol.dispose]();
  await settle(bench);
  const before = activeTimers?.() ?? 0;
  let fired = false;
  const delay = start(bench, 30, () => {
    fired = true;
  });
  if (delay.unref === undefined) {
    delay[Symbol.dispose]();
    return "not offered";
  }
  delay.unref();
  await bench.sleep(1);
  const alive = fired ? 0 : (activeTimers?.() ?? 0) - before;
  await until(bench, () => fired);
  delay[Symbol.dispose]();
  must(fired, "an unreferenced delay did not fire although the process lived");
  if (activeTimers === undefined) return unmeasured();
  must(alive <= 0, "an unreferenced delay keeps the process alive");
  return undefined;
}

/** The same bench for a wait that says nothing about whether events come. */
function quietly(bench: Bench): Bench {
  return { ...bench, patience: { ms: bench.patience.ms, end: () => undefined } };
}

async function keepsAlive(bench: Bench): Promise<Finding> {
  const { activeTimers } = bench;
  if (activeTimers === undefined) return unmeasured();
  const before = activeTimers();
  let fired = false;
  const delay = start({ ...bench, late: () => undefined }, 60_000, () => {
    fired = true;
  });
  // In virtual time it may be over at once.
  const isKept = await until(quietly(bench), () => fired || activeTimers() > before, { atMostMs: 50 });
  delay[Symbol.dispose]();
  must(isKept, "a process that waits for nothing but a delay would end: its timer is unreferenced");
  return undefined;
}
