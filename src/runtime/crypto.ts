/** The hash functions that Kafka's SASL mechanisms use. */
export type HashName = "SHA-256" | "SHA-512";

/** What authentication needs of a host. Asynchronous, because WebCrypto is. */
export interface Crypto {
  /** The hash of `data`. */
  digest(hash: HashName, data: Uint8Array): PromiseLike<Uint8Array>;
  /** The HMAC of `data` under `key`. */
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): PromiseLike<Uint8Array>;
  /** PBKDF2 with HMAC of this hash, as long as the hash is. */
  pbkdf2(hash: HashName, password: Uint8Array, salt: Uint8Array, iterations: number): PromiseLike<Uint8Array>;
}
