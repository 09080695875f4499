import { readFileSync } from "node:fs";
import { KafkaError } from "../errors/kafka-error.ts";
import { writeTextFile } from "../platform/node/text-file.ts";
import { type FaultPlan, type ScenarioRun, runScenario } from "../simulation.ts";
import { type SavedFailure, failureFileName, parseFailure } from "../simulation/failure-file.ts";
import { faultsInWords } from "../simulation/fault-words.ts";
import { shrinkFailure } from "../simulation/search.ts";
import { timelineHtml } from "../simulation/timeline.ts";
import { type OptionSpecs, type OptionValues, helpText, readOptions } from "./arguments.ts";
import { type SeedReport, defaultJobs, shareSeeds } from "./simulate-jobs.ts";
import { loadScenario } from "./scenario-file.ts";
import { type WorkloadOptions, type WorkloadResult, runWorkload } from "./workload.ts";

const SCENARIO = {
  type: "string",
  value: "FILE[#NAME]",
  about: "a module of yours that exports a scenario (as `scenario`, or as NAME)",
} as const;
const OPTIONS: OptionSpecs = {
  scenario: SCENARIO,
  seeds: { type: "number", value: "N", about: "how many seeds to run", default: 100, min: 1, max: 100_000_000 },
  from: { type: "number", value: "SEED", about: "the first of them", default: 1 },
  out: { type: "string", value: "FOLDER", about: "where failures are written", default: "." },
  jobs: {
    type: "number",
    value: "N",
    about: "how many processes share the seeds; default: one for each core, from 200 seeds on",
    min: 1,
    max: 1000,
  },
  json: { type: "boolean", about: "prints the last line as JSON" },
  help: { type: "boolean", about: "shows this" },
};
const REPLAY_OPTIONS: OptionSpecs = {
  scenario: { ...SCENARIO, about: `${SCENARIO.about}; default: the one that the file names` },
  events: { type: "boolean", about: "prints all events" },
  html: { type: "string", value: "FILE", about: "writes a picture of the run, a page for any browser" },
  help: { type: "boolean", about: "shows this" },
};

const ABOUT = `Runs your scenario in virtual time with many seeds (docs/simulation.md); without --scenario, producers and consumers
against an embedded cluster, to test Odradek itself. Each seed draws its own faults, and the invariants are checked. A failure is
shrunk to the fewest faults and written to a file, which "odradek simulate replay FILE" replays. Exit code 0 when all
is well, 1 when a seed failed.`;
const REPLAY_ABOUT = `Replays a failure that odradek simulate or searchSeeds wrote, or any file with a seed and a plan. Exit code 0 when
no invariant is broken any more, 1 otherwise.`;

/** Runs one seed, with its own faults or with those of a plan. */
type Play = (seed: number, plan?: FaultPlan, detail?: boolean) => Promise<ScenarioRun>;

/** `odradek simulate`: runs many seeds, or replays one failure. */
export async function simulateCommand(argv: readonly string[]): Promise<number> {
  if (argv[0] === "replay") return replay(argv.slice(1));
  const options = readOptions("simulate", OPTIONS, argv);
  const out = process.stdout;
  if (options["help"] === true) {
    out.write(helpText("odradek simulate [OPTIONS]\n       odradek simulate replay FILE [OPTIONS]", ABOUT, OPTIONS));
    return 0;
  }
  const [from, seeds] = [Number(options["from"]), Number(options["seeds"])];
  const scenario = asText(options["scenario"]);
  const folder = String(options["out"]);
  const jobs = options["jobs"] === undefined ? defaultJobs(seeds) : Number(options["jobs"]);
  const startMs = performance.now();
  const report =
    jobs === 1
      ? await runSeeds(from, seeds, folder, scenario)
      : await shareSeeds({
          from,
          seeds,
          jobs,
          args: ["--out", folder, ...(scenario === undefined ? [] : ["--scenario", scenario])],
          told: (line) => out.write(`${line}\n`),
          progress: (line) => process.stderr.write(`${line}\n`),
        });
  const { failed, requests } = report;
  const seconds = (performance.now() - startMs) / 1000;
  if (options["json"] === true) out.write(`${JSON.stringify({ ...report, seconds })}\n`);
  else
    out.write(
      `${seeds} seeds from ${from}: ${failed} failed; ${requests} requests in ${seconds.toFixed(1)} s, ` +
        `${((seeds * 60) / seconds).toFixed(0)} seeds a minute\n`,
    );
  return failed === 0 ? 0 : 1;
}

