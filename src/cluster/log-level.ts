import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import type { LogEntry, LogLevel, Platform } from "../runtime/platform.ts";
import { callUser } from "./user-callback.ts";

/** The lowest level of the lines that are wanted, or `"off"`. */
export type LogThreshold = LogLevel | "off";

/** The levels from the lowest to the highest. */
export const LOG_THRESHOLDS: readonly LogThreshold[] = ["debug", "info", "warn", "error", "off"];

const VARIABLE = "ODRADEK_LOG";

/** Where log lines go, and what is wanted of them. */
export interface Logging {
  readonly log?: (entry: LogEntry) => void;
  /** Whether each request gets a line: only where `debug` was asked for. */
  readonly logsRequests: boolean;
  /** Lines about the setting itself. */
  readonly warnings: readonly string[];
}

/**
 * The logging of a `Kafka`. The option counts before the variable ODRADEK_LOG of the environment. Without both, `onLog`
 * gets every line but those of requests, and the platform prints warnings and errors. Errors of `onLog` itself can only
 * go to the platform's log.
 */
export function loggingOf(
  option: LogThreshold | undefined,
  onLog: ((entry: LogEntry) => void) | undefined,
  platform: Platform<AsyncRuntime>,
): Logging {
  const variable = option === undefined ? platform.environment?.(VARIABLE) : undefined;
  const read = LOG_THRESHOLDS.find((one) => one === variable?.toLowerCase());
  const least = option ?? read;
  const log: Logging["log"] =
    onLog === undefined
      ? platform.log && ((entry) => platform.log?.(entry, least === "off" ? undefined : least))
      : (entry) => callUser("onLog", onLog, entry, (level, message) => platform.log?.({ level, message, fields: {} }));
  return {
    ...(log === undefined || least === "off" ? {} : { log: least === undefined ? log : from(least, log) }),
    logsRequests: least === "debug",
    warnings:
      variable === undefined || variable === "" || read !== undefined
        ? []
        : [`${VARIABLE} takes ${LOG_THRESHOLDS.join(", ")}, not ${JSON.stringify(variable)}: it is ignored`],
  };
}

function from(least: LogLevel, log: (entry: LogEntry) => void): (entry: LogEntry) => void {
  const lowest = LOG_THRESHOLDS.indexOf(least);
  return (entry) => {
    if (LOG_THRESHOLDS.indexOf(entry.level) >= lowest) log(entry);
  };
}
