import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, guarded, is } from "../errors/shape.ts";
import { utf8Length } from "../wire/utf8.ts";

/** The longest text that a request can carry, in bytes. A longer one would fail the whole request. */
const LONGEST_TEXT_BYTES = 32_767;

/** Accepts a name that a request can carry. */
export const carriedName: Check = is(
  `a string that is not empty, of at most ${LONGEST_TEXT_BYTES} bytes`,
  (value) => typeof value === "string" && value !== "" && utf8Length(value) <= LONGEST_TEXT_BYTES,
);

/** Accepts a value for which `test` returns true. The error shows its type alone, because it may be a secret. */
export function secretly(takes: string, test: (value: unknown) => boolean): Check {
  return guarded((value, path) => {
    if (!test(value)) throw new KafkaError("config", `${path} takes ${takes}, not ${typeOf(value)}`);
  });
}

/** Accepts objects for which `check` does not throw. The error for a text does not show it. */
export function fieldsOnly(check: Check, takes: string): Check {
  return (value, path) => {
    secretly(takes, (given) => typeof given === "object" && given !== null)(value, path);
    check(value, path);
  };
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return "an array";
  return `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}
