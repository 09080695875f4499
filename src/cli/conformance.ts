import { AsyncLocalStorage } from "node:async_hooks";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import { ConformanceProbeError, type Probes, conformance as measure, conformanceText } from "../runtime/conformance.ts";
import { type OptionSpecs, helpText, readOptions } from "./arguments.ts";

const OPTIONS: OptionSpecs = {
  delays: {
    type: "number",
    value: "N",
    about: "how many delays live at once in law R2",
    default: 1_000_000,
    min: 1,
    max: 10_000_000,
  },
  laws: { type: "string", value: "S1,D1,…", about: "only these laws" },
  help: { type: "boolean", about: "shows this" },
};

const ABOUT = `Measures a runtime against every law of the contract, and prints which hold. FILE is a JavaScript module that exports
\`makeRuntime\` (a function that makes one), or \`runtime\`, or \`spawn\` and \`delayFor\` themselves; any of them also as its default export.
Exit code 0 when no law is broken, 1 otherwise. The laws and their reasons: docs/runtimes.md.`;

/** `odradek conformance FILE`: runs the conformance kit on your own runtime. */
export async function conformance(argv: readonly string[]): Promise<number> {
  const file = argv[0]?.startsWith("-") === false ? argv[0] : undefined;
  const options = readOptions("conformance", OPTIONS, file === undefined ? argv : argv.slice(1));
  if (options["help"] === true) {
    process.stdout.write(helpText("odradek conformance FILE [OPTIONS]", ABOUT, OPTIONS));
    return 0;
  }
  if (file === undefined)
    throw new KafkaError(
      "config",
      "odradek conformance needs the file of a runtime, for example: odradek conformance ./my-runtime.js",
    );
  const makeRuntime = await load(file);
  ignoreProbeErrors();
  const laws =
    options["laws"] === undefined
      ? {}
      : {
          laws: String(options["laws"])
            .split(",")
            .map((id) => id.trim()),
        };
  const report = await measure(makeRuntime, { ...probes(), ...laws, liveDelays: Number(options["delays"]) });
  process.stdout.write(`${file} on Node ${process.version}\n\n${conformanceText(report)}`);
  return report.passed ? 0 : 1;
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

/** Node's measurements for the kit. */
function probes(): Probes {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const storage = new AsyncLocalStorage<string>();
  return {
    sleep: (ms) => sleep(ms),
    monotonic: () => performance.now(),
    heapUsed: () => {
      gc();
      return process.memoryUsage().heapUsed;
    },
    activeTimers: () =>
      process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name === "Immediate").length,
    asyncContext: { run: (value, body) => storage.run(value, body), get: () => storage.getStore() },
  };
}

/** Ignores the errors that the kit provokes; all others end the process. */
function ignoreProbeErrors(): void {
  const ignore = (error: unknown): void => {
    if (!(error instanceof ConformanceProbeError)) throw error;
  };
  process.on("unhandledRejection", ignore);
  process.on("uncaughtException", ignore);
}
