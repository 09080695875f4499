import { KafkaError } from "../errors/kafka-error.ts";
import {
  atLeastOneMs,
  callback,
  type Check,
  flag,
  is,
  mapOf,
  milliseconds,
  name,
  object,
  oneOf,
  reading,
  wholeFrom,
} from "../errors/shape.ts";
import type { AwsOptions } from "./aws-credentials.ts";
import type { Credential } from "./credential.ts";
import type { SaslMechanism } from "./mechanism.ts";
import type { OidcOptions } from "./oidc.ts";
import { isObject, secretShape, wrongType } from "./secret-shape.ts";
import type { LoginOptions } from "./shared-token.ts";
import { saslAdvice } from "./sasl-names.ts";
import type { TokenProvider } from "./token.ts";

/** How to log in to brokers: the option `sasl` of `new Kafka()`. The mechanisms have Java's names. */
export type SaslOptions = PlainOptions | ScramOptions | OAuthBearerOptions | AwsMskIamOptions | OwnMechanismOptions;

/** SASL PLAIN. The password travels as it is, so it needs TLS. */
export interface PlainOptions {
  /** The mechanism. */
  readonly mechanism: "PLAIN";
  /** The user's name. */
  readonly username: Credential;
  /** The password. */
  readonly password: Credential;
}

/** SCRAM: the password does not travel. */
export interface ScramOptions {
  /** The mechanism. */
  readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512";
  /** The user's name, or the id of a delegation token. */
  readonly username: Credential;
  /** The password, or the HMAC of a delegation token in base64. */
  readonly password: Credential;
  /** Whether they are a delegation token's (KIP-48). Default false. */
  readonly tokenAuth?: boolean | undefined;
}

/** Tokens, from a function or from an OIDC endpoint. All connections of a client share one. */
export type OAuthBearerOptions = {
  /** The mechanism. */
  readonly mechanism: "OAUTHBEARER";
} & Partial<LoginOptions> &
  (
    | {
        /** Returns a token, for example `awsMsk()`, `azureManagedIdentity()`, `gcpMetadata()` or your own function. */
        readonly token: TokenProvider;
        readonly oidc?: undefined;
      }
    | {
        /** The token endpoint. */
        readonly oidc: OidcOptions;
        readonly token?: undefined;
      }
  );

/** Amazon MSK with IAM. */
export interface AwsMskIamOptions extends AwsOptions {
  /** The mechanism. */
  readonly mechanism: "AWS_MSK_IAM";
}

/** A mechanism of your own. */
export interface OwnMechanismOptions {
  /** The mechanism. */
  readonly mechanism: SaslMechanism;
}

/** Checks the option `sasl`. Throws kind `config`; no text contains a value that may be a secret. */
export const checkSasl: Check = (value, path) => {
  if (!isObject(value)) throw wrongType(value, path, "an object with mechanism");
  const mechanism = reading(`${path}: mechanism`, () => (value as { readonly mechanism?: unknown }).mechanism);
  const check = typeof mechanism === "string" ? byMechanism(mechanism, path) : OWN;
  if (mechanism === undefined && Object.keys(value).every((key) => saslAdvice(key) !== "mechanism"))
    throw new KafkaError("config", `${path} needs mechanism: ${MECHANISMS.join(", ")}, or an object of your own`);
  check(value, path);
};

/** A text or a function that returns one. The error does not show the value. */
const credential: Check = (value, path) => {
  if (typeof value === "string" ? value === "" : typeof value !== "function")
    throw wrongType(value, path, "a string that is not empty, or a function that returns one");
  if (typeof value === "function") callback(value, path);
};

/** A function. A text that stands in its place may be a token, and is not shown. */
const provider: Check = (value, path) => {
  if (typeof value !== "function") throw wrongType(value, path, "a function that returns a token");
  callback(value, path);
};

const part: Check = is("a number from 0 to 1", (value) => typeof value === "number" && value >= 0 && value <= 1);
const seconds: Check = wholeFrom(0, 31_536_000);

const LOGIN: Readonly<Record<string, Check>> = {
  loginRefreshWindowFactor: part,
  loginRefreshWindowJitter: part,
  loginRefreshMinPeriodSeconds: seconds,
  loginRefreshBufferSeconds: seconds,
  loginRetryBackoffMs: milliseconds,
  loginRetryBackoffMaxMs: milliseconds,
  loginReadTimeoutMs: atLeastOneMs,
};

const ASSERTION: Check = fields(
  {
    privateKey: credential,
    privateKeyPassphrase: credential,
    algorithm: oneOf("RS256", "ES256"),
    claimAud: name,
    claimIss: name,
    claimSub: name,
    claimExpSeconds: seconds,
    claimNbfSeconds: seconds,
    claimJtiInclude: flag,
    template: fields({ header: object, payload: object }),
  },
  ["privateKey"],
);

