import type { TlsOptions } from "odradek";

/** kafkajs's option `ssl`, true or `tls.ConnectionOptions`, as Odradek's option `tls`; undefined without TLS. */
export function tlsOptions(ssl: unknown): TlsOptions | true | undefined {
  if (ssl === undefined || ssl === null || ssl === false) return undefined;
  if (typeof ssl !== "object") return true;
  // SEAM: options of Node that Odradek has no name for need a connector of their own.
  return ssl;
}
