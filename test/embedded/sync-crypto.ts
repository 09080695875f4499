// Cryptography for virtual time: WebCrypto leaves the microtask queue, Node's synchronous functions do not.
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import type { Crypto, HashName } from "../../src/runtime/crypto.ts";

const named = (hash: HashName): string => hash.replace("-", "").toLowerCase();

/** The same results as the platform's, without leaving the microtask queue. */
export const syncCrypto: Crypto = {
  digest: (hash, data) => Promise.resolve(new Uint8Array(createHash(named(hash)).update(data).digest())),
  hmac: (hash, key, data) => Promise.resolve(new Uint8Array(createHmac(named(hash), key).update(data).digest())),
  pbkdf2: (hash, password, salt, iterations) =>
    Promise.resolve(new Uint8Array(pbkdf2Sync(password, salt, iterations, hash === "SHA-256" ? 32 : 64, named(hash)))),
};
