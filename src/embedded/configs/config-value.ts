import type { ConfigKey } from "./config-key.ts";

const LOWEST_LONG = -9_223_372_036_854_775_808n;
const HIGHEST_LONG = 9_223_372_036_854_775_807n;
const BITS = { short: 16, int: 32, long: 64 } as const;
const INTEGER = /^[+-]?\d+$/;
const DOUBLE = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?$/;
const REPLICA = /^(?:\d+:\d+)?$/;
const DURATION =
  /^by_duration:[+-]?P(?=.)(?:[+-]?\d+D)?(?:T(?=.)(?:[+-]?\d+H)?(?:[+-]?\d+M)?(?:[+-]?\d+(?:\.\d+)?S)?)?$/i;

/** Why a config cannot have a value, in Kafka's words; undefined if it can. */
export function valueError(name: string, key: ConfigKey, value: string): string | undefined {
  const text = value.trim();
  switch (key.type) {
    case "boolean":
      return /^(true|false)$/i.test(text)
        ? undefined
        : invalid(name, value, "Expected value to be either true or false");
    case "short":
    case "int":
    case "long":
      return isInteger(text, BITS[key.type])
        ? rangeError(name, key, Number(text), plainInteger(text))
        : invalid(name, value, `Not a number of type ${key.type.toUpperCase()}`);
    case "double": {
      if (!DOUBLE.test(text)) return invalid(name, value, "Not a number of type DOUBLE");
      const number = numberOf(text);
      return rangeError(name, key, number, javaDouble(number));
    }
    case "string":
      return wordError(name, key, text);
    case "list":
      return listError(name, key, wordsOf(text));
    case "class":
    case "password":
      return undefined;
  }
}

/** A value as Kafka shows it after reading: numbers without signs and blanks, each word of a list once. */
export function shownValue({ type }: ConfigKey, value: string): string {
  const text = value.trim();
  switch (type) {
    case "boolean":
      return text.toLowerCase();
    case "short":
    case "int":
    case "long":
      return plainInteger(text);
    case "double":
      return javaDouble(numberOf(text));
    case "list":
      return [...new Set(wordsOf(text))].join(",");
    case "string":
    case "class":
    case "password":
      return text;
  }
}

/** The words of a list. */
export function wordsOf(text: string): readonly string[] {
  return text.trim() === "" ? [] : text.split(",").map((word) => word.trim());
}

function invalid(name: string, value: string, why: string): string {
  return `Invalid value ${value} for configuration ${name}: ${why}`;
}

function isInteger(text: string, bits: number): boolean {
  if (!INTEGER.test(text)) return false;
  const value = BigInt(text.replace("+", ""));
  return bits === 64 ? value >= LOWEST_LONG && value <= HIGHEST_LONG : BigInt.asIntN(bits, value) === value;
}

function plainInteger(text: string): string {
  return String(BigInt(text.replace("+", "")));
}

function numberOf(text: string): number {
  return Number(text.replace(/[fFdD]$/, ""));
}

function rangeError(name: string, { least, most, rule }: ConfigKey, number: number, shown: string): string | undefined {
  if (rule === "gzip level" && number !== -1 && (number < 1 || number > 9))
    return invalid(name, shown, "Value must be between 1 and 9 or equal to -1");
  if (least !== undefined && number < least) return invalid(name, shown, `Value must be at least ${least}`);
  return most !== undefined && number > most ? invalid(name, shown, `Value must be no more than ${most}`) : undefined;
}

function listError(name: string, key: ConfigKey, words: readonly string[]): string | undefined {
  if (key.rule === "replica list") {
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
    const why = word === "" ? `Configuration '${name}' values must not be empty.` : wordError(name, key, word);
    if (why !== undefined) return why;
  }
  return undefined;
}

function wordError(name: string, { oneOf, rule }: ConfigKey, word: string): string | undefined {
  if (rule === "offset reset" && word !== "earliest" && word !== "latest" && !DURATION.test(word))
    return invalid(
      name,
      word,
      `Invalid value \`${word}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of the ` +
        "format 'by_duration:<PnDTnHnMn.nS>'.",
    );
  return oneOf === undefined || oneOf.includes(word)
    ? undefined
    : invalid(name, word, `String must be one of: ${oneOf.join(", ")}`);
}

/** Formats a double as Java does: always with a fraction, and with a power of ten if it is very large or very small. */
function javaDouble(number: number): string {
  const size = Math.abs(number);
  if (!Number.isFinite(number)) return String(number);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(number) ? `${number}.0` : String(number);
  const [digits = "", power = ""] = number.toExponential().split("e");
  return `${digits.includes(".") ? digits : `${digits}.0`}E${power.replace("+", "")}`;
}
