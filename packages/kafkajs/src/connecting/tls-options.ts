import type { TlsOptions } from "odradek";
import type { Logger } from "../logging/logger.ts";

/** Node's options of TLS for which Odradek has a name, which is the same but for ALPN. */
const KNOWN: ReadonlySet<string> = new Set([
  ...["ca", "cert", "key", "passphrase", "pfx", "servername", "minVersion", "maxVersion", "ciphers"],
  ...["checkServerIdentity", "rejectUnauthorized"],
]);

/** kafkajs's option `ssl`, true or `tls.ConnectionOptions`, as Odradek's option `tls`; undefined without TLS. */
export function tlsOptions(ssl: unknown, logger: Logger): TlsOptions | true | undefined {
  if (ssl === undefined || ssl === null || ssl === false) return undefined;
  if (typeof ssl !== "object") return true;
  const entries = Object.entries(ssl).filter(([, value]) => value !== undefined);
  // SEAM: options of Node that Odradek has no name for need a connector of their own (a socket factory).
  const others = entries.map(([name]) => name).filter((name) => !KNOWN.has(name) && name !== "ALPNProtocols");
  if (others.length > 0) logger.namespace("Connection").warn(`Ignored options of ssl: ${others.join(", ")}`);
  const known = Object.fromEntries(entries.filter(([name]) => KNOWN.has(name)));
  const { ALPNProtocols: alpnProtocols } = ssl as { readonly ALPNProtocols?: readonly string[] };
  return { ...known, ...(alpnProtocols === undefined ? {} : { alpnProtocols }) };
}
