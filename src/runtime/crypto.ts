/** The hash functions that Kafka's SASL mechanisms use. */
export type HashName = "SHA-256" | "SHA-512";

/** The cryptography that authentication needs. Asynchronous, because WebCrypto is. */
export interface Crypto {
  /** The hash of `data`. */
  digest(hash: HashName, data: Uint8Array): PromiseLike<Uint8Array>;
  /** The HMAC of `data` under `key`. */
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): PromiseLike<Uint8Array>;
  /** PBKDF2 with the HMAC of this hash. The result is as long as the hash. */
  pbkdf2(hash: HashName, password: Uint8Array, salt: Uint8Array, iterations: number): PromiseLike<Uint8Array>;
  /**
   * Signs `data` with a private key in PEM: RSA with PKCS#1 v1.5 padding, or ECDSA as 64 bytes (r and s, no DER), each
   * with SHA-256. `passphrase` opens an encrypted key. Only assertions of the `oidc` option need it.
   */
  sign?(
    algorithm: "RS256" | "ES256",
    privateKey: string,
    data: Uint8Array,
    passphrase?: string,
  ): PromiseLike<Uint8Array>;
}
