import { KafkaError } from "../errors/kafka-error.ts";
import { quoted } from "./redact.ts";

/** An authentication that failed, as its error names it. */
export interface Refused {
  /** The mechanism's name. */
  readonly mechanism: string;
  /** The user, if known. */
  readonly user?: string | undefined;
  /** Texts that must not be in the error. */
  readonly secrets: readonly string[];
  /** The remedy. */
  readonly hint?: string | undefined;
  /** The broker's error code, if it returned one. */
  readonly code?: number;
}

/** The error of an authentication that the broker refused with `text`. It is not retriable. */
export function refusal(text: string, { mechanism, user, secrets, hint, code }: Refused): KafkaError {
  const who = user === undefined ? "" : ` of user "${quoted(user, secrets)}"`;
  const reason = text === "" ? "without a reason" : `: ${quoted(text, secrets)}`;
  return new KafkaError(
    "authentication",
    `the broker refused the authentication${who} by SASL ${mechanism}${text === "" ? " " : ""}${reason}` +
      (hint === undefined ? "" : `. ${hint}`),
    code === undefined ? {} : { code },
  );
}

/** The error for an answer of the broker that does not follow the mechanism's protocol. It is not retriable. */
export function brokenExchange(mechanism: string, what: string): KafkaError {
  return new KafkaError("authentication", `SASL ${mechanism}: ${what}`);
}
