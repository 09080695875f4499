import { KafkaError } from "../errors/kafka-error.ts";
import { jsonFields, textField } from "./json.ts";
import { jwtClaims } from "./jwt.ts";
import { quoted } from "./redact.ts";
import type { OAuthToken } from "./token.ts";

/** An endpoint's answer, and the facts that an error about it needs. */
export interface TokenAnswer {
  readonly status: number;
  readonly text: string;
  /** The endpoint, as errors name it. */
  readonly endpoint: string;
  /** Texts that must not be in an error. */
  readonly secrets: readonly string[];
}

/**
 * The token in an answer (RFC 6749). Of a refusal, the error has the status, `error` and `error_description`, and no
 * other part of the answer: it may contain secrets.
 */
export function tokenOf(answer: TokenAnswer, nowMs: number): OAuthToken {
  const fields = answeredFields(answer);
  const value = textField(fields, "access_token") ?? textField(fields, "id_token");
  if (value === undefined)
    throw new KafkaError("authentication", `the answer of ${answer.endpoint} has no access_token`);
  // As in Java, the token's own end counts. An opaque token has none.
  const seconds = Number(fields.expires_in ?? Number.NaN);
  return Number.isFinite(seconds) && jwtClaims(value)?.endMs === undefined
    ? { value, expiresAtMs: nowMs + seconds * 1000 }
    : { value };
}

/** The fields of an answer that is a JSON object with a status of success. */
export function answeredFields(answer: TokenAnswer): Readonly<Record<string, unknown>> {
  const { status, text, endpoint } = answer;
  if (status < 200 || status > 299) throw refusedBy(answer);
  const fields = jsonFields(text);
  if (fields === undefined) throw new KafkaError("authentication", `the answer of ${endpoint} is not a JSON object`);
  return fields;
}

/** The error of an answer without success. As in Java, only statuses that may pass are retriable. */
export function refusedBy({ status, text, endpoint, secrets }: TokenAnswer): KafkaError {
  const fields = jsonFields(text);
  const reasons = [textField(fields, "error"), textField(fields, "error_description")]
    .filter((part) => part !== undefined)
    .map((part) => quoted(part, [...secrets, ...secretsIn(fields)]));
  const why = reasons.length === 0 ? "" : `: ${reasons.join(", ")}`;
  const isTemporary = status === 408 || (status > 415 && status !== 501 && status !== 505);
  return new KafkaError(
    isTemporary ? "connection" : "authentication",
    `${endpoint} answered with status ${status}${why}`,
    { retriable: isTemporary },
  );
}

/** The fields of an answer whose names say that they are secret: a description may repeat them. */
function secretsIn(fields: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return Object.keys(fields ?? {})
    .filter((name) => /token|secret|assertion|password|key/i.test(name))
    .map((name) => textField(fields, name) ?? "");
}
