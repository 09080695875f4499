import type { InterceptedRequest, Interception } from "../../../embedded/intercepts/interception.ts";
import { NONE, SASL_AUTHENTICATION_FAILED } from "../../../errors/error-code.ts";
import { utf8Decode, utf8Encode } from "../../../wire/utf8.ts";

/** The time after which brokers refuse a login, in ms. */
const DELAY_MS = 100;

/** Refuses a login as brokers do: a bearer token with a text and no error code, anything else with the error. */
export function refusedLogin({ message }: InterceptedRequest<"SaslAuthenticate">): Interception<"SaslAuthenticate"> {
  return utf8Decode(message.authBytes).includes("auth=Bearer ")
    ? { answer: { errorCode: NONE, authBytes: utf8Encode('{"status":"invalid_token"}') } }
    : { answer: { errorCode: SASL_AUTHENTICATION_FAILED, errorMessage: "Authentication failed" }, delayMs: DELAY_MS };
}
