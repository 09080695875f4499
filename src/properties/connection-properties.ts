import { KafkaError } from "../errors/kafka-error.ts";
import { isEncryptedKey } from "../runtime/tls-values.ts";
import { pemBlocks, pemText, wrongPem } from "../runtime/pem.ts";
import type { TlsOptions, TlsVersion } from "../runtime/tls-options.ts";
import type { SaslOptions } from "../security/sasl-options.ts";
import { parseProperties, type Properties } from "./properties.ts";
import { saslOf } from "./sasl-properties.ts";

/** The address and the security that a properties file of Java's clients, or of librdkafka, sets. */
export interface ClientProperties {
  readonly bootstrapServers?: string;
  readonly clientId?: string;
  readonly tls?: TlsOptions;
  readonly sasl?: SaslOptions;
  /** The names of entries that concern neither the connection nor its security, such as `acks`. */
  readonly ignored: readonly string[];
}

/** Reads a file that an entry names. */
export type ReadFile = (path: string) => Uint8Array;

const PROTOCOLS = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

/**
 * Reads the properties file of a Java client, as its tools take it with `--command-config`. Throws kind `config` that
 * names the entry and, if there is one, the option of Odradek to use in code. No text contains a value that may be a
 * secret.
 */
export function clientProperties(text: string, readFile: ReadFile): ClientProperties {
  return connectionOf(parseProperties(text), readFile);
}

/** {@link clientProperties} of entries that are parsed already. */
export function connectionOf(entries: Properties, readFile: ReadFile): ClientProperties {
  if (entries.has("config.providers")) throw unsupported("config.providers", IN_CODE["config.providers"] ?? "");
  const { hasTls, hasSasl } = securityOf(entries);
  const bootstrapServers = entries.get("bootstrap.servers");
  const clientId = entries.get("client.id");
  const ignored = [...entries.keys()].filter(
    (name) => !["bootstrap.servers", "client.id", "security.protocol"].includes(name),
  );
  const tls = hasTls ? tlsOf(entries, readFile) : undefined;
  const sasl = hasSasl ? saslOf(entries) : undefined;
  return {
    ...(bootstrapServers === undefined ? {} : { bootstrapServers }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
    ignored: ignored.filter((name) => !(hasTls && isTlsEntry(name)) && !(hasSasl && name.startsWith("sasl."))),
  };
}

/** Whether the entries ask for TLS and for a login. Throws kind `config`. */
export function securityOf(entries: Properties): { readonly hasTls: boolean; readonly hasSasl: boolean } {
  const protocol = (entries.get("security.protocol") ?? "PLAINTEXT").trim().toUpperCase();
  if (!PROTOCOLS.includes(protocol))
    throw new KafkaError("config", `security.protocol takes ${PROTOCOLS.join(", ")}, not "${protocol}"`);
  return { hasTls: protocol.endsWith("SSL"), hasSasl: protocol.startsWith("SASL") };
}

/** The error for an entry that only Java can follow. */
function unsupported(name: string, instead: string): KafkaError {
  return new KafkaError("config", `${name} is not supported here: ${instead}`);
}

/** Entries of TLS without an effect on a client here: the files themselves say what they are. */
const NO_EFFECT = [
  ...["ssl.truststore.type", "ssl.truststore.password", "ssl.keystore.type", "ssl.keystore.password"],
  ...["ssl.protocol", "ssl.provider", "ssl.keymanager.algorithm", "ssl.trustmanager.algorithm"],
  ...["ssl.secure.random.implementation"],
];

const IN_CODE: Readonly<Record<string, string>> = {
  "config.providers": "write the values themselves, or set the options in code by functions",
  "ssl.cipher.suites": "Java's names of ciphers differ; set the option tls: { ciphers } in code, by OpenSSL's names",
  "ssl.engine.factory.class": "set the option tls, or a connector of your own, in code",
  "security.providers": "use the options tls and sasl in code",
};

const KNOWN = [
  ...["ssl.truststore.location", "ssl.truststore.certificates", "ssl.keystore.location", "ssl.keystore.key"],
  ...["ssl.keystore.certificate.chain", "ssl.key.password", "ssl.enabled.protocols"],
  "ssl.endpoint.identification.algorithm",
];

/** Entries of librdkafka that Java does not have. */
const OF_LIBRDKAFKA = [
  ...["ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location", "ssl.certificate.pem"],
  ...["ssl.key.location", "ssl.key.pem", "enable.ssl.certificate.verification"],
];

/** The entries that name a file. */
export const FILE_ENTRIES: readonly string[] = [
  ...["ssl.truststore.location", "ssl.keystore.location"],
  ...["ssl.ca.location", "ssl.certificate.location", "ssl.key.location"],
];

/** Whether an entry belongs to TLS. */
export function isTlsEntry(name: string): boolean {
  return name.startsWith("ssl.") || name === "enable.ssl.certificate.verification";
}

/** The option to use in code instead of an entry of TLS that cannot be followed; undefined if it can be. */
export function insteadOfTls(name: string): string | undefined {
  if (IN_CODE[name] !== undefined) return IN_CODE[name];
  return !isTlsEntry(name) || KNOWN.includes(name) || OF_LIBRDKAFKA.includes(name) || NO_EFFECT.includes(name)
    ? undefined
    : `the entries of TLS that are read are ${[...KNOWN, ...OF_LIBRDKAFKA].join(", ")}`;
}

function tlsOf(entries: Properties, readFile: ReadFile): TlsOptions {
  for (const name of entries.keys()) {
    const instead = insteadOfTls(name);
    if (instead !== undefined) throw unsupported(name, instead);
  }
  return {
    ...trustedBy(entries, readFile),
    ...keyOf(entries, readFile),
    ...versionsOf(entries),
    // In Java an empty value, in librdkafka "none" switches off the check of the name, and only that.
    ...(["", "none"].includes(entries.get("ssl.endpoint.identification.algorithm") ?? "https")
      ? { checkServerIdentity: () => undefined }
      : {}),
    ...(entries.get("enable.ssl.certificate.verification")?.trim().toLowerCase() === "false"
      ? { rejectUnauthorized: false }
      : {}),
  };
}

function trustedBy(entries: Properties, readFile: ReadFile): Pick<TlsOptions, "ca"> {
  const found =
    pemOf(entries, readFile, "ssl.truststore.certificates", "ssl.truststore.location", "certificate") ??
    pemOf(entries, readFile, "ssl.ca.pem", "ssl.ca.location", "certificate");
  return found === undefined ? {} : { ca: found };
}

/** The PEM of an entry that contains it, or of the file that another one names. */
function pemOf(
  entries: Properties,
  readFile: ReadFile,
  inline: string,
  location: string,
  content: "certificate" | "private key",
): string | undefined {
  const text = entries.get(inline);
  if (text !== undefined) return pem(inline, text, content);
  const path = entries.get(location);
  return path === undefined ? undefined : pem(location, readBy(location, path, readFile), content);
}

function keyOf(entries: Properties, readFile: ReadFile): Pick<TlsOptions, "cert" | "key" | "passphrase" | "pfx"> {
  const chain = entries.get("ssl.keystore.certificate.chain");
  const key = entries.get("ssl.keystore.key");
  const path = entries.get("ssl.keystore.location");
  const password = entries.get("ssl.key.password");
  if (chain !== undefined || key !== undefined) {
    if (chain === undefined || key === undefined)
      throw new KafkaError("config", "ssl.keystore.certificate.chain and ssl.keystore.key must be set together");
    return withKey(
      pem("ssl.keystore.certificate.chain", chain, "certificate"),
      pem("ssl.keystore.key", key, "private key"),
      password,
    );
  }
  if (path === undefined) return librdkafkaKeyOf(entries, readFile);
  const name = "ssl.keystore.location";
  const store = readBy(name, path, readFile);
  // PKCS12 begins with a sequence of DER; PEM is text, and JKS begins with other bytes.
  if (store[0] === 0x30) {
    const passphrase = entries.get("ssl.keystore.password") ?? password;
    return { pfx: store, ...(passphrase === undefined ? {} : { passphrase }) };
  }
  // Java keeps the key and the certificates in one file.
  return withKey(pem(name, store, "certificate"), pem(name, store, "private key"), password);
}

function librdkafkaKeyOf(entries: Properties, readFile: ReadFile): ReturnType<typeof keyOf> {
  const cert = pemOf(entries, readFile, "ssl.certificate.pem", "ssl.certificate.location", "certificate");
  const key = pemOf(entries, readFile, "ssl.key.pem", "ssl.key.location", "private key");
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined)
    throw new KafkaError("config", "ssl.certificate.* and ssl.key.* must be set together");
  return withKey(cert, key, entries.get("ssl.key.password"));
}

