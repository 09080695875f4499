import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";

/** The results of some seeds. */
export interface SeedReport {
  readonly seeds: number;
  readonly failed: number;
  readonly requests: number;
}

/** How many seeds a process runs at a time: enough that its start and JIT warm-up do not matter. */
const SEEDS_A_PROCESS = 100;
/** With fewer seeds than this, a second process does not pay off. */
const WORTH_SHARING = 2 * SEEDS_A_PROCESS;
const PROGRESS_MS = 10_000;

/** The default number of processes: one for each core, if there are enough seeds. */
export function defaultJobs(seeds: number): number {
  return seeds < WORTH_SHARING ? 1 : availableParallelism();
}

/** How the seeds of a long search are shared. */
export interface SharedSeeds {
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  /** The other command-line arguments, for each process. */
  readonly args: readonly string[];
  /** Called with each line that a process prints: failures, and how to replay them. */
  readonly told: (line: string) => void;
  /** Called now and then with the progress. */
  readonly progress: (line: string) => void;
}

/**
 * Runs the seeds in several processes, each of which takes some at a time. A process that dies counts as a failure,
 * with the seeds that it had.
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
