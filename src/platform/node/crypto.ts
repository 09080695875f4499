import type { Crypto, HashName } from "../../runtime/crypto.ts";

/** WebCrypto as Node has it. */
export function nodeCrypto(): Crypto {
  // The types of newer hosts' WebCrypto refuse bytes that threads share; the engine says so itself where it must.
  const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;
  const bits: Readonly<Record<HashName, number>> = { "SHA-256": 256, "SHA-512": 512 };
  return {
    digest: async (hash, data) => new Uint8Array(await crypto.subtle.digest(hash, own(data))),
    hmac: async (hash, key, data) => {
      const imported = await crypto.subtle.importKey("raw", own(key), { name: "HMAC", hash }, false, ["sign"]);
      return new Uint8Array(await crypto.subtle.sign("HMAC", imported, own(data)));
    },
    pbkdf2: async (hash, password, salt, iterations) => {
      const imported = await crypto.subtle.importKey("raw", own(password), "PBKDF2", false, ["deriveBits"]);
      return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt: own(salt), iterations }, imported, bits[hash]));
    },
  };
}
