import { sameName } from "../errors/foreign-names.ts";
import { bare } from "../errors/words.ts";

/** Names of kafkajs, Java and librdkafka for SASL, with ours. Those with the same letters need no entry. */
const FOREIGN: Readonly<Record<string, string>> = {
  user: "username",
  "sasl.mechanisms": "mechanism",
  "sasl.jaas.config": "its username and password are the options username and password of sasl",
  "sasl.kerberos.service.name": "Kerberos needs a mechanism of your own: mechanism takes an object, too",
  "sasl.login.callback.handler.class": "token, a function that returns a token",
  "sasl.client.callback.handler.class": "token, a function that returns a token",
  "sasl.oauthbearer.method": "oidc, an object with tokenEndpointUrl, clientId and clientSecret",
  "sasl.oauthbearer.config": "token, a function that returns a token",
  "sasl.oauthbearer.client.id": "oidc: { clientId }",
  "sasl.oauthbearer.client.secret": "oidc: { clientSecret }",
  "sasl.oauthbearer.client.credentials.client.id": "oidc: { clientId }",
  "sasl.oauthbearer.client.credentials.client.secret": "oidc: { clientSecret }",
  "sasl.oauthbearer.jwt.retriever.class": 'oidc: { grant }, "client-credentials" or "jwt-bearer"',
  "sasl.oauthbearer.grant.type": 'oidc: { grant }, "client-credentials" or "jwt-bearer"',
  "sasl.oauthbearer.assertion.private.key.file": "oidc: { assertion: { privateKey } }, the text of the file",
  "sasl.oauthbearer.assertion.private.key.passphrase": "oidc: { assertion: { privateKeyPassphrase } }",
  "sasl.oauthbearer.assertion.file": "oidc: { assertion }, a function that returns the text of the file",
  "sasl.oauthbearer.assertion.jwt.template.file": "oidc: { assertion: { template } }",
  oauthbearer_token_refresh_cb: "token, a function that returns a token",
  oauthBearerProvider: "token, a function that returns a token",
  authenticationProvider: "mechanism takes an object with name and exchange()",
  authorizationIdentity: "credentials, { accessKeyId, secretAccessKey, sessionToken }",
  accessKeyId: "credentials, { accessKeyId, secretAccessKey, sessionToken }",
  secretAccessKey: "credentials, { accessKeyId, secretAccessKey, sessionToken }",
  sessionToken: "credentials, { accessKeyId, secretAccessKey, sessionToken }",
  tokenauth: "tokenAuth of the SCRAM mechanisms",
};

const SIMPLE = [
  ...["mechanism", "username", "password", "tokenAuth", "token", "oidc", "region", "credentials"],
  ...["loginRefreshWindowFactor", "loginRefreshWindowJitter", "loginRefreshMinPeriodSeconds"],
  ...["loginRefreshBufferSeconds", "loginRetryBackoffMs", "loginRetryBackoffMaxMs", "loginReadTimeoutMs"],
] as const;
const OIDC = ["tokenEndpointUrl", "clientId", "clientSecret", "headerUrlencode", "scope", "extensions"] as const;
const ASSERTION = [
  ...["algorithm", "claimAud", "claimIss", "claimSub", "claimExpSeconds", "claimNbfSeconds", "claimJtiInclude"],
] as const;

/**
 * Our name for an option of SASL in another client, as a part of an error text. Undefined if no client has an option of
 * this name.
 */
export function saslAdvice(given: string): string | undefined {
  const plain = bare(given);
  const known = Object.keys(FOREIGN).find((name) => bare(name) === plain);
  if (known !== undefined) return FOREIGN[known];
  const rest = plain.replace(/^sasl/, "").replace(/^oauthbearer/, "");
  const simple = sameName(rest, SIMPLE);
  if (simple !== undefined) return simple;
  const ofOidc = sameName(rest, OIDC);
  if (ofOidc !== undefined) return `oidc: { ${ofOidc} }`;
  const ofAssertion = sameName(rest.replace(/^assertion/, ""), ASSERTION);
  if (ofAssertion !== undefined) return `oidc: { assertion: { ${ofAssertion} } }`;
  return plain.startsWith("sasl") ? "no option of Odradek is like it" : undefined;
}
