// The broker's side of the mechanisms, written with Node's own functions.
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import type { Crypto, HashName } from "../../../src/runtime/crypto.ts";

/** The answer to a token: a challenge, the end, or a refusal with an error code. */
export type ServerStep =
  | { readonly kind: "challenge"; readonly bytes: Uint8Array }
  | { readonly kind: "accepted"; readonly user: string; readonly bytes?: Uint8Array }
  | { readonly kind: "refused"; readonly text: string };

/** One exchange at the broker. */
export type ServerExchange = (token: Uint8Array) => ServerStep;

/** The passwords by user, and the users by token. */
export interface Accounts {
  readonly passwords: Map<string, string>;
  readonly tokens: Map<string, string>;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytesOf = (value: string): Uint8Array => Buffer.from(value);

function plain({ passwords }: Accounts): ServerExchange {
  return (token) => {
    const [, user = "", password = ""] = text(token).split("\0");
    return passwords.get(user) === password
      ? { kind: "accepted", user }
      : { kind: "refused", text: "Authentication failed: Invalid username or password" };
  };
}

function scram(hash: HashName, { passwords }: Accounts): ServerExchange {
  const name = hash.replace("-", "").toLowerCase();
  const hmac = (key: Uint8Array, value: string): Buffer => createHmac(name, key).update(value).digest();
  const refused: ServerStep = { kind: "refused", text: `Authentication failed with SASL mechanism SCRAM-${hash}` };
  let begun: { readonly bare: string; readonly serverFirst: string; readonly user: string } | undefined;
  return (token) => {
    if (begun === undefined) {
      const [, bare = ""] = /^n,,(.*)$/.exec(text(token)) ?? [];
      const [, escaped = "", nonce = ""] = /^n=([^,]*),r=([^,]*)/.exec(bare) ?? [];
      const user = escaped.replaceAll("=2C", ",").replaceAll("=3D", "=");
      if (!passwords.has(user)) return refused;
      const serverFirst = `r=${nonce}server,s=${Buffer.from("salt of the user").toString("base64")},i=4096`;
      begun = { bare, serverFirst, user };
      return { kind: "challenge", bytes: bytesOf(serverFirst) };
    }
    const { bare, serverFirst, user } = begun;
    const [withoutProof = "", proof = ""] = text(token).split(",p=");
    const salted = pbkdf2Sync(passwords.get(user) ?? "", "salt of the user", 4096, hash === "SHA-256" ? 32 : 64, name);
    const signed = `${bare},${serverFirst},${withoutProof}`;
    const stored = createHash(name).update(hmac(salted, "Client Key")).digest();
    const signature = hmac(stored, signed);
    const key = Buffer.from(proof, "base64").map((byte, i) => byte ^ (signature[i] ?? 0));
    const found = createHash(name).update(key).digest();
    if (found.length !== stored.length || !timingSafeEqual(found, stored)) return refused;
    const final = `v=${hmac(hmac(salted, "Server Key"), signed).toString("base64")}`;
    return { kind: "accepted", user, bytes: bytesOf(final) };
  };
}

/** Refuses a token as Kafka does: JSON without an error code, and the error after one more byte. */
function oauthBearer({ tokens }: Accounts): ServerExchange {
  const json = '{"status":"invalid_token"}';
  let isRefused = false;
  return (token) => {
    if (isRefused) return { kind: "refused", text: text(token) === "\u0001" ? json : "the byte 01 is missing" };
    const [, value = ""] = /auth=Bearer (\S+?)\u0001/.exec(text(token)) ?? [];
    const user = tokens.get(value);
    if (user !== undefined) return { kind: "accepted", user };
    isRefused = true;
    return { kind: "challenge", bytes: bytesOf(json) };
  };
}

function aws(): ServerExchange {
  return (token) => {
    const fields = JSON.parse(text(token)) as Readonly<Record<string, string>>;
    const isSigned = /^[0-9a-f]{64}$/.test(fields["x-amz-signature"] ?? "") && fields["host"] === "broker";
    return isSigned
      ? { kind: "accepted", user: "role", bytes: bytesOf('{"version":"2020_10_22","request-id":"1"}') }
      : { kind: "refused", text: "Access denied" };
  };
}

/** All mechanisms by name. */
export function serverMechanisms(accounts: Accounts): Readonly<Record<string, () => ServerExchange>> {
  return {
    PLAIN: () => plain(accounts),
    "SCRAM-SHA-256": () => scram("SHA-256", accounts),
    "SCRAM-SHA-512": () => scram("SHA-512", accounts),
    OAUTHBEARER: () => oauthBearer(accounts),
    AWS_MSK_IAM: () => aws(),
  };
}

/** Cryptography that needs no thread, so that virtual time does not run while it works. */
export const quickCrypto: Crypto = {
  digest: (hash, data) => Promise.resolve(createHash(hash.replace("-", "")).update(data).digest()),
  hmac: (hash, key, data) => Promise.resolve(createHmac(hash.replace("-", ""), key).update(data).digest()),
  pbkdf2: (hash, password, salt, iterations) =>
    Promise.resolve(pbkdf2Sync(password, salt, iterations, hash === "SHA-256" ? 32 : 64, hash.replace("-", ""))),
};
