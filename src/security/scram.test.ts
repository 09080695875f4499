import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import { nodeCrypto } from "../platform/node/crypto.ts";
import type { Crypto, HashName } from "../runtime/crypto.ts";
import type { SaslExchange, SaslStep } from "./mechanism.ts";
import { scram, type ScramUser } from "./scram.ts";
import { ScramKeys, scramProof } from "./scram-keys.ts";
import { escapedName, readServerFinal, readServerFirst } from "./scram-message.ts";

const entropy = { fill: (bytes: Uint8Array) => bytes.set(randomBytes(bytes.length)) };
const broker = { host: "b", port: 9092 };
const SALT = Buffer.from("a salt of 16 byt").toString("base64");
const HASHES: readonly HashName[] = ["SHA-256", "SHA-512"];

function begun(
  hash: HashName,
  user: ScramUser,
  crypto: Crypto = nodeCrypto(),
): { exchange: SaslExchange; first: string } {
  const exchange = scram(hash, user, { crypto, entropy }).exchange(broker);
  return { exchange, first: Buffer.from(exchange.begin(0) as Uint8Array).toString() };
}

const send = async (exchange: SaslExchange, text: string): Promise<SaslStep> => exchange.next(Buffer.from(text));

/** A server, written with Node's own functions. Returns its last message, or undefined for a wrong proof. */
function serverFinal(
  hash: HashName,
  password: string,
  first: string,
  serverFirst: string,
  clientFinal: string,
): string | undefined {
  const name = hash.replace("-", "").toLowerCase();
  const [, , ...bare] = first.split(",");
  const [, salt = "", count = ""] = /s=(.*),i=(\d+)/.exec(serverFirst) ?? [];
  const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(count), name === "sha256" ? 32 : 64, name);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(name, key).update(text).digest();
  const [withoutProof = "", proof = ""] = clientFinal.split(",p=");
  const signed = `${bare.join(",")},${serverFirst},${withoutProof}`;
  const stored = createHash(name).update(hmac(salted, "Client Key")).digest();
  const signature = hmac(stored, signed);
  const clientKey = Buffer.from(proof, "base64").map((byte, i) => byte ^ signature[i]!);
  if (!createHash(name).update(clientKey).digest().equals(stored)) return undefined;
  return `v=${hmac(hmac(salted, "Server Key"), signed).toString("base64")}`;
}

const nonceOf = (first: string): string => /r=([^,]*)/.exec(first)?.[1] ?? "";

