import { KafkaError } from "../errors/kafka-error.ts";
import type { OidcOptions } from "../security/oidc.ts";
import type { OAuthBearerOptions, SaslOptions } from "../security/sasl-options.ts";
import type { LoginOptions } from "../security/shared-token.ts";
import { awsMsk, gcpMetadata } from "../security/token-providers.ts";
import type { TokenProvider } from "../security/token.ts";
import { type JaasConfig, parseJaas } from "./jaas.ts";
import type { Properties } from "./properties.ts";

/** The mechanisms and the login modules that belong to them. */
const MODULES: Readonly<Record<string, string>> = {
  PLAIN: "PlainLoginModule",
  "SCRAM-SHA-256": "ScramLoginModule",
  "SCRAM-SHA-512": "ScramLoginModule",
  OAUTHBEARER: "OAuthBearerLoginModule",
  AWS_MSK_IAM: "IAMLoginModule",
};

/** The option `sasl` of the entries that begin with `sasl.`. Throws kind `config`. */
export function saslOf(entries: Properties): SaslOptions {
  const given = mechanismOf(entries);
  const mechanism = given ?? "GSSAPI";
  const module = MODULES[mechanism];
  if (module === undefined) {
    const isDefault = given === undefined ? " (the default of Java)" : "";
    const others = mechanism === "GSSAPI" ? "; Kerberos needs a mechanism of your own, in code" : "";
    throw new KafkaError(
      "config",
      `sasl.mechanism ${mechanism}${isDefault} is not supported here: use ${Object.keys(MODULES).join(", ")}${others}`,
    );
  }
  for (const name of entries.keys()) {
    const instead = insteadOfSasl(name, mechanism);
    if (instead !== undefined) throw new KafkaError("config", `${name} is not supported here: ${instead}`);
  }
  const config = entries.get("sasl.jaas.config");
  const jaas = config === undefined ? undefined : parseJaas(config);
  if (jaas !== undefined && jaas.module !== module)
    throw new KafkaError(
      "config",
      `sasl.jaas.config has ${jaas.module}, but sasl.mechanism ${mechanism} needs ${module}`,
    );
  switch (mechanism) {
    case "PLAIN":
      return { mechanism, ...userOf(jaas, entries) };
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-512":
      return {
        mechanism,
        ...userOf(jaas, entries),
        ...(isTrue(jaas?.options.get("tokenauth")) ? { tokenAuth: true } : {}),
      };
    case "OAUTHBEARER":
      return oauthOf(entries, jaas);
    default:
      return awsOf(jaas);
  }
}

const OAUTH = "sasl.oauthbearer.";
const EVERYWHERE = [
  ...["sasl.mechanism", "sasl.jaas.config", "sasl.login.callback.handler.class"],
  ...["sasl.mechanisms", "sasl.username", "sasl.password"], // of librdkafka
];
const HANDLER = "sasl.login.callback.handler.class";
const OAUTH_NAMES = [
  ...["token.endpoint.url", "scope", "client.credentials.client.id", "client.credentials.client.secret"],
  ...["header.urlencode", "jwt.retriever.class"],
  ...["method", "client.id", "client.secret"], // of librdkafka
].map((name) => `${OAUTH}${name}`);

/** The times of a login, by their names here. Java's `sasl.login.connect.timeout.ms` is a part of the read timeout. */
const TIMES: Readonly<Record<string, keyof LoginOptions>> = {
  "sasl.login.refresh.window.factor": "loginRefreshWindowFactor",
  "sasl.login.refresh.window.jitter": "loginRefreshWindowJitter",
  "sasl.login.refresh.min.period.seconds": "loginRefreshMinPeriodSeconds",
  "sasl.login.refresh.buffer.seconds": "loginRefreshBufferSeconds",
  "sasl.login.retry.backoff.ms": "loginRetryBackoffMs",
  "sasl.login.retry.backoff.max.ms": "loginRetryBackoffMaxMs",
  "sasl.login.read.timeout.ms": "loginReadTimeoutMs",
};

/** The mechanism that the entries name. */
export function mechanismOf(entries: Properties): string | undefined {
  return (entries.get("sasl.mechanism") ?? entries.get("sasl.mechanisms"))?.trim();
}

/** The option to use in code instead of an entry of SASL that cannot be followed; undefined if it can be. */
export function insteadOfSasl(name: string, mechanism: string | undefined): string | undefined {
  if (!name.startsWith("sasl.") || EVERYWHERE.includes(name) || name.startsWith("sasl.kerberos.")) return undefined;
  if (name === "sasl.login.connect.timeout.ms" || Object.hasOwn(TIMES, name) || OAUTH_NAMES.includes(name))
    return undefined;
  if (name === "sasl.client.callback.handler.class" && mechanism === "AWS_MSK_IAM") return undefined;
  if (name.startsWith(`${OAUTH}assertion`)) return "set sasl: { oidc: { assertion } } in code";
  return name.endsWith(".class")
    ? "set sasl: { token }, a function, or a mechanism of your own, in code"
    : `the entries of OAUTHBEARER that are read are ${OAUTH_NAMES.join(", ")}`;
}

