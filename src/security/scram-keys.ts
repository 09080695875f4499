import type { Crypto, HashName } from "../runtime/crypto.ts";
import { utf8Encode } from "../wire/utf8.ts";
import { base64 } from "./base64.ts";

/** The two keys that SCRAM derives from a password. */
export interface ScramKeyPair {
  readonly clientKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/**
 * Derives the keys, and keeps those of the last password, salt and iteration count. All brokers return the same salt
 * for a user, so a client hashes its password once, not once for each connection.
 */
export class ScramKeys {
  readonly #crypto: Crypto;
  readonly #hash: HashName;
  #last: { readonly id: string; readonly keys: Promise<ScramKeyPair> } | undefined;

  constructor(crypto: Crypto, hash: HashName) {
    this.#crypto = crypto;
    this.#hash = hash;
  }

  /** The keys. Concurrent calls share one derivation. */
  of(password: string, salt: Uint8Array, iterations: number): Promise<ScramKeyPair> {
    const id = `${iterations},${base64(salt)},${password}`;
    if (this.#last?.id === id) return this.#last.keys;
    const keys = this.#derive(utf8Encode(password), salt, iterations);
    const entry = { id, keys };
    this.#last = entry;
    keys.catch(() => {
      if (this.#last === entry) this.#last = undefined;
    });
    return keys;
  }

  async #derive(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<ScramKeyPair> {
    return scramKeysOf(this.#crypto, this.#hash, await this.#crypto.pbkdf2(this.#hash, password, salt, iterations));
  }
}

/** The keys of a salted and hashed password. The embedded broker derives the same. */
export async function scramKeysOf(crypto: Crypto, hash: HashName, saltedPassword: Uint8Array): Promise<ScramKeyPair> {
  return {
    clientKey: await crypto.hmac(hash, saltedPassword, utf8Encode("Client Key")),
    serverKey: await crypto.hmac(hash, saltedPassword, utf8Encode("Server Key")),
  };
}

/**
 * The client's proof that it knows the password, and the signature by which the server proves the same. `signed` is the
 * three messages without the proof, joined by commas.
 */
export async function scramProof(
  crypto: Crypto,
  hash: HashName,
  { clientKey, serverKey }: ScramKeyPair,
  signed: string,
): Promise<{ readonly proof: Uint8Array; readonly signature: Uint8Array }> {
  const bytes = utf8Encode(signed);
  const storedKey = await crypto.digest(hash, clientKey);
  const clientSignature = await crypto.hmac(hash, storedKey, bytes);
  const proof = clientKey.map((byte, i) => byte ^ (clientSignature[i] ?? 0));
  return { proof, signature: await crypto.hmac(hash, serverKey, bytes) };
}
