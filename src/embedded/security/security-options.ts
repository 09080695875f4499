import { KafkaError } from "../../errors/kafka-error.ts";
import {
  callback,
  type Check,
  either,
  flag,
  guarded,
  is,
  listOf,
  mapOf,
  milliseconds,
  name,
  oneOf,
  shape,
} from "../../errors/shape.ts";
import type { ListenTls } from "../../runtime/byte-stream.ts";
import { isObject, wrongType } from "../../security/secret-shape.ts";
import { isBytes } from "../../wire/is-bytes.ts";
import { type NewAcl, newAcl } from "../../security/new-acl.ts";
import { WILDCARD } from "./acl.ts";
import { rangeError } from "./client-address.ts";
import type { ValidateToken } from "./oauth-bearer-exchange.ts";
import { type EmbeddedSaslMechanism, SASL_MECHANISMS } from "./sasl-name.ts";
import type { EmbeddedUser } from "./users.ts";

/** How the brokers of an embedded cluster authenticate clients. */
export interface EmbeddedSaslOptions {
  /**
   * The mechanisms. Default: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; OAUTHBEARER if there is a `validateToken`; and
   * AWS_MSK_IAM if a user has `aws`. Java: `sasl.enabled.mechanisms`.
   */
  readonly mechanisms?: readonly EmbeddedSaslMechanism[];
  /**
   * How long a client stays authenticated, in ms; then it must authenticate again (KIP-368). Default 0: without a
   * limit. A token's own end counts too. Java: `connections.max.reauth.ms`.
   */
  readonly sessionLifetimeMs?: number;
  /**
   * Validates the tokens of OAUTHBEARER. Default: every unsecured JSON web token (`"alg":"none"`) with `sub` and `exp`
   * is accepted; it is not verified. Java: `sasl.server.callback.handler.class`.
   */
  readonly validateToken?: ValidateToken;
  /**
   * How long the refusal of an authentication is delayed, in ms. Default 100. Java:
   * `connection.failed.authentication.delay.ms`.
   */
  readonly failedAuthenticationDelayMs?: number;
}

/** The options of an embedded cluster that authenticates and authorizes its clients. */
export interface EmbeddedSecurityOptions {
  /**
   * TLS of the brokers' ports, for a cluster with `host` or `ports`. Without SASL, the name in a client's certificate
   * is its principal: `User:CN=alice,O=Odradek`. Default: connections are not encrypted.
   */
  readonly tls?: ListenTls;
  /** The users by name. With users, or with `sasl`, clients must authenticate. Default: none is asked to. */
  readonly users?: Readonly<Record<string, EmbeddedUser>>;
  /** How clients authenticate. Default: as its fields say. */
  readonly sasl?: EmbeddedSaslOptions;
  /**
   * The access control entries. With this option, even if the list is empty, or with `superUsers` or
   * `allowEveryoneIfNoAclFound`, the cluster has an authorizer: everything is refused that is not allowed. Default: no
   * authorizer.
   */
  readonly acls?: readonly NewAcl[];
  /** Users that may do everything, for example `["admin"]` or `["User:admin"]`. Default: none. Java: `super.users`. */
  readonly superUsers?: readonly string[];
  /**
   * Whether everybody may use a resource that no entry is about. Default false. Java:
   * `allow.everyone.if.no.acl.found`.
   */
  readonly allowEveryoneIfNoAclFound?: boolean;
}

const PRINCIPAL = "User:";

const acl: Check = guarded((value, path) => {
  newAcl(value, path);
  const wrong = rangeError((value as NewAcl).host ?? WILDCARD);
  if (wrong !== undefined) throw new KafkaError("config", `${path}.host: ${wrong}`);
});

const isNumber = (value: unknown): boolean => typeof value === "number" && !Number.isNaN(value);

const pem = either("PEM as a string or bytes", name, is("bytes", isBytes));

/** Like `name`, but a wrong value is not shown. */
const secret: Check = (value, path) => {
  if (typeof value !== "string" || value === "") throw wrongType(value, path, "a string that is not empty");
};

/** Checks an object with secrets: a value of a wrong type is not shown. */
const withSecrets =
  (takes: string, check: Check): Check =>
  (value, path) => {
    if (!isObject(value)) throw wrongType(value, path, takes);
    check(value, path);
  };

const ACCESS_KEY = withSecrets(
  "an object with accessKeyId and secretAccessKey",
  shape(
    { accessKeyId: secret, secretAccessKey: secret, sessionToken: secret, expiresAtMs: is("a number", isNumber) },
    { needs: ["accessKeyId", "secretAccessKey"], noun: "field" },
  ),
);

