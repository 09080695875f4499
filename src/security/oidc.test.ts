import assert from "node:assert/strict";
import { createPublicKey, createSign, generateKeyPairSync, verify } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import { nodeCrypto } from "../platform/node/crypto.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import type { FetchAnswer, FetchRequest } from "../runtime/fetch-like.ts";
import { oidc, type OidcOptions } from "./oidc.ts";
import { tokenOf } from "./token-answer.ts";
import type { OAuthToken, TokenContext } from "./token.ts";

const URL = "https://tokens.example/token?tenant=hidden-query";
const SECRET = "se:cret +/%&=ü";

interface Sent extends FetchRequest {
  readonly url: string;
}

/** A context whose endpoint gives this answer, and the requests that it got. */
function context(answer: (sent: Sent) => FetchAnswer | PromiseLike<FetchAnswer>): TokenContext & { sent: Sent[] } {
  const sent: Sent[] = [];
  return {
    ...{ nowMs: 1_000_500, signal: new Cancellation(), sent },
    entropy: { fill: (bytes) => void bytes.fill(7) },
    fetch: async (url, request) => {
      sent.push({ url, ...request });
      return await answer({ url, ...request });
    },
  };
}

const json = (value: unknown, status = 200): FetchAnswer => ({ status, text: async () => JSON.stringify(value) });
const ok = (): FetchAnswer => json({ access_token: "opaque", expires_in: 60 });

async function request(options: Omit<OidcOptions, "tokenEndpointUrl">): Promise<Sent> {
  const asked = context(ok);
  await oidc({ tokenEndpointUrl: URL, ...options })(asked);
  return asked.sent[0]!;
}

test("client credentials go into the header, and are URL-encoded if that is asked for", async () => {
  const clientId = "client:1 +/%ü";
  const sent = await request({ clientId: "alice", clientSecret: () => "a-secret", scope: "a b" });
  assert.deepEqual(sent, {
    url: URL,
    ...{ method: "POST", redirect: "error", signal: sent.signal },
    body: "grant_type=client_credentials&scope=a+b",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/x-www-form-urlencoded",
      Authorization: `Basic ${Buffer.from("alice:a-secret").toString("base64")}`,
    },
  });
  const encoded = await request({ clientId, clientSecret: SECRET, headerUrlencode: true });
  const basic = Buffer.from(encoded.headers.Authorization!.slice(6), "base64").toString();
  assert.equal(basic, "client%3A1+%2B%2F%25%C3%BC:se%3Acret+%2B%2F%25%26%3D%C3%BC");
  assert.equal(encoded.body, "grant_type=client_credentials");
});

test("an assertion goes into the body, and no Authorization is sent", async () => {
  const exchanged = await request({ grant: "jwt-bearer", assertion: async () => "a.b.c", scope: "s" });
  assert.equal(exchanged.headers.Authorization, undefined);
  assert.equal(
    exchanged.body,
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c&scope=s",
  );
  const proved = await request({ clientId: "me", assertion: "a.b.c" });
  assert.equal(proved.headers.Authorization, undefined);
  assert.equal(
    proved.body,
    "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c" +
      "&grant_type=client_credentials&client_id=me",
  );
});

test("an assertion is signed with the key, and its claims are those of the options", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const crypto = {
    ...nodeCrypto(),
    sign: async (_algorithm: string, key: string, data: Uint8Array) =>
      new Uint8Array(createSign("SHA256").update(data).sign(key)),
  };
  const asked = { ...context(ok), crypto };
  const claims = { claimAud: URL, claimIss: "me", claimSub: "me", claimJtiInclude: true };
  const template = { header: { kid: "k1" }, payload: { tenant: "t", iss: "overridden" } };
  await oidc({ tokenEndpointUrl: URL, assertion: { privateKey: pem, template, ...claims } })(asked);
  const assertion = new URLSearchParams(asked.sent[0]!.body).get("client_assertion")!;
  const [header = "", payload = "", signature = ""] = assertion.split(".");
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  assert.deepEqual(read(header), { kid: "k1", alg: "RS256", typ: "JWT" });
  assert.deepEqual(read(payload), {
    ...{ tenant: "t", aud: URL, iss: "me", sub: "me" },
    ...{ iat: 1000, nbf: 940, exp: 1300, jti: "07".repeat(16) },
  });
  const key = createPublicKey(publicKey.export({ type: "spki", format: "pem" }));
  assert.ok(verify("SHA256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url")));
});