/** Runs the seeds one after the other, in this process. */
async function runSeeds(
  from: number,
  seeds: number,
  folder: string,
  scenario: string | undefined,
): Promise<SeedReport> {
  const play = await playOf(scenario);
  let requests = 0;
  let failed = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await play(seed);
    requests += result.requests;
    if (result.violations.length === 0) continue;
    failed++;
    process.stdout.write(await tell(result, folder, play, scenario));
  }
  return { seeds, failed, requests };
}

async function playOf(scenario: string | undefined): Promise<Play> {
  if (scenario === undefined) return watched(playWorkload({}));
  const loaded = await loadScenario(scenario);
  return watched((seed, plan, detail = false) =>
    runScenario(loaded, { seed, detail, ...(plan === undefined ? {} : { plan }) }),
  );
}

/** Makes an unhandled rejection a failure of its seed. Outside of the simulator it would end the process. */
function watched(play: Play): Play {
  return async (seed, plan, detail) => {
    const details: string[] = [];
    const onRejection = (error: unknown): void => void details.push(KafkaError.from(error).message);
    process.on("unhandledRejection", onRejection);
    try {
      const run = await play(seed, plan, detail);
      await new Promise((resolve) => setImmediate(resolve)); // Node reports unhandled rejections after the microtasks
      return {
        ...run,
        violations: [
          ...run.violations,
          ...details.map((message) => ({
            invariant: "unhandled-rejection",
            message: `a promise was rejected without a handler: ${message}`,
            atMs: run.virtualMs,
          })),
        ],
      };
    } finally {
      process.off("unhandledRejection", onRejection);
    }
  };
}

function playWorkload(options: WorkloadOptions): Play {
  return (seed, plan, detail = false) =>
    runWorkload(seed, { ...options, detail, ...(plan === undefined ? {} : { plan }) });
}

/** Shrinks a failure of the built-in workload, writes it to a file, and prints how to replay it. */
export function tellFailure(result: WorkloadResult, folder: string, options: WorkloadOptions = {}): Promise<string> {
  return tell(result, folder, playWorkload(options), undefined);
}

async function tell(result: ScenarioRun, folder: string, play: Play, scenario: string | undefined): Promise<string> {
  const [violation] = result.violations;
  if (violation === undefined) return "";
  const { seed } = result;
  const failure = await shrinkFailure(result, violation.invariant, (plan, detail) => play(seed, plan, detail));
  const file = `${folder}/${failureFileName(seed, violation.invariant)}`;
  writeTextFile(file, failure.json(scenario));
  return (
    `${failure.message}  play it again: npx odradek simulate replay ${file} --html ` +
    `${file.replace(/json$/, "html")}\n`
  );
}

async function replay(argv: readonly string[]): Promise<number> {
  const file = argv[0]?.startsWith("-") === false ? argv[0] : undefined;
  const options = readOptions("simulate replay", REPLAY_OPTIONS, file === undefined ? argv : argv.slice(1));
  const out = process.stdout;
  if (options["help"] === true) {
    out.write(helpText("odradek simulate replay FILE [OPTIONS]", REPLAY_ABOUT, REPLAY_OPTIONS));
    return 0;
  }
  if (file === undefined)
    throw new KafkaError(
      "config",
      "odradek simulate replay needs the file of a failure, for example: odradek simulate replay simulation-7-P1.json",
    );
  const { seed, plan, scenario } = readFailure(file);
  const play = await playOf(asText(options["scenario"]) ?? scenario);
  const html = asText(options["html"]);
  const result = await play(seed, plan, html !== undefined);
  if (options["events"] === true) for (const event of result.history) out.write(`${JSON.stringify(event)}\n`);
  if (html !== undefined) {
    writeTextFile(
      html,
      timelineHtml({
        title:
          `${asText(options["scenario"]) ?? scenario ?? "odradek simulate"}, seed ${seed}, trace ` + result.traceHash,
        history: result.history,
        violations: result.violations,
      }),
    );
    out.write(`the picture is in ${html}\n`);
  }
  out.write(
    `seed ${seed}, trace ${result.traceHash}, ${result.plan.faults.length} faults, ${result.requests} requests, ` +
      `${result.virtualMs} ms of virtual time\n`,
  );
  if (result.violations.length > 0) for (const line of faultsInWords(result)) out.write(`  ${line}\n`);
  for (const { invariant, message, atMs } of result.violations) out.write(`${invariant} at ${atMs} ms: ${message}\n`);
  if (result.violations.length === 0) out.write("no invariant is broken\n");
  return result.violations.length === 0 ? 0 : 1;
}

function readFailure(file: string): SavedFailure {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw KafkaError.from(error, "config", `cannot read ${file}`);
  }
  return parseFailure(text, file);
}

function asText(option: OptionValues[string]): string | undefined {
  return option === undefined ? undefined : String(option);
}
