import type { AuthenticationProvider } from "./provider-exchange.ts";

/** The members of kafkajs's option `sasl`. Nothing is checked before a connection logs in. */
export interface SaslConfig {
  readonly mechanism: string;
  readonly username?: string | null;
  readonly password?: string | null;
  readonly authorizationIdentity?: string | null;
  readonly oauthBearerProvider?: (() => Promise<OauthToken>) | null;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly authenticationProvider?: AuthenticationProvider;
}

/** The token of a provider. */
export interface OauthToken {
  readonly value: string;
  readonly extensions?: Readonly<Record<string, string>> | null;
}
