// The parts of Node's platform that only authentication needs: signatures, the environment and fetch.
import { once } from "node:events";
import { createServer } from "node:http";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import type { AddressInfo } from "node:net";
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { nodeCrypto } from "../../src/platform/node/crypto.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";

const DATA = Buffer.from("header.claims");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const other = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
const { sign } = nodeCrypto();

test("an assertion is signed by RS256, and by ES256 in 64 bytes without DER", async () => {
  assert.ok(sign !== undefined);
  const rsaKey = rsa.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const byRsa = await sign("RS256", rsaKey, DATA);
  assert.ok(verify("sha256", DATA, createPublicKey(rsaKey), byRsa));
  const ecKey = ec.privateKey.export({ type: "sec1", format: "pem" }).toString();
  const byEc = await sign("ES256", ecKey, DATA);
  assert.equal(byEc.length, 64);
  assert.ok(verify("sha256", DATA, { key: createPublicKey(ecKey), dsaEncoding: "ieee-p1363" }, byEc));
});

test("an encrypted key is opened by its passphrase; a wrong one, or a key of another kind, is an error without the key", async () => {
  assert.ok(sign !== undefined);
  const cipher = { cipher: "aes-256-cbc", passphrase: "right-secret" };
  const key = ec.privateKey.export({ type: "pkcs8", format: "pem", ...cipher }).toString();
  assert.equal((await sign("ES256", key, DATA, "right-secret")).length, 64);
  const plain = (pair: { readonly privateKey: typeof ec.privateKey }): string =>
    pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const wrong: readonly (readonly [Promise<unknown>, RegExp])[] = [
    [Promise.resolve(sign("ES256", key, DATA, "wrong-secret")), /^cannot read the private key: .* its passphrase$/],
    [Promise.resolve(sign("ES256", key, DATA)), /^cannot read the private key/],
    [Promise.resolve(sign("ES256", "no key", DATA)), /^cannot read the private key/],
    [
      Promise.resolve(sign("RS256", plain(ec), DATA)),
      /^cannot sign with RS256: the private key is ec .* needs an RSA key$/,
    ],
    [Promise.resolve(sign("ES256", plain(rsa), DATA)), /^cannot sign with ES256: the private key is rsa; /],
    [Promise.resolve(sign("ES256", plain(other), DATA)), /the private key is ec \(secp384r1\); ES256 needs .* P-256$/],
  ];
  for (const [signing, says] of wrong)
    await assert.rejects(signing, (error: unknown) => {
      assert.ok(KafkaError.is(error) && error.kind === "config" && error.cause === undefined);
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /secret|BEGIN/);
      return true;
    });
});

test("a variable of the environment is read when it is asked for", () => {
  const { environment } = nodePlatform();
  process.env.ODRADEK_TEST_VARIABLE = "x";
  assert.equal(environment?.("ODRADEK_TEST_VARIABLE"), "x");
  delete process.env.ODRADEK_TEST_VARIABLE;
  assert.equal(environment?.("ODRADEK_TEST_VARIABLE"), undefined);
});

async function endpoint(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === "/redirect") response.writeHead(302, { location: "/token" }).end();
    else if (request.url === "/silent") return;
    else if (request.url === "/endless") response.write("begin");
    else request.pipe(response.writeHead(201, { "content-type": "text/plain" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("fetch sends the request and returns status and body, as text or in parts", async (t) => {
  const { fetch } = nodePlatform();
  assert.ok(fetch !== undefined);
  const url = await endpoint(t);
  const signal = new Cancellation();
  const request = { method: "POST", headers: { a: "b" }, body: "grant", redirect: "error", signal } as const;
  const answer = await fetch(`${url}/token`, request);
  assert.deepEqual([answer.status, await answer.text()], [201, "grant"]);
  const reader = (await fetch(`${url}/token`, request)).body?.getReader();
  const first = await reader?.read();
  assert.equal(Buffer.from(first?.value ?? []).toString(), "grant");
  assert.equal((await reader?.read())?.done, true);
  assert.equal(signal.listenerCount, 0, "listeners stay on the client's signal");
});

test("fetch ends with the client's signal, before the answer and in the middle of it; a redirect is an error", async (t) => {
  const { fetch } = nodePlatform();
  assert.ok(fetch !== undefined);
  const url = await endpoint(t);
  const get = { method: "GET", headers: {}, redirect: "error" } as const;
  await assert.rejects(Promise.resolve(fetch(`${url}/redirect`, get)));
  const silent = new Cancellation();
  const waiting = Promise.resolve(fetch(`${url}/silent`, { ...get, signal: silent }));
  silent.cancel(new KafkaError("timeout", "too slow"));
  await assert.rejects(waiting);
  const endless = new Cancellation();
  const reader = (await fetch(`${url}/endless`, { ...get, signal: endless })).body?.getReader();
  await reader?.read();
  const reading = Promise.resolve(reader?.read());
  endless.cancel(new KafkaError("timeout", "too slow"));
  await assert.rejects(reading);
  await assert.rejects(Promise.resolve(fetch(`${url}/token`, { ...get, signal: endless })), "a signal that has fired");
  assert.deepEqual([silent.listenerCount, endless.listenerCount], [0, 0]);
});
