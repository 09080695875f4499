import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import { nodeCrypto } from "../platform/node/crypto.ts";
import { createMechanism } from "./create-mechanism.ts";
import { checkLogin } from "./login-check.ts";
import { checkSasl, type SaslOptions } from "./sasl-options.ts";
import type { TokenHost } from "./shared-token.ts";

const user = { username: "alice", password: "planted-secret" };
const oidc = { tokenEndpointUrl: "https://tokens.example/token", clientId: "me", clientSecret: "planted-secret" };
const own = { name: "GSSAPI", exchange: () => assert.fail("an exchange was begun") };
const RIGHT: readonly SaslOptions[] = [
  { mechanism: "PLAIN", ...user },
  { mechanism: "PLAIN", username: () => "a", password: async () => "b" },
  { mechanism: "SCRAM-SHA-256", ...user },
  { mechanism: "SCRAM-SHA-512", ...user, tokenAuth: true },
  { mechanism: "OAUTHBEARER", token: () => "t" },
  { mechanism: "OAUTHBEARER", oidc, loginRefreshWindowFactor: 0.5, loginRetryBackoffMs: 5 },
  { mechanism: "OAUTHBEARER", oidc: { ...oidc, headerUrlencode: true, scope: "a", extensions: { a: "b" } } },
  {
    mechanism: "OAUTHBEARER",
    oidc: { tokenEndpointUrl: "http://localhost:1", grant: "jwt-bearer", assertion: { privateKey: "k" } },
  },
  { mechanism: "OAUTHBEARER", oidc: { tokenEndpointUrl: "https://a/b?c", assertion: () => "a.b.c" } },
  { mechanism: "AWS_MSK_IAM" },
  { mechanism: "AWS_MSK_IAM", region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } },
  { mechanism: "AWS_MSK_IAM", credentials: () => ({ accessKeyId: "a", secretAccessKey: "b" }) },
  { mechanism: own },
];

test("every documented form of the option is accepted, and makes the mechanism of its name", () => {
  const host: TokenHost = {
    ...{ clock: { now: () => 0, monotonic: () => 0 }, entropy: { fill: () => undefined } },
    runtime: { spawn: () => undefined, delayFor: () => assert.fail("it waits") },
    ...{ crypto: nodeCrypto(), fetch: () => assert.fail("it fetches") },
  };
  const { crypto: _crypto, fetch: _fetch, ...bare } = host;
  for (const options of RIGHT) {
    checkSasl(options, "new Kafka(): sasl");
    const { mechanism } = options;
    assert.equal(createMechanism(options, host).name, typeof mechanism === "string" ? mechanism : own.name);
    const needsHost = mechanism !== "PLAIN" && mechanism !== own && !("token" in options);
    if (needsHost) assert.throws(() => createMechanism(options, bare), { kind: "unsupported" });
    else createMechanism(options, bare);
  }
});

