import type { Verdict } from "../cluster/routing/verdict.ts";
import { refusal } from "../cluster/routing/verdict.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import { brokerError } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import { detailsOf, KafkaError } from "../errors/kafka-error.ts";
import { quoted } from "../security/redact.ts";

/** Advice for an error, where the broker's text has none. */
const ADVICE: Readonly<Record<number, string>> = {
  [ErrorCode.CLUSTER_AUTHORIZATION_FAILED]: "the user of this client has no right to do it",
  [ErrorCode.SECURITY_DISABLED]: "set authorizer.class.name in the configuration of the brokers",
  [ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED]: "set delegation.token.secret.key in the configuration of the brokers",
  [ErrorCode.DELEGATION_TOKEN_NOT_FOUND]: "it has expired, or it was never created",
  [ErrorCode.DELEGATION_TOKEN_EXPIRED]: "create another token",
  [ErrorCode.DELEGATION_TOKEN_OWNER_MISMATCH]: "only its owner and its renewers may do it",
  [ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED]:
    "log in with SASL or with a client certificate, and not with a delegation token",
  [ErrorCode.DELEGATION_TOKEN_AUTHORIZATION_FAILED]:
    "the user of this client needs CREATE_TOKENS on the owner, a resource of type USER",
  [ErrorCode.INVALID_PRINCIPAL_TYPE]: 'owners and renewers of tokens are users, for example "User:alice"',
};

/** A text of a broker that prints its own objects instead of a reason. */
const JAVA_OBJECT = /^Request Request\(/;

/**
 * The error table calls these retriable, for the requests of producers and consumers. In an item they are answers, and
 * the same request would get them again.
 */
const FINAL: readonly number[] = [
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.ELECTION_NOT_NEEDED,
  ErrorCode.UNKNOWN_TOPIC_ID,
];

/**
 * The error of an item that a broker refused with a code and a text. `what` names the operation and the item; `details`
 * says which topic or partition it is.
 */
export function itemError(
  code: number,
  what: string,
  text: string | null = null,
  details: Partial<TopicPartition> = {},
): KafkaError {
  const error = brokerError(code, what);
  const reason = text === null || text === "" || JAVA_OBJECT.test(text) ? "" : `: ${quoted(text, [])}`;
  const advice = ADVICE[code] === undefined ? "" : `; ${ADVICE[code]}`;
  const isFinal = FINAL.includes(code) ? { retriable: false } : {};
  return new KafkaError(error.kind, `${error.message}${reason}${advice}`, {
    ...detailsOf(error),
    ...details,
    ...isFinal,
  });
}

/**
 * After these errors of an item nothing was changed, and the same request may succeed. All others are final, also those
 * that the error table calls retriable: in an item they are answers.
 */
const SENT_AGAIN: readonly (number | undefined)[] = [ErrorCode.NOT_CONTROLLER, ErrorCode.THROTTLING_QUOTA_EXCEEDED];

/**
 * The verdict on an item that a broker refused. `throttled`: the time until a quota allows the item, in ms, which the
 * answer says; "final" if the caller wants to know of it.
 */
export function itemVerdict(error: KafkaError, throttled: number | "final" = 0): Verdict<never> {
  const isThrottled = error.code === ErrorCode.THROTTLING_QUOTA_EXCEEDED;
  if (!SENT_AGAIN.includes(error.code) || (isThrottled && throttled === "final")) return { then: "fail", error };
  return { ...refusal(error), afterMs: isThrottled ? Number(throttled) : 0 };
}
