// Each secured listener and mechanism of a real Kafka: records, groups and transactions of users who may use only names
// that begin with alice-.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import { encryptedKey } from "../platform/certificate-maker.ts";
import type { ListenerName } from "./secure/listeners.ts";
import { roundTrip } from "./secure/round-trip.ts";
import { SecureKafka, USERS } from "./secure/secure-cluster.ts";
import { unsecuredToken } from "./secure/token-server.ts";
import { CALLS, isExpected, WatchedClient } from "./secure/watched-client.ts";

let secure: SecureKafka;
before(async () => {
  secure = await SecureKafka.start();
});
after(() => secure.stop());

type Mechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
const login = (mechanism: Mechanism, username = "alice"): KafkaBaseOptions => ({
  sasl: { mechanism, username, password: USERS[username] ?? "" },
});
const unsecured: KafkaBaseOptions = { sasl: { mechanism: "OAUTHBEARER", token: () => unsecuredToken("alice") } };
const trusting = (): KafkaBaseOptions => ({ tls: { ca: secure.certificates.ca } });
const mutual = (name: string): KafkaBaseOptions => ({
  tls: { ca: secure.certificates.ca, ...secure.certificates.client(name) },
});
const oidc = (clientId: string, headerUrlencode = false): KafkaBaseOptions => ({
  ...trusting(),
  sasl: {
    mechanism: "OAUTHBEARER",
    oidc: {
      tokenEndpointUrl: secure.tokens.endpoint,
      clientId,
      clientSecret: () => secure.tokens.clients.get(clientId) ?? "",
      headerUrlencode,
    },
  },
});

const WAYS: readonly (readonly [what: string, listener: ListenerName, options: () => KafkaBaseOptions])[] = [
  ["TLS without a login", "SSL", trusting],
  ["a client certificate", "MUTUAL", () => mutual("alice")],
  ["a client certificate whose name is mapped, over TLS 1.2", "MUTUAL_OLD", () => mutual("Bob")],
  [
    "a client certificate with an encrypted key",
    "MUTUAL",
    () => {
      const { cert, key } = secure.certificates.client("alice");
      return { tls: { ca: secure.certificates.ca, cert, key: encryptedKey(key, "pass"), passphrase: () => "pass" } };
    },
  ],
  ["PLAIN", "SASL", () => login("PLAIN")],
  ["PLAIN of a user with punctuation", "SASL", () => login("PLAIN", "al,i=ce")],
  ["SCRAM-SHA-256", "SASL", () => login("SCRAM-SHA-256")],
  ["SCRAM-SHA-256 of a user with punctuation", "SASL", () => login("SCRAM-SHA-256", "al,i=ce")],
  ["SCRAM-SHA-512", "SASL", () => login("SCRAM-SHA-512")],
  ["OAUTHBEARER with a function", "SASL", () => unsecured],
  ["PLAIN over TLS", "SASL_TLS", () => ({ ...trusting(), ...login("PLAIN") })],
  ["SCRAM-SHA-256 over TLS", "SASL_TLS", () => ({ ...trusting(), ...login("SCRAM-SHA-256") })],
  ["SCRAM-SHA-512 over TLS", "SASL_TLS", () => ({ ...trusting(), ...login("SCRAM-SHA-512") })],
  ["OAUTHBEARER with a function over TLS", "SASL_TLS", () => ({ ...trusting(), ...unsecured })],
  ["OAUTHBEARER with client credentials", "OIDC", () => oidc("alice")],
  ["OAUTHBEARER with client credentials that are url-encoded", "OIDC", () => oidc("client:1 +/%ü", true)],
];

for (const [i, [what, listener, options]] of WAYS.entries())
  test(`${listener}, ${what}: records, a group and a transaction`, async () => {
    const client = new WatchedClient({ bootstrapServers: secure.at(listener), ...options() });
    try {
      await roundTrip(client.kafka, `way-${i}`);
      const warnings = client.said(/SASL PLAIN without TLS/);
      assert.equal(warnings.length > 0, listener === "SASL" && what.startsWith("PLAIN"));
      // On a busy machine a broker or the token endpoint may need more than two seconds.
      const lines = client.lines.filter((line) => !line.includes("still waiting after"));
      assert.deepEqual(lines, warnings, "nothing else was worth a line");
    } finally {
      await client.kafka.close();
    }
  });

test("one token serves all connections of a client", async () => {
  const before = secure.tokens.requests;
  const client = new WatchedClient({ bootstrapServers: secure.at("OIDC"), ...oidc("alice") });
  await roundTrip(client.kafka, "one-token");
  await client.kafka.close();
  assert.ok(client.attempts > 3, `${client.attempts} connections`);
  assert.equal(secure.tokens.requests - before, 1);
});

test("the user is the one of the certificate: another one with a good certificate is denied alice's topics", async () => {
  const client = new WatchedClient({ bootstrapServers: secure.at("MUTUAL"), ...mutual("mallory") });
  try {
    const isDenied = isExpected({ kind: "authorization", says: /alice-1/ });
    await assert.rejects(CALLS["producer.send()"]?.(client.kafka) ?? Promise.resolve(), isDenied);
    assert.deepEqual(await client.kafka.admin().listTopics(), ["shared"]);
  } finally {
    await client.kafka.close();
  }
});