function userOf(
  jaas: JaasConfig | undefined,
  entries: Properties,
): { readonly username: string; readonly password: string } {
  const [username, password] = [entries.get("sasl.username"), entries.get("sasl.password")];
  if (jaas === undefined && (username !== undefined || password !== undefined)) {
    if (!username || !password)
      throw new KafkaError("config", `sasl.${username ? "password" : "username"} is missing or empty`);
    return { username, password };
  }
  return { username: needed(jaas, "username"), password: needed(jaas, "password") };
}

function needed(jaas: JaasConfig | undefined, name: string): string {
  const value = jaas?.options.get(name);
  if (value === undefined || value === "")
    throw new KafkaError(
      "config",
      jaas === undefined
        ? 'sasl.jaas.config is missing: it contains the user, as in CLASS required username="…" password="…";'
        : `sasl.jaas.config has no ${name}`,
    );
  return value;
}

function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === "true";
}

/** Classes that ask a provider of the cloud for tokens, and ours. */
const HANDLERS: Readonly<Record<string, () => TokenProvider>> = {
  IAMOAuthBearerLoginCallbackHandler: () => awsMsk(),
  GcpLoginCallbackHandler: () => gcpMetadata(),
};

function oauthOf(entries: Properties, jaas: JaasConfig | undefined): OAuthBearerOptions {
  const login = timesOf(entries);
  const handler = entries.get(HANDLER)?.trim().replace(/^.*\./, "");
  const provider = handler === undefined ? undefined : HANDLERS[handler];
  if (provider !== undefined) return { mechanism: "OAUTHBEARER", token: provider(), ...login };
  if (handler !== undefined && handler !== "OAuthBearerLoginCallbackHandler")
    throw new KafkaError(
      "config",
      `${HANDLER} ${handler} is not supported here: set sasl: { token }, a function, in code`,
    );
  return { mechanism: "OAUTHBEARER", oidc: oidcOf(entries, jaas), ...login };
}

function oidcOf(entries: Properties, jaas: JaasConfig | undefined): OidcOptions {
  const of = (name: string): string | undefined => entries.get(`${OAUTH}${name}`);
  const retriever = of("jwt.retriever.class")?.trim().replace(/^.*\./, "");
  if (retriever !== undefined && !["DefaultJwtRetriever", "ClientCredentialsJwtRetriever"].includes(retriever))
    throw new KafkaError(
      "config",
      `${OAUTH}jwt.retriever.class ${retriever} is not supported here: set sasl: { oidc: { assertion } } in code`,
    );
  const tokenEndpointUrl = of("token.endpoint.url");
  if (tokenEndpointUrl === undefined) {
    const isUnsecured = [...(jaas?.options.keys() ?? [])].some((name) => name.startsWith("unsecuredLogin"));
    throw new KafkaError(
      "config",
      isUnsecured
        ? "sasl.jaas.config asks for an unsigned token: set sasl: { token }, a function that returns it, in code"
        : `${OAUTH}token.endpoint.url is missing: the mechanism OAUTHBEARER asks it for tokens`,
    );
  }
  const method = of("method")?.trim().toLowerCase();
  if (method !== undefined && method !== "oidc")
    throw new KafkaError("config", `${OAUTH}method takes oidc, not "${method}": set sasl: { token } in code`);
  const clientId = of("client.credentials.client.id") ?? of("client.id") ?? jaas?.options.get("clientId");
  const clientSecret =
    of("client.credentials.client.secret") ?? of("client.secret") ?? jaas?.options.get("clientSecret");
  if (clientId === undefined || clientSecret === undefined)
    throw new KafkaError(
      "config",
      `${OAUTH}client.credentials.client.${clientId === undefined ? "id" : "secret"} is missing`,
    );
  const scope = of("scope") ?? jaas?.options.get("scope");
  const extensions = extensionsOf(jaas);
  return {
    tokenEndpointUrl,
    clientId,
    clientSecret,
    ...(scope === undefined ? {} : { scope }),
    ...(isTrue(of("header.urlencode")) ? { headerUrlencode: true } : {}),
    ...(extensions === undefined ? {} : { extensions }),
  };
}

/** The options `extension_NAME` of the login module. */
function extensionsOf(jaas: JaasConfig | undefined): Readonly<Record<string, string>> | undefined {
  const found = [...(jaas?.options ?? [])].filter(([name]) => name.startsWith("extension_"));
  if (found.length === 0) return undefined;
  return Object.fromEntries(found.map(([name, value]) => [name.slice("extension_".length), value]));
}

function timesOf(entries: Properties): Partial<LoginOptions> {
  const found: Record<string, number> = {};
  for (const [name, own] of Object.entries(TIMES)) {
    const text = entries.get(name);
    if (text === undefined) continue;
    const number = Number(text);
    if (text.trim() === "" || !Number.isFinite(number) || number < 0)
      throw new KafkaError("config", `${name} takes a number, not "${text}"`);
    found[own] = number;
  }
  return found;
}

/** The credentials are those of the environment, the container or the machine. */
function awsOf(jaas: JaasConfig | undefined): SaslOptions {
  const [option] = [...(jaas?.options.keys() ?? [])].filter((name) => name !== "awsDebugCreds");
  if (option !== undefined)
    throw new KafkaError(
      "config",
      `sasl.jaas.config: ${option} is not supported here: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass ` +
        "sasl: { credentials }, a function, in code",
    );
  return { mechanism: "AWS_MSK_IAM" };
}
