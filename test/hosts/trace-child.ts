// Runs on any host: the traces of some seeds, by each drain, and whether the drains are what they should be. Prints one
// JSON object.
import { runWorkload } from "../../src/cli/workload.ts";
import { nodeDrain, nodeStrictDrain } from "../../src/platform/node/drain.ts";
import type { Drain } from "../../src/runtime/drain.ts";
import { digestOf } from "../../src/simulation/request-log.ts";
import { Scheduler } from "../../src/simulation/scheduler.ts";
import { utf8Encode } from "../../src/wire/utf8.ts";

/** The output of a host. */
export interface HostReport {
  readonly isStrict: boolean;
  /** How deep a chain of promises was when virtual time went on. */
  readonly depths: readonly number[];
  readonly traces: Readonly<Record<string, string>>;
  readonly byTurns: Readonly<Record<string, string>>;
  readonly broken: readonly string[];
}

const DEPTH = 10_000;

async function depthAtNextEvent(drain: Drain): Promise<number> {
  const scheduler = new Scheduler({ seed: 1, drain });
  return scheduler.run(async () => {
    let depth = 0;
    void (async () => {
      for (; depth < DEPTH; depth++) await Promise.resolve();
    })();
    return new Promise<number>((resolve) => scheduler.schedule(0, () => resolve(depth)));
  });
}

/** Whether timers of the host get in between two events: where none does, the drain is strict. */
async function isAlone(drain: Drain): Promise<boolean> {
  const scheduler = new Scheduler({ seed: 1, drain });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const during = await scheduler.run(async () => {
    const before = ticks;
    for (const untilMs = performance.now() + 50; performance.now() < untilMs;)
      await new Promise<void>((resolve) => scheduler.schedule(1, resolve));
    return ticks - before;
  });
  clearInterval(timer);
  return during === 0;
}

const seeds = process.argv.slice(2).map(Number);
const drains = { traces: nodeStrictDrain(), byTurns: nodeDrain };
const report = {
  isStrict: await isAlone(drains.traces),
  depths: [await depthAtNextEvent(drains.traces), await depthAtNextEvent(drains.byTurns)],
  traces: {} as Record<string, string>,
  byTurns: {} as Record<string, string>,
  broken: [] as string[],
} satisfies HostReport;
for (const how of ["traces", "byTurns"] as const) {
  for (const seed of seeds) {
    const { traceHash, history, violations } = await runWorkload(seed, { drain: drains[how] });
    report[how][String(seed)] = `${traceHash}, history ${digestOf(utf8Encode(JSON.stringify(history)))}`;
    for (const { invariant, message } of violations) report.broken.push(`seed ${seed} breaks ${invariant}: ${message}`);
  }
}
process.stdout.write(`${JSON.stringify(report)}\n`);
