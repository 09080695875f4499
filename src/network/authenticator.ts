import type { VersionRange } from "../protocol/api-versions.ts";
import type { Api, Input } from "../protocol/schema.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import type { SaslBroker } from "../security/mechanism.ts";
import type { Authenticated } from "./connection-state.ts";

/** Authenticates the connections of all clients of a `Kafka`. */
export interface Authenticator {
  /**
   * Fetches the credentials of one authentication. Nothing is sent yet: nothing but SASL may be sent between
   * SaslHandshake and the last token, so every wait for a user's function comes before.
   */
  prepare(broker: SaslBroker, host: Host, signal: AbortSignalLike): Promise<PreparedLogin>;
}

/** One authentication whose credentials are known. */
export interface PreparedLogin {
  /** The user; undefined if only the broker knows it. A connection cannot change its user. */
  readonly principal: string | undefined;
  /** Sends SASL until the broker accepts or refuses. Called once. */
  perform(channel: LoginChannel, signal: AbortSignalLike): Promise<Authenticated>;
}

/** The view of a connection for the time in which it sends nothing but SASL. */
export interface LoginChannel {
  /** The API versions that the broker supports, by API key. */
  readonly brokerVersions: ReadonlyMap<number, VersionRange>;
  /** Monotonic ms. */
  nowMs(): number;
  /** Sends a request of SASL. */
  exchange<Req, Res>(api: Api<Req, Res>, message: Input<Req>, version: number): Promise<Res>;
  /** Sends a token without a header, for brokers before Kafka 1.0, and returns the answer of the same form. */
  exchangeToken(token: Uint8Array): Promise<Uint8Array>;
}
