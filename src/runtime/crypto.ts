/** The hash functions that Kafka's SASL mechanisms use. */
export type HashName = "SHA-256" | "SHA-512";

/** What authentication needs of a host. Asynchronous, because WebCrypto is. */
export interface Crypto {
  digest(hash: HashName, data: Uint8Array): PromiseLike<Uint8Array>;
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): PromiseLike<Uint8Array>;
  pbkdf2(hash: HashName, password: Uint8Array, salt: Uint8Array, iterations: number): PromiseLike<Uint8Array>;
}
