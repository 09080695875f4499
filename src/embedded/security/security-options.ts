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
   * The mechanisms. Default: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; and OAUTHBEARER if there is a `validateToken`.
   * Java: `sasl.enabled.mechanisms`.
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

const pem = either("PEM as a string or bytes", name, is("bytes", isBytes));

/** The checks of the options, by name. */
export const SECURITY_CHECKS: Readonly<Record<keyof EmbeddedSecurityOptions, Check>> = {
  users: mapOf(
    shape(
      { password: name, mechanisms: listOf(oneOf("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")) },
      { needs: ["password"], noun: "field", hints: { mechanism: "mechanisms" } },
    ),
  ),
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
export function checkSecurity({ users = {}, sasl, tls }: EmbeddedSecurityOptions): void {
  if (tls?.clientAuth !== undefined && tls.clientAuth !== "none" && tls.ca === undefined)
    throw new KafkaError("config", "EmbeddedCluster: tls.clientAuth needs tls.ca, the authority of the clients");
  if (sasl?.mechanisms?.length === 0)
    throw new KafkaError("config", "EmbeddedCluster: sasl.mechanisms is empty, so that no client could log in");
  const enabled = enabledMechanisms(sasl);
  if (sasl?.validateToken !== undefined && !enabled.includes("OAUTHBEARER"))
    throw new KafkaError("config", "EmbeddedCluster: sasl.validateToken needs OAUTHBEARER in sasl.mechanisms");
  for (const [name, { mechanisms = [] }] of Object.entries(users)) {
    if (name === "") throw new KafkaError("config", "EmbeddedCluster: users: a user's name is not empty");
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
  mechanisms,
  validateToken,
}: EmbeddedSaslOptions = {}): readonly EmbeddedSaslMechanism[] {
  return mechanisms ?? SASL_MECHANISMS.filter((one) => one !== "OAUTHBEARER" || validateToken !== undefined);
}

/** The principal of a user, given by its name or as a principal. */
export function principalOf(user: string): string {
  return user.startsWith(PRINCIPAL) ? user : `${PRINCIPAL}${user}`;
}
