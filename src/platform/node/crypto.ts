import type { Crypto, HashName } from "../../runtime/crypto.ts";

/** WebCrypto as Node has it. */
export function nodeCrypto(): Crypto {
  const bits: Readonly<Record<HashName, number>> = { "SHA-256": 256, "SHA-512": 512 };
  return {
    digest: async (hash, data) => new Uint8Array(await crypto.subtle.digest(hash, data)),
    hmac: async (hash, key, data) => {
      const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"]);
      return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
    },
    pbkdf2: async (hash, password, salt, iterations) => {
      const imported = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
      return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt, iterations }, imported, bits[hash]));
    },
  };
}
