import type { Crypto, HashName } from "../../runtime/crypto.ts";
import { base64, fromBase64 } from "../../security/base64.ts";
import { areEqual } from "../../security/equal-bytes.ts";
import { utf8Decode, utf8Encode } from "../../wire/utf8.ts";
import { type ScramMechanism, SASL_NAME, unescapedName } from "./sasl-name.ts";
import type { ScramCredential } from "./scram-credential.ts";
import type { ServerExchange, ServerStep } from "./server-exchange.ts";

/** The meaning of a name in a SCRAM message: the user or the owner of the token, and their salted password. */
export interface ScramAccount {
  readonly user: string;
  readonly credential: ScramCredential;
  /** When the delegation token ends. */
  readonly endMs?: number;
  readonly isDelegated?: boolean;
}

/** The parts of the cluster that the exchange uses. */
export interface ScramServerHost {
  readonly crypto: Crypto;
  /** A new random nonce: printable, without a comma. */
  readonly nonce: () => string;
  /** Undefined for an unknown name. `isToken` says that the name is the id of a delegation token. */
  readonly account: (
    mechanism: ScramMechanism,
    name: string,
    isToken: boolean,
    nowMs: number,
  ) => Promise<ScramAccount | undefined>;
}

const CLIENT_FIRST = new RegExp(
  `^n,(?:a=(${SASL_NAME}))?,((?:m=[^\\0=,]+,)?n=(${SASL_NAME}),r=([\\x21-\\x2B\\x2D-\\x7E]+)((?:,[A-Za-z]+=[^\\0,]+)*))$`,
);
const CLIENT_FINAL = /^(c=[A-Za-z0-9+/=]+,r=([\x21-\x2B\x2D-\x7E]+)(?:,[A-Za-z]+=[^\0,]+)*),p=([A-Za-z0-9+/=]+)$/;

interface Started {
  readonly account: ScramAccount;
  readonly clientFirst: string;
  readonly serverFirst: string;
  readonly nonce: string;
}

/** The hash function of a mechanism. */
export function hashOf(mechanism: ScramMechanism): HashName {
  return mechanism === "SCRAM-SHA-256" ? "SHA-256" : "SHA-512";
}

/**
 * The broker's side of SCRAM (RFC 5802). As in Kafka, a wrong password and an unknown user are refused with the same
 * text, the unknown user one message earlier.
 */
export class ScramServerExchange implements ServerExchange {
  readonly #mechanism: ScramMechanism;
  readonly #host: ScramServerHost;
  #started: Started | undefined;

  constructor(mechanism: ScramMechanism, host: ScramServerHost) {
    this.#mechanism = mechanism;
    this.#host = host;
  }

  next(message: Uint8Array, nowMs: number): Promise<ServerStep> {
    const text = utf8Decode(message);
    return this.#started === undefined ? this.#first(text, nowMs) : this.#final(text, this.#started);
  }

  async #first(message: string, nowMs: number): Promise<ServerStep> {
    const [, authorizationId, bare = "", escaped = "", clientNonce = "", extensions = ""] =
      CLIENT_FIRST.exec(message) ?? [];
    if (escaped === "") return { kind: "refused" };
    const name = unescapedName(escaped);
    if (authorizationId !== undefined && unescapedName(authorizationId) !== name)
      return {
        kind: "refused",
        text: "Authentication failed: Client requested an authorization id that is different from username",
      };
    const isToken = extensions.toLowerCase().split(",").includes("tokenauth=true");
    const account = await this.#host.account(this.#mechanism, name, isToken, nowMs);
    if (account === undefined) return { kind: "refused" };
    const { salt, iterations } = account.credential;
    const nonce = `${clientNonce}${this.#host.nonce()}`;
    const serverFirst = `r=${nonce},s=${base64(salt)},i=${iterations}`;
    this.#started = { account, clientFirst: bare, serverFirst, nonce };
    return { kind: "challenge", bytes: utf8Encode(serverFirst) };
  }

  async #final(message: string, { account, clientFirst, serverFirst, nonce }: Started): Promise<ServerStep> {
    const [, withoutProof = "", givenNonce = "", givenProof = ""] = CLIENT_FINAL.exec(message) ?? [];
    const proof = fromBase64(givenProof);
    if (givenNonce !== nonce || proof === undefined) return { kind: "refused" };
    const { crypto } = this.#host;
    const hash = hashOf(this.#mechanism);
    const { storedKey, serverKey } = account.credential;
    const signed = utf8Encode(`${clientFirst},${serverFirst},${withoutProof}`);
    const signature = await crypto.hmac(hash, storedKey, signed);
    const clientKey = proof.map((byte, i) => byte ^ (signature[i] ?? 0));
    const isRight = areEqual(await crypto.digest(hash, clientKey), storedKey);
    if (!isRight || proof.length !== signature.length) return { kind: "refused" };
    const { user, endMs, isDelegated = false } = account;
    return {
      kind: "accepted",
      bytes: utf8Encode(`v=${base64(await crypto.hmac(hash, serverKey, signed))}`),
      user,
      endMs,
      isDelegated,
    };
  }
}
