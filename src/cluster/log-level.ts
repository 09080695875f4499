import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import type { LogEntry, LogLevel, Platform } from "../runtime/platform.ts";
import { callUser } from "./user-callback.ts";

/** The lowest level of the lines that are wanted, or `"off"`. */
export type LogThreshold = LogLevel | "off";

/** The levels from the lowest to the highest. */
export const LOG_THRESHOLDS: readonly LogThreshold[] = ["debug", "info", "warn", "error", "off"];

const VARIABLE = "ODRADEK_LOG";

/** Where log lines go, and which are wanted. */
export interface Logging {
  readonly log: (entry: LogEntry) => void;
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
  const asked: string = option ?? platform.environment?.(VARIABLE) ?? "";
  const lowest = LOG_THRESHOLDS.indexOf(asked.toLowerCase() as LogThreshold); // −1 if no level was asked for
  const print = (level: LogLevel, message: string): void => platform.log?.({ level, message, fields: {} });
  return {
    log: (entry) => {
      if (LOG_THRESHOLDS.indexOf(entry.level) < lowest) return;
      if (onLog === undefined) platform.log?.(entry, LOG_THRESHOLDS[lowest] as LogLevel | undefined);
      else callUser("onLog", onLog, entry, print);
    },
    logsRequests: lowest === 0,
    warnings:
      lowest >= 0 || asked === ""
        ? []
        : [`${VARIABLE} takes ${LOG_THRESHOLDS.join(", ")}, not ${asked}: it is ignored`],
  };
}
