import { writeSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import {
  type ConformanceOptions,
  ConformanceProbeError,
  type ConformanceReport,
  type LawResult,
  conformance,
} from "../runtime/conformance.ts";
import { hostProbes } from "./conformance-host.ts";

/** A message of the process that measures to the one that started it: a line of JSON behind {@link MARK}. */
export type Message =
  | { readonly type: "start"; readonly law: Pick<LawResult, "id" | "title"> }
  | { readonly type: "law"; readonly result: LawResult }
  | { readonly type: "end"; readonly report: ConformanceReport };

/** Begins the lines of messages. Other lines come from the runtime's own code. */
export const MARK = "\u0001odradek ";

/** The time after which no further law is tried. The command ends within a minute. */
const LIMIT_MS = 49_000;

/** Measures the runtime of a file, in a process of its own, and writes a message before and after each law. */
export async function measure(
  file: string,
  options: Pick<ConformanceOptions, "laws" | "liveDelays" | "longestDelayMs">,
): Promise<number> {
  const makeRuntime = await load(file);
  const { escaped, provoked } = collectEscapedErrors();
  const results: LawResult[] = [];
  const report = await conformance(makeRuntime, {
    ...(await hostProbes()),
    limitMs: LIMIT_MS,
    ...options,
    onLawStart: (law) => say({ type: "start", law }),
    onLaw: (observed) => {
      const result = withSilence(withEscaped(observed, escaped.splice(0)), provoked.splice(0).length);
      results.push(result);
      say({ type: "law", result });
    },
  });
  const passed = report.passed && results.every(({ verdict }) => verdict !== "fail");
  say({ type: "end", report: { ...report, passed, laws: results } });
  process.exit(passed ? 0 : 1); // a broken runtime may leave timers that would keep the process alive
}

function say(message: Message): void {
  writeSync(1, `${MARK}${JSON.stringify(message)}\n`); // at once: the next law may block the process
}

async function load(file: string): Promise<() => AsyncRuntime> {
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    throw KafkaError.from(error, "config", `cannot load ${file}`);
  }
  for (const exported of [module, module["default"]] as const) {
    const { makeRuntime, runtime } = (exported ?? {}) as Record<string, unknown>;
    if (typeof makeRuntime === "function") return makeRuntime as () => AsyncRuntime;
    for (const candidate of [runtime, exported]) if (isRuntime(candidate)) return () => candidate;
  }
  const given = module["default"];
  if (typeof given === "function") return given as () => AsyncRuntime;
  throw new KafkaError(
    "config",
    `${file} exports no runtime: it needs \`makeRuntime\`, \`runtime\`, or \`spawn\` and \`delayFor\`; it ` +
      `exports ${Object.keys(module).join(", ") || "nothing"}`,
  );
}

function isRuntime(candidate: unknown): candidate is AsyncRuntime {
  const { spawn, delayFor } = (candidate ?? {}) as Record<string, unknown>;
  return typeof spawn === "function" && typeof delayFor === "function";
}

/** The errors that would end the process of a program, apart from those that the kit provokes. */
function collectEscapedErrors(): { readonly escaped: unknown[]; readonly provoked: unknown[] } {
  const [escaped, provoked]: [unknown[], unknown[]] = [[], []];
  const collect = (error: unknown): void => {
    (isProvoked(error) ? provoked : escaped).push(error);
  };
  process.on("unhandledRejection", collect);
  process.on("uncaughtException", collect);
  return { escaped, provoked };
}

/** Says that the host never sees the errors of tasks. This breaks no law: the client passes no task that fails. */
function withSilence(result: LawResult, reported: number): LawResult {
  if (result.verdict !== "pass" || reported > 0 || !["S3", "S4"].includes(result.id)) return result;
  return { ...result, detail: [result.detail, "the error was not reported to the host"].filter(Boolean).join("; ") };
}

/** Whether an error is the kit's own, also inside of an error that a runtime made of it. */
function isProvoked(error: unknown): boolean {
  if (error instanceof ConformanceProbeError) return true;
  if (!(error instanceof Error)) return String(error).includes("of the conformance kit failed");
  return (
    error.message.includes("of the conformance kit failed") || (error.cause !== undefined && isProvoked(error.cause))
  );
}

function withEscaped(result: LawResult, escaped: readonly unknown[]): LawResult {
  if (escaped.length === 0) return result;
  const seen = `${escaped.length} uncaught error${escaped.length === 1 ? "" : "s"}, the first: ${String(escaped[0])}`;
  const detail = [result.verdict === "fail" ? result.detail : "", seen].filter((part) => part !== "").join("; ");
  const advice = result.verdict === "fail" ? result.advice : "Catch these errors: they end the process of a program.";
  return { ...result, verdict: "fail", detail, advice };
}
