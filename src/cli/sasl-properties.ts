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
  const mechanism = entries.get("sasl.mechanism")?.trim() ?? "GSSAPI";
  const module = MODULES[mechanism];
  if (module === undefined) {
    const isDefault = entries.has("sasl.mechanism") ? "" : " (the default of Java)";
    const others = mechanism === "GSSAPI" ? "; Kerberos needs a mechanism of your own, in code" : "";
    throw new KafkaError(
      "config",
      `sasl.mechanism ${mechanism}${isDefault} is not supported here: use ${Object.keys(MODULES).join(", ")}${others}`,
    );
  }
  for (const name of entries.keys()) if (name.startsWith("sasl.")) checkName(name, mechanism);
  const config = entries.get("sasl.jaas.config");
  const jaas = config === undefined ? undefined : parseJaas(config);
  if (jaas !== undefined && jaas.module !== module)
    throw new KafkaError(
      "config",
      `sasl.jaas.config has ${jaas.module}, but sasl.mechanism ${mechanism} needs ${module}`,
    );
  switch (mechanism) {
    case "PLAIN":
      return { mechanism, ...userOf(jaas) };
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-512":
      return { mechanism, ...userOf(jaas), ...(isTrue(jaas?.options.get("tokenauth")) ? { tokenAuth: true } : {}) };
    case "OAUTHBEARER":
      return oauthOf(entries, jaas);
    default:
      return awsOf(jaas);
  }
}

const OAUTH = "sasl.oauthbearer.";
const EVERYWHERE = ["sasl.mechanism", "sasl.jaas.config", "sasl.login.callback.handler.class"];
const HANDLER = "sasl.login.callback.handler.class";
const OAUTH_NAMES = [
  ...["token.endpoint.url", "scope", "client.credentials.client.id", "client.credentials.client.secret"],
  ...["header.urlencode", "jwt.retriever.class"],
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

function checkName(name: string, mechanism: string): void {
  if (EVERYWHERE.includes(name) || name.startsWith("sasl.kerberos.")) return;
  if (name === "sasl.login.connect.timeout.ms" || Object.hasOwn(TIMES, name) || OAUTH_NAMES.includes(name)) return;
  if (name === "sasl.client.callback.handler.class" && mechanism === "AWS_MSK_IAM") return;
  const instead = name.startsWith(`${OAUTH}assertion`)
    ? "set sasl: { oidc: { assertion } } in code"
    : name.endsWith(".class")
      ? "set sasl: { token }, a function, or a mechanism of your own, in code"
      : `the entries of OAUTHBEARER that are read are ${OAUTH_NAMES.join(", ")}`;
  throw new KafkaError("config", `${name} is not supported here: ${instead}`);
}

function userOf(jaas: JaasConfig | undefined): { readonly username: string; readonly password: string } {
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
  const clientId = of("client.credentials.client.id") ?? jaas?.options.get("clientId");
  const clientSecret = of("client.credentials.client.secret") ?? jaas?.options.get("clientSecret");
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
