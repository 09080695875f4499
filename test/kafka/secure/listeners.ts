import type { BrokerCertificates } from "./certificates.ts";

/** A listener of a broker, besides the plain one. */
export interface SecuredListener {
  readonly protocol: "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  /** The broker's certificate. Default: one for 127.0.0.1 that is valid. */
  readonly certificate?: keyof BrokerCertificates;
  /** Whether it demands a certificate of the client. */
  readonly isMutual?: boolean;
  /** Whether it speaks TLS 1.2 only. */
  readonly isOld?: boolean;
  readonly mechanisms?: readonly string[];
  /** Whether tokens are signed; otherwise it takes unsecured ones. */
  readonly hasSignedTokens?: boolean;
  /** Each session ends after this time. */
  readonly sessionMs?: number;
}

const ALL = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"];

/** The listeners by their names. */
export const LISTENERS = {
  SSL: { protocol: "SSL" },
  MUTUAL: { protocol: "SSL", isMutual: true },
  MUTUAL_OLD: { protocol: "SSL", isMutual: true, isOld: true },
  EXPIRED: { protocol: "SSL", certificate: "expired" },
  ELSEWHERE: { protocol: "SSL", certificate: "elsewhere" },
  SASL: { protocol: "SASL_PLAINTEXT", mechanisms: ALL },
  SASL_TLS: { protocol: "SASL_SSL", mechanisms: ALL },
  PLAIN_ONLY: { protocol: "SASL_PLAINTEXT", mechanisms: ["PLAIN"] },
  SHORT: { protocol: "SASL_PLAINTEXT", mechanisms: ALL, sessionMs: 5000 },
  OIDC: { protocol: "SASL_SSL", mechanisms: ["OAUTHBEARER"], hasSignedTokens: true },
} as const satisfies Readonly<Record<string, SecuredListener>>;

export type ListenerName = keyof typeof LISTENERS;

/** The facts of a test that the broker's properties contain. */
export interface ListenerFacts {
  /** The files of the broker's certificates with their keys. */
  readonly certificates: BrokerCertificates;
  /** Passwords of SASL PLAIN, by user. */
  readonly users: Readonly<Record<string, string>>;
  /** The address of the token server. */
  readonly issuer: string;
}

/** The broker's properties for one listener, by their full names. */
export function listenerProperties(name: ListenerName, facts: ListenerFacts): Readonly<Record<string, string>> {
  const { protocol, certificate, isMutual, isOld, mechanisms, hasSignedTokens, sessionMs }: SecuredListener =
    LISTENERS[name];
  const own: Record<string, string> = {};
  if (protocol !== "SASL_PLAINTEXT") {
    own["ssl.keystore.type"] = "PEM";
    own["ssl.keystore.location"] = facts.certificates[certificate ?? "good"];
    own["ssl.truststore.type"] = "PEM";
    own["ssl.truststore.location"] = facts.certificates.authority;
  }
  if (isMutual === true) own["ssl.client.auth"] = "required";
  if (isOld === true) {
    own["ssl.protocol"] = "TLSv1.2";
    own["ssl.enabled.protocols"] = "TLSv1.2";
  }
  if (mechanisms !== undefined) own["sasl.enabled.mechanisms"] = mechanisms.join(",");
  for (const mechanism of mechanisms ?? [])
    Object.assign(own, mechanismProperties(mechanism.toLowerCase(), facts, hasSignedTokens === true));
  if (sessionMs !== undefined) own["connections.max.reauth.ms"] = String(sessionMs);
  return Object.fromEntries(
    Object.entries(own).map(([key, value]) => [`listener.name.${name.toLowerCase()}.${key}`, value]),
  );
}

function mechanismProperties(
  mechanism: string,
  { users, issuer }: ListenerFacts,
  hasSignedTokens: boolean,
): Readonly<Record<string, string>> {
  const login = (module: string, options = ""): Readonly<Record<string, string>> => ({
    [`${mechanism}.sasl.jaas.config`]: `org.apache.kafka.common.security.${module} required${options};`,
  });
  if (mechanism === "plain") {
    const passwords = Object.entries(users).map(([user, password]) => ` "user_${user}"="${escaped(password)}"`);
    return login("plain.PlainLoginModule", passwords.join(""));
  }
  if (mechanism.startsWith("scram")) return login("scram.ScramLoginModule");
  if (!hasSignedTokens) return login("oauthbearer.OAuthBearerLoginModule", ' unsecuredLoginStringClaim_sub="broker"');
  const oauth = `${mechanism}.sasl.oauthbearer`;
  return {
    ...login("oauthbearer.OAuthBearerLoginModule"),
    [`${mechanism}.sasl.server.callback.handler.class`]:
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler",
    [`${oauth}.jwks.endpoint.url`]: `${issuer}/jwks`,
    [`${oauth}.expected.audience`]: "kafka",
    [`${oauth}.expected.issuer`]: issuer,
    [`${oauth}.clock.skew.seconds`]: "0",
  };
}

/** A properties file is read as ASCII. */
function escaped(value: string): string {
  return value.replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
