import type { TlsOptions } from "odradek";

/** Node's options of TLS for which Odradek has a name, which is the same but for ALPN. */
const KNOWN: ReadonlySet<string> = new Set([
  ...["ca", "cert", "key", "passphrase", "pfx", "servername", "minVersion", "maxVersion", "ciphers"],
  ...["checkServerIdentity", "rejectUnauthorized", "ALPNProtocols"],
]);

/** kafkajs's option `ssl`, true or `tls.ConnectionOptions`, as Odradek's option `tls`; undefined without TLS. */
export function tlsOptions(ssl: unknown): TlsOptions | true | undefined {
  if (!ssl) return undefined;
  if (typeof ssl !== "object") return true;
  const { ALPNProtocols: alpnProtocols, ...others } = ssl as { readonly ALPNProtocols?: readonly string[] };
  const known = Object.entries(others).filter(([name, value]) => KNOWN.has(name) && value !== undefined);
  return { ...Object.fromEntries(known), ...(alpnProtocols === undefined ? {} : { alpnProtocols }) };
}

/** The names of options that Odradek has no name for: `secureContext`, `session`, `honorCipherOrder` and so on. */
export function onlyNodeKnows(ssl: unknown): readonly string[] {
  if (typeof ssl !== "object" || ssl === null) return [];
  return Object.entries(ssl)
    .filter(([name, value]) => value !== undefined && !isKnown(name, value))
    .map(([name]) => name);
}

/** Odradek takes texts and bytes of PEM; Node also takes objects such as `{ pem, passphrase }`. */
function isKnown(name: string, value: unknown): boolean {
  const isObject = (one: unknown): boolean => typeof one === "object" && one !== null && !(one instanceof Uint8Array);
  if (!KNOWN.has(name)) return false;
  return !(name === "key" || name === "pfx") || ![value].flat().some(isObject);
}
