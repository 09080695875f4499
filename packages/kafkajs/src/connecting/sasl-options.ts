import type { SaslOptions } from "odradek";
import { KafkaJSSASLAuthenticationError } from "../errors/connection-errors.ts";
import type { Logger } from "../logging/logger.ts";

/** The members of kafkajs's option `sasl`. */
export interface SaslConfig {
  readonly mechanism: string;
  readonly username?: string;
  readonly password?: string;
  readonly authorizationIdentity?: string;
  readonly oauthBearerProvider?: () => Promise<OauthToken>;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly authenticationProvider?: (given: unknown) => { authenticate(): Promise<void> };
}

/** The token of a provider. */
export interface OauthToken {
  readonly value: string;
  readonly extensions?: Readonly<Record<string, string>>;
}

/** kafkajs's option `sasl` as Odradek's; undefined without one. The user's object is never changed. */
export function saslOptions(sasl: unknown, _logger: Logger): SaslOptions | undefined {
  if (sasl === undefined || sasl === null) return undefined;
  const { mechanism, username = "", password = "", oauthBearerProvider } = sasl as SaslConfig;
  const name = mechanism.toUpperCase();
  switch (name) {
    case "PLAIN":
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-512":
      return { mechanism: name, username, password };
    case "OAUTHBEARER":
      return { mechanism: name, token: async () => tokenOf(await oauthBearerProvider?.()) };
    default:
      // SEAM: `aws` and mechanisms of the user (`authenticationProvider`) become a SaslMechanism of Odradek.
      throw new KafkaJSSASLAuthenticationError(`SASL ${name} mechanism is not supported by the client`);
  }
}

function tokenOf(token: OauthToken | undefined): { readonly value: string } {
  if (token === undefined)
    throw new KafkaJSSASLAuthenticationError("SASL OAUTHBEARER: Missing OAuth bearer token provider");
  return token;
}
