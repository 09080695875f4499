import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, guarded } from "../errors/shape.ts";

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
