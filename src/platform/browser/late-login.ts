import type { webcrypto } from "node:crypto";
import { lateCode } from "../../errors/late-code.ts";
import type { Crypto } from "../../runtime/crypto.ts";
import type { FetchLike } from "../../runtime/fetch-like.ts";
import type * as Parts from "./login-parts.ts";

/** Cryptography that is loaded when a client logs in: most pages never do. */
export function lateCrypto(subtle: webcrypto.SubtleCrypto): Crypto {
  const crypto = async (): Promise<Crypto> => (await load()).webCrypto(subtle);
  return {
    digest: async (hash, data) => (await crypto()).digest(hash, data),
    hmac: async (hash, key, data) => (await crypto()).hmac(hash, key, data),
    pbkdf2: async (hash, password, salt, iterations) => (await crypto()).pbkdf2(hash, password, salt, iterations),
  };
}

/** `fetch`, for token endpoints, loaded when a client logs in. */
export const lateFetch: FetchLike = async (url, request) => (await load()).browserFetch(url, request);

function load(): Promise<typeof Parts> {
  return lateCode(import("./login-parts.ts"), "the login");
}
