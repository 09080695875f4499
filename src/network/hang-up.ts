import { detailsOf, KafkaError } from "../errors/kafka-error.ts";
import type { ConnectionState } from "./connection-state.ts";
import type { InFlight } from "./in-flight.ts";

/** The moment at which a connection ended. */
export interface HangUp {
  readonly state: ConnectionState["name"];
  /** Whether the broker has answered anything, ApiVersions for example. */
  readonly hasAnswered: boolean;
  /** Whether it has answered a request of the open connection. */
  readonly hasWorked: boolean;
  /** Whether no response was incomplete. */
  readonly isBetweenFrames: boolean;
  /** The first request without a response. */
  readonly oldest: Pick<InFlight, "answer"> | undefined;
  /** Whether the connection authenticates. */
  readonly hasLogin: boolean;
}

/**
 * Whether the broker closed the connection instead of answering the first request. A listener with SASL answers
 * ApiVersions before it requires credentials, and closes the connection after that.
 */
export function isAtFirstRequest({ state, hasWorked, oldest, hasLogin }: HangUp): boolean {
  return state === "ready" && !hasLogin && !hasWorked && oldest !== undefined;
}

/** The likely reason why the broker closed the connection, judged by the moment at which it did so. */
export function whyHungUp(at: HangUp): string {
  if (!at.hasAnswered)
    return " before it answered anything (is this a Kafka listener, and does it expect TLS or SASL?)";
  if (!at.isBetweenFrames) return " in the middle of a response";
  if (isAtFirstRequest(at)) return " instead of answering its first request (does this listener expect SASL?)";
  if (at.oldest?.answer === "bare")
    return " instead of answering the authentication; brokers before Kafka 1.0 refuse a wrong password in this way";
  return at.state === "authenticating" || at.state === "re-authenticating" ? " during the authentication" : "";
}

/**
 * The error of a connection that was not opened. Only ApiVersions and SASL are sent until then, so no request of the
 * caller has been written. An error of a connector that is no KafkaError may be temporary.
 */
export function unopened(thrown: unknown, address: string): KafkaError {
  const error = KafkaError.from(thrown, "connection", `cannot connect to ${address}`);
  if (error !== thrown || error.kind === "cancelled" || error.kind === "closed") return error;
  // A response that was larger than maxFrameBytes was not that of a request of the caller either.
  if (error.retriable && error.kind !== "config") return error;
  const message = error.address === undefined ? `cannot connect to ${address}: ${error.message}` : error.message;
  return new KafkaError(error.kind, message, { ...detailsOf(error), address, outcome: "notWritten" });
}
