import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, shape } from "../errors/shape.ts";

/** Options of {@link secretShape}. */
export interface SecretShapeOptions {
  /** The fields that must be present. */
  readonly needs?: readonly string[];
  /** Our name for an unknown field, as a part of an error text. */
  readonly advice: (given: string) => string | undefined;
}

/** Like `shape`, but a value of a wrong type is not shown, and names of other clients are explained. */
export function secretShape(
  checks: Readonly<Record<string, Check>>,
  { needs = [], advice }: SecretShapeOptions,
): Check {
  return (value, path) => {
    if (!isObject(value)) throw wrongType(value, path, `an object with ${Object.keys(checks).join(", ")}`);
    const hints: Record<string, string> = {};
    for (const key of Object.keys(value)) {
      const ours = Object.hasOwn(checks, key) ? undefined : advice(key);
      if (ours !== undefined) hints[key] = ours;
    }
    shape(checks, { needs, hints })(value, path);
  };
}

/** Whether a value can have fields. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The error for a value of a wrong type. It shows the type alone, because the value may be a secret. */
export function wrongType(value: unknown, path: string, takes: string): KafkaError {
  const type = value === null ? "null" : value === "" ? "an empty string" : Array.isArray(value) ? "an array" : "";
  const article = /^[aeiou]/.test(typeof value) ? "an" : "a";
  const given = type !== "" ? type : value === undefined ? "undefined" : `${article} ${typeof value}`;
  return new KafkaError("config", `${path} takes ${takes}, not ${given}`);
}
