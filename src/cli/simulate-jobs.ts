import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";

/** What became of some seeds. */
export interface SeedReport {
  readonly seeds: number;
  readonly failed: number;
  readonly requests: number;
}

/** Seeds that a process takes at a time: enough that its start and its compiler's warming up do not count. */
const SEEDS_A_PROCESS = 100;
/** Fewer seeds than this are not worth a second process. */
const WORTH_SHARING = 2 * SEEDS_A_PROCESS;
const PROGRESS_MS = 10_000;

/** How many processes share the seeds, unless it is said: one for each core, where there are seeds enough. */
export function defaultJobs(seeds: number): number {
  return seeds < WORTH_SHARING ? 1 : availableParallelism();
}

/** How the seeds of a long search are shared. */
export interface SharedSeeds {
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  /** The rest of the command line, for each process. */
  readonly args: readonly string[];
  /** What the processes have to tell: failures, and how to play them again. */
  readonly told: (line: string) => void;
  /** Where it stands, now and then. */
  readonly progress: (line: string) => void;
}

/**
 * Runs the seeds in several processes, some at a time in each. A process that dies has failed, and says with which
 * seeds.
 */
export async function shareSeeds(shared: SharedSeeds): Promise<SeedReport> {
  const { from, seeds, jobs, told, progress } = shared;
  const sum = { seeds: 0, failed: 0, requests: 0 };
  const startMs = performance.now();
  const timer = setInterval(() => {
    const perMinute = (sum.seeds * 60_000) / (performance.now() - startMs);
    const left = sum.seeds === 0 ? "" : `, about ${Math.ceil((seeds - sum.seeds) / perMinute)} min left`;
    progress(`${sum.seeds} of ${seeds} seeds, ${sum.failed} failed, ${perMinute.toFixed(0)} a minute${left}`);
  }, PROGRESS_MS);
  let next = from;
  const work = async (): Promise<void> => {
    for (let first = next; first < from + seeds; first = next) {
      const count = Math.min(SEEDS_A_PROCESS, from + seeds - first);
      next = first + count;
      const report = await runProcess(first, count, shared);
      if (report === undefined)
        told(
          `the process of the seeds ${first} to ${first + count - 1} ended without a result; run it alone: npx ` +
            `odradek simulate --jobs 1 --from ${first} --seeds ${count}`,
        );
      sum.seeds += count;
      sum.failed += report?.failed ?? 1;
      sum.requests += report?.requests ?? 0;
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    clearInterval(timer);
  }
  return sum;
}

function runProcess(from: number, seeds: number, { args, told }: SharedSeeds): Promise<SeedReport | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        ...process.execArgv,
        process.argv[1] ?? "",
        "simulate",
        ...args,
        "--jobs",
        "1",
        "--json",
        "--from",
        String(from),
        "--seeds",
        String(seeds),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let report: SeedReport | undefined;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) report = JSON.parse(line) as SeedReport;
      else told(line);
    });
    child.once("error", reject);
    child.once("close", () => resolve(report));
  });
}
