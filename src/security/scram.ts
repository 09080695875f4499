import * as ErrorCode from "../errors/error-code.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import type { Crypto, HashName } from "../runtime/crypto.ts";
import type { Entropy } from "../runtime/entropy.ts";
import { utf8Decode, utf8Encode } from "../wire/utf8.ts";
import { base64 } from "./base64.ts";
import { readUser } from "./credential.ts";
import { areEqual } from "./equal-bytes.ts";
import { DONE, type SaslExchange, type SaslMechanism, type SaslStep } from "./mechanism.ts";
import type { UserAndPassword } from "./plain.ts";
import { brokenExchange, refusal } from "./refusal.ts";
import { ScramKeys, scramProof } from "./scram-keys.ts";
import { escapedName, readServerFinal, readServerFirst } from "./scram-message.ts";

/** A user and its password, or the id of a delegation token and its HMAC in base64 (KIP-48). */
export interface ScramUser extends UserAndPassword {
  /** Whether they are a delegation token's. Java: `tokenauth` of the JAAS options. */
  readonly tokenAuth?: boolean | undefined;
}

/** The host's capabilities that SCRAM needs. */
export interface ScramHost {
  readonly crypto: Crypto;
  readonly entropy: Entropy;
}

/**
 * SCRAM (RFC 5802, 7677). The password does not travel, and the broker proves that it knows it. Passwords are sent as
 * they are, without SASLprep: Kafka does not apply it and refuses a password that was prepared.
 */
export function scram(hash: HashName, user: ScramUser, host: ScramHost): SaslMechanism {
  const keys = new ScramKeys(host.crypto, hash);
  const name = `SCRAM-${hash}`;
  return { name, exchange: () => new ScramExchange(name, hash, user, host, keys) };
}

/** The states: before `begin`; the first message is sent; the proof is sent; over. */
type ScramState =
  | { readonly kind: "new" }
  | { readonly kind: "first-sent"; readonly bare: string; readonly nonce: string }
  | { readonly kind: "proof-sent"; readonly signature: Uint8Array }
  | { readonly kind: "over" };

/** `n,,` in base64: the client does not bind the exchange to a TLS channel. */
const NO_CHANNEL_BINDING = "biws";

class ScramExchange implements SaslExchange {
  readonly #name: string;
  readonly #hash: HashName;
  readonly #user: ScramUser;
  readonly #host: ScramHost;
  readonly #keys: ScramKeys;
  #password = "";
  #state: ScramState = { kind: "new" };
  principal: string | undefined;

  constructor(name: string, hash: HashName, user: ScramUser, host: ScramHost, keys: ScramKeys) {
    this.#name = name;
    this.#hash = hash;
    this.#user = user;
    this.#host = host;
    this.#keys = keys;
  }

  begin(): Uint8Array | Promise<Uint8Array> {
    const user = readUser(this.#user);
    return user instanceof Promise ? user.then((both) => this.#firstMessage(...both)) : this.#firstMessage(...user);
  }

  async next(challenge: Uint8Array): Promise<SaslStep> {
    const state = this.#state;
    this.#state = { kind: "over" };
    const message = utf8Decode(challenge);
    if (state.kind === "first-sent") return this.#prove(message, state.bare, state.nonce);
    if (state.kind === "proof-sent") return this.#verify(message, state.signature);
    return this.#failed("the broker sent a message after the end of the exchange");
  }

  refused(text: string): KafkaError {
    const isPlainName = /^[\u0001-\u007f]*$/.test(this.principal ?? "");
    return refusal(text, {
      mechanism: this.#name,
      user: this.principal,
      secrets: [this.#password],
      hint: isPlainName
        ? "Check username and password of the option sasl, and that the user has a password for this mechanism"
        : "The user's name is not ASCII: Kafka does not accept such names for SCRAM",
      code: ErrorCode.SASL_AUTHENTICATION_FAILED,
    });
  }

  #firstMessage(username: string, password: string): Uint8Array {
    this.principal = username;
    this.#password = password;
    const random = new Uint8Array(24);
    this.#host.entropy.fill(random);
    const nonce = base64(random);
    const extension = this.#user.tokenAuth === true ? ",tokenauth=true" : "";
    const bare = `n=${escapedName(username)},r=${nonce}${extension}`;
    this.#state = { kind: "first-sent", bare, nonce };
    return utf8Encode(`n,,${bare}`);
  }

  async #prove(message: string, bare: string, clientNonce: string): Promise<SaslStep> {
    if (message.startsWith("e=")) return { kind: "failed", error: this.refused(message.slice(2)) };
    const first = readServerFirst(message, clientNonce);
    if (typeof first === "string") return this.#failed(first);
    const keys = await this.#keys.of(this.#password, first.salt, first.iterations);
    const withoutProof = `c=${NO_CHANNEL_BINDING},r=${first.nonce}`;
    const signed = `${bare},${message},${withoutProof}`;
    const { proof, signature } = await scramProof(this.#host.crypto, this.#hash, keys, signed);
    this.#state = { kind: "proof-sent", signature };
    return { kind: "send", bytes: utf8Encode(`${withoutProof},p=${base64(proof)}`) };
  }

  #verify(message: string, signature: Uint8Array): SaslStep {
    const final = readServerFinal(message);
    if (final === undefined) return this.#failed("the broker did not prove that it knows the password");
    if ("error" in final) return { kind: "failed", error: this.refused(final.error) };
    return areEqual(final.signature, signature)
      ? DONE
      : this.#failed(
          "the broker's signature is wrong: it does not know the password, so this may be another server. " +
            "Check the address and the option tls",
        );
  }

  #failed(what: string): SaslStep {
    return { kind: "failed", error: brokenExchange(this.#name, what) };
  }
}