test("a key that cannot sign, and a platform that cannot, are named without the key", async () => {
  const options: OidcOptions = { tokenEndpointUrl: URL, assertion: { privateKey: "my-private-key" } };
  await assert.rejects(async () => oidc(options)({ ...context(ok), crypto: nodeCryptoWithout() }), {
    kind: "unsupported",
  });
  const crypto = { ...nodeCrypto(), sign: () => Promise.reject(new Error("bad key my-private-key")) };
  await assert.rejects(
    async () => oidc(options)({ ...context(ok), crypto }),
    (error: KafkaError) => {
      assert.equal(error.kind, "config");
      assert.match(error.message, /oidc\.assertion\.privateKey cannot sign with RS256/);
      assert.ok(!error.message.includes("my-private-key"));
      assert.equal(error.cause, undefined);
      return true;
    },
  );
});

function nodeCryptoWithout(): NonNullable<TokenContext["crypto"]> {
  const { digest, hmac, pbkdf2 } = nodeCrypto();
  return { digest, hmac, pbkdf2 };
}

test("the token is access_token, else id_token; its own end counts before expires_in", async () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const jwt = `${part({})}.${part({ exp: 2000 })}.c2ln`;
  const cases: readonly (readonly [unknown, OAuthToken])[] = [
    [{ access_token: "a", id_token: "b" }, { value: "a" }],
    [{ access_token: "", id_token: "b" }, { value: "b" }],
    [
      { access_token: "a.b.c.d", expires_in: 60 },
      { value: "a.b.c.d", expiresAtMs: 1_060_500 },
    ],
    [
      { access_token: "a", expires_in: "60" },
      { value: "a", expiresAtMs: 1_060_500 },
    ],
    [{ access_token: "a", expires_in: "soon" }, { value: "a" }],
    [{ access_token: jwt, expires_in: 60 }, { value: jwt }],
  ];
  for (const [answer, expected] of cases) {
    const token = await oidc({ tokenEndpointUrl: URL, clientId: "a", clientSecret: SECRET })(
      context(() => json(answer)),
    );
    assert.deepEqual({ ...(token as OAuthToken), extensions: 1 }, { ...expected, extensions: 1 });
  }
});

async function failure(answer: () => FetchAnswer | PromiseLike<FetchAnswer>): Promise<KafkaError> {
  const provider = oidc({ tokenEndpointUrl: URL, clientId: "alice", clientSecret: SECRET });
  try {
    await provider(context(answer));
  } catch (error) {
    assert.ok(KafkaError.is(error), String(error));
    return error;
  }
  assert.fail("a token was returned");
}

test("a refusal is permanent where Java's is, and shows error and error_description, and nothing else", async () => {
  const body = { error: "invalid_client", error_description: `wrong ${SECRET}\u001b[0m`, hint: "planted-secret" };
  for (const status of [304, 400, 401, 403, 404, 407, 409, 415, 501, 505]) {
    const error = await failure(() => json(body, status));
    assert.deepEqual([error.kind, error.retriable], ["authentication", false], String(status));
    assert.equal(
      error.message,
      `the token endpoint https://tokens.example/token answered with status ${status}: invalid_client, ` +
        "wrong [secret] [0m",
    );
  }
  for (const status of [408, 416, 429, 500, 502, 503, 504]) {
    const error = await failure(() => ({ status, text: async () => "<html>planted-secret" }));
    assert.deepEqual([error.kind, error.retriable], ["connection", true], String(status));
    assert.ok(error.message.endsWith(`answered with status ${status}`), error.message);
  }
});

