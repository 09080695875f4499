import type { KeyObject, webcrypto } from "node:crypto";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Crypto, HashName } from "../../runtime/crypto.ts";
import { nodeCryptoModule } from "./builtin.ts";
import { webCrypto } from "./globals.ts";

const subtle = (): typeof webcrypto.subtle => webCrypto().subtle;

/** Node's WebCrypto; `node:crypto` signs, because WebCrypto reads neither PEM nor encrypted keys. */
export function nodeCrypto(): Crypto {
  // The types of newer hosts refuse bytes in shared memory. If that matters, the engine itself reports it.
  const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;
  const bits: Readonly<Record<HashName, number>> = { "SHA-256": 256, "SHA-512": 512 };
  return {
    digest: async (hash, data) => new Uint8Array(await subtle().digest(hash, own(data))),
    hmac: async (hash, key, data) => {
      const imported = await subtle().importKey("raw", own(key), { name: "HMAC", hash }, false, ["sign"]);
      return new Uint8Array(await subtle().sign("HMAC", imported, own(data)));
    },
    pbkdf2: async (hash, password, salt, iterations) => {
      const imported = await subtle().importKey("raw", own(password), "PBKDF2", false, ["deriveBits"]);
      return new Uint8Array(
        await subtle().deriveBits({ name: "PBKDF2", hash, salt: own(salt), iterations }, imported, bits[hash]),
      );
    },
    sign: (...args) => Promise.resolve(args).then((given) => signed(...given)),
  };
}

/** Signs with SHA-256. Throws kind `config` without a cause, which might show a part of the key. */
function signed(
  algorithm: "RS256" | "ES256",
  privateKey: string,
  data: Uint8Array,
  passphrase: string | undefined,
): Uint8Array {
  const { createPrivateKey, sign } = nodeCryptoModule();
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: privateKey, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    throw new KafkaError("config", "cannot read the private key: check that it is in PEM, and its passphrase");
  }
  const needed = algorithm === "RS256" ? "rsa" : "ec";
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const curve = details?.namedCurve;
  if (type !== needed || (needed === "ec" && curve !== undefined && curve !== "prime256v1"))
    throw new KafkaError(
      "config",
      `cannot sign with ${algorithm}: the private key is ${type ?? "unknown"}${curve === undefined ? "" : ` (${curve})`}` +
        `; ${algorithm} needs ${needed === "rsa" ? "an RSA key" : "a key on the curve P-256"}`,
    );
  return new Uint8Array(sign("sha256", data, needed === "rsa" ? key : { key, dsaEncoding: "ieee-p1363" }));
}
