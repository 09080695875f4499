import { readFileSync } from "node:fs";
import { KafkaError } from "../errors/kafka-error.ts";
import type { NewAcl, EmbeddedSaslMechanism, EmbeddedSecurityOptions, EmbeddedUser } from "../embedded.ts";
import { jsonFields } from "../security/json.ts";
import { parseRule, RULE } from "./acl-rule.ts";
import type { OptionSpecs, OptionValues } from "./arguments.ts";

/** The options of `odradek broker` for users, TLS and rights. */
export const SECURITY_OPTIONS: OptionSpecs = {
  user: { type: "string", value: "NAME:PASSWORD", about: "a user; clients must then log in; repeatable", isList: true },
  users: { type: "string", value: "FILE", about: 'users as JSON: {"alice":{"password":"…"}}' },
  sasl: { type: "string", value: "MECHANISM,…", about: "how users log in; default PLAIN and SCRAM" },
  "session-lifetime-ms": {
    type: "number",
    value: "MS",
    about: "clients must log in again after this time; 0 never",
    default: 0,
    max: 2_147_483_647,
  },
  "tls-cert": { type: "string", value: "FILE", about: "the brokers' certificate, PEM: their ports speak TLS" },
  "tls-key": { type: "string", value: "FILE", about: "its private key, PEM" },
  "tls-ca": { type: "string", value: "FILE", about: "clients must show a certificate of this authority" },
  acl: { type: "string", value: "RULE", about: `${RULE}; repeatable`, isList: true },
  acls: { type: "string", value: "FILE", about: "a file with a rule in each line" },
  "super-user": { type: "string", value: "NAME", about: "a user that may do everything; repeatable", isList: true },
};

/**
 * The security of the cluster, by its options and what Kafka's configs say about it. Throws kind `config`; no text
 * contains a password.
 */
export function brokerSecurity(options: OptionValues, configs: EmbeddedSecurityOptions = {}): EmbeddedSecurityOptions {
  const users = { ...usersOf(options["users"]), ...namedUsers(listOf(options["user"])) };
  const hasUsers = options["user"] !== undefined || options["users"] !== undefined;
  const mechanisms = options["sasl"] === undefined ? undefined : mechanismsOf(options["sasl"]);
  const sessionLifetimeMs = Number(options["session-lifetime-ms"]);
  if (!hasUsers && sessionLifetimeMs > 0 && mechanisms === undefined)
    throw new KafkaError("config", "--session-lifetime-ms needs users, who log in: --user or --users, or --sasl");
  const tls = tlsOf(options);
  const { allowEveryoneIfNoAclFound } = configs;
  const acls = [...rulesOf(options["acls"]), ...listOf(options["acl"]).flatMap((rule) => parseRule(rule))];
  const superUsers = [...(configs.superUsers ?? []), ...listOf(options["super-user"])];
  return {
    ...(hasUsers ? { users } : {}),
    ...(mechanisms !== undefined || hasUsers
      ? { sasl: { ...(mechanisms === undefined ? {} : { mechanisms }), sessionLifetimeMs } }
      : {}),
    ...(tls === undefined ? {} : { tls }),
    ...(acls.length > 0 || (options["acls"] ?? configs.acls) !== undefined ? { acls } : {}),
    ...(allowEveryoneIfNoAclFound === undefined ? {} : { allowEveryoneIfNoAclFound }),
    ...(superUsers.length > 0 ? { superUsers } : {}),
  };
}

/** The security of the cluster in a line, for its clients; undefined without security. */
export function securityLine(security: EmbeddedSecurityOptions): string | undefined {
  const { users = {}, sasl, tls, acls, superUsers, allowEveryoneIfNoAclFound } = security;
  const protocol = `${sasl === undefined ? "" : "SASL_"}${tls === undefined ? "PLAINTEXT" : "SSL"}`;
  const hasRights = (acls ?? superUsers ?? allowEveryoneIfNoAclFound) !== undefined;
  const isOpen = allowEveryoneIfNoAclFound === true;
  const parts = [
    protocol === "PLAINTEXT" ? undefined : `security protocol: ${protocol}`,
    sasl?.mechanisms === undefined ? undefined : `mechanisms: ${sasl.mechanisms.join(", ")}`,
    sasl === undefined ? undefined : `users: ${Object.keys(users).join(", ") || "none"}`,
    hasRights && !isOpen ? `ACLs: ${acls?.length ?? 0}; everything else is denied` : undefined,
    isOpen ? `ACLs: ${acls?.length ?? 0}; a resource without ACLs is open to all` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join("; ");
}

function listOf(value: OptionValues[string]): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function namedUsers(pairs: readonly string[]): Readonly<Record<string, EmbeddedUser>> {
  const users = pairs.map((pair): [string, EmbeddedUser] => {
    const at = pair.indexOf(":");
    if (at < 1 || at === pair.length - 1)
      throw new KafkaError("config", "--user takes NAME:PASSWORD, for example --user alice:secret");
    return [pair.slice(0, at), { password: pair.slice(at + 1) }];
  });
  return Object.fromEntries(users);
}

/** The file's users. The parser's own error would show a part of the file. */
function usersOf(path: OptionValues[string]): Readonly<Record<string, EmbeddedUser>> {
  if (path === undefined) return {};
  const users = jsonFields(read("users", path));
  if (users === undefined)
    throw new KafkaError("config", `--users: ${String(path)} is not a JSON object: {"alice":{"password":"secret"}}`);
  return users as Readonly<Record<string, EmbeddedUser>>;
}

/** The cluster checks the names. */
function mechanismsOf(value: OptionValues[string]): readonly EmbeddedSaslMechanism[] {
  return String(value)
    .split(",")
    .map((name) => name.trim().toUpperCase()) as EmbeddedSaslMechanism[];
}

function tlsOf(options: OptionValues): EmbeddedSecurityOptions["tls"] {
  const [cert, key, ca] = [options["tls-cert"], options["tls-key"], options["tls-ca"]];
  if (cert === undefined && key === undefined && ca === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new KafkaError(
      "config",
      `TLS needs --tls-cert and --tls-key; --tls-${cert === undefined ? "cert" : "key"} is missing`,
    );
  return {
    cert: read("tls-cert", cert),
    key: read("tls-key", key),
    ...(ca === undefined ? {} : { ca: read("tls-ca", ca), clientAuth: "required" }),
  };
}

/** An error names the line and does not show it: it may be another file, with passwords. */
function rulesOf(path: OptionValues[string]): readonly NewAcl[] {
  if (path === undefined) return [];
  return read("acls", path)
    .split("\n")
    .flatMap((line, i) => (/^\s*(#|$)/.test(line) ? [] : parseRule(line, `line ${i + 1} of ${String(path)}`)));
}

function read(option: string, path: OptionValues[string]): string {
  try {
    return readFileSync(String(path), "utf8");
  } catch (error) {
    throw new KafkaError("config", `--${option}: ${KafkaError.from(error).message}`);
  }
}
