import { KafkaError } from "../errors/kafka-error.ts";
import type { TlsOptions } from "./tls-options.ts";
import { isEncryptedKey, NO_PASSPHRASE, wrongKey, wrongPassphrase, wrongPems, wrongPfx } from "./tls-values.ts";

/**
 * Checks the values of the options of TLS that are no functions, for a connector's `checkTls`. Throws kind `config`
 * that says what is wrong and what to do, without the value.
 */
export function checkTlsValues(tls: TlsOptions): void {
  const why = wrongValue(tls) ?? contradiction(tls);
  if (why !== undefined) throw new KafkaError("config", `tls${why}`);
}

const VALUES = {
  ca: (value: unknown) => wrongPems(value, "certificate"),
  cert: (value: unknown) => wrongPems(value, "certificate"),
  key: wrongKey,
  passphrase: wrongPassphrase,
  pfx: wrongPfx,
} as const;

function wrongValue(tls: TlsOptions): string | undefined {
  for (const [name, why] of Object.entries(VALUES)) {
    const value = tls[name as keyof typeof VALUES];
    const wrong = value === undefined || typeof value === "function" ? undefined : why(value);
    if (wrong !== undefined) return `.${name} ${wrong}`;
  }
  return undefined;
}

/** Options that do not go together. */
function contradiction(tls: TlsOptions): string | undefined {
  const { cert, key, pfx, passphrase, minVersion, maxVersion, rejectUnauthorized } = tls;
  if (pfx !== undefined && (cert !== undefined || key !== undefined))
    return " takes pfx, or cert and key, not both: a PKCS12 file contains both";
  if (cert !== undefined && key === undefined) return " has cert without key: set the private key of the certificate";
  if (key !== undefined && cert === undefined) return " has key without cert: set the certificate of the key";
  if (passphrase !== undefined && key === undefined && pfx === undefined)
    return " has passphrase, but neither key nor pfx, which it would open";
  if (key !== undefined && typeof key !== "function" && passphrase === undefined && isEncryptedKey(key))
    return `.${NO_PASSPHRASE}`;
  if (minVersion === "TLSv1.3" && maxVersion === "TLSv1.2")
    return " has a minVersion (TLSv1.3) that is higher than its maxVersion (TLSv1.2)";
  if (tls.checkServerIdentity !== undefined && rejectUnauthorized === false)
    return " has checkServerIdentity, which rejectUnauthorized: false would switch off: leave out one of them";
  return undefined;
}