const OIDC_FIELDS: Check = fields(
  {
    tokenEndpointUrl: (value, path) => {
      if (typeof value !== "string" || !/^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/.test(value))
        throw wrongType(value, path, "an address that begins with https:// and contains no user");
    },
    grant: oneOf("client-credentials", "jwt-bearer"),
    clientId: credential,
    clientSecret: credential,
    headerUrlencode: flag,
    scope: name,
    assertion: (value, path) => (isObject(value) ? ASSERTION : credential)(value, path),
    extensions: mapOf((value, path) => {
      if (typeof value !== "string") throw wrongType(value, path, "a string");
    }),
  },
  ["tokenEndpointUrl"],
);

/** How a client proves itself must be complete, and only one way. */
const OIDC: Check = (value, path) => {
  OIDC_FIELDS(value, path);
  const { grant, clientId, clientSecret, assertion } = value as OidcOptions;
  const wrong =
    assertion !== undefined && clientSecret !== undefined
      ? "takes a clientSecret or an assertion, not both"
      : grant === "jwt-bearer" && assertion === undefined
        ? 'needs assertion for the grant "jwt-bearer"'
        : assertion === undefined && (clientId === undefined || clientSecret === undefined)
          ? "needs clientId and clientSecret, or an assertion"
          : undefined;
  if (wrong !== undefined) throw new KafkaError("config", `${path} ${wrong}`);
};

const OAUTH_FIELDS: Check = fields({ mechanism: name, token: provider, oidc: OIDC, ...LOGIN });

const OAUTH: Check = (value, path) => {
  OAUTH_FIELDS(value, path);
  const { token, oidc } = value as { readonly token?: unknown; readonly oidc?: unknown };
  if ((token === undefined) === (oidc === undefined))
    throw new KafkaError(
      "config",
      `${path} needs token, a function that returns a token, or oidc, an object with tokenEndpointUrl` +
        (token === undefined ? "" : "; not both"),
    );
};

const AWS_KEYS: Check = fields(
  {
    accessKeyId: credential,
    secretAccessKey: credential,
    sessionToken: credential,
    expiresAtMs: is("a number of ms", (value) => typeof value === "number" && value >= 0),
  },
  ["accessKeyId", "secretAccessKey"],
);

const AWS_FIELDS: Readonly<Record<keyof AwsOptions, Check>> = {
  region: is("a region like eu-west-1", (value) => typeof value === "string" && /^[a-z0-9-]+$/.test(value)),
  credentials: (value, path) => (typeof value === "function" ? callback : AWS_KEYS)(value, path),
};
const AWS: Check = fields({ mechanism: name, ...AWS_FIELDS });

/** Checks the options of `awsMsk()`. */
export const checkAwsOptions: Check = fields(AWS_FIELDS);

const OWN: Check = fields({
  mechanism: is(
    "a name, or an object with name and exchange()",
    (value) =>
      isObject(value) &&
      typeof (value as Partial<SaslMechanism>).name === "string" &&
      (value as Partial<SaslMechanism>).name !== "" &&
      typeof (value as Partial<SaslMechanism>).exchange === "function",
  ),
});

const USER: Readonly<Record<string, Check>> = { mechanism: name, username: credential, password: credential };
const SCRAM: Check = fields({ ...USER, tokenAuth: flag }, ["username", "password"]);

const BY_MECHANISM: Readonly<Record<string, Check>> = {
  PLAIN: fields(USER, ["username", "password"]),
  "SCRAM-SHA-256": SCRAM,
  "SCRAM-SHA-512": SCRAM,
  OAUTHBEARER: OAUTH,
  AWS_MSK_IAM: AWS,
};
const MECHANISMS = Object.keys(BY_MECHANISM);

function byMechanism(mechanism: string, path: string): Check {
  const check = Object.hasOwn(BY_MECHANISM, mechanism) ? BY_MECHANISM[mechanism] : undefined;
  if (check !== undefined) return check;
  const upper = mechanism.toUpperCase();
  const near = upper === "AWS" ? "AWS_MSK_IAM" : MECHANISMS.find((known) => known === upper);
  const advice =
    near !== undefined
      ? `: did you mean "${near}"?`
      : ["GSSAPI", "KERBEROS"].includes(upper)
        ? ": Kerberos needs a mechanism of your own, an object with name and exchange()."
        : "; it has";
  throw new KafkaError("config", `${path} has no such mechanism${advice} ${MECHANISMS.join(", ")}`);
}

/** An object with such options of SASL. */
function fields(checks: Readonly<Record<string, Check>>, needs: readonly string[] = []): Check {
  return secretShape(checks, { needs, advice: saslAdvice });
}
