// A real Kafka with TLS and SASL through a proxy that counts, on Node, Bun and Deno, and behind ports that only
// `mapBroker` knows: no connection may go around the proxy.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import { InstalledPackage } from "../package/packed.ts";
import { runtime } from "../package/tools/runtimes.ts";
import { CountingProxy } from "../platform/counting-proxy.ts";
import { HOSTS, runOn } from "./secure/host-runs.ts";
import type { ListenerName } from "./secure/listeners.ts";
import { roundTrip } from "./secure/round-trip.ts";
import { SecureKafka, USERS } from "./secure/secure-cluster.ts";
import { WatchedClient } from "./secure/watched-client.ts";

let secure: SecureKafka;
let installed: InstalledPackage;
let proxy: CountingProxy;
const login = { user: "me", password: "p@ss:w/rd" };

before(async () => {
  for (const host of HOSTS) runtime(host); // fetches it
  installed = InstalledPackage.install();
  installed.write("entry.mjs", `export * from "odradek";\n`);
  secure = await SecureKafka.start();
  proxy = await CountingProxy.start({ login, names: { "only-the-proxy-knows": "127.0.0.1" } });
});
after(async () => {
  await proxy.stop();
  installed.remove();
  await secure.stop();
});

const trusting = (): KafkaBaseOptions => ({ tls: { ca: secure.certificates.ca } });
const scram = (): KafkaBaseOptions => ({
  sasl: { mechanism: "SCRAM-SHA-512", username: "alice", password: USERS["alice"] ?? "" },
});
const WAYS: readonly (readonly [listener: ListenerName, options: () => KafkaBaseOptions])[] = [
  ["SSL", trusting],
  ["SASL", scram],
  ["SASL_TLS", () => ({ ...trusting(), ...scram() })],
];
const address = (scheme: string): string =>
  `${scheme}://me:${encodeURIComponent(login.password)}@127.0.0.1:${proxy.port}`;

for (const scheme of ["socks5", "http"])
  for (const [listener, options] of WAYS) {
    test(`node, ${scheme}, ${listener}: records, a group and a transaction go through the proxy`, async () => {
      const from = proxy.targets.length;
      const client = new WatchedClient({ bootstrapServers: secure.at(listener), ...options(), proxy: address(scheme) });
      try {
        await roundTrip(client.kafka, `proxied-${scheme}-${listener}`);
      } finally {
        await client.kafka.close();
      }
      assert.ok(proxy.targets.length - from >= 4, `${proxy.targets.length - from} tunnels`);
      assert.deepEqual([...new Set(proxy.targets.slice(from))], secure.at(listener).split(","));
    });
    for (const host of HOSTS)
      test(`${host}, ${scheme}, ${listener}: records, a group and a transaction go through the proxy`, async () => {
        const from = proxy.targets.length;
        const result = await runOn(host, installed, {
          options: { bootstrapServers: secure.at(listener), ...options(), proxy: address(scheme) },
          name: `proxied-${host}-${scheme}-${listener}`,
          must: "work",
        });
        assert.deepEqual(result, { lines: [] });
        assert.ok(proxy.targets.length - from >= 4, `${proxy.targets.length - from} tunnels`);
      });
  }

for (const host of HOSTS)
  test(`${host}: a wrong login at the proxy, and a broker's certificate that nothing here trusts, are named`, async () => {
    const fail = (options: KafkaBaseOptions) =>
      runOn(host, installed, {
        options: { bootstrapServers: secure.at("SSL"), ...options },
        name: "none",
        must: "fail",
      });
    const refused = await fail({ ...trusting(), proxy: `http://me:wrong@127.0.0.1:${proxy.port}` });
    assert.deepEqual([refused.error?.kind, refused.error?.retriable], ["authentication", false]);
    assert.match(refused.error?.message ?? "", /the proxy refused the user name or the password \(it answered 407/);
    const unknown = await fail({ tls: true, proxy: address("socks5") });
    assert.deepEqual([unknown.error?.kind, unknown.error?.retriable], ["authentication", false]);
    assert.match(unknown.error?.message ?? "", /pass the certificate of its authority as tls\.ca/);
  });

test("odradek ping: each step by SCRAM over TLS through the proxy, to the broker at a mapped address", async () => {
  const user = `username="alice" password="${USERS["alice"] ?? ""}"`;
  const properties = installed.write(
    "client.properties",
    [
      "security.protocol=SASL_SSL",
      `ssl.truststore.location=${installed.write("ca.pem", secure.certificates.ca)}`,
      "sasl.mechanism=SCRAM-SHA-512",
      `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required ${user};`,
    ].join("\n"),
  );
  const announced = secure.at("SASL_TLS");
  const [, port = ""] = announced.split(":");
  const from = proxy.targets.length;
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(installed.folder, "node_modules/odradek/dist/cli/main.js"),
    ...["ping", "--bootstrap", announced, "--properties", properties, "--proxy", address("socks5")],
    ...["--map-broker", `${announced}=only-the-proxy-knows:${port}`],
  ]);
  const steps = [...stdout.matchAll(/^ *(ok|failed) {2}(\S+(?: \d+)?) +\d+\.\d ms {2}/gm)];
  assert.deepEqual(
    steps.map(([, how, name]) => `${name} ${how}`),
    ["proxy", "TLS", "ApiVersions", "SASL", "Metadata", "broker 1"].map((name) => `${name} ok`),
    stdout,
  );
  assert.ok(stdout.includes(`${announced} at only-the-proxy-knows:${port}\n`), stdout);
  assert.deepEqual(proxy.targets.slice(from), [announced, announced, `only-the-proxy-knows:${port}`]);
  assert.doesNotMatch(stdout, /-secret|p@ss/);
});

test("mapBroker: TLS and SCRAM at ports that the cluster does not announce, with the broker's own certificate", async () => {
  const announced: string[] = [];
  // The proxy resolves a name that is not in the certificate: TLS has to check the announced one.
  const client = new WatchedClient({
    bootstrapServers: secure.at("SASL_TLS"),
    ...{ ...trusting(), ...scram() },
    proxy: address("socks5"),
    mapBroker: ({ nodeId, host, port }) => {
      announced.push(`${nodeId} ${host}:${port}`);
      return { host: "only-the-proxy-knows", port };
    },
  });
  const from = proxy.targets.length;
  try {
    await roundTrip(client.kafka, "mapped");
  } finally {
    await client.kafka.close();
  }
  const [, port = ""] = secure.at("SASL_TLS").split(":");
  assert.ok(announced.length > 0);
  assert.ok(announced.every((one) => one.endsWith(` ${secure.at("SASL_TLS")}`)));
  const tunnels = new Set(proxy.targets.slice(from));
  assert.deepEqual([...tunnels].sort(), [secure.at("SASL_TLS"), `only-the-proxy-knows:${port}`].sort());
});
