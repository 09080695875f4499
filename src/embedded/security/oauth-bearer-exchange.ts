import { textOfBase64Url } from "../../security/base64.ts";
import { jsonFields } from "../../security/json.ts";
import { jwtClaims } from "../../security/jwt.ts";
import { utf8Decode, utf8Encode } from "../../wire/utf8.ts";
import { SASL_NAME, unescapedName } from "./sasl-name.ts";
import { NOTHING, type ServerExchange, type ServerStep } from "./server-exchange.ts";

/** A token of a client, for the function that validates it. */
export interface EmbeddedToken {
  /** The token as the client sent it. */
  readonly value: string;
  /** The SASL extensions that came with it (KIP-342), by name. */
  readonly extensions: Readonly<Record<string, string>>;
  /** The cluster's time, in ms since the epoch. */
  readonly nowMs: number;
}

/** The verdict on a token: whose it is, or why it is refused. */
export type EmbeddedTokenVerdict =
  | {
      /** The user's name, for example the token's `sub`. */
      readonly user: string;
      /** When the token ends, in ms since the epoch. The session ends with it. Default: it has no end. */
      readonly endMs?: number;
    }
  | {
      /** Why the token is refused; the client gets it. Kafka's validators say `invalid_token`. */
      readonly status: string;
      /** The scope that a token needs, if the client should get it. */
      readonly scope?: string;
    };

/** Validates a token. It may be async. A token is refused too if it returns undefined, or throws. */
export type ValidateToken = (
  token: EmbeddedToken,
) => EmbeddedTokenVerdict | undefined | PromiseLike<EmbeddedTokenVerdict | undefined>;

const SEPARATOR = "\u0001";
const FIRST = new RegExp(
  `^n,(?:a=(${SASL_NAME}))?,${SEPARATOR}((?:[A-Za-z]+=[\\x21-\\x7E \\t\\r\\n]+${SEPARATOR})*)${SEPARATOR}$`,
);
const BEARER = /^bearer +([-_~+/.a-zA-Z0-9]+=*)$/i;
const INVALID: EmbeddedTokenVerdict = { status: "invalid_token" };

/**
 * The broker's side of OAUTHBEARER (RFC 7628). A token is refused in two steps: first with a JSON text without an error
 * code; the client confirms it with one byte, and gets the error.
 */
export class OAuthBearerServerExchange implements ServerExchange {
  readonly #validate: ValidateToken;
  /** The JSON that the client must confirm. */
  #refusal: string | undefined;

  constructor(validate: ValidateToken) {
    this.#validate = validate;
  }

  async next(message: Uint8Array, nowMs: number): Promise<ServerStep> {
    const text = utf8Decode(message);
    if (text === SEPARATOR && this.#refusal !== undefined) return { kind: "refused", text: this.#refusal };
    this.#refusal = undefined;
    const [whole, escaped, pairs = ""] = FIRST.exec(text) ?? [];
    const { auth = "", ...extensions } = Object.fromEntries(pairs.split(SEPARATOR).filter(Boolean).map(pairOf));
    const value = BEARER.exec(auth)?.[1];
    if (whole === undefined || value === undefined) return { kind: "refused" };
    const verdict = await this.#verdict({ value, extensions, nowMs });
    if (!("user" in verdict)) {
      this.#refusal = JSON.stringify({ status: verdict.status, scope: verdict.scope });
      return { kind: "challenge", bytes: utf8Encode(this.#refusal) };
    }
    const { user, endMs } = verdict;
    const authorizationId = unescapedName(escaped ?? "");
    return authorizationId === "" || authorizationId === user
      ? { kind: "accepted", bytes: NOTHING, user, endMs }
      : {
          kind: "refused",
          text:
            `Authentication failed: Client requested an authorization id (${authorizationId}) that is different from ` +
            `the token's principal name (${user})`,
        };
  }

  async #verdict(token: EmbeddedToken): Promise<EmbeddedTokenVerdict> {
    try {
      return (await this.#validate(token)) ?? INVALID;
    } catch {
      return INVALID; // libraries that verify tokens throw for wrong ones
    }
  }
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Accepts the unsecured JSON web tokens that Java's clients create by default: algorithm `none`, a subject, an end. */
export function validateUnsecured({ value, nowMs }: EmbeddedToken): EmbeddedTokenVerdict | undefined {
  const [header = "", , signature] = value.split(".");
  if (signature !== "" || jsonFields(textOfBase64Url(header) ?? "")?.["alg"] !== "none") return undefined;
  const { subject = "", startMs = 0, endMs } = jwtClaims(value) ?? {};
  if (subject === "" || endMs === undefined || endMs <= nowMs || startMs > nowMs) return undefined;
  return { user: subject, endMs };
}
