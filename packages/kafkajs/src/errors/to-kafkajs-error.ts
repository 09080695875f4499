import type { KafkaError } from "odradek";
import {
  KafkaJSConnectionClosedError,
  KafkaJSConnectionError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
  KafkaJSServerDoesNotSupportApiKey,
} from "./connection-errors.ts";
import { KafkaJSError, KafkaJSNonRetriableError } from "./kafkajs-error.ts";
import { KafkaJSTimeout } from "./other-errors.ts";
import { KafkaJSProtocolError } from "./protocol-error.ts";
import { protocolFault } from "./protocol-faults.ts";
import { ProviderFailure } from "./provider-failure.ts";
import { scramLabel } from "./scram-label.ts";
import { timedOutRequest } from "./timed-out-request.ts";

const SASL_AUTHENTICATION_FAILED = 58;
const MOST_CAUSES = 8;

/** The mark that Odradek puts on its errors, the same in each copy of it. */
const BRAND = Symbol.for("odradek.KafkaError");

/** Facts about the call that failed, besides its error. */
export interface ErrorContext {
  /** `host:port` of the broker; default: that of the error. */
  readonly broker?: string | undefined;
  /** The name of the SASL mechanism, for the texts of logins. */
  readonly mechanism?: string | undefined;
}

/**
 * An error of Odradek as kafkajs's. Errors of kafkajs, and those of the user's code (which Odradek passes on as the
 * `cause` of one of its own), are returned as they are.
 */
export function toKafkaJsError(error: unknown, context: ErrorContext = {}): unknown {
  if (!isKafkaError(error)) return error;
  const own = ownCause(error);
  if (own !== undefined) return own.error;
  if (error.kind === "authentication") return loginError(error, context);
  if (error.code !== undefined) return new KafkaJSProtocolError(protocolFault(error.code));
  const broker = context.broker ?? error.address;
  switch (error.kind) {
    case "connection":
      return connectionError(error, broker);
    case "timeout":
      return requestTimeout(error, broker);
    case "unsupported":
      return new KafkaJSServerDoesNotSupportApiKey(error.message);
    case "buffer-full":
      return new KafkaJSTimeout(error.message, { cause: error });
    case "closed":
    case "cancelled":
      return new KafkaJSError(error.message, { cause: error });
    case "protocol":
    case "broker":
    case "authorization":
    case "config":
    case "serialization":
    case "corrupt":
    case "fenced":
    case "abortable":
    case "internal":
      return error.retriable
        ? new KafkaJSError(error.message, { cause: error })
        : new KafkaJSNonRetriableError(error.message, { cause: error });
  }
}

/** Whether an error is Odradek's, of any copy of it. */
export function isKafkaError(error: unknown): error is KafkaError {
  return typeof error === "object" && error !== null && BRAND in error;
}

/** An error of kafkajs, or of a provider of logins, that Odradek has passed on as a cause. */
function ownCause(error: KafkaError): { readonly error: unknown } | undefined {
  let at: unknown = error.cause;
  for (let depth = 0; depth < MOST_CAUSES && at !== undefined && at !== null; depth++) {
    if (at instanceof ProviderFailure) return { error: at.thrown };
    if (at instanceof KafkaJSError) return { error: at };
    at = (at as { readonly cause?: unknown }).cause;
  }
  return undefined;
}

/** kafkajs's text and members, if it was a request that timed out. A call may also end at a deadline of its own. */
function requestTimeout(error: KafkaError, broker: string | undefined): KafkaJSRequestTimeoutError {
  const request = timedOutRequest(error);
  if (request === undefined)
    return new KafkaJSRequestTimeoutError(error.message, broker === undefined ? {} : { broker });
  const { apiName, apiKey, apiVersion, ...facts } = request;
  const text = `Request ${apiName}(key: ${apiKey}, version: ${apiVersion}) timed out`;
  return new KafkaJSRequestTimeoutError(text, facts);
}

/** A login that was refused. A certificate that was refused is a connection error, as every error of Node's. */
function loginError(error: KafkaError, { broker, mechanism: given }: ErrorContext): KafkaJSError {
  if (systemErrorOf(error).code !== undefined) return connectionError(error, broker ?? error.address);
  const mechanism = given?.toUpperCase() ?? "";
  // The listener has no SASL, or not this mechanism.
  if (error.code !== undefined && error.code !== SASL_AUTHENTICATION_FAILED)
    return new KafkaJSProtocolError(protocolFault(error.code));
  const label = mechanism.startsWith("SCRAM-") ? `${scramLabel(mechanism)} failed: ` : "";
  return new KafkaJSSASLAuthenticationError(`${label}${error.message}`, { cause: error });
}

/** kafkajs's text of a connection that could not be opened, with Node's code. */
function connectionError(error: KafkaError, broker: string | undefined): KafkaJSConnectionError {
  const { code, message } = systemErrorOf(error);
  // The request was sent, and the broker closed the connection instead of answering it.
  if (code === undefined && error.outcome === "indefinite" && broker !== undefined)
    return new KafkaJSConnectionClosedError("Closed connection", hostAndPort(broker));
  const facts = { ...(broker === undefined ? {} : { broker }), ...(code === undefined ? {} : { code }) };
  return new KafkaJSConnectionError(code === undefined ? error.message : `Connection error: ${message}`, facts);
}

function hostAndPort(broker: string): { readonly host: string; readonly port: number } {
  const colon = broker.lastIndexOf(":");
  return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
}

/** The innermost error that has a code of the system, `ECONNREFUSED` for example. */
function systemErrorOf(error: KafkaError): { readonly code: string | undefined; readonly message: string } {
  let at: unknown = error;
  for (let depth = 0; depth < MOST_CAUSES && typeof at === "object" && at !== null; depth++) {
    const { code, message, cause } = at as { readonly code?: unknown; readonly message?: string; cause?: unknown };
    if (typeof code === "string") return { code, message: message ?? error.message };
    at = cause;
  }
  return { code: undefined, message: error.message };
}
