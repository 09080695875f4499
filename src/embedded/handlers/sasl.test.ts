import assert from "node:assert/strict";
import { test } from "node:test";
import { asPlain, asScram, exchanged, handshake, logIn, token } from "../../../test/embedded/log-in.ts";
import { batchOf, type RawClient, type RawWorld, withCluster } from "../../../test/embedded/raw-client.ts";
import { apiVersionsApi } from "../../protocol/messages/api-versions.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { produceApi } from "../../protocol/messages/produce.ts";
import { saslAuthenticateApi } from "../../protocol/messages/sasl-authenticate.ts";
import { encodeRequest } from "../../protocol/headers.ts";
import { sleep } from "../../runtime/sleep.ts";
import type { AuthenticationEvent } from "../security/authentication-event.ts";
import type { EmbeddedToken } from "../security/oauth-bearer-exchange.ts";

const users = { alice: { password: "alice" }, admin: { password: "admin" } };
const softwareName = { clientSoftwareName: "raw", clientSoftwareVersion: "1" };
const pause = ({ platform }: RawWorld, ms: number): Promise<void> => sleep(platform, ms);
const versions = (client: RawClient, version = 4): Promise<unknown> =>
  client.request(apiVersionsApi, softwareName, version);
const metadata = (client: RawClient, version = 12): Promise<unknown> =>
  client.request(metadataApi, { topics: null }, version);
const isClosed = async (request: Promise<unknown>): Promise<void> => assert.rejects(request, /hung up/);
const jwt = (claims: object, header: object = { alg: "none" }): string =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;
const bearer = (value: string, more = ""): string => `n,,\u0001auth=Bearer ${value}\u0001${more}\u0001`;

test("a cluster without users serves everybody, and says to a handshake that its listener has no SASL", () =>
  withCluster({}, async ({ connect }) => {
    const client = await connect();
    assert.deepEqual((({ errorCode, mechanisms }) => [errorCode, mechanisms])(await handshake(client, "PLAIN")), [
      34,
      [],
    ]);
    const { errorCode, errorMessage } = await token(client, "\0alice\0alice");
    assert.deepEqual(
      [errorCode, errorMessage],
      [34, "SaslAuthenticate request received after successful authentication"],
    );
    await metadata(client);
  }));

test("a client that logs in is served; ApiVersions may come before, once, in each version", () =>
  withCluster({ users }, async ({ connect }) => {
    for (const version of [0, 3, 4, 5]) {
      const client = await connect();
      await versions(client, version);
      assert.equal(await logIn(client, "alice"), 0);
      await metadata(client);
      await versions(client);
    }
  }));

test("before authentication everything but ApiVersions and the handshake closes the connection at once", () =>
  withCluster({ users }, async ({ connect, logged, platform }) => {
    await isClosed(metadata(await connect()));
    await isClosed(token(await connect(), "\0alice\0alice"));
    const twice = await connect();
    await versions(twice);
    await isClosed(versions(twice));
    const after = await connect();
    await versions(after);
    await isClosed(metadata(after));
    assert.ok(logged.every(({ fields }) => /authentication/.test(String(fields["reason"]))));
    assert.equal(platform.clock.monotonic() < 100, true, "there is no delay");
  }));

test("after UNSUPPORTED_VERSION, ApiVersions may be sent again", () =>
  withCluster({ users }, async ({ connect }) => {
    const client = await connect();
    const frame = encodeRequest(apiVersionsApi, softwareName, 5, client.nextId, "raw");
    new DataView(frame[0]!.buffer, frame[0]!.byteOffset).setInt16(6, 99);
    assert.ok(await client.exchange(frame));
    await versions(client);
    await logIn(client, "alice");
  }));

test("a mechanism that is not enabled: the enabled ones, after the delay, then the end", () =>
  withCluster({ users, sasl: { mechanisms: ["PLAIN"], failedAuthenticationDelayMs: 70 } }, async (world) => {
    const client = await world.connect();
    const began = world.platform.clock.monotonic();
    const { errorCode, mechanisms } = await handshake(client, "SCRAM-SHA-256");
    assert.deepEqual([errorCode, mechanisms], [33, ["PLAIN"]]);
    assert.ok(world.platform.clock.monotonic() - began >= 70);
    await isClosed(metadata(client));
  }));

