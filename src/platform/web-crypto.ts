import type { webcrypto } from "node:crypto";
import type { Crypto, HashName } from "../runtime/crypto.ts";

/**
 * The WebCrypto of a page or of workerd, which SASL uses. It has no `sign` for assertions of OIDC: WebCrypto reads no
 * keys in PEM, and a page must not have a private key.
 */
export function webCrypto(subtle: webcrypto.SubtleCrypto): Crypto {
  // The types of newer hosts refuse bytes in shared memory. If that matters, the engine itself reports it.
  const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;
  const bits: Readonly<Record<HashName, number>> = { "SHA-256": 256, "SHA-512": 512 };
  return {
    digest: async (hash, data) => new Uint8Array(await subtle.digest(hash, own(data))),
    hmac: async (hash, key, data) => {
      const imported = await subtle.importKey("raw", own(key), { name: "HMAC", hash }, false, ["sign"]);
      return new Uint8Array(await subtle.sign("HMAC", imported, own(data)));
    },
    pbkdf2: async (hash, password, salt, iterations) => {
      const imported = await subtle.importKey("raw", own(password), "PBKDF2", false, ["deriveBits"]);
      return new Uint8Array(
        await subtle.deriveBits({ name: "PBKDF2", hash, salt: own(salt), iterations }, imported, bits[hash]),
      );
    },
  };
}
