import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, reading } from "../errors/shape.ts";

/** The names of the mechanisms that the option `sasl` takes. */
const NAMES: readonly string[] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "AWS_MSK_IAM"];

/**
 * The part of the check of the option `sasl` that `new Kafka()` makes. `checkSasl` makes the rest before the first
 * connection: it is loaded with all other code of SASL, so that a page without a login does not contain it. No text
 * contains a value that may be a secret.
 */
export const checkMechanismName: Check = (value, path) => {
  const isObject = typeof value === "object" && value !== null;
  const mechanism = isObject ? reading(path, () => (value as { readonly mechanism?: unknown }).mechanism) : undefined;
  if (NAMES.includes(mechanism as string) || (typeof mechanism === "object" && mechanism !== null)) return;
  const near = typeof mechanism === "string" ? NAMES.find((name) => name === mechanism.toUpperCase()) : undefined;
  throw new KafkaError(
    "config",
    `${path} needs mechanism: ${near === undefined ? `${NAMES.join(", ")}, or an object of your own` : `did you mean "${near}"?`}`,
  );
};
