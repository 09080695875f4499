// Bun and Deno against a real Kafka with TLS and SASL: the installed package makes the round trip of
// secured-round-trips.test.ts by each mechanism, and its errors name the cause as they do on Node.
import { join } from "node:path";
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import { InstalledPackage } from "../package/packed.ts";
import { runtime } from "../package/tools/runtimes.ts";
import type { HostResult, HostWork } from "./secure/host-child.ts";
import { type Host, HOSTS, outputOn, runOn as runOnHost } from "./secure/host-runs.ts";
import type { ListenerName } from "./secure/listeners.ts";
import { SecureKafka, USERS } from "./secure/secure-cluster.ts";

let secure: SecureKafka;
let installed: InstalledPackage;
before(async () => {
  for (const host of HOSTS) runtime(host); // fetches it
  installed = InstalledPackage.install();
  // Beside the package, so that each host resolves its name by the host's own conditions.
  installed.write("entry.mjs", `export * from "odradek";\n`);
  secure = await SecureKafka.start();
});
after(async () => {
  installed.remove();
  await secure.stop();
});

const trusting = (): KafkaBaseOptions => ({ tls: { ca: secure.certificates.ca } });
const login = (
  mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512",
  password = USERS["alice"] ?? "",
): KafkaBaseOptions => ({ ...trusting(), sasl: { mechanism, username: "alice", password } });
const oidc = (): KafkaBaseOptions => ({
  ...trusting(),
  sasl: {
    mechanism: "OAUTHBEARER",
    oidc: {
      tokenEndpointUrl: secure.tokens.endpoint,
      clientId: "alice",
      clientSecret: secure.tokens.clients.get("alice") ?? "",
    },
  },
});

const runOn = (host: Host, work: Omit<HostWork, "entry">): Promise<HostResult> => runOnHost(host, installed, work);

const WAYS: readonly (readonly [what: string, listener: ListenerName, options: () => KafkaBaseOptions])[] = [
  ["TLS", "SSL", trusting],
  [
    "a client certificate",
    "MUTUAL",
    () => ({ tls: { ca: secure.certificates.ca, ...secure.certificates.client("alice") } }),
  ],
  ["PLAIN over TLS", "SASL_TLS", () => login("PLAIN")],
  ["SCRAM-SHA-256 over TLS", "SASL_TLS", () => login("SCRAM-SHA-256")],
  ["SCRAM-SHA-512 over TLS", "SASL_TLS", () => login("SCRAM-SHA-512")],
  ["OAUTHBEARER over TLS, with a token of the OIDC endpoint", "OIDC", oidc],
];

for (const host of HOSTS)
  for (const [i, [what, listener, options]] of WAYS.entries())
    test(`${host}, ${what}: records, a group and a transaction`, async () => {
      const tokens = secure.tokens.requests;
      const result = await runOn(host, {
        options: { bootstrapServers: secure.at(listener), ...options() },
        name: `${host}-${i}`,
        must: "work",
      });
      assert.deepEqual(result, { lines: [] });
      assert.equal(secure.tokens.requests - tokens, listener === "OIDC" ? 1 : 0);
    });

/** The text of an error on each host. Bun and Deno show less of the broker's certificate than Node does. */
const ERRORS: readonly (readonly [
  what: string,
  listener: ListenerName,
  options: () => KafkaBaseOptions,
  says: RegExp | Readonly<Record<Host, RegExp>>,
])[] = [
  [
    "the broker's certificate is for another host",
    "ELSEWHERE",
    trusting,
    /certificate is not for 127\.0\.0\.1; it has DNS:kafka\.example\.org: .*advertised\.listeners.*tls\.servername/,
  ],
  [
    "the broker's certificate has expired",
    "EXPIRED",
    trusting,
    // Deno has one code for both.
    { bun: /has expired: the broker needs a new one/, deno: /not among those of tls\.ca, or it has expired: / },
  ],
  [
    "the issuer is unknown to the host",
    "SSL",
    () => ({ tls: true }),
    /its authority is not one that this host trusts.*: pass the certificate of its authority as tls\.ca/,
  ],
  [
    "the client's certificate is missing",
    "MUTUAL",
    trusting,
    /the broker requires a client certificate: set tls\.cert and tls\.key/,
  ],
  [
    "a wrong password of PLAIN",
    "SASL_TLS",
    () => login("PLAIN", "wrong-secret"),
    /refused the authentication of user "alice" by SASL PLAIN: .*Invalid username or password/,
  ],
  [
    "a wrong password of SCRAM",
    "SASL_TLS",
    () => login("SCRAM-SHA-256", "wrong-secret"),
    /refused the authentication of user "alice" by SASL SCRAM-SHA-256: .*invalid credentials/,
  ],
];

for (const host of HOSTS)
  for (const [what, listener, options, says] of ERRORS)
    test(`${host}: ${what}`, async () => {
      const bootstrapServers = secure.at(listener);
      const { error } = await runOn(host, { options: { bootstrapServers, ...options() }, name: host, must: "fail" });
      assert.ok(error !== undefined, "the call worked");
      assert.deepEqual([error.kind, error.retriable], ["authentication", false], error.message);
      assert.match(error.message, says instanceof RegExp ? says : says[host]);
      assert.doesNotMatch(error.message, /-secret/);
    });

for (const host of HOSTS)
  test(`odradek ping runs on ${host}: each step by SCRAM over TLS`, async () => {
    const properties = [
      "security.protocol=SASL_SSL",
      `ssl.truststore.location=${installed.write("ca.pem", secure.certificates.ca)}`,
      "sasl.mechanism=SCRAM-SHA-512",
      "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required " +
        `username="alice" password="${USERS["alice"] ?? ""}";`,
    ];
    const file = installed.write("client.properties", properties.join("\n"));
    const main = join(installed.folder, "node_modules", "odradek", "dist", "cli", "main.js");
    const out = await outputOn(
      host,
      installed.folder,
      main,
      "ping",
      "--bootstrap",
      secure.at("SASL_TLS"),
      "--properties",
      file,
    );
    const steps = [...out.matchAll(/^ *(ok|failed) {2}(\S+(?: \d+)?) +\d+\.\d ms {2}/gm)].map(
      ([, how, step]) => `${step ?? ""} ${how ?? ""}`,
    );
    const expected = ["name", "TCP", "TLS", "ApiVersions", "SASL", "Metadata", "broker 1"];
    assert.deepEqual(
      steps,
      expected.map((step) => `${step} ok`),
      out,
    );
    assert.doesNotMatch(out, /-secret/);
  });
