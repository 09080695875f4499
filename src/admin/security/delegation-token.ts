import { Secret } from "../../security/secret.ts";
import type { ScramMechanism } from "./scram-credentials.ts";

/** The option `sasl` of a `Kafka` that logs in with a delegation token. */
export interface TokenLogin {
  /** The mechanism. */
  readonly mechanism: ScramMechanism;
  /** The id of the token. */
  readonly username: string;
  /** Returns the HMAC of the token. A function, so that nothing prints it. */
  readonly password: () => string;
  /** Says that the password is that of a token. */
  readonly tokenAuth: true;
}

/** The properties of a token. */
export interface TokenFields {
  readonly tokenId: string;
  readonly owner: string;
  readonly requester: string;
  readonly renewers: readonly string[];
  readonly issueTimestamp: number;
  readonly expiryTimestamp: number;
  readonly maxTimestamp: number;
}

/**
 * A delegation token: with its id and HMAC any program can log in as its owner, until it expires. Java:
 * `DelegationToken` and `TokenInformation`.
 */
export class DelegationToken {
  /** The id of the token, and its user name at a login. */
  readonly tokenId: string;
  /** The principal that a login with the token has, for example `User:alice`. */
  readonly owner: string;
  /** The principal that created it; the owner, unless a user with the right to do so created it for another. */
  readonly requester: string;
  /** The principals that may renew it besides the owner. */
  readonly renewers: readonly string[];
  /** When it was created, in ms since the epoch. */
  readonly issueTimestamp: number;
  /** When it ends unless it is renewed, in ms since the epoch. */
  readonly expiryTimestamp: number;
  /** When it ends at the latest, in ms since the epoch. */
  readonly maxTimestamp: number;
  /**
   * The HMAC as base64: the token's password at a login. It does not print; `hmac.reveal()` returns it, to pass it on.
   */
  readonly hmac: Secret<string>;

  /** @internal */
  constructor(fields: TokenFields, hmac: string) {
    this.tokenId = fields.tokenId;
    this.owner = fields.owner;
    this.requester = fields.requester;
    this.renewers = fields.renewers;
    this.issueTimestamp = fields.issueTimestamp;
    this.expiryTimestamp = fields.expiryTimestamp;
    this.maxTimestamp = fields.maxTimestamp;
    this.hmac = new Secret(hmac);
  }

  /**
   * The option `sasl` for a login with this token: `new Kafka({ bootstrapServers, sasl: token.sasl() })`. Default
   * mechanism: SCRAM-SHA-256; the listener must have it enabled.
   */
  sasl(mechanism: ScramMechanism = "SCRAM-SHA-256"): TokenLogin {
    const { tokenId: username, hmac } = this;
    return { mechanism, username, password: () => hmac.reveal(), tokenAuth: true };
  }
}
