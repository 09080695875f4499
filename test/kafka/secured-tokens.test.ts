// Endpoints of OpenID Connect that are down, slow or wrong, between a client and a real Kafka.
import { after, before, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { inspect } from "node:util";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import { SecureKafka } from "./secure/secure-cluster.ts";
import { PLANTED, type TokenMode } from "./secure/token-server.ts";
import { CALLS, isExpected, WatchedClient } from "./secure/watched-client.ts";

let secure: SecureKafka;
before(async () => {
  secure = await SecureKafka.start();
});
beforeEach(() => {
  secure.tokens.mode = "ok";
  secure.tokens.lifetimeSeconds = 300;
});
after(() => secure.stop());

const oidc = (
  how: { readonly endpoint?: string; readonly secret?: string; readonly readTimeoutMs?: number } = {},
): KafkaBaseOptions => ({
  bootstrapServers: secure.at("OIDC"),
  tls: { ca: secure.certificates.ca },
  sasl: {
    mechanism: "OAUTHBEARER",
    oidc: {
      tokenEndpointUrl: how.endpoint ?? secure.tokens.endpoint,
      clientId: "alice",
      clientSecret: how.secret ?? "alice-oidc-secret",
    },
    ...(how.readTimeoutMs === undefined ? {} : { loginReadTimeoutMs: how.readTimeoutMs }),
  },
});

/** Neither an error nor a log line may show what an endpoint answered, except its `error` and `error_description`. */
function hidesTheAnswer(client: WatchedClient, error: unknown): void {
  for (const text of [inspect(error, { depth: Infinity, showHidden: true }), ...client.lines])
    assert.doesNotMatch(text, new RegExp(PLANTED), "the endpoint's answer is shown");
}

const FINAL: readonly (readonly [mode: TokenMode, says: RegExp])[] = [
  ["unauthorized", /the token endpoint http:\S+\/token answered with status 401: invalid_client, no such client/],
  ["garbage", /the answer of the token endpoint http:\S+\/token is not a JSON object/],
  ["html", /the answer of the token endpoint http:\S+\/token is not a JSON object/],
  ["no token", /the answer of the token endpoint http:\S+\/token has no access_token/],
  ["redirect", /the token endpoint http:\S+\/token redirects, and redirects are not followed/],
  ["endless", /the answer of the token endpoint is longer than \d+ bytes/],
  ["expired", /token.* has (ended|expired)|ended/],
  ["other key", /"status":"invalid_token"/],
];

for (const [mode, says] of FINAL)
  test(`the token endpoint answers wrong (${mode}): each call fails after one request`, async () => {
    secure.tokens.mode = mode;
    for (const [name, call] of Object.entries(CALLS)) {
      const client = new WatchedClient(oidc());
      const before = secure.tokens.requests;
      try {
        const error: unknown = await call(client.kafka).then(
          () => assert.fail(`${name} did not fail`),
          (thrown: unknown) => thrown,
        );
        isExpected({ kind: "authentication", says })(error);
        hidesTheAnswer(client, error);
        assert.equal(secure.tokens.requests - before, 1, name);
      } finally {
        await client.kafka.close().catch(() => undefined);
      }
    }
  });

test("a wrong secret of the client is said with the endpoint's reason", async () => {
  const client = new WatchedClient(oidc({ secret: "wrong-secret" }));
  const says = /status 401: invalid_client, client id or secret is wrong/;
  await assert.rejects(client.kafka.admin().listTopics(), isExpected({ kind: "authentication", says }));
  await client.kafka.close();
});

/** The address of an endpoint that has just been closed. */
async function nothing(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return `http://127.0.0.1:${port}/token`;
}

const DEADLINE_MS = 5000;
const TEMPORARY: readonly (readonly [what: string, mode: TokenMode | "down", says: RegExp])[] = [
  ["does not know now", "unavailable", /answered with status 503: temporarily_unavailable, come back later/],
  ["hangs up", "reset", /the token endpoint http:\S+\/token cannot be reached: /],
  ["does not answer", "hang", /no token for SASL OAUTHBEARER arrived within 300 ms/],
  ["is down", "down", /the token endpoint http:\S+\/token cannot be reached: .*ECONNREFUSED/],
];

for (const [what, mode, says] of TEMPORARY)
  test(`the token endpoint ${what}: it is asked until the call's deadline, and the reason is logged and in the error`, async () => {
    if (mode !== "down") secure.tokens.mode = mode;
    const calls: readonly ((client: WatchedClient) => Promise<unknown>)[] = [
      ({ kafka }) => kafka.admin().listTopics({ timeoutMs: DEADLINE_MS }),
      ({ kafka }) => kafka.producer({ maxBlockMs: DEADLINE_MS }).send({ topic: "alice-1", value: "x" }),
    ];
    for (const [i, call] of calls.entries()) {
      const endpoint = mode === "down" ? { endpoint: await nothing() } : {};
      const client = new WatchedClient(oidc({ readTimeoutMs: 300, ...endpoint }));
      const before = secure.tokens.requests;
      try {
        const error: unknown = await call(client).then(
          () => assert.fail("it did not fail"),
          (thrown: unknown) => thrown,
        );
        isExpected({ kind: "timeout", retriable: i === 1, says })(error);
        hidesTheAnswer(client, error);
        if (mode !== "down") assert.ok(secure.tokens.requests - before > 1, "it was asked again");
        assert.ok(client.said(says).length > 0, `no line has the reason: ${client.lines.join("\n")}`);
      } finally {
        await client.kafka.close({ timeoutMs: 0 }).catch(() => undefined);
      }
    }
  });

test("calls that wait for an endpoint that was down go on when it answers", async () => {
  secure.tokens.mode = "unavailable";
  const client = new WatchedClient(oidc());
  try {
    const calls = Object.entries(CALLS).flatMap(([name, call]) => (name.includes("loop") ? [] : [call(client.kafka)]));
    const before = secure.tokens.requests;
    while (secure.tokens.requests - before < 4) await new Promise((resolve) => setTimeout(resolve, 50));
    secure.tokens.mode = "ok";
    await Promise.all(calls);
  } finally {
    await client.kafka.close();
  }
});

test("tokens of a few seconds: the session ends with the token, and another token is fetched before", async () => {
  secure.tokens.lifetimeSeconds = 4;
  const client = new WatchedClient(oidc());
  try {
    const producer = client.kafka.producer();
    await producer.send({ topic: "alice-1", value: "0" });
    const { attempts } = client;
    const before = secure.tokens.requests;
    for (let i = 1; secure.tokens.requests - before < 3; i++) await producer.send({ topic: "alice-1", value: `${i}` });
    assert.equal(client.attempts, attempts, "the connections stayed open");
    assert.deepEqual(client.lines, []);
  } finally {
    await client.kafka.close();
  }
});