const REFUSED: readonly (readonly [what: string, token: string, text: string])[] = [
  ["a wrong password", "\0alice\0bob", "Authentication failed: Invalid username or password"],
  ["an unknown user", "\0bob\0bob", "Authentication failed: Invalid username or password"],
  [
    "another authorization id",
    "bob\0alice\0alice",
    "Authentication failed: Client requested an authorization id that is different from username",
  ],
  ["no user", "\0\0alice", "Authentication failed: username not specified"],
  ["no password", "\0alice\0", "Authentication failed: password not specified"],
  ["one part", "alice", "Invalid SASL/PLAIN response: expected 3 tokens, got 1"],
  ["four parts", "\0alice\0alice\0more", "Invalid SASL/PLAIN response: expected 3 tokens, got 4"],
];

for (const [what, message, text] of REFUSED)
  test(`PLAIN refuses ${what} with Kafka's text, after the delay, and closes`, () =>
    withCluster({ users }, async ({ connect, platform }) => {
      const client = await connect();
      await handshake(client, "PLAIN");
      const began = platform.clock.monotonic();
      const { errorCode, errorMessage, sessionLifetimeMs } = await token(client, message);
      assert.deepEqual([errorCode, errorMessage, sessionLifetimeMs], [58, text, 0]);
      assert.ok(platform.clock.monotonic() - began >= 100);
      await isClosed(metadata(client));
    }));

test("PLAIN takes an authorization id that is the user's name, and every version of SaslAuthenticate", () =>
  withCluster({ users }, async ({ connect }) => {
    for (const version of [0, 1, 2]) {
      const client = await connect();
      await handshake(client, "PLAIN");
      assert.equal((await token(client, "alice\0alice\0alice", version)).errorCode, 0);
      await metadata(client);
    }
  }));

test("SCRAM: the client's half and the broker's half agree; wrong users and passwords get the same text", () =>
  withCluster({ users: { ...users, "al,i=ce": { password: "p=,w" } } }, async ({ connect }) => {
    for (const hash of ["SHA-256", "SHA-512"] as const) {
      for (const [username, password] of [
        ["alice", "alice"],
        ["al,i=ce", "p=,w"],
      ] as const) {
        const client = await connect();
        assert.equal((await exchanged(client, asScram(hash, { username, password }))).errorCode, 0);
        await metadata(client);
      }
      for (const username of ["alice", "bob", "ü"]) {
        const client = await connect();
        const { errorCode, errorMessage } = await exchanged(client, asScram(hash, { username, password: "x" }));
        assert.deepEqual(
          [errorCode, errorMessage],
          [
            58,
            `Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-${hash}`,
          ],
        );
        await isClosed(metadata(client));
      }
    }
  }));

test("SCRAM: a malformed first message, another authorization id, and a nonce that is no continuation are refused", () =>
  withCluster({ users }, async ({ connect }) => {
    const first = async (message: string): Promise<readonly [number, string | null, RawClient]> => {
      const client = await connect();
      await handshake(client, "SCRAM-SHA-256");
      const { errorCode, errorMessage, authBytes } = await token(client, message);
      return [errorCode, errorMessage ?? Buffer.from(authBytes).toString(), client];
    };
    assert.equal((await first("y,,n=alice,r=abc"))[0], 58);
    assert.equal((await first("n,,n=alice"))[0], 58);
    const [, text] = await first("n,a=bob,n=alice,r=abc");
    assert.match(text ?? "", /authorization id that is different from username/);
    const [errorCode, challenge, client] = await first("n,a=alice,n=alice,r=abc,unknown=ext");
    assert.equal(errorCode, 0);
    assert.match(challenge ?? "", /^r=abc[!-+\--~]{20,},s=[A-Za-z0-9+/=]+,i=4096$/);
    assert.equal((await token(client, "c=biws,r=abcx,p=AAAA")).errorCode, 58);
  }));

test("a user whose mechanisms are given cannot log in by others", () =>
  withCluster({ users: { alice: { password: "alice", mechanisms: ["SCRAM-SHA-512"] } } }, async ({ connect }) => {
    const scram = (hash: "SHA-256" | "SHA-512"): ReturnType<typeof asScram> =>
      asScram(hash, { username: "alice", password: "alice" });
    assert.equal((await exchanged(await connect(), asPlain("alice", "alice"))).errorCode, 58);
    assert.equal((await exchanged(await connect(), scram("SHA-256"))).errorCode, 58);
    assert.equal((await exchanged(await connect(), scram("SHA-512"))).errorCode, 0);
  }));