test("the proof and the server's signature are those of RFC 7677", async () => {
  const crypto = nodeCrypto();
  const nonce = "rOprNGfwEbeRWgbNEkqO";
  const serverFirst = `r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
  const first = readServerFirst(serverFirst, nonce);
  assert.ok(typeof first !== "string");
  const keys = await new ScramKeys(crypto, "SHA-256").of("pencil", first.salt, first.iterations);
  const signed = `n=user,r=${nonce},${serverFirst},c=biws,r=${first.nonce}`;
  const { proof, signature } = await scramProof(crypto, "SHA-256", keys, signed);
  assert.equal(Buffer.from(proof).toString("base64"), "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  assert.equal(Buffer.from(signature).toString("base64"), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
});

test("a server that was written with Node's own functions accepts the proof, and is accepted", async () => {
  const users = [
    ["alice", "alice-secret"],
    ["al,i=ce", "p=a,ss wörd"],
    ["soft", "so\u00adft\u00a0\ufb01"], // SASLprep would change it
  ] as const;
  for (const hash of HASHES)
    for (const [username, password] of users) {
      const { exchange, first } = begun(hash, { username, password });
      assert.match(first, new RegExp(`^n,,n=${escapedName(username)},r=[!-+\\--~]{32}$`));
      const serverFirst = `r=${nonceOf(first)}server,s=${SALT},i=4096`;
      const step = await send(exchange, serverFirst);
      assert.ok(step.kind === "send");
      const final = serverFinal(hash, password, first, serverFirst, Buffer.from(step.bytes).toString());
      assert.ok(final !== undefined, `${username} with ${hash}`);
      assert.deepEqual(await send(exchange, final), { kind: "done" });
      assert.equal(exchange.principal, username);
    }
});

test("= is escaped before , in a name, and a delegation token is announced", () => {
  assert.equal(escapedName("a,b=c,=2C"), "a=2Cb=3Dc=2C=3D2C");
  const { first } = begun("SHA-512", { username: "token-id", password: "aG1hYw==", tokenAuth: true });
  assert.match(first, /^n,,n=token-id,r=[^,]{32},tokenauth=true$/);
});

test("a server's first message that is malformed or not to be trusted ends the exchange", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [`r=NONCEx,s=${SALT},i=4095`, /iteration count/],
    [`r=NONCEx,s=${SALT},i=1000001`, /iteration count/],
    [`r=NONCEx,s=${SALT},i=2147483648`, /iteration count/],
    [`r=NONCEx,s=${SALT},i=4096.5`, /iteration count/],
    [`r=NONCEx,s=${SALT},i=-5000`, /iteration count/],
    [`r=NONCEx,s=${SALT},i=`, /iteration count/],
    [`r=NONCE,s=${SALT},i=4096`, /nonce/], // nothing of the server's own
    [`r=xNONCE,s=${SALT},i=4096`, /nonce/],
    [`r=NONCE\u0001,s=${SALT},i=4096`, /nonce/],
    ["r=NONCEx,s=,i=4096", /salt/],
    ["r=NONCEx,s=*,i=4096", /salt/],
    [`r=NONCEx,s=${SALT}`, /malformed/],
    [`s=${SALT},r=NONCEx,i=4096`, /malformed/],
    ["", /malformed/],
    [`m=x,r=NONCEx,s=${SALT},i=4096`, /extension/],
    [`r=NONCEx,s=${SALT},i=4096,${"x".repeat(5000)}`, /too long/],
    ["e=unknown-user", /refused the authentication of user "alice".*unknown-user/],
  ];
  for (const [template, expected] of cases) {
    const { exchange, first } = begun("SHA-256", { username: "alice", password: "alice-secret" });
    const step = await send(exchange, template.replace("NONCE", nonceOf(first)));
    assert.ok(step.kind === "failed", template);
    assert.equal(step.error.kind, "authentication");
    assert.equal(step.error.retriable, false);
    assert.match(step.error.message, expected);
    // There is no way back.
    assert.equal((await send(exchange, `r=${nonceOf(first)}x,s=${SALT},i=4096`)).kind, "failed");
  }
  assert.equal(typeof readServerFirst(`r=abc,s=${SALT},i=1000000,t=5`, "ab"), "object");
});

test("a server that does not prove that it knows the password is not accepted", async () => {
  const wrong = Buffer.alloc(32).toString("base64");
  for (const final of ["", `v=${wrong}`, "v=", "v=!", wrong, "e=invalid-proof", `x=1,v=${wrong}`, "v=AAAA"]) {
    const { exchange, first } = begun("SHA-256", { username: "alice", password: "alice-secret" });
    assert.equal((await send(exchange, `r=${nonceOf(first)}x,s=${SALT},i=4096`)).kind, "send");
    const step = await send(exchange, final);
    assert.ok(step.kind === "failed", final);
    assert.equal(step.error.kind, "authentication");
  }
  assert.deepEqual(readServerFinal("v=AAAA,extension=1"), { signature: new Uint8Array(3) });
});

test("a password is hashed once for a salt, also by connections that start together", async () => {
  let derivations = 0;
  let fails = false;
  const own = nodeCrypto();
  const crypto: Crypto = {
    ...own,
    pbkdf2: (...given) => {
      derivations++;
      return fails ? Promise.reject(new Error("busy")) : own.pbkdf2(...given);
    },
  };
  const keys = new ScramKeys(crypto, "SHA-256");
  const salt = Uint8Array.of(1);
  await Promise.all([keys.of("a", salt, 4096), keys.of("a", salt, 4096)]);
  await keys.of("a", Uint8Array.of(1), 4096);
  assert.equal(derivations, 1);
  await keys.of("b", salt, 4096);
  await keys.of("b", salt, 4097);
  await keys.of("b", Uint8Array.of(2), 4097);
  assert.equal(derivations, 4);
  fails = true;
  await assert.rejects(keys.of("c", salt, 4096));
  fails = false;
  await keys.of("c", salt, 4096); // a failure is not kept
  assert.equal(derivations, 6);
});

test("no answer of a server makes SCRAM throw, go on for ever or show the password", async () => {
  const password = "correct horse battery";
  const piece = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom("r=", "NONCE", ",s=", SALT, ",i=", "4096", "99999999999", "v=", "e=", ",", "=", password),
  );
  const message = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(""));
  const crypto: Crypto = {
    ...nodeCrypto(),
    pbkdf2: (_hash, _password, _salt, iterations) => {
      assert.ok(iterations <= 1_000_000);
      return Promise.resolve(new Uint8Array(32));
    },
  };
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 3, maxLength: 3 }), async (messages) => {
      const { exchange, first } = begun("SHA-256", { username: "alice", password }, crypto);
      const steps: SaslStep[] = [];
      for (const text of messages) steps.push(await send(exchange, text.replaceAll("NONCE", nonceOf(first))));
      assert.ok(steps.filter(({ kind }) => kind === "send").length <= 1);
      for (const step of steps) {
        assert.notEqual(step.kind, "done");
        if (step.kind !== "failed") continue;
        assert.ok(KafkaError.is(step.error));
        assert.ok(!step.error.message.includes(password));
      }
    }),
    { numRuns: 500 },
  );
});

test("the error of a name that Kafka cannot read says so", () => {
  const { exchange } = begun("SHA-256", { username: "jürgen", password: "secret-of-j" });
  assert.match(
    exchange.refused?.("invalid credentials secret-of-j").message ?? "",
    /\[secret\]\. The user's name is not ASCII/,
  );
});
