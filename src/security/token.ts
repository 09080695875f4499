import { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { Crypto } from "../runtime/crypto.ts";
import type { Entropy } from "../runtime/entropy.ts";
import type { FetchLike } from "../runtime/fetch-like.ts";
import { jwtClaims } from "./jwt.ts";

/** A token for OAUTHBEARER, as a function of the user returns it. */
export interface OAuthToken {
  /** The token itself: a JSON web token or an opaque text. */
  readonly value: string;
  /** When it ends, in ms since the epoch. Default: the claim `exp`. Without either, each authentication asks again. */
  readonly expiresAtMs?: number | undefined;
  /** The user that it stands for. Default: the claim `sub`. */
  readonly principal?: string | undefined;
  /** SASL extensions (KIP-342), for example `logicalCluster` and `identityPoolId` of Confluent Cloud. */
  readonly extensions?: Readonly<Record<string, string>> | undefined;
}

/** Returns a token. It is called when there is none, or when the current one ends soon; never twice at a time. */
export type TokenProvider = (context: TokenContext) => OAuthToken | string | PromiseLike<OAuthToken | string>;

/** The host's capabilities, passed to a token provider. Each may be absent on a platform without it. */
export interface TokenContext {
  /** The time, in ms since the epoch. */
  readonly nowMs: number;
  /** Fires when the token is not waited for any more. */
  readonly signal: AbortSignalLike;
  /** The host's `fetch`. */
  readonly fetch?: FetchLike | undefined;
  /** The host's cryptography. */
  readonly crypto?: Crypto | undefined;
  /** Random bytes. */
  readonly entropy: Entropy;
  /** Reads a variable of the environment. */
  readonly environment?: ((name: string) => string | undefined) | undefined;
}

/** A token whose form was checked. */
export interface Token {
  readonly value: string;
  readonly startMs: number;
  /** Undefined if the end is not known. */
  readonly endMs: number | undefined;
  readonly principal: string | undefined;
  readonly extensions: Readonly<Record<string, string>>;
}

/** RFC 6750: the characters of a bearer token. Anything else could end the message early. */
const TOKEN = /^[\w~+/.-]+=*$/;
const EXTENSION_VALUE = /^[\t\n\r -~]*$/;

/**
 * Checks the result of a token provider. Throws kind `config` if its form is wrong, `authentication` if it has ended.
 */
export function readToken(given: unknown, nowMs: number): Token {
  const fields = typeof given === "string" ? { value: given } : (given as Partial<OAuthToken> | null | undefined);
  const { value, expiresAtMs, principal, extensions } = fields ?? {};
  if (typeof value !== "string" || value === "")
    throw new KafkaError("config", "sasl: token must return a token: a string, or an object with value");
  if (!TOKEN.test(value))
    throw new KafkaError(
      "config",
      "sasl: token returned a text with a character that no token contains; often it is a line break at the end",
    );
  if (expiresAtMs !== undefined && (typeof expiresAtMs !== "number" || Number.isNaN(expiresAtMs)))
    throw new KafkaError("config", "sasl: token returned an expiresAtMs that is not a number");
  if (principal !== undefined && (typeof principal !== "string" || principal === ""))
    throw new KafkaError("config", "sasl: token returned a principal that is not a string, or is empty");
  if (extensions !== undefined && (typeof extensions !== "object" || Array.isArray(extensions)))
    throw new KafkaError("config", "sasl: token returned extensions that are not an object");
  const claims = jwtClaims(value);
  const endMs = expiresAtMs ?? claims?.endMs;
  if (endMs !== undefined && endMs <= nowMs)
    throw new KafkaError(
      "authentication",
      `the token for SASL OAUTHBEARER ended ${Math.ceil((nowMs - endMs) / 1000)} s before it arrived. Check the ` +
        "clocks of this host and of the token's issuer",
    );
  return {
    value,
    startMs: claims?.startMs ?? nowMs,
    endMs,
    principal: principal ?? claims?.subject,
    extensions: checkedExtensions(extensions ?? {}),
  };
}

function checkedExtensions(extensions: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(extensions)) {
    if (!/^[A-Za-z]+$/.test(name) || name === "auth")
      throw new KafkaError("config", 'sasl: the name of an extension consists of letters, and is not "auth"');
    if (typeof value !== "string" || !EXTENSION_VALUE.test(value))
      throw new KafkaError("config", `sasl: the extension ${name} must be a string of printable ASCII characters`);
    checked[name] = value;
  }
  return checked;
}
