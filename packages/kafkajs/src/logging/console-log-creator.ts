import type { Host } from "../host.ts";
import { type LogLevel, logLevel } from "./log-level.ts";
import type { LogCreator } from "./logger.ts";

const METHODS = new Map<LogLevel, "info" | "error" | "warn" | "log">([
  [logLevel.INFO, "info"],
  [logLevel.ERROR, "error"],
  [logLevel.WARN, "warn"],
  [logLevel.DEBUG, "log"],
]);

/** The log creator of a `Kafka` without one: a line of JSON for each entry. */
export function consoleLogCreator(host: Pick<Host, "print">): LogCreator {
  return () =>
    ({ namespace, level, label, log }) => {
      const message = namespace === undefined || namespace === "" ? log.message : `[${namespace}] ${log.message}`;
      const method = METHODS.get(level);
      if (method !== undefined) host.print(method, JSON.stringify({ level: label, ...log, message }));
    };
}
