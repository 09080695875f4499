import type { Crypto, HashName } from "../../runtime/crypto.ts";
import { scramKeysOf } from "../../security/scram-keys.ts";
import { utf8Encode } from "../../wire/utf8.ts";

/** A user's password for one SCRAM mechanism, in the form that a broker stores. */
export interface ScramCredential {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** The fewest and the most iterations that Kafka takes. */
export const ITERATIONS = { least: 4096, most: 16_384 } as const;

/** The credential of a password. */
export async function scramCredential(
  crypto: Crypto,
  hash: HashName,
  password: string,
  salt: Uint8Array,
): Promise<ScramCredential> {
  const salted = await crypto.pbkdf2(hash, utf8Encode(password), salt, ITERATIONS.least);
  return saltedCredential(crypto, hash, salted, salt, ITERATIONS.least);
}

/** The credential of a password that an administrator has salted and hashed. */
export async function saltedCredential(
  crypto: Crypto,
  hash: HashName,
  saltedPassword: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Promise<ScramCredential> {
  const { clientKey, serverKey } = await scramKeysOf(crypto, hash, saltedPassword);
  return { salt, iterations, storedKey: await crypto.digest(hash, clientKey), serverKey };
}
