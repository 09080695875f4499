import { KafkaError } from "../../errors/kafka-error.ts";
import type { TlsValues } from "../../runtime/tls-values.ts";
import { nodeCryptoModule } from "./builtin.ts";

/** The host that runs Node's `tls`. Bun and Deno have their own implementations of it. */
export type TlsHost = "Node" | "Bun" | "Deno";

/** This host. */
export function tlsHost(): TlsHost {
  return "Deno" in globalThis ? "Deno" : process.versions.bun === undefined ? "Node" : "Bun";
}

/** All options but `ciphers`, which Deno ignores. */
const OF_DENO = [
  ...["ca", "cert", "key", "passphrase", "pfx", "servername", "alpnProtocols", "minVersion", "maxVersion"],
  ...["checkServerIdentity", "rejectUnauthorized"],
] as const;

/** The options of TLS that a host follows; undefined if it follows all. */
export function tlsOptionsOf(host: TlsHost): readonly string[] | undefined {
  return host === "Deno" ? OF_DENO : undefined;
}

/**
 * Refuses values that this host would ignore. Bun does not choose among the ciphers of TLS 1.3. Deno connects without
 * the client's certificate if the key cannot be opened, so the key is opened here; the error is then the host's.
 */
export function checkForHost(values: TlsValues, address: string, host: TlsHost = tlsHost()): void {
  if (host === "Bun" && /(^|:)TLS_/.test(values.ciphers ?? ""))
    throw new KafkaError(
      "unsupported",
      `cannot connect to ${address}: tls.ciphers names ciphers of TLS 1.3, among which Bun does not choose: leave out ` +
        "those that begin with TLS_",
      { address, outcome: "notWritten" },
    );
  const { cert, key, passphrase } = values;
  if (host !== "Deno" || key === undefined || cert === undefined) return;
  const { createPrivateKey, X509Certificate } = nodeCryptoModule();
  const privateKey = createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) });
  if (!new X509Certificate(cert).checkPrivateKey(privateKey))
    throw Object.assign(new Error("key values mismatch"), { code: "KEY_VALUES_MISMATCH" });
}
