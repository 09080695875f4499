import { type TopicConfig, topicConfigs } from "./topic-configs.ts";

const LOWEST_LONG = -9_223_372_036_854_775_808n;
const HIGHEST_LONG = 9_223_372_036_854_775_807n;
const INTEGER = /^[+-]?\d+$/;
const DOUBLE = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?$/;
const REPLICA = /^(?:\d+:\d+)?$/;

/**
 * Why a topic cannot have these configs, in Kafka's words and in its order of checks: nulls, names, values,
 * contradictions.
 */
export function topicConfigsError(
  configs: readonly (readonly [name: string, value: string | null])[],
): string | undefined {
  const nulls = configs.filter(([, value]) => value === null).map(([name]) => name);
  if (nulls.length > 0) return `Null value not supported for topic configs: ${nulls.join(",")}`;
  const values = new Map(configs.map(([name, value]) => [name, value ?? ""]));
  for (const name of values.keys()) if (!topicConfigs.has(name)) return `Unknown topic config name: ${name}`;
  for (const [name, config] of topicConfigs) {
    const value = values.get(name);
    const why = value === undefined ? undefined : valueError(name, config, value);
    if (why !== undefined) return why;
  }
  return contradiction((name) => (values.get(name) ?? topicConfigs.get(name)?.default ?? "").trim());
}

function valueError(name: string, config: TopicConfig, value: string): string | undefined {
  const text = value.trim();
  switch (config.type) {
    case "boolean":
      return /^(true|false)$/i.test(text)
        ? undefined
        : invalid(name, value, "Expected value to be either true or false");
    case "int":
    case "long":
      return isInteger(text, config.type)
        ? rangeError(name, config, Number(text), String(BigInt(text.replace("+", ""))))
        : invalid(name, value, `Not a number of type ${config.type.toUpperCase()}`);
    case "double": {
      if (!DOUBLE.test(text)) return invalid(name, value, "Not a number of type DOUBLE");
      const number = Number(text.replace(/[fFdD]$/, ""));
      return rangeError(name, config, number, javaDouble(number));
    }
    case "string":
      return wordError(name, config, text);
    case "list":
      return listError(name, config, text === "" ? [] : text.split(",").map((word) => word.trim()));
  }
}

function isInteger(text: string, type: "int" | "long"): boolean {
  if (!INTEGER.test(text)) return false;
  const value = BigInt(text.replace("+", ""));
  return type === "int" ? BigInt.asIntN(32, value) === value : value >= LOWEST_LONG && value <= HIGHEST_LONG;
}

function rangeError(
  name: string,
  { least, most, rule }: TopicConfig,
  number: number,
  shown: string,
): string | undefined {
  if (rule === "gzip level" && number !== -1 && (number < 1 || number > 9))
    return invalid(name, shown, "Value must be between 1 and 9 or equal to -1");
  if (least !== undefined && number < least) return invalid(name, shown, `Value must be at least ${least}`);
  return most !== undefined && number > most ? invalid(name, shown, `Value must be no more than ${most}`) : undefined;
}

function listError(name: string, config: TopicConfig, words: readonly string[]): string | undefined {
  if (config.rule === "replica list") {
    return words.every((word) => REPLICA.test(word)) || words.join("") === "*"
      ? undefined
      : invalid(
          name,
          `[${words.join(", ")}]`,
          `${name} must be the literal '*' or a list of replicas in the following format: ` +
            "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
        );
  }
  for (const word of words) {
    const why = word === "" ? `Configuration '${name}' values must not be empty.` : wordError(name, config, word);
    if (why !== undefined) return why;
  }
  return undefined;
}

function wordError(name: string, { oneOf }: TopicConfig, word: string): string | undefined {
  return oneOf === undefined || oneOf.includes(word)
    ? undefined
    : invalid(name, word, `String must be one of: ${oneOf.join(", ")}`);
}

function contradiction(value: (name: string) => string): string | undefined {
  const [least, most] = [value("min.compaction.lag.ms"), value("max.compaction.lag.ms")];
  if (Number(least) > Number(most))
    return (
      `conflict topic config setting min.compaction.lag.ms (${Number(least)}) > max.compaction.lag.ms ` +
      `(${Number(most)})`
    );
  if (value("remote.storage.enable").toLowerCase() === "true")
    return (
      "Tiered Storage functionality is disabled in the broker. " + "Topic cannot be configured with remote log storage."
    );
  return undefined;
}

function invalid(name: string, value: string, why: string): string {
  return `Invalid value ${value} for configuration ${name}: ${why}`;
}

/** Formats a double as Java does: always with a fraction, and with a power of ten if it is very large or very small. */
function javaDouble(number: number): string {
  const size = Math.abs(number);
  if (!Number.isFinite(number)) return String(number);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(number) ? `${number}.0` : String(number);
  const [digits = "", power = ""] = number.toExponential().split("e");
  return `${digits.includes(".") ? digits : `${digits}.0`}E${power.replace("+", "")}`;
}
