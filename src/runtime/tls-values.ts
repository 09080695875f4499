import { KafkaError } from "../errors/kafka-error.ts";
import { isEncrypted, type PemContent, pemBlocks, pemText, wrongPem } from "./pem.ts";
import type { Pem, PerConnect, ServerCertificate, TlsOptions, TlsVersion } from "./tls-options.ts";

/** The options of TLS for one connection, without functions and in one form each. Absent ones are the host's. */
export interface TlsValues {
  /** The trusted certificates, each as one PEM block. */
  readonly ca?: readonly string[];
  /** The client's certificate and its chain, in PEM. */
  readonly cert?: string;
  /** The private key, in PEM. */
  readonly key?: string;
  /** The password of `key` or `pfx`. */
  readonly passphrase?: string;
  /** The client's certificate and key, in PKCS12. */
  readonly pfx?: Uint8Array;
  /** The name to send to the broker (SNI). Absent for an IP address, which must not be sent. */
  readonly servername?: string;
  /** The name or address that the broker's certificate must have. */
  readonly identity: string;
  /** The application protocols to offer. */
  readonly alpnProtocols?: readonly string[];
  /** The lowest version. */
  readonly minVersion?: TlsVersion;
  /** The highest version. */
  readonly maxVersion?: TlsVersion;
  /** OpenSSL's names, separated by colons. */
  readonly ciphers?: string;
  /** The user's check of the broker's name. */
  readonly checkServerIdentity?: (host: string, certificate: ServerCertificate) => Error | undefined;
  /** Whether to verify the broker's certificate. */
  readonly rejectUnauthorized: boolean;
}