const WRONG: readonly (readonly [unknown, RegExp])[] = [
  ["planted-secret", /sasl takes an object with mechanism, not a string/],
  [null, /not null/],
  [12345678, /not a number/],
  [[], /needs mechanism/],
  [{}, /needs mechanism: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, AWS_MSK_IAM, or an object of your own/],
  [user, /needs mechanism/],
  [{ mechanism: 5, ...user }, /mechanism/],
  [{ mechanism: {}, ...user }, /mechanism|username/],
  [{ mechanism: "plain", ...user }, /no such mechanism: did you mean "PLAIN"\?/],
  [{ mechanism: "scram-sha-512", ...user }, /did you mean "SCRAM-SHA-512"\?/],
  [{ mechanism: "aws", ...user }, /did you mean "AWS_MSK_IAM"\?/],
  [{ mechanism: "GSSAPI" }, /Kerberos needs a mechanism of your own/],
  [{ mechanism: "toString", ...user }, /no such mechanism; it has PLAIN/],
  [{ mechanism: "PLAIN", username: "a" }, /sasl needs password/],
  [{ mechanism: "PLAIN", password: "planted-secret" }, /sasl needs username/],
  [
    { mechanism: "PLAIN", username: "a", password: "" },
    /password takes a string that is not empty.*not an empty string/,
  ],
  [{ mechanism: "PLAIN", username: "a", password: 12345678 }, /password takes .*, not a number/],
  [{ mechanism: "PLAIN", username: "a", password: ["planted-secret"] }, /password takes .*, not an array/],
  [{ mechanism: "PLAIN", username: "a", password: { "planted-secret": 1 } }, /password takes .*, not an object/],
  [{ mechanism: "PLAIN", username: "a", password: function* () {} }, /no generator/],
  [{ mechanism: "PLAIN", ...user, tokenAuth: true }, /tokenAuth/],
  [{ mechanism: "SCRAM-SHA-256", ...user, tokenAuth: "yes" }, /tokenAuth takes true or false/],
  [{ mechanism: "SCRAM-SHA-256", ...user, tokenauth: "true" }, /tokenAuth/],
  [{ mechanism: "PLAIN", ...user, "sasl.jaas.config": 'password="planted-secret"' }, /username and password/],
  [{ "sasl.mechanism": "PLAIN", "sasl.username": "a" }, /mechanism/],
  [{ mechanism: "PLAIN", "sasl.username": "a", "sasl.password": "planted-secret" }, /did you mean username/],
  [{ mechanism: "PLAIN", user: "a", password: "planted-secret" }, /did you mean username/],
  [{ mechanism: "OAUTHBEARER" }, /needs token, a function that returns a token, or oidc/],
  [{ mechanism: "OAUTHBEARER", token: () => "t", oidc }, /not both/],
  [{ mechanism: "OAUTHBEARER", token: "planted-secret" }, /token takes a function/],
  [{ mechanism: "OAUTHBEARER", oauthBearerProvider: () => "t" }, /token, a function that returns a token/],
  [{ mechanism: "OAUTHBEARER", "sasl.oauthbearer.client.id": "a" }, /oidc: \{ clientId \}/],
  [{ mechanism: "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url": "a" }, /oidc: \{ tokenEndpointUrl \}/],
  [{ mechanism: "OAUTHBEARER", "sasl.oauthbearer.assertion.claim.aud": "a" }, /assertion: \{ claimAud \}/],
  [{ mechanism: "OAUTHBEARER", "sasl.login.refresh.window.factor": 1 }, /did you mean loginRefreshWindowFactor/],
  [{ mechanism: "OAUTHBEARER", "sasl.login.retry.backoff.ms": 1 }, /did you mean loginRetryBackoffMs/],
  [{ mechanism: "OAUTHBEARER", "sasl.kerberos.kinit.cmd": "x" }, /no option of Odradek is like it/],
  [{ mechanism: "OAUTHBEARER", token: () => "t", loginRefreshWindowFactor: 2 }, /takes a number from 0 to 1/],
  [{ mechanism: "OAUTHBEARER", oidc: "planted-secret" }, /oidc takes an object with tokenEndpointUrl/],
  [{ mechanism: "OAUTHBEARER", oidc: {} }, /needs tokenEndpointUrl/],
  [{ mechanism: "OAUTHBEARER", oidc: { tokenEndpointUrl: "ftp://planted-secret" } }, /begins with https/],
  [{ mechanism: "OAUTHBEARER", oidc: { tokenEndpointUrl: "https://me:planted-secret@a/" } }, /contains no user/],
  [{ mechanism: "OAUTHBEARER", oidc: { ...oidc, clientSecret: 12345678 } }, /clientSecret takes .* not a number/],
  [{ mechanism: "OAUTHBEARER", oidc: { tokenEndpointUrl: "https://a", clientId: "a" } }, /clientId and clientSecret/],
  [{ mechanism: "OAUTHBEARER", oidc: { ...oidc, assertion: "a" } }, /not both/],
  [{ mechanism: "OAUTHBEARER", oidc: { ...oidc, grant: "jwt-bearer" } }, /needs assertion for the grant/],
  [{ mechanism: "OAUTHBEARER", oidc: { ...oidc, assertion: { algorithm: "RS256" } } }, /needs privateKey/],
  [{ mechanism: "OAUTHBEARER", oidc: { ...oidc, extensions: { a: 12345678 } } }, /extensions.* takes a string, not a/],
  [{ mechanism: "AWS_MSK_IAM", region: "Europe!" }, /region takes a region like eu-west-1/],
  [{ mechanism: "AWS_MSK_IAM", credentials: { accessKeyId: "a" } }, /needs secretAccessKey/],
  [{ mechanism: "AWS_MSK_IAM", credentials: "planted-secret" }, /credentials takes an object/],
  [{ mechanism: "AWS_MSK_IAM", secretAccessKey: "planted-secret" }, /credentials, \{ accessKeyId/],
  [{ mechanism: { name: "X" } }, /mechanism takes a name, or an object with name and exchange/],
  [{ mechanism: own, ...user }, /has no option "username"/],
];

function errorOf(options: unknown): KafkaError | undefined {
  try {
    checkSasl(options, "new Kafka(): sasl");
    return undefined;
  } catch (error) {
    assert.ok(KafkaError.is(error), String(error));
    return error;
  }
}

test("every wrong option is a config error that names it and its place, and shows no value", () => {
  for (const [options, expected] of WRONG) {
    const error = errorOf(options);
    assert.equal(error?.kind, "config", JSON.stringify(options));
    assert.match(error.message, expected);
    assert.ok(error.message.startsWith("new Kafka(): sasl"), error.message);
    assert.doesNotMatch(error.message, /planted-secret|12345678/);
  }
});

test("whatever is passed, the check throws a config error or nothing, and shows no secret", () => {
  const secret = "planted-secret";
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(secret, [secret], { a: secret }, null, undefined, true, "", 5n, Symbol("s")),
    fc.integer(),
  );
  const names = fc.constantFrom("username", "password", "token", "oidc", "credentials", "region", "clientSecret");
  const mechanism = fc.constantFrom("PLAIN", "SCRAM-SHA-256", "OAUTHBEARER", "AWS_MSK_IAM");
  const secretNames = ["username", "password", "token", "oidc", "credentials"];
  fc.assert(
    fc.property(mechanism, fc.dictionary(names, leaf), (chosen, fields) => {
      const error = errorOf({ mechanism: chosen, ...fields });
      if (error === undefined) return;
      assert.equal(error.kind, "config");
      if (secretNames.some((one) => one in fields) && !("region" in fields))
        assert.ok(!error.message.includes(secret), error.message);
    }),
    { numRuns: 1000 },
  );
});

test("a getter that throws is a config error with its path", () => {
  const options = {
    get mechanism(): never {
      throw new Error("no");
    },
  };
  assert.match(errorOf(options)?.message ?? "", /sasl: mechanism cannot be read/);
});

test("new Kafka() finds a missing name or password at once, without the code of the mechanisms", () => {
  for (const [sasl, words] of [
    [{ mechanism: "PLAIN" }, /^sasl needs username, and was given mechanism$/],
    [{ mechanism: "SCRAM-SHA-256", username: "a" }, /^sasl needs password/],
    [{ mechanism: "SCRAM-SHA-512", username: "a", password: 5 }, /^sasl: password takes a string .*, not a number$/],
    [{ mechanism: "PLAIN", username: "", password: "b" }, /^sasl: username takes .*, not an empty string$/],
  ] as const)
    assert.throws(
      () => checkLogin(sasl, "sasl"),
      (error) => KafkaError.is(error) && error.kind === "config" && words.test(error.message),
    );
  checkLogin({ mechanism: "PLAIN", username: () => "a", password: () => Promise.resolve("b") }, "sasl");
  checkLogin({ mechanism: "OAUTHBEARER" }, "sasl");
});
