import { KafkaJSSASLAuthenticationError } from "../errors/connection-errors.ts";
import type { Logger } from "../logging/logger.ts";
import { type AuthenticationProvider, framedBytes, type ProviderArgs } from "./provider-exchange.ts";
import type { OauthToken, SaslConfig } from "./sasl-config.ts";

/** Separates the parts of a token's message. */
const SOH = "\u0001";

/** kafkajs's mechanisms, but for SCRAM, which is Odradek's. */
export const BUILT_IN_PROVIDERS: Readonly<Record<string, (sasl: SaslConfig) => AuthenticationProvider>> = {
  PLAIN: plain,
  OAUTHBEARER: oauthBearer,
  AWS: aws,
};

function plain({ authorizationIdentity = "", username, password }: SaslConfig): AuthenticationProvider {
  return (args) => ({
    authenticate: async () => {
      // The empty text is allowed, as in kafkajs.
      if (username === undefined || username === null || password === undefined || password === null)
        throw new KafkaJSSASLAuthenticationError("SASL Plain: Invalid username or password");
      await sent("SASL PLAIN", args, [authorizationIdentity, username, password].join("\0"));
    },
  });
}

function aws(sasl: SaslConfig): AuthenticationProvider {
  return (args) => ({
    authenticate: async () => {
      for (const name of ["authorizationIdentity", "accessKeyId", "secretAccessKey"] as const)
        if (!sasl[name]) throw new KafkaJSSASLAuthenticationError(`SASL AWS-IAM: Missing ${name}`);
      const { authorizationIdentity, accessKeyId, secretAccessKey, sessionToken = "" } = sasl;
      await sent("SASL AWS-IAM", args, [authorizationIdentity, accessKeyId, secretAccessKey, sessionToken].join("\0"));
    },
  });
}

function oauthBearer({ oauthBearerProvider, authorizationIdentity }: SaslConfig): AuthenticationProvider {
  return (args) => ({
    authenticate: async () => {
      if (oauthBearerProvider === undefined || oauthBearerProvider === null)
        throw new KafkaJSSASLAuthenticationError("SASL OAUTHBEARER: Missing OAuth bearer token provider");
      const token = (await oauthBearerProvider()) as OauthToken | null | undefined;
      if (token?.value === undefined || token.value === null)
        throw new KafkaJSSASLAuthenticationError("SASL OAUTHBEARER: Invalid OAuth bearer token");
      await sent("SASL OAUTHBEARER", args, bearerMessage(token, authorizationIdentity));
    },
  });
}

/** RFC 7628. kafkajs put a `"` before `a=`. */
function bearerMessage({ value, extensions }: OauthToken, authorizationIdentity: string | null | undefined): string {
  const identity = authorizationIdentity ? `a=${authorizationIdentity}` : "";
  const pairs = Object.entries(extensions ?? {}).map(([name, text]) => `${name}=${text}`);
  return [`n,${identity},`, `auth=Bearer ${value}`, ...pairs, "", ""].join(SOH);
}

/**
 * Sends one message. A broker refuses a token without an error code: its reason is in the answer, and it waits for one
 * more byte before it closes the connection.
 */
async function sent(
  label: string,
  { host, port, logger, saslAuthenticate }: ProviderArgs,
  text: string,
): Promise<void> {
  const broker = `${host}:${port}`;
  try {
    logger.debug(`Authenticate with ${label}`, { broker });
    const answer = (await saslAuthenticate({
      request: { encode: () => framedBytes(Buffer.from(text)) },
      response: { decode: (raw) => raw.subarray(4), parse: (data) => data.toString() },
    })) as string;
    if (answer !== "" && label === "SASL OAUTHBEARER") {
      await saslAuthenticate({ request: { encode: () => framedBytes(Buffer.from(SOH)) } });
      throw new Error(answer);
    }
    logger.debug(`${label} authentication successful`, { broker });
  } catch (error) {
    throw refused(label, error, broker, logger);
  }
}

function refused(label: string, error: unknown, broker: string, logger: Logger): KafkaJSSASLAuthenticationError {
  const { message = String(error) } = (error ?? {}) as { readonly message?: string };
  const refusal = new KafkaJSSASLAuthenticationError(`${label} authentication failed: ${message}`);
  logger.error(refusal.message, { broker });
  return refusal;
}
