import { KafkaError } from "../../errors/kafka-error.ts";
import type { AsyncRuntime } from "../async-runtime.ts";

/** The functions among the options, and whether each must be given. */
const FUNCTIONS = {
  sleep: true,
  monotonic: true,
  heapUsed: false,
  activeTimers: false,
  onLaw: false,
  onLawStart: false,
};
const NUMBERS = ["liveDelays", "longestDelayMs", "limitMs"];
const NAMES = [...Object.keys(FUNCTIONS), "asyncContext", ...NUMBERS, "laws"];

/** Checks the arguments of `conformance`. Throws kind `config`, with the names that there are. */
export function checkArguments(makeRuntime: unknown, options: unknown, ids: readonly string[]): void {
  if (typeof makeRuntime !== "function")
    throw wrong(`takes a function that makes the runtime, for example () => runtime, not ${kindOf(makeRuntime)}`);
  if (typeof options !== "object" || options === null)
    throw wrong(`takes an object of options with at least sleep and monotonic, not ${kindOf(options)}`);
  const given = options as Readonly<Record<string, unknown>>;
  const unknownName = Object.keys(given).find((name) => !NAMES.includes(name));
  if (unknownName !== undefined) throw wrong(`has no option ${unknownName}; it has ${NAMES.join(", ")}`);
  for (const [name, isNeeded] of Object.entries(FUNCTIONS)) {
    const value = given[name];
    if (value === undefined ? isNeeded : typeof value !== "function")
      throw wrong(`needs a function as ${name}, not ${kindOf(value)}`);
  }
  for (const name of NUMBERS) {
    const value = given[name];
    if (value !== undefined && !(typeof value === "number" && value >= 1 && Number.isFinite(value)))
      throw wrong(`takes a number of at least 1 as ${name}, not ${typeof value === "number" ? value : kindOf(value)}`);
  }
  checkContext(given["asyncContext"]);
  checkIds(given["laws"], ids);
}

/** The runtime, or kind `config` if it is none. */
export function checkedRuntime(made: unknown): AsyncRuntime {
  const { spawn, delayFor } = (made ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof spawn === "function" && typeof delayFor === "function") return made as AsyncRuntime;
  const isPromise = typeof (made as { readonly then?: unknown } | undefined)?.then === "function";
  throw new KafkaError(
    "config",
    `makeRuntime returned ${isPromise ? "a promise" : kindOf(made)}, not an object with the functions spawn and ` +
      `delayFor${isPromise ? ": await what it needs before, for example with a top-level await" : ""}`,
  );
}

function checkContext(context: unknown): void {
  if (context === undefined) return;
  const { run, get } = (context ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof run !== "function" || typeof get !== "function")
    throw wrong("needs the functions run(value, body) and get() in asyncContext");
}

function checkIds(laws: unknown, ids: readonly string[]): void {
  if (laws === undefined) return;
  if (!Array.isArray(laws) || laws.length === 0)
    throw wrong(`takes a list of ids as laws, for example ["S1", "D1"], not ${kindOf(laws)}`);
  const unknownId: unknown = laws.find((id) => !ids.includes(id as string));
  if (unknownId !== undefined)
    throw wrong(
      `has no law ${typeof unknownId === "string" ? unknownId : kindOf(unknownId)}; it has ${ids.join(", ")}`,
    );
}

function wrong(what: string): KafkaError {
  return new KafkaError("config", `conformance ${what}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
}