test("an answer without a token is named, and not shown", async () => {
  for (const text of ["planted-secret", "", "[1]", "null", '{"token":"planted-secret"}', '{"access_token":5}']) {
    const error = await failure(() => ({ status: 200, text: async () => text }));
    assert.equal(error.kind, "authentication");
    assert.match(error.message, /is not a JSON object|has no access_token/);
    assert.doesNotMatch(error.message, /planted-secret|hidden-query/);
  }
});

test("an endpoint that cannot be reached is a temporary error without the request's secrets", async () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", request: SECRET });
  const error = await failure(() => Promise.reject(new TypeError(`fetch of ${URL} with ${SECRET} failed`, { cause })));
  assert.deepEqual([error.kind, error.retriable, error.cause], ["connection", true, undefined]);
  assert.equal(
    error.message,
    "the token endpoint https://tokens.example/token cannot be reached: fetch of https://tokens.example/token with " +
      "[secret] failed (ECONNREFUSED)",
  );
  const { fetch: _fetch, ...without } = context(ok);
  await assert.rejects(async () => oidc({ tokenEndpointUrl: URL, clientId: "a", clientSecret: "b" })(without), {
    kind: "unsupported",
  });
});

test("an endpoint that redirects is a permanent error on each host", async () => {
  // The texts of Node, Bun and Deno.
  const node = new TypeError("fetch failed", { cause: new Error("unexpected redirect") });
  const bun = new Error("UnexpectedRedirect fetching");
  const deno = new TypeError("Encountered redirect while redirect mode is set to 'error'");
  for (const thrown of [node, bun, deno]) {
    const error = await failure(() => Promise.reject(thrown));
    assert.deepEqual([error.kind, error.retriable], ["authentication", false]);
    assert.match(error.message, /^the token endpoint https:\/\/tokens.example\/token redirects/);
  }
});

test("a redirect that the host returns, as workerd does, is a permanent error, and its body is not read", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const error = await failure(() => ({ status, text: () => assert.fail("the body was asked for") }));
    assert.deepEqual([error.kind, error.retriable], ["authentication", false]);
    assert.match(error.message, /^the token endpoint https:\/\/tokens.example\/token redirects/);
  }
});

test("an answer that never ends is left after a megabyte", async () => {
  let reads = 0;
  let cancelled = 0;
  const endless = (): FetchAnswer => ({
    status: 200,
    text: () => assert.fail("the whole body was asked for"),
    body: {
      getReader: () => ({
        read: async () => (reads++, { done: false, value: new Uint8Array(65_536) }),
        cancel: async () => {
          cancelled++;
        },
      }),
    },
  });
  const error = await failure(endless);
  assert.match(error.message, /longer than 1048576 bytes/);
  assert.deepEqual([error.kind, error.retriable], ["authentication", false]);
  assert.deepEqual([reads, cancelled], [17, 1]);
  const long = await failure(() => ({ status: 200, text: async () => "x".repeat(1_048_577) }));
  assert.match(long.message, /longer/);
});

test("the answer of a host's own fetch can be read", async () => {
  const token = await oidc({ tokenEndpointUrl: URL, clientId: "a", clientSecret: "b" })(
    context(() => new Response('{"access_token":"a-tökén"}')),
  );
  assert.equal((token as OAuthToken).value, "a-tökén");
});

test("no answer of an endpoint throws anything but a KafkaError, or shows the secret", () => {
  const secret = "correct horse battery";
  const value = fc.oneof(fc.string(), fc.constant(secret), fc.integer(), fc.constant(null));
  const names = fc.constantFrom("access_token", "id_token", "expires_in", "error", "error_description", "__proto__");
  const text = fc.oneof(
    fc.string(),
    fc.dictionary(names, value).map((fields) => JSON.stringify(fields)),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), text, (status, answer) => {
      try {
        const token = tokenOf({ status, text: answer, endpoint: "the endpoint", secrets: [secret] }, 0);
        assert.ok(token.value !== "" && status >= 200 && status < 300);
      } catch (error) {
        assert.ok(KafkaError.is(error), String(error));
        assert.ok(!error.message.includes(secret));
      }
    }),
    { numRuns: 1000 },
  );
});
