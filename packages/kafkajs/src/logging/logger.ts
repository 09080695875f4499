import type { Host } from "../host.ts";
import { type LogLevel, logLevel } from "./log-level.ts";

/** One entry, as a log creator gets it. */
export interface LogEntry {
  readonly namespace: string | undefined;
  readonly level: LogLevel;
  readonly label: keyof typeof logLevel;
  readonly log: { readonly timestamp: string; readonly logger: "kafkajs"; readonly message: string } & Readonly<
    Record<string, unknown>
  >;
}

/** Makes the function that gets the entries of a `Kafka`. */
export type LogCreator = (level: LogLevel) => (entry: LogEntry) => void;

type LogMethod = (message: string, extra?: object) => void;

/** A logger with kafkajs's members. All work without their object. */
export interface Logger {
  info: LogMethod;
  error: LogMethod;
  warn: LogMethod;
  debug: LogMethod;
  /** A logger whose entries have this namespace. It does not nest: the last name counts. */
  namespace: (namespace: string, level?: LogLevel | null) => Logger;
  /** Sets the level of all loggers of the `Kafka` that have none of their own. */
  setLogLevel: (level: LogLevel) => void;
}

type LogHost = Pick<Host, "clock" | "environment">;

/** The root logger of a `Kafka`. The variable `KAFKAJS_LOG_LEVEL` of the environment wins over `level`. */
export function createLogger(host: LogHost, level: LogLevel, logCreator: LogCreator): Logger {
  const ofEnvironment = (given: LogLevel | null): LogLevel | null => {
    const name = (host.environment("KAFKAJS_LOG_LEVEL") ?? "").toUpperCase();
    return Object.hasOwn(logLevel, name) ? logLevel[name as keyof typeof logLevel] : given;
  };
  const whole = { level: ofEnvironment(level) ?? level };
  const write = logCreator(whole.level);

  const make = (namespace: string | undefined, own: LogLevel | null): Logger => {
    const method =
      (label: keyof typeof logLevel): LogMethod =>
      (message, extra = {}) => {
        if (logLevel[label] > (own ?? whole.level)) return;
        const timestamp = new Date(host.clock.now()).toISOString();
        write({ namespace, level: logLevel[label], label, log: { timestamp, logger: "kafkajs", message, ...extra } });
      };
    return {
      info: method("INFO"),
      error: method("ERROR"),
      warn: method("WARN"),
      debug: method("DEBUG"),
      namespace: (name, namespaceLevel = null) => make(name, ofEnvironment(namespaceLevel)),
      setLogLevel: (newLevel) => {
        whole.level = newLevel;
      },
    };
  };
  return make(undefined, null);
}