/** The broker that a connection is for. */
export interface TlsTarget {
  /** Its host. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
}

/** Whether a text is an IP address. Host names contain no colon and do not consist of four numbers. */
export function isIpAddress(host: string): boolean {
  return host.includes(":") || /^\d+(?:\.\d+){3}$/.test(host);
}

/**
 * Calls the functions among the options of TLS, and checks what they return. Rejects with kind `connection` if one
 * throws, and with kind `config` if a value is wrong; both are retriable if a function is involved, because the next
 * attempt calls it again. `pending` has the names of the functions that have not returned yet.
 */
export async function readTls(
  tls: TlsOptions,
  target: TlsTarget,
  pending: Set<string> = new Set<string>(),
): Promise<TlsValues> {
  const { alpnProtocols, minVersion, maxVersion, ciphers, rejectUnauthorized = true } = tls;
  const read = <T>(name: string, value: PerConnect<T> | undefined): Promise<T | undefined> =>
    called(name, value, target, pending);
  const [ca, cert, key, passphrase, pfx] = await Promise.all([
    read<Pem>("ca", tls.ca),
    read<Pem>("cert", tls.cert),
    read<Pem>("key", tls.key),
    read("passphrase", tls.passphrase),
    read("pfx", tls.pfx),
  ]);
  for (const [name, value, what] of [
    ["ca", ca, wrongPems(ca, "certificate")],
    ["cert", cert, wrongPems(cert, "certificate")],
    ["key", key, wrongKey(key)],
    ["passphrase", passphrase, wrongPassphrase(passphrase)],
    ["pfx", pfx, wrongPfx(pfx)],
  ] as const)
    if (value !== undefined && what !== undefined)
      throw refused(`tls.${name} ${what}`, typeof tls[name] === "function", target);
  if (key !== undefined && passphrase === undefined && isEncryptedKey(key))
    throw refused(`tls.${NO_PASSPHRASE}`, typeof tls.key === "function", target);
  return {
    ...(ca === undefined ? {} : { ca: blocksOf(ca, "certificate") }),
    ...(cert === undefined ? {} : { cert: blocksOf(cert, "certificate").join("\n") }),
    ...(key === undefined ? {} : { key: blocksOf(key, "private key").join("\n") }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(pfx === undefined ? {} : { pfx }),
    ...names(tls, target),
    ...(alpnProtocols === undefined ? {} : { alpnProtocols }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(tls.checkServerIdentity === undefined
      ? {}
      : { checkServerIdentity: (host, certificate) => tls.checkServerIdentity?.(host, certificate) }),
    rejectUnauthorized,
  };
}

/** Whether the certificates or keys of the next connection may be others, because functions return them. */
export function changesPerConnect({ ca, cert, key, passphrase, pfx }: TlsOptions): boolean {
  return [ca, cert, key, passphrase, pfx].some((option) => typeof option === "function");
}

/** Why a PEM option cannot be used: the first reason among the parts of a list. */
export function wrongPems(pem: unknown, content: PemContent): string | undefined {
  const parts: readonly unknown[] = Array.isArray(pem) ? pem : [pem];
  if (parts.length === 0) return `is an empty list: pass a ${content} in PEM`;
  for (const part of parts) {
    const why = isText(part) ? wrongPem(part, content) : `takes a ${content} in PEM, as text or as the bytes of a file`;
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Why a private key cannot be used. */
export function wrongKey(pem: unknown): string | undefined {
  const why = wrongPems(pem, "private key");
  if (why !== undefined || pem === undefined) return why;
  const { length } = blocksOf(pem as Pem, "private key");
  return length === 1 ? undefined : `contains ${length} private keys: pass only the one that belongs to cert`;
}

/** The words for an encrypted key without a passphrase. They follow `tls` and a point. */
export const NO_PASSPHRASE = "key is encrypted, and passphrase is missing: set it to the password of the key";

/** Whether a private key needs a passphrase. */
export function isEncryptedKey(key: Pem): boolean {
  return blocksOf(key, "private key").some(isEncrypted);
}

/** Why a passphrase cannot be used. */
export function wrongPassphrase(value: unknown): string | undefined {
  if (typeof value !== "string") return "takes a string";
  return value === "" ? "is empty: leave it out if the key is not encrypted" : undefined;
}

/** Why the bytes of a PKCS12 file cannot be used. */
export function wrongPfx(value: unknown): string | undefined {
  if (!isText(value) || typeof value === "string") return "takes the bytes of a PKCS12 file";
  if (value.length === 0) return "is empty: pass the bytes of a PKCS12 file";
  const isPem = pemText(value.subarray(0, 4096)).includes("-----BEGIN ");
  if (isPem) return "is in PEM: pass it as cert and key, instead of pfx";
  return value[0] === 0x30
    ? undefined
    : "is not a PKCS12 file: turn a JKS key store into one by: keytool -importkeystore -srckeystore FILE " +
        "-destkeystore store.p12 -deststoretype PKCS12";
}

/** The blocks of one content in all parts of an option. */
function blocksOf(pem: Pem, content: PemContent): readonly string[] {
  const parts = typeof pem === "string" || isText(pem) ? [pem] : pem;
  return parts.flatMap((part) => pemBlocks(pemText(part), content));
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** The current value of an option. */
async function called<T>(
  name: string,
  option: PerConnect<T> | undefined,
  target: TlsTarget,
  pending: Set<string>,
): Promise<T | undefined> {
  if (typeof option !== "function") return option;
  let value: T | null | undefined;
  pending.add(name);
  try {
    value = await (option as () => T | PromiseLike<T>)();
  } catch (cause) {
    throw threw(name, cause, target);
  } finally {
    pending.delete(name);
  }
  if (value === undefined || value === null) throw refused(`the function tls.${name} returned nothing`, true, target);
  return value;
}

/** The name to verify and the name to send. */
function names({ servername: option }: TlsOptions, target: TlsTarget): { identity: string; servername?: string } {
  let name: unknown = option ?? target.host;
  if (typeof name === "function") {
    try {
      name = (name as (host: string, port: number) => unknown)(target.host, target.port);
    } catch (cause) {
      throw threw("servername", cause, target);
    }
    if (typeof name !== "string" || name === "")
      throw refused("the function tls.servername must return a string that is not empty", true, target);
  }
  const identity = name as string;
  return isIpAddress(identity) ? { identity } : { identity, servername: identity };
}

/** The error of a function that threw. Its message is left to `cause`, because it may quote a secret. */
function threw(name: string, cause: unknown, { host, port }: TlsTarget): KafkaError {
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  const why = typeof code === "string" && /^[A-Z_]+$/.test(code) ? ` (${code})` : "";
  return new KafkaError(
    "connection",
    `cannot connect to ${host}:${port}: the function tls.${name} failed${why}; it is called again at the next attempt`,
    { cause, retriable: true, address: `${host}:${port}`, outcome: "notWritten" },
  );
}

function refused(what: string, isFunction: boolean, { host, port }: TlsTarget): KafkaError {
  return new KafkaError("config", `cannot connect to ${host}:${port}: ${what}`, {
    retriable: isFunction,
    address: `${host}:${port}`,
    outcome: "notWritten",
  });
}
