import type { KafkaError, RequestFailed } from "odradek";
import { kafkaJsApiName } from "./api-names.ts";
import type { TimedOutRequest } from "./connection-errors.ts";

/** A request that was not answered in time. */
export interface UnansweredRequest extends TimedOutRequest {
  readonly apiName: string;
  /** Undefined for a token of a login that has no header. */
  readonly apiKey: number | undefined;
  readonly apiVersion: number | undefined;
}

/** The member of an error of Odradek that holds the request. */
const REQUEST: unique symbol = Symbol("kafkajs:request");
const MOST_CAUSES = 8;

/**
 * A hook that notes in the error of a request that timed out which request it was: kafkajs's error has its members, and
 * Odradek's only its text. The error, or one that has it as its cause, reaches {@link timedOutRequest} later.
 */
export function noteTimedOut({ error, ...event }: RequestFailed): void {
  if (error.kind === "timeout") noteRequest(error, event);
}

/** Notes in an error which request it is about. */
export function noteRequest(error: KafkaError, event: Omit<RequestFailed, "error">): void {
  const { broker, correlationId, createdAtMs, sentAtMs, apiKey, apiVersion } = event;
  const request: UnansweredRequest = {
    broker,
    correlationId,
    createdAt: createdAtMs,
    ...(sentAtMs === undefined ? {} : { sentAt: sentAtMs }),
    pendingDuration: sentAtMs === undefined ? 0 : Math.max(0, Math.round(sentAtMs - createdAtMs)),
    apiName: kafkaJsApiName(event.apiName),
    apiKey,
    apiVersion,
  };
  Object.defineProperty(error, REQUEST, { value: request, configurable: true });
}

/** The request whose timeout is the error, or the cause of it; undefined if there was none. */
export function timedOutRequest(error: unknown): UnansweredRequest | undefined {
  let at: unknown = error;
  for (let depth = 0; depth < MOST_CAUSES && typeof at === "object" && at !== null; depth++) {
    const { [REQUEST]: request, cause } = at as { readonly [REQUEST]?: UnansweredRequest; readonly cause?: unknown };
    if (request !== undefined) return request;
    at = cause;
  }
  return undefined;
}
