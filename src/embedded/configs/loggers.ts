import * as ErrorCode from "../../errors/error-code.ts";
import type { ConfigValues } from "./cluster-configs.ts";
import { type ConfigChange, type ConfigRefusal, operations, refusal } from "./config-change.ts";

const ROOT = "root";
const LEVELS = ["DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"];
/** The loggers that a broker has from the start: the one of all others, and that of Kafka's own logging. */
const NAMES: readonly string[] = [ROOT, "org.apache.kafka.server.logger.LoggingController"];
const WORDS: ReadonlyMap<number, string> = new Map([
  [operations.append, "APPEND operation"],
  [operations.subtract, "SUBTRACT operation"],
]);

/** The levels of the loggers of each broker. They can be read and set; an embedded broker logs through its host. */
export class Loggers {
  readonly #levels = new Map<number, Map<string, string>>();

  levels(nodeId: number): ConfigValues {
    return this.#of(nodeId);
  }

  /** Why the levels cannot change so, in Kafka's words. */
  error(changes: readonly ConfigChange[], nodeId: number): ConfigRefusal | undefined {
    for (const change of changes) {
      const why = changeError(change, this.#of(nodeId));
      if (why !== undefined) return why;
    }
    return undefined;
  }

  /** Applies changes that have no {@link error}. A logger without a level of its own has that of `root`. */
  change(changes: readonly ConfigChange[], nodeId: number): void {
    const levels = this.#of(nodeId);
    for (const { name, operation, value } of changes)
      levels.set(name, operation === operations.set ? (value ?? "") : (levels.get(ROOT) ?? ""));
  }

  #of(nodeId: number): Map<string, string> {
    let levels = this.#levels.get(nodeId);
    if (levels === undefined) this.#levels.set(nodeId, (levels = new Map(NAMES.map((name) => [name, "INFO"]))));
    return levels;
  }
}

function changeError({ name, operation, value }: ConfigChange, levels: ConfigValues): ConfigRefusal | undefined {
  if (operation !== operations.set && operation !== operations.delete) {
    const what = WORDS.get(operation) ?? `Unknown operation type ${operation}`;
    return refusal(ErrorCode.INVALID_REQUEST, `${what} is not allowed for the BROKER_LOGGER resource`);
  }
  if (!levels.has(name)) return refusal(ErrorCode.INVALID_CONFIG, `Logger ${name} does not exist!`);
  if (operation === operations.delete)
    return name === ROOT
      ? refusal(ErrorCode.INVALID_REQUEST, "Removing the log level of the root logger is not allowed")
      : undefined;
  return LEVELS.includes(value ?? "")
    ? undefined
    : refusal(
        ErrorCode.INVALID_CONFIG,
        `Cannot set the log level of ${name} to ${value ?? ""} as it is not a supported log level. Valid log levels ` +
          `are ${LEVELS.join(", ")}`,
      );
}
