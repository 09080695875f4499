/** DescribeConfigs' numbers for the types of configs. */
export const configTypes = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
} as const;

/** A config: its type, its default, and its allowed values: a range of numbers, words, or the condition in `rule`. */
export interface ConfigKey {
  readonly type: keyof typeof configTypes;
  /** Null: the config has no value until it is set. */
  readonly default: string | null;
  readonly least?: number;
  readonly most?: number;
  readonly oneOf?: readonly string[];
  readonly rule?: "gzip level" | "replica list" | "offset reset";
  /**
   * The broker configs that give the default, the first that is set: their units may differ, as in `log.retention.ms`
   * and `log.retention.hours`.
   */
  readonly brokers?: readonly string[];
  /** Of a broker's config: whether a running broker changes it, for itself or for the whole cluster. */
  readonly update?: "fixed" | "broker" | "cluster";
}

/**
 * Reads a table of `known-keys.ts`: `name|type|default|allowed values|how it can change|broker configs behind it` in
 * each line. The table is data of this library, so its lines are not checked again.
 */
export function readKeys(lines: string): ReadonlyMap<string, ConfigKey> {
  return new Map(
    lines
      .trim()
      .split("\n")
      .map((line): [string, ConfigKey] => {
        const [name = "", type = "", byDefault = "", values = "", update = "", brokers = ""] = line.split("|");
        return [
          name,
          {
            type: type as ConfigKey["type"],
            default: byDefault === "null" ? null : byDefault,
            update: update as NonNullable<ConfigKey["update"]>,
            ...allowed(values),
            ...(brokers === "" ? {} : { brokers: brokers.split(",") }),
          },
        ];
      }),
  );
}

function allowed(values: string): Pick<ConfigKey, "least" | "most" | "oneOf" | "rule"> {
  if (values === "") return {};
  if (values === "gzip level" || values === "offset reset") return { rule: values };
  const [least, most] = values.split("..");
  if (most === undefined) return { oneOf: values.split(",") };
  return { least: Number(least), ...(most === "" ? {} : { most: Number(most) }) };
}