const USER = withSecrets(
  "an object with password or aws",
  shape(
    { password: secret, mechanisms: listOf(oneOf("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")), aws: ACCESS_KEY },
    { noun: "field", hints: { mechanism: "mechanisms", accessKeyId: "aws", secretAccessKey: "aws" } },
  ),
);

/** The checks of the options, by name. */
export const SECURITY_CHECKS: Readonly<Record<keyof EmbeddedSecurityOptions, Check>> = {
  users: withSecrets("an object with a user for each name", mapOf(USER)),
  sasl: shape(
    {
      mechanisms: listOf(oneOf(...SASL_MECHANISMS)),
      sessionLifetimeMs: milliseconds,
      validateToken: callback,
      failedAuthenticationDelayMs: milliseconds,
    },
    {
      hints: {
        mechanism: "mechanisms",
        enabledMechanisms: "mechanisms",
        connectionsMaxReauthMs: "sessionLifetimeMs",
        maxReauthMs: "sessionLifetimeMs",
        users: "an option of the cluster, beside sasl",
      },
    },
  ),
  tls: shape(
    {
      cert: pem,
      key: pem,
      ca: either("PEM as a string or bytes, or a list of them", pem, listOf(pem)),
      passphrase: name,
      clientAuth: oneOf("none", "requested", "required"),
    },
    { needs: ["cert", "key"], hints: { requestCert: "clientAuth" } },
  ),
  acls: listOf(acl),
  superUsers: listOf(name),
  allowEveryoneIfNoAclFound: flag,
};

/** Throws kind `config` for options that contradict each other. */
export function checkSecurity(options: EmbeddedSecurityOptions): void {
  const { users = {}, sasl, tls } = options;
  if (tls?.clientAuth !== undefined && tls.clientAuth !== "none" && tls.ca === undefined)
    throw new KafkaError("config", "EmbeddedCluster: tls.clientAuth needs tls.ca, the authority of the clients");
  if (sasl?.mechanisms?.length === 0)
    throw new KafkaError("config", "EmbeddedCluster: sasl.mechanisms is empty, so that no client could log in");
  const enabled = enabledMechanisms(options);
  if (sasl?.validateToken !== undefined && !enabled.includes("OAUTHBEARER"))
    throw new KafkaError("config", "EmbeddedCluster: sasl.validateToken needs OAUTHBEARER in sasl.mechanisms");
  const keyIds = new Set<string>();
  for (const [name, { password, mechanisms = [], aws }] of Object.entries(users)) {
    if (name === "") throw new KafkaError("config", "EmbeddedCluster: users: a user's name is not empty");
    if (password === undefined && (aws === undefined || mechanisms.length > 0))
      throw new KafkaError("config", `EmbeddedCluster: users.${name} needs password; aws is for AWS_MSK_IAM alone`);
    if (aws !== undefined && (!enabled.includes("AWS_MSK_IAM") || keyIds.has(aws.accessKeyId)))
      throw new KafkaError(
        "config",
        `EmbeddedCluster: users.${name}.aws ` +
          (keyIds.has(aws.accessKeyId) ? "has another user's accessKeyId" : "needs AWS_MSK_IAM in sasl.mechanisms"),
      );
    if (aws !== undefined) keyIds.add(aws.accessKeyId);
    const absent = mechanisms.find((mechanism) => !enabled.includes(mechanism));
    if (absent !== undefined)
      throw new KafkaError(
        "config",
        `EmbeddedCluster: users.${name}.mechanisms: ${absent} is not in sasl.mechanisms (${enabled.join(", ")})`,
      );
  }
}

/** The mechanisms that the options enable. */
export function enabledMechanisms({
  users = {},
  sasl: { mechanisms, validateToken } = {},
}: EmbeddedSecurityOptions): readonly EmbeddedSaslMechanism[] {
  const isOff = {
    OAUTHBEARER: validateToken === undefined,
    AWS_MSK_IAM: Object.values(users).every(({ aws }) => aws === undefined),
  };
  return mechanisms ?? SASL_MECHANISMS.filter((one) => !(one in isOff && isOff[one as keyof typeof isOff]));
}

/** The principal of a user, given by its name or as a principal. */
export function principalOf(user: string): string {
  return user.startsWith(PRINCIPAL) ? user : `${PRINCIPAL}${user}`;
}