test("OAUTHBEARER: an unsecured token logs in until it ends; a wrong one is refused in two steps", () =>
  withCluster({ users: {}, sasl: { mechanisms: ["OAUTHBEARER"] } }, async (world) => {
    const nowS = Math.floor(world.platform.clock.now() / 1000);
    const client = await world.connect();
    await handshake(client, "OAUTHBEARER");
    const { errorCode, authBytes, sessionLifetimeMs } = await token(client, bearer(jwt({ sub: "a", exp: nowS + 60 })));
    assert.deepEqual([errorCode, authBytes.length], [0, 0]);
    assert.ok(sessionLifetimeMs > 58_000 && sessionLifetimeMs <= 60_000, String(sessionLifetimeMs));
    await metadata(client);
    await pause(world, 60_000);
    await isClosed(metadata(client));
    for (const value of [
      jwt({ sub: "a", exp: nowS - 1 }),
      jwt({ sub: "a" }),
      jwt({ exp: nowS + 99 }),
      jwt({ sub: "a", exp: nowS + 999 }, { alg: "HS256" }),
      "opaque",
    ]) {
      const refused = await world.connect();
      await handshake(refused, "OAUTHBEARER");
      const first = await token(refused, bearer(value));
      assert.deepEqual([first.errorCode, Buffer.from(first.authBytes).toString()], [0, '{"status":"invalid_token"}']);
      const second = await token(refused, "\u0001");
      assert.deepEqual([second.errorCode, second.errorMessage], [58, '{"status":"invalid_token"}']);
      await isClosed(metadata(refused));
    }
  }));

test("OAUTHBEARER: a client that takes the first step of a refusal for success is refused at its next request", () =>
  withCluster({ sasl: { mechanisms: ["OAUTHBEARER"] } }, async ({ connect }) => {
    const client = await connect();
    await handshake(client, "OAUTHBEARER");
    await token(client, bearer("opaque"));
    assert.deepEqual((await client.request(metadataApi, { topics: null }, 13)).errorCode, 34);
    assert.ok(client.isClosed || (await client.exchange([])) === undefined);
  }));

test("OAUTHBEARER: the user's function decides, with the extensions; it may throw", () => {
  const asked: EmbeddedToken[] = [];
  const validateToken = (given: EmbeddedToken): { user: string; endMs: number } | { status: string; scope: string } => {
    asked.push(given);
    if (given.value === "bad") throw new Error("expired");
    if (given.value === "poor") return { status: "insufficient_scope", scope: "kafka" };
    return { user: "robot", endMs: given.nowMs + 500 };
  };
  return withCluster({ sasl: { validateToken, sessionLifetimeMs: 9000 } }, async ({ connect }) => {
    const send = async (message: string): Promise<readonly [number, string, number]> => {
      const client = await connect();
      await handshake(client, "OAUTHBEARER");
      const { errorCode, authBytes, errorMessage, sessionLifetimeMs } = await token(client, message);
      return [errorCode, errorMessage ?? Buffer.from(authBytes).toString(), sessionLifetimeMs];
    };
    assert.deepEqual(await send(bearer("good", "logicalCluster=lkc-1\u0001")), [0, "", 500]);
    assert.deepEqual(asked[0]?.extensions, { logicalCluster: "lkc-1" });
    assert.deepEqual(await send(bearer("bad")), [0, '{"status":"invalid_token"}', 0]);
    assert.deepEqual(await send(bearer("poor")), [0, '{"status":"insufficient_scope","scope":"kafka"}', 0]);
    const [errorCode, text] = await send(`n,a=human,\u0001auth=Bearer good\u0001\u0001`);
    assert.equal(errorCode, 58);
    assert.match(text, /authorization id \(human\).*principal name \(robot\)/);
    assert.deepEqual((await send("n,,\u0001auth=Bearer good\u0001"))[0], 58, "the end is missing");
  });
});

