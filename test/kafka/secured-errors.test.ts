// The table of errors in docs/security.md, made on a real Kafka: kind, whether it is retried, the words that name the
// cause, and that each call fails at its first attempt.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import type { TlsOptions } from "../../src/runtime/byte-stream.ts";
import type { SaslOptions } from "../../src/security/sasl-options.ts";
import type { ListenerName } from "./secure/listeners.ts";
import { SecureKafka } from "./secure/secure-cluster.ts";
import { type Expected, isExpected, rejectsEachCall, WatchedClient } from "./secure/watched-client.ts";

let secure: SecureKafka;
before(async () => {
  secure = await SecureKafka.start();
});
after(() => secure.stop());

const trusting = (): KafkaBaseOptions => ({ tls: { ca: secure.certificates.ca } });
const mutual = (certificate: () => TlsOptions): KafkaBaseOptions => ({
  tls: { ca: secure.certificates.ca, ...certificate() },
});
const PLAIN: SaslOptions = { mechanism: "PLAIN", username: "alice", password: "alice-secret" };
const token = (value: () => string): KafkaBaseOptions => ({
  ...trusting(),
  sasl: { mechanism: "OAUTHBEARER", token: value },
});
const identity = (says: RegExp): Expected => ({ kind: "authentication", says });

type Row = readonly [what: string, where: ListenerName | "PLAINTEXT", options: () => KafkaBaseOptions, Expected];

const ROWS: readonly Row[] = [
  [
    "the broker's certificate has expired",
    "EXPIRED",
    trusting,
    identity(/the broker's certificate expired on 2021-01-01: the broker needs a new one/),
  ],
  [
    "the broker's certificate is for another host",
    "ELSEWHERE",
    trusting,
    identity(/not for 127\.0\.0\.1; it has DNS:kafka\.example\.org: .*advertised\.listeners.*tls\.servername/),
  ],
  [
    "the issuer is unknown to the host",
    "SSL",
    () => ({ tls: true }),
    identity(/its authority \(.*Test Root.*\) is not one that this host trusts.*tls\.ca/),
  ],
  [
    "the issuer is another one than that of the option",
    "SSL",
    () => ({ tls: { ca: secure.certificates.other.cert } }),
    identity(/its authority \(.*Test Root.*\) is not among those of tls\.ca/),
  ],
  [
    "the client's certificate is missing",
    "MUTUAL",
    trusting,
    identity(/the broker requires a client certificate: set tls\.cert and tls\.key/),
  ],
  [
    "the client's certificate is missing, over TLS 1.2",
    "MUTUAL_OLD",
    trusting,
    identity(/the broker requires a client certificate: set tls\.cert and tls\.key/),
  ],
  [
    "the client's certificate is of another authority",
    "MUTUAL",
    () => mutual(() => secure.certificates.client("alice", { by: secure.certificates.other })),
    identity(/refused the client certificate of .*alice .*Other Root.*an authority that the broker trusts/),
  ],
  [
    "the client's certificate has expired",
    "MUTUAL",
    () => mutual(() => secure.certificates.client("alice", { isExpired: true })),
    identity(/refused the client certificate of .*alice .*to 2021-01-01\): it has expired/),
  ],
  [
    "the client's certificate has expired, over TLS 1.2",
    "MUTUAL_OLD",
    () => mutual(() => secure.certificates.client("alice", { isExpired: true })),
    identity(/refused the client certificate of .*alice .*to 2021-01-01\): it has expired/),
  ],
  [
    "no version of TLS in common",
    "MUTUAL_OLD",
    () => mutual(() => ({ ...secure.certificates.client("alice"), minVersion: "TLSv1.3" })),
    identity(/speaks none of the versions of TLS that are set here.*tls\.minVersion/),
  ],
  ["no TLS on a port with TLS", "SSL", () => ({}), { kind: "connection", says: /TLS.*set the option tls/ }],
  ["SASL on a listener without", "PLAINTEXT", () => ({ sasl: PLAIN }), identity(/this listener has no SASL/)],
  [
    "SASL on a listener with TLS alone",
    "SSL",
    () => ({ ...trusting(), sasl: PLAIN }),
    identity(/this listener has no SASL/),
  ],
  [
    "the mechanism is not enabled",
    "PLAIN_ONLY",
    () => ({ sasl: { mechanism: "SCRAM-SHA-256", username: "alice", password: "alice-secret" } }),
    identity(/has not enabled the SASL mechanism SCRAM-SHA-256 on this listener; it has PLAIN\./),
  ],
  [
    "a wrong password of PLAIN",
    "SASL",
    () => ({ sasl: { mechanism: "PLAIN", username: "alice", password: "wrong-secret" } }),
    identity(/refused the authentication of user "alice" by SASL PLAIN: .*Invalid username or password/),
  ],
  [
    "a wrong password of SCRAM",
    "SASL_TLS",
    () => ({ ...trusting(), sasl: { mechanism: "SCRAM-SHA-512", username: "alice", password: "wrong-secret" } }),
    identity(/refused the authentication of user "alice" by SASL SCRAM-SHA-512: .*invalid credentials/),
  ],
  [
    "a user that SCRAM does not know",
    "SASL",
    () => ({ sasl: { mechanism: "SCRAM-SHA-256", username: "nobody", password: "no-secret" } }),
    identity(/refused the authentication of user "nobody" by SASL SCRAM-SHA-256: .*invalid credentials/),
  ],
  [
    "a token that a stranger signed",
    "OIDC",
    () => token(() => secure.tokens.mint("alice", "other key")),
    identity(/refused the authentication of user "alice" by SASL OAUTHBEARER: .*"status":"invalid_token"/),
  ],
  [
    "a token for another audience",
    "OIDC",
    () => token(() => secure.tokens.mint("alice", "other audience")),
    identity(/"status":"invalid_token".*somebody-else/),
  ],
];

