import { KafkaError } from "../../errors/kafka-error.ts";
import type { TlsValues } from "../../runtime/tls-values.ts";
import { nodeCryptoModule } from "./builtin.ts";

/**
 * Opens the key and compares it with the certificate on Deno, which otherwise connects without the certificate if the
 * passphrase is wrong. Node and Bun do so themselves. Throws the host's error.
 */
export function checkKeyItself({ cert, key, passphrase }: TlsValues): void {
  if (!("Deno" in globalThis) || key === undefined || cert === undefined) return;
  const { createPrivateKey, X509Certificate } = nodeCryptoModule();
  const privateKey = createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) });
  const isOurs = new X509Certificate(cert).checkPrivateKey(privateKey);
  if (!isOurs) throw Object.assign(new KafkaError("config", "key values mismatch"), { code: "KEY_VALUES_MISMATCH" });
}
