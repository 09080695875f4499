import * as ErrorCode from "../errors/error-code.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { utf8Decode, utf8Encode } from "../wire/utf8.ts";
import { textOfBase64Url } from "./base64.ts";
import { jsonFields } from "./json.ts";
import { jwtClaims } from "./jwt.ts";
import { DONE, type SaslBroker, type SaslExchange, type SaslMechanism, type SaslStep } from "./mechanism.ts";
import { percentDecode } from "./percent-encode.ts";
import { quoted } from "./redact.ts";
import { refusal } from "./refusal.ts";
import type { SharedToken } from "./shared-token.ts";
import type { Token } from "./token.ts";

/** SASL OAUTHBEARER (RFC 7628, KIP-255, KIP-342): a token proves the user. */
export function oauthBearer(tokens: SharedToken): SaslMechanism {
  return { name: "OAUTHBEARER", exchange: ({ onRetry }) => new OAuthBearerExchange(tokens, onRetry) };
}

/** Separates the parts of the message. Alone, it acknowledges a refusal. */
const SEPARATOR = "\u0001";

class OAuthBearerExchange implements SaslExchange {
  readonly #tokens: SharedToken;
  readonly #onRetry: SaslBroker["onRetry"];
  #token: Token | undefined;
  #nowMs = 0;

  constructor(tokens: SharedToken, onRetry: SaslBroker["onRetry"]) {
    this.#tokens = tokens;
    this.#onRetry = onRetry;
  }

  get principal(): string | undefined {
    return this.#token?.principal;
  }

  async begin(nowMs: number, signal?: AbortSignalLike): Promise<Uint8Array> {
    const token = await this.#tokens.get(signal, this.#onRetry);
    this.#token = token;
    this.#nowMs = nowMs;
    return firstMessage(token);
  }

  next(challenge: Uint8Array): SaslStep {
    // A broker refuses a token without an error code: the reason is in the answer, and it waits for one more byte.
    return challenge.length === 0
      ? DONE
      : { kind: "failed", error: this.refused(utf8Decode(challenge)), bytes: utf8Encode(SEPARATOR) };
  }

  refused(text: string): KafkaError {
    const token = this.#token;
    if (token !== undefined) this.#tokens.refused(token);
    return refusal(text, {
      mechanism: "OAUTHBEARER",
      user: this.principal,
      secrets: token === undefined ? [] : secretsIn(token.value),
      hint: token === undefined ? undefined : aboutToken(token, this.#nowMs),
      code: ErrorCode.SASL_AUTHENTICATION_FAILED,
    });
  }
}

/** The message that carries the token. Its extensions follow, each in a part of its own. */
function firstMessage(token: Token): Uint8Array {
  const parts = [`auth=Bearer ${token.value}`];
  for (const [name, value] of Object.entries(token.extensions)) parts.push(`${name}=${value}`);
  return utf8Encode(`n,,${SEPARATOR}${parts.join(SEPARATOR)}${SEPARATOR}${SEPARATOR}`);
}

/**
 * The texts that must not be in an error: the token and its parts, and the credentials within a token of AWS or Google.
 * Its claims are no secrets, and explain refusals.
 */
function secretsIn(token: string): readonly string[] {
  const parts = token.split(".").filter((part) => part.length > 8);
  const texts = parts.map((part) => textOfBase64Url(part) ?? "").filter((text) => jsonFields(text) === undefined);
  const values = texts.flatMap((text) => [...text.matchAll(/X-Amz-(?:Signature|Security-Token)=([^&]+)/g)]);
  return [token, ...parts, ...texts, ...values.flatMap(([, value = ""]) => [value, percentDecode(value)])];
}

/** The facts of a token that explain most refusals: brokers do not say why. */
function aboutToken(token: Token, nowMs: number): string {
  const claims = jwtClaims(token.value);
  if (claims === undefined) return "The token is not a JSON web token";
  const { issuer = "none", audience = "none" } = claims;
  const seconds = token.endMs === undefined ? undefined : Math.round((token.endMs - nowMs) / 1000);
  const end = seconds === undefined ? "does not end" : seconds > 0 ? `ends in ${seconds} s` : `ended ${-seconds} s ago`;
  return `The token ${end}; its issuer (iss) is ${quoted(issuer, [])}, its audience (aud) is ${quoted(audience, [])}`;
}
