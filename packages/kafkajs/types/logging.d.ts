import type { logLevel } from "./constants.js";

/** The content of an entry. */
export interface LoggerEntryContent {
  /** ISO 8601. */
  readonly timestamp: string;
  readonly message: string;
  [key: string]: any;
}

/** An entry, as a {@link logCreator}'s function gets it. */
export interface LogEntry {
  /** The part of the client; undefined for the root logger. */
  namespace: string;
  level: logLevel;
  /** The name of the level. */
  label: string;
  log: LoggerEntryContent;
}

/** Makes the function that gets all entries of a `Kafka` at or below its level. Called once for each `Kafka`. */
export type logCreator = (logLevel: logLevel) => (entry: LogEntry) => void;

type LogMethod = (message: string, extra?: object) => void;

/** A logger of a `Kafka`, or of one of its clients. */
export type Logger = {
  info: LogMethod;
  error: LogMethod;
  warn: LogMethod;
  debug: LogMethod;
  /** A logger whose entries have this namespace. It does not nest. */
  namespace: (namespace: string, logLevel?: logLevel) => Logger;
  /** Sets the level of all loggers of the `Kafka`. */
  setLogLevel: (logLevel: logLevel) => void;
};
