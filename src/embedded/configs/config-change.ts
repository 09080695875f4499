import * as ErrorCode from "../../errors/error-code.ts";
import type { ConfigValues } from "./cluster-configs.ts";

/** A change of one config, as IncrementalAlterConfigs has it. */
export interface ConfigChange {
  readonly name: string;
  /** One of {@link operations}; another number is an error. */
  readonly operation: number;
  readonly value: string | null;
}

/** IncrementalAlterConfigs' numbers for its operations. */
export const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

/** Why configs cannot be altered, with Kafka's text. */
export interface ConfigRefusal {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** A change that is not possible with a config of this type. */
export function notAList(name: string, word: string): ConfigRefusal {
  return {
    errorCode: ErrorCode.INVALID_CONFIG,
    errorMessage: `Can't ${word} to key ${name} because its type is not LIST.`,
  };
}

/** Why the changes of one resource contradict each other, or have no value. */
export function changesError(changes: readonly ConfigChange[]): ConfigRefusal | undefined {
  if (new Set(changes.map(({ name }) => name)).size < changes.length)
    return refusal(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys");
  const nulls = changes.filter(({ operation, value }) => operation !== operations.delete && value === null);
  if (nulls.length === 0) return undefined;
  const names = nulls.map(({ name }) => name).join(", ");
  return refusal(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${names}`);
}

/**
 * The configs of a resource after the changes, before they are checked. `listDefault` returns the default of a config
 * that is a list, and undefined for any other.
 */
export function changedValues(
  current: ConfigValues,
  changes: readonly ConfigChange[],
  listDefault: (name: string) => string | undefined,
  refuse: (name: string, word: "APPEND" | "SUBTRACT") => ConfigRefusal = notAList,
): Map<string, string> | ConfigRefusal {
  const values = new Map(current);
  for (const { name, operation, value } of changes) {
    switch (operation) {
      case operations.set:
        values.set(name, value ?? "");
        break;
      case operations.delete:
        values.delete(name);
        break;
      case operations.append:
      case operations.subtract: {
        const byDefault = listDefault(name);
        const isAppend = operation === operations.append;
        if (byDefault === undefined) return refuse(name, isAppend ? "APPEND" : "SUBTRACT");
        values.set(name, changedList(values.get(name) ?? byDefault, value ?? "", isAppend));
        break;
      }
      default:
        // Kafka fails without a text.
        return { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: null };
    }
  }
  return values;
}

/** The list with the given words, each added once, or without them. Kafka compares words with their blanks. */
function changedList(list: string, given: string, isAppend: boolean): string {
  const words = list.split(",").filter((word) => word !== "");
  for (const word of given.split(",")) {
    const at = words.indexOf(word);
    if (isAppend && at < 0) words.push(word);
    else if (!isAppend && at >= 0) words.splice(at, 1);
  }
  return words.join(",");
}

export function refusal(errorCode: number, errorMessage: string | null): ConfigRefusal {
  return { errorCode, errorMessage };
}