function withKey(cert: string, key: string, password: string | undefined): ReturnType<typeof keyOf> {
  if (password === undefined && isEncryptedKey(key))
    throw new KafkaError("config", "ssl.key.password is missing: the private key is encrypted");
  return { cert, key, ...(password === undefined ? {} : { passphrase: password }) };
}

/** The blocks of PEM with this content. Java takes them in one line, too. */
function pem(name: string, value: string | Uint8Array, content: "certificate" | "private key"): string {
  const text = inLines(pemText(value));
  const wrong = wrongPem(typeof value === "string" || text !== pemText(value) ? text : value, content);
  if (wrong !== undefined) throw new KafkaError("config", `${name} ${wrong}`);
  return pemBlocks(text, content).join("\n");
}

/** PEM whose line breaks became blanks, as in a properties file without `\n`. */
function inLines(text: string): string {
  return text.replace(
    /(-----BEGIN [A-Z0-9 ]+-----)[ \t]+([A-Za-z0-9+/= \t]+?)[ \t]*(-----END [A-Z0-9 ]+-----)/g,
    (_, begin: string, body: string, end: string) =>
      `${begin}\n${body
        .trim()
        .split(/[ \t]+/)
        .join("\n")}\n${end}\n`,
  );
}

function readBy(name: string, path: string, readFile: ReadFile): Uint8Array {
  try {
    return readFile(path);
  } catch (error) {
    throw new KafkaError("config", `${name} cannot be read: ${KafkaError.from(error).message}`, { cause: error });
  }
}

const VERSIONS: readonly TlsVersion[] = ["TLSv1.2", "TLSv1.3"];

function versionsOf(entries: Properties): Pick<TlsOptions, "minVersion" | "maxVersion"> {
  const enabled = entries.get("ssl.enabled.protocols");
  if (enabled === undefined) return {};
  const names = enabled.split(",").map((name) => name.trim());
  const known = VERSIONS.filter((version) => names.includes(version));
  const [minVersion] = known;
  const maxVersion = known.at(-1);
  if (minVersion === undefined || maxVersion === undefined)
    throw new KafkaError(
      "config",
      `ssl.enabled.protocols takes ${VERSIONS.join(", ")}; older versions are not supported`,
    );
  return { minVersion, maxVersion };
}
