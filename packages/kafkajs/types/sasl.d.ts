import type { Logger } from "./logging.js";

/** A token and its extensions. */
export interface OauthbearerProviderResponse {
  value: string;
}

/** Name and password. */
interface Credentials {
  username: string;
  password: string;
}

type SASLMechanismOptionsMap = {
  plain: Credentials;
  "scram-sha-256": Credentials;
  "scram-sha-512": Credentials;
  aws: { authorizationIdentity: string; accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  oauthbearer: { oauthBearerProvider: () => Promise<OauthbearerProviderResponse> };
};

/** The mechanisms that need no code of yours. */
export type SASLMechanism = keyof SASLMechanismOptionsMap;

type SASLMechanismOptions<T> = T extends SASLMechanism ? { mechanism: T } & SASLMechanismOptionsMap[T] : never;

/** The option `sasl` for one of them. */
export type SASLOptions = SASLMechanismOptions<SASLMechanism>;

/** The option `sasl`. */
export type Authentication = SASLOptions | Mechanism;

type SaslAuthenticationRequest = {
  /** The bytes to send, with their length (int32) in front. */
  encode: () => Buffer | Promise<Buffer>;
};

type SaslAuthenticationResponse<ParseResult> = {
  /** Gets the broker's bytes, with their length (int32) in front. */
  decode: (rawResponse: Buffer) => Buffer | Promise<Buffer>;
  parse: (data: Buffer) => ParseResult;
};

/** One exchange of a mechanism of your own. */
export type SaslAuthenticateArgs<ParseResult> = {
  request: SaslAuthenticationRequest;
  response?: SaslAuthenticationResponse<ParseResult>;
};

/** The argument of a mechanism of your own. It is called for each authentication of each connection. */
export type AuthenticationProviderArgs = {
  host: string;
  port: number;
  logger: Logger;
  /** Sends one SaslAuthenticate. */
  saslAuthenticate: <ParseResult>(args: SaslAuthenticateArgs<ParseResult>) => Promise<ParseResult | void>;
};

/** Authenticates one connection. */
export type Authenticator = {
  authenticate: () => Promise<void>;
};

/** A mechanism of your own. */
export type Mechanism = {
  mechanism: string;
  authenticationProvider: (args: AuthenticationProviderArgs) => Authenticator;
};
