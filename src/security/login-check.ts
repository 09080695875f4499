import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, reading } from "../errors/shape.ts";
import { wrongType } from "./secret-shape.ts";

/** The names of the mechanisms that the option `sasl` takes. */
const NAMES: readonly string[] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "AWS_MSK_IAM"];

/** Mechanisms that log in with a name and a password, which are the mistakes that people make. */
const WITH_PASSWORD: readonly unknown[] = NAMES.slice(0, 3);

/**
 * The part of the check of the option `sasl` that `new Kafka()` makes. `checkSasl` makes the rest before the first
 * connection: it is loaded with all other code of SASL, so that a page without a login does not contain it. No text
 * contains a value that may be a secret.
 */
export const checkLogin: Check = (value, path) => {
  const isObject = typeof value === "object" && value !== null;
  const mechanism = isObject ? reading(path, () => (value as { readonly mechanism?: unknown }).mechanism) : undefined;
  if (NAMES.includes(mechanism as string) || (typeof mechanism === "object" && mechanism !== null)) {
    if (WITH_PASSWORD.includes(mechanism)) for (const key of ["username", "password"]) checkGiven(value, key, path);
    return;
  }
  const near = typeof mechanism === "string" ? NAMES.find((name) => name === mechanism.toUpperCase()) : undefined;
  throw new KafkaError(
    "config",
    `${path} needs mechanism: ${near === undefined ? `${NAMES.join(", ")}, or an object of your own` : `did you mean "${near}"?`}`,
  );
};

function checkGiven(value: unknown, key: string, path: string): void {
  const given = reading(path, () => (value as Readonly<Record<string, unknown>>)[key]);
  if (typeof given === "function" || (typeof given === "string" && given !== "")) return;
  if (given !== undefined)
    throw wrongType(given, `${path}: ${key}`, "a string that is not empty, or a function that returns one");
  const names = Object.keys(value as object).join(", ");
  throw new KafkaError("config", `${path} needs ${key}, and was given ${names}`);
}
