import { readFileSync, writeFileSync } from "node:fs";
import { KafkaError } from "../errors/kafka-error.ts";
import { type FaultPlan, parseFaultPlan } from "../simulation.ts";
import { shrinkFaultPlan } from "../simulation/shrink.ts";
import { timelineHtml } from "../simulation/timeline.ts";
import { type OptionSpecs, helpText, readOptions } from "./arguments.ts";
import { type WorkloadOptions, type WorkloadResult, runWorkload } from "./workload.ts";

const OPTIONS: OptionSpecs = {
  seeds: { type: "number", value: "N", about: "how many seeds to run", default: 100, min: 1, max: 100_000_000 },
  from: { type: "number", value: "SEED", about: "the first of them", default: 1 },
  out: { type: "string", value: "FOLDER", about: "where failures are written", default: "." },
  help: { type: "boolean", about: "shows this" },
};
const REPLAY_OPTIONS: OptionSpecs = {
  events: { type: "boolean", about: "prints all that happened" },
  html: { type: "string", value: "FILE", about: "writes a picture of the run, a page for any browser" },
  help: { type: "boolean", about: "shows this" },
};

const ABOUT = `Runs producers and consumers against an embedded cluster in virtual time. Each seed draws its own settings and its own
faults, and the whole history is checked. A failure is shrunk to the fewest faults and written to a file, which
"odradek simulate replay FILE" plays again. Exit code 0 when all is well, 1 when a seed failed.`;

/** A failure as it is written to a file. */
interface Failure {
  readonly seed: number;
  readonly invariant: string;
  readonly plan: FaultPlan;
}

/** `odradek simulate`: many seeds, or one failure again. */
export async function simulateCommand(argv: readonly string[]): Promise<number> {
  if (argv[0] === "replay") return replay(argv.slice(1));
  const options = readOptions("simulate", OPTIONS, argv);
  const out = process.stdout;
  if (options["help"] === true) {
    out.write(helpText("odradek simulate [OPTIONS]\n       odradek simulate replay FILE [--events]", ABOUT, OPTIONS));
    return 0;
  }
  const [from, seeds] = [Number(options["from"]), Number(options["seeds"])];
  const startMs = performance.now();
  let requests = 0;
  let failed = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runWorkload(seed);
    requests += result.requests;
    if (result.violations.length === 0) continue;
    failed++;
    out.write(await tellFailure(result, String(options["out"])));
  }
  const seconds = (performance.now() - startMs) / 1000;
  out.write(`${seeds} seeds from ${from}: ${failed} failed; ${requests} requests in ${seconds.toFixed(1)} s, ${((seeds * 60) / seconds).toFixed(0)} seeds a minute\n`);
  return failed === 0 ? 0 : 1;
}

/** Shrinks a failure, writes it to a file, and says how to play it again. */
export async function tellFailure(result: WorkloadResult, folder: string, options: WorkloadOptions = {}): Promise<string> {
  const [violation] = result.violations;
  if (violation === undefined) return "";
  const { invariant } = violation;
  const isSame = async (plan: FaultPlan): Promise<boolean> => (await runWorkload(result.seed, { ...options, plan })).violations.some((other) => other.invariant === invariant);
  const { plan, runs } = await shrinkFaultPlan(result.plan, isSame);
  const failure: Failure = { seed: result.seed, invariant, plan };
  const file = `${folder}/simulation-${result.seed}-${invariant}.json`;
  writeFileSync(file, `${JSON.stringify(failure, undefined, 2)}\n`);
  return `seed ${result.seed} breaks ${invariant}: ${violation.message} (at ${violation.atMs} ms)\n  ${plan.faults.length} of ${result.plan.faults.length} faults are needed (${runs} runs); play it again: npx odradek simulate replay ${file}\n`;
}

async function replay(argv: readonly string[]): Promise<number> {
  const file = argv[0]?.startsWith("-") === false ? argv[0] : undefined;
  const options = readOptions("simulate replay", REPLAY_OPTIONS, file === undefined ? argv : argv.slice(1));
  if (options["help"] === true) {
    process.stdout.write(helpText("odradek simulate replay FILE [OPTIONS]", "Plays a failure that odradek simulate wrote, or any file with a seed and a plan.", REPLAY_OPTIONS));
    return 0;
  }
  if (file === undefined) throw new KafkaError("config", "odradek simulate replay needs the file of a failure, for example: odradek simulate replay simulation-7-P1.json");
  const { seed, plan } = readFailure(file);
  const result = await runWorkload(seed, plan === undefined ? {} : { plan });
  if (options["events"] === true) for (const event of result.history) process.stdout.write(`${JSON.stringify(event)}\n`);
  const html = options["html"];
  if (html !== undefined) {
    writeFileSync(String(html), timelineHtml({ title: `odradek simulate, seed ${seed}`, history: result.history, plan: result.plan, violations: result.violations }));
    process.stdout.write(`the picture is in ${String(html)}\n`);
  }
  process.stdout.write(`seed ${seed}, trace ${result.traceHash}, ${result.plan.faults.length} faults, ${result.requests} requests, ${result.virtualMs} ms of virtual time\n`);
  for (const { invariant, message, atMs } of result.violations) process.stdout.write(`${invariant} at ${atMs} ms: ${message}\n`);
  if (result.violations.length === 0) process.stdout.write("no invariant is broken\n");
  return result.violations.length === 0 ? 0 : 1;
}

function readFailure(file: string): { readonly seed: number; readonly plan: FaultPlan | undefined } {
  let content: Partial<Record<keyof Failure, unknown>>;
  try {
    content = JSON.parse(readFileSync(file, "utf8")) as Partial<Record<keyof Failure, unknown>>;
  } catch (error) {
    throw KafkaError.from(error, "config", `reading ${file}`);
  }
  if (!Number.isSafeInteger(content.seed)) throw new KafkaError("config", `${file} has no seed`);
  return { seed: content.seed as number, plan: content.plan === undefined ? undefined : parseFaultPlan(content.plan) };
}