test("a request between handshake and token gets 34 in its own answer, after the delay, and the connection closes", () =>
  withCluster({ users, topics: { t: 1 } }, async ({ connect, platform }) => {
    const client = await connect();
    await handshake(client, "PLAIN");
    const began = platform.clock.monotonic();
    const empty = await client.request(metadataApi, { topics: null }, 12);
    assert.deepEqual([empty.brokers, empty.topics, empty.errorCode], [[], [], 0], "it looks like an empty cluster");
    assert.ok(platform.clock.monotonic() - began >= 100);
    await isClosed(metadata(client));

    const second = await connect();
    await handshake(second, "PLAIN");
    assert.equal((await handshake(second, "PLAIN")).errorCode, 34);
    await isClosed(metadata(second));

    const third = await connect();
    await handshake(third, "PLAIN");
    assert.equal((await third.request(apiVersionsApi, softwareName, 4)).errorCode, 34);

    const fourth = await connect();
    await handshake(fourth, "PLAIN");
    const { responses } = await fourth.request(
      produceApi,
      { acks: -1, timeoutMs: 9, topicData: [{ name: "t", partitionData: [{ index: 0, records: batchOf() }] }] },
      12,
    );
    assert.equal(responses[0]?.partitionResponses[0]?.errorCode, 34);
  }));

test("after SaslHandshake 0, tokens have no request around them; a wrong password closes without an answer", () =>
  withCluster({ users }, async ({ connect }) => {
    const client = await connect();
    // An answer of PLAIN is empty, which this client's decoder of frames does not accept.
    const exchange = asScram("SHA-256", { username: "alice", password: "alice" }).exchange({ host: "b", port: 1 });
    const first = await exchange.begin(0);
    await handshake(client, "SCRAM-SHA-256", 0);
    const proof = await exchange.next((await client.exchangeToken(first)) ?? Buffer.alloc(0));
    assert.ok(proof.kind === "send");
    const verified = await exchange.next((await client.exchangeToken(proof.bytes)) ?? Buffer.alloc(0));
    assert.equal(verified.kind, "done");
    await metadata(client);
    const wrong = await connect();
    await handshake(wrong, "PLAIN", 0);
    assert.equal(await wrong.exchangeToken(Buffer.from("\0alice\0bob")), undefined);
    const bare = await connect();
    await handshake(bare, "PLAIN", 1);
    assert.equal(await bare.exchangeToken(Buffer.from("\0alice\0alice")), undefined);
  }));

test("handshake, token and first request may be written in one go", () =>
  withCluster({ users }, async ({ connect }) => {
    const client = await connect();
    const all = [handshake(client, "PLAIN"), token(client, "\0alice\0alice"), metadata(client)] as const;
    const [, { errorCode }] = await Promise.all(all);
    assert.equal(errorCode, 0);
  }));

test("a token above 512 KiB closes the connection; a request of a session may be larger", () =>
  withCluster({ users, topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    await handshake(client, "PLAIN");
    await isClosed(token(client, Buffer.alloc(524_289)));
    const other = await connect();
    await logIn(other, "alice");
    await other.request(produceApi, {
      acks: -1,
      timeoutMs: 9,
      topicData: [{ partitionData: [{ index: 0, records: Buffer.alloc(600_000) }] }],
    });
  }));

test("checkers see each request of a connection that authenticates, with its phase and its fate", () => {
  const events: AuthenticationEvent[] = [];
  return withCluster(
    { users, sasl: { sessionLifetimeMs: 5000 }, onAuthentication: (event) => void events.push(event) },
    async ({ connect, logged }) => {
      const client = await connect();
      await versions(client);
      await logIn(client, "alice");
      await handshake(client, "PLAIN");
      await metadata(client);
      const warned = logged.filter(({ level }) => level === "warn");
      assert.deepEqual(
        warned.map(({ message, fields }) => [/between SaslHandshake and the last token/.test(message), fields["api"]]),
        [[true, "Metadata"]],
      );
      const seen = events.map((event) =>
        event.kind === "request" ? `${event.apiKey} ${event.phase} ${event.fate}` : event.kind,
      );
      assert.deepEqual(seen, [
        "18 unauthenticated served",
        "17 unauthenticated served",
        "36 exchanging served",
        "authenticated",
        "17 authenticated served",
        "3 re-exchanging refused",
      ]);
      assert.equal(new Set(events.map(({ remote }) => remote)).size, 1);
    },
  );
});

test("intercepts and request logs see the requests of an authentication", () =>
  withCluster({ users }, async ({ connect, cluster }) => {
    const log = cluster.recordRequests({ api: "SaslAuthenticate" });
    cluster.failRequests("SaslAuthenticate", ["SASL_AUTHENTICATION_FAILED"]);
    const client = await connect();
    await handshake(client, "PLAIN");
    assert.equal(
      (await client.request(saslAuthenticateApi, { authBytes: Buffer.from("\0alice\0alice") })).errorCode,
      58,
    );
    assert.equal(log.entries.length, 1);
    await logIn(await connect(), "alice");
  }));