for (const [what, where, options, expected] of ROWS)
  test(`${where}: ${what}`, async () => {
    const bootstrapServers = where === "PLAINTEXT" ? secure.plain : secure.at(where);
    await rejectsEachCall({ bootstrapServers, ...options() }, expected);
  });

/** They look like a broker that restarts: the cause is logged at the second close, and fails the calls at the fifth. */
const LIKE_A_RESTART: readonly Row[] = [
  [
    "TLS on a port without",
    "PLAINTEXT",
    trusting,
    {
      kind: "connection",
      says: /closed the connection during the TLS handshake, 5 times in a row.*does not speak TLS/,
    },
  ],
  [
    "no SASL on a listener with SASL",
    "SASL",
    () => ({}),
    identity(/instead of answering the first request, 5 times in a row.*probably requires SASL: set the option sasl/),
  ],
  [
    "no SASL on a listener with SASL and TLS",
    "SASL_TLS",
    trusting,
    identity(/instead of answering the first request, 5 times in a row.*probably requires SASL: set the option sasl/),
  ],
];

for (const [what, where, options, expected] of LIKE_A_RESTART)
  test(`${where}: ${what} is said at the second close, and fails the calls at the fifth`, async () => {
    const bootstrapServers = where === "PLAINTEXT" ? secure.plain : secure.at(where);
    await rejectsEachCall({ bootstrapServers, ...options() }, expected, 5, (client, call) => {
      assert.equal(client.attempts, 5, call);
      assert.equal(client.said(/ 2 times in a row.*a broker that restarts looks the same$/).length, 1, call);
    });
  });

test("a client that was refused can be used again: each call asks once", async () => {
  const right = { ...PLAIN, password: "alice-secret" };
  let password = "wrong-secret";
  const client = new WatchedClient({
    bootstrapServers: secure.at("SASL_TLS"),
    ...trusting(),
    sasl: { ...right, password: () => password },
  });
  try {
    const refused = isExpected(identity(/Invalid username or password/));
    const admin = client.kafka.admin();
    for (let i = 1; i <= 3; i++) {
      await assert.rejects(admin.listTopics(), refused);
      assert.equal(client.attempts, i);
    }
    const consumer = client.kafka.consumer({
      groupId: "alice-again",
      topics: ["alice-1"],
      autoOffsetReset: "earliest",
    });
    const loop = async (): Promise<unknown> => {
      for await (const record of consumer) return record.value;
      return undefined;
    };
    await assert.rejects(loop(), refused);
    password = right.password;
    await client.kafka.producer().send({ topic: "alice-1", value: "again" });
    assert.ok(await loop(), "the loop of the same consumer starts again");
    assert.deepEqual(await admin.listTopics(), ["alice-1", "alice-readonly", "shared"]);
  } finally {
    await client.kafka.close();
  }
});
