import * as ErrorCode from "../../errors/error-code.ts";
import type { Crypto } from "../../runtime/crypto.ts";
import type { Entropy } from "../../runtime/entropy.ts";
import { base64 } from "../../security/base64.ts";
import { areEqual } from "../../security/equal-bytes.ts";
import { utf8Encode } from "../../wire/utf8.ts";
import { uuidText } from "../../wire/uuid.ts";
import type { ScramMechanism } from "./sasl-name.ts";
import { hashOf } from "./scram-exchange.ts";
import { type ScramCredential, scramCredential } from "./scram-credential.ts";

/** A delegation token (KIP-48). Times are in ms since the epoch. */
export interface DelegationToken {
  readonly tokenId: string;
  /** The secret: base64 of it is the password. */
  readonly hmac: Uint8Array;
  readonly owner: string;
  readonly requester: string;
  readonly renewers: readonly string[];
  readonly issuedMs: number;
  readonly maxMs: number;
  readonly endMs: number;
}

/** Java: `delegation.token.max.lifetime.ms`. */
const MAX_LIFETIME_MS = 604_800_000;
/** Java: `delegation.token.expiry.time.ms`. */
const RENEWAL_MS = 86_400_000;

/** An error, or the new end of a token. */
export interface TokenEnd {
  readonly errorCode: number;
  readonly endMs: number;
}

/** The delegation tokens of a cluster. */
export class DelegationTokens {
  readonly #crypto: Crypto;
  readonly #entropy: Entropy;
  readonly #secret: Uint8Array;
  readonly #byId = new Map<string, DelegationToken>();
  readonly #credentials = new Map<string, Promise<ScramCredential>>();

  constructor(crypto: Crypto, entropy: Entropy) {
    this.#crypto = crypto;
    this.#entropy = entropy;
    this.#secret = this.#random(32);
  }

  /** Those that have not ended. */
  all(nowMs: number): readonly DelegationToken[] {
    return [...this.#byId.values()].filter(({ endMs }) => endMs > nowMs);
  }

  get(tokenId: string, nowMs: number): DelegationToken | undefined {
    const token = this.#byId.get(tokenId);
    return token !== undefined && token.endMs > nowMs ? token : undefined;
  }

  /** The credential by which clients log in with a token. */
  credential({ tokenId, hmac }: DelegationToken, mechanism: ScramMechanism): Promise<ScramCredential> {
    const key = `${mechanism} ${tokenId}`;
    const known = this.#credentials.get(key);
    if (known !== undefined) return known;
    const derived = scramCredential(this.#crypto, hashOf(mechanism), base64(hmac), this.#random(26));
    this.#credentials.set(key, derived);
    return derived;
  }

  async create(
    owner: string,
    requester: string,
    renewers: readonly string[],
    maxLifetimeMs: number,
    nowMs: number,
  ): Promise<DelegationToken> {
    const tokenId = uuidText(this.#random(16), 0);
    const hmac = await this.#crypto.hmac("SHA-512", this.#secret, utf8Encode(tokenId));
    const maxMs = nowMs + (maxLifetimeMs <= 0 ? MAX_LIFETIME_MS : Math.min(maxLifetimeMs, MAX_LIFETIME_MS));
    const endMs = Math.min(maxMs, nowMs + RENEWAL_MS);
    const token = { tokenId, hmac, owner, requester, renewers, issuedMs: nowMs, maxMs, endMs };
    this.#byId.set(tokenId, token);
    return token;
  }

  /** Moves the end of a token to `periodMs` from now, or to the default if that is negative, up to its maximum. */
  renew(hmac: Uint8Array, principal: string, periodMs: number, nowMs: number): TokenEnd {
    const token = this.#owned(hmac, principal, nowMs);
    if (typeof token === "number") return { errorCode: token, endMs: -1 };
    return this.#endAt(token, nowMs + (periodMs < 0 ? RENEWAL_MS : periodMs));
  }

  /** Lets a token end `periodMs` from now, or at once if that is negative. */
  expire(hmac: Uint8Array, principal: string, periodMs: number, nowMs: number): TokenEnd {
    const token = this.#owned(hmac, principal, nowMs);
    if (typeof token === "number") return { errorCode: token, endMs: -1 };
    if (periodMs >= 0) return this.#endAt(token, nowMs + periodMs);
    this.#byId.delete(token.tokenId);
    return { errorCode: ErrorCode.NONE, endMs: nowMs };
  }

  /** The token with this secret, or why the principal may not change it. */
  #owned(hmac: Uint8Array, principal: string, nowMs: number): DelegationToken | number {
    const token = [...this.#byId.values()].find((one) => areEqual(one.hmac, hmac));
    if (token === undefined) return ErrorCode.DELEGATION_TOKEN_NOT_FOUND;
    if (token.owner !== principal && token.requester !== principal && !token.renewers.includes(principal))
      return ErrorCode.DELEGATION_TOKEN_OWNER_MISMATCH;
    return token.endMs <= nowMs ? ErrorCode.DELEGATION_TOKEN_EXPIRED : token;
  }

  #endAt(token: DelegationToken, atMs: number): TokenEnd {
    const endMs = Math.min(token.maxMs, atMs);
    this.#byId.set(token.tokenId, { ...token, endMs });
    return { errorCode: ErrorCode.NONE, endMs };
  }

  #random(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#entropy.fill(bytes);
    return bytes;
  }
}
