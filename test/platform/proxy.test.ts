// The option `proxy` on Node: an embedded cluster with ports behind a proxy that counts.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test, type TestContext } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka, type KafkaBaseOptions, KafkaError, nodeConnector, socketConnector } from "../../src/node.ts";
import { Authority } from "./certificate-maker.ts";
import { CountingProxy, type ProxyBehaviour } from "./counting-proxy.ts";
import { exchange, tlsServer } from "./tls-world.ts";

const wrong = <T>(value: unknown): T => value as T;
const root = new Authority("Proxy Root");
let cluster: EmbeddedCluster;
let port = 0;

before(async () => {
  cluster = await EmbeddedCluster.start({ ports: [0], topics: { t: 1 } });
  port = Number(cluster.bootstrapServers.split(":")[1]);
});
after(() => cluster.close());

const SCHEMES = ["socks5", "http"] as const;
const login = { user: "me", password: "p@ss:w/rd" };

async function started(t: TestContext, behaviour: ProxyBehaviour = {}): Promise<CountingProxy> {
  const proxy = await CountingProxy.start({ ...behaviour, names: { "only-the-proxy-knows": "127.0.0.1" } });
  t.after(() => proxy.stop());
  return proxy;
}

function kafkaBy(t: TestContext, proxy: string, options: Partial<KafkaBaseOptions> = {}): Kafka {
  const kafka = new Kafka({
    bootstrapServers: `only-the-proxy-knows:${port}`,
    ...{ proxy, onLog: () => undefined },
    ...options,
  });
  t.after(() => kafka.close());
  return kafka;
}

for (const scheme of SCHEMES)
  test(`${scheme}: every connection goes through the proxy, which resolves the names; large records too; close closes all`, async (t) => {
    const proxy = await started(t, { login });
    const address = `${scheme}://me:${encodeURIComponent(login.password)}@127.0.0.1:${proxy.port}`;
    const kafka = kafkaBy(t, address, {
      mapBroker: ({ port: mapped }) => ({ host: "only-the-proxy-knows", port: mapped }),
    });
    const producer = kafka.producer();
    const value = new Uint8Array(900_000).fill(7);
    for (let i = 0; i < 4; i++) await producer.send({ topic: "t", value });
    let count = 0;
    for await (const record of kafka.consumer({ topics: ["t"], groupId: scheme })) {
      assert.equal(record.value?.length, value.length);
      if (++count === 4) break;
    }
    proxy.cut(); // the client opens its tunnels again
    await producer.send({ topic: "t", value: "x" });
    await kafka
      .admin()
      .deleteRecords([{ topic: "t", partition: 0, beforeOffset: -1 }])
      .catch(() => undefined);
    await kafka.close();
    assert.ok(proxy.bytes > 8 * value.length - 100_000, `${proxy.bytes} bytes went through`);
    assert.ok(proxy.targets.length >= 4);
    assert.deepEqual([...new Set(proxy.targets)], [`only-the-proxy-knows:${port}`]);
    await until(() => proxy.open === 0);
  });

for (const scheme of SCHEMES)
  test(`${scheme}: TLS through the proxy checks the broker's name, and a certificate of another name is refused`, async (t) => {
    const proxy = await started(t);
    const server = await tlsServer(t, root.issue({ name: "broker", hosts: ["only-the-proxy-knows"] }));
    const connector = nodeConnector().through?.(`${scheme}://127.0.0.1:${proxy.port}`);
    assert.ok(connector !== undefined);
    const tls = { ca: root.cert };
    const good = await exchange(server.port, tls, "only-the-proxy-knows", connector);
    assert.ok("echo" in good, "error" in good ? good.error.message : "");
    assert.deepEqual(server.names, ["only-the-proxy-knows"]);
    const bad = await exchange(server.port, tls, "127.0.0.1", connector);
    assert.ok("error" in bad);
    assert.deepEqual([bad.error.kind, bad.error.retriable], ["authentication", false]);
    assert.match(bad.error.message, /the broker's certificate is not for 127\.0\.0\.1/);
    const unknown = await exchange(server.port, {}, "only-the-proxy-knows", connector);
    assert.ok("error" in unknown && /pass the certificate of its authority as tls\.ca/.test(unknown.error.message));
    assert.equal(proxy.targets.length, 3);
  });

for (const scheme of SCHEMES)
  test(`${scheme}: a wrong login and none are refused at once, and the password is not shown`, async (t) => {
    const proxy = await started(t, { login });
    for (const [given, says] of [
      ["me:hunter2@", /user name or (the )?password/],
      ["", /requires a (login|user name and a password)/],
    ] as const) {
      const from = proxy.connections;
      const kafka = kafkaBy(t, `${scheme}://${given}127.0.0.1:${proxy.port}`);
      await assert.rejects(kafka.producer().send({ topic: "t", value: "x" }), (error: unknown) => {
        assert.ok(KafkaError.is(error));
        assert.deepEqual([error.kind, error.retriable], ["authentication", false]);
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
      assert.ok(proxy.connections - from <= 2, `${proxy.connections - from} connections`);
    }
  });

for (const scheme of SCHEMES)
  test(`${scheme}: a refusal by rules fails at once with the proxy's reason; one that passes is retried`, async (t) => {
    const proxy = await started(t, { refuse: { reply: 2, status: "403 Not on my watch" } });
    const address = `${scheme}://127.0.0.1:${proxy.port}`;
    await assert.rejects(kafkaBy(t, address).producer().send({ topic: "t", value: "x" }), {
      ...{ kind: "connection", retriable: false },
      message: scheme === "http" ? /403 Not on my watch/ : /rules do not allow this connection \(SOCKS reply 2\)/,
    });
    proxy.behaviour.refuse = { reply: 5, status: "502 Bad Gateway" };
    const from = proxy.connections;
    const sent = kafkaBy(t, address).producer().send({ topic: "t", value: "x" });
    await until(() => proxy.connections > from + 1);
    proxy.behaviour.refuse = undefined;
    await sent;
  });

test("a proxy that is down, that closes, that is silent, or that is none: the error names the proxy and the broker", async (t) => {
  const silent = await started(t, { isSilent: true });
  const closing = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await new Promise((resolve) => closing.once("listening", resolve));
  t.after(() => closing.close());
  const closingPort = (closing.address() as { readonly port: number }).port;
  for (const [proxy, says] of [
    [
      "socks5://127.0.0.1:1",
      /through the proxy socks5:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.*is a proxy listening there\?/,
    ],
    [`socks5://127.0.0.1:${closingPort}`, /the proxy closed the connection before it had sent|broke/],
    [`http://127.0.0.1:${silent.port}`, /took more than 300 ms.*; the proxy .* has not sent its answer to CONNECT/],
    [`socks5://127.0.0.1:${silent.port}`, /took more than 300 ms.*has not sent its answer to SOCKS5/],
    [`https://127.0.0.1:${closingPort}`, /through the proxy https:\/\/127\.0\.0\.1/],
    [`socks5://127.0.0.1:${port}`, /./], // a broker
  ] as const) {
    const kafka = kafkaBy(t, proxy, { socketConnectionSetupTimeoutMs: 300 });
    await assert.rejects(kafka.admin().listTopics({ timeoutMs: 1000 }), (error: unknown) => {
      assert.ok(KafkaError.is(error));
      assert.match(error.message, /only-the-proxy-knows/);
      assert.match(error.message, says);
      return true;
    });
    await kafka.close();
  }
  await until(() => silent.open === 0);
});

test("a close while the proxy is silent ends at once and closes the connection", async (t) => {
  const silent = await started(t, { isSilent: true });
  const kafka = kafkaBy(t, `http://127.0.0.1:${silent.port}`);
  const call = assert.rejects(kafka.admin().listTopics(), { kind: "closed" });
  await until(() => silent.connections === 1);
  await kafka.close();
  await call;
  await until(() => silent.open === 0);
});

test("a proxy that speaks TLS: its certificate is checked, and the option tls does not apply to it", async (t) => {
  const proxy = await started(t, { tls: root.issue({ name: "proxy", hosts: ["localhost"] }) });
  const connector = nodeConnector().through?.(`https://localhost:${proxy.port}`);
  assert.ok(connector !== undefined);
  const end = await exchange(port, { ca: root.cert }, "only-the-proxy-knows", connector);
  assert.ok("error" in end);
  assert.equal(end.error.kind, "authentication");
  assert.match(end.error.message, /through the proxy https:\/\/localhost:\d+: .*the proxy's certificate is refused/);
  assert.match(end.error.message, /NODE_EXTRA_CA_CERTS/);
  assert.deepEqual(proxy.targets, []);
});

test("wrong values of proxy, and connectors that cannot use one, are refused when the Kafka is created", async () => {
  for (const value of [null, 5, {}, "", "localhost:1080", "ftp://x", "socks4://x"])
    assert.throws(() => new Kafka({ bootstrapServers: "a:1", proxy: wrong(value) }), {
      kind: "config",
      message: /^(Kafka: )?proxy takes the address of a proxy/,
    });
  const connector = socketConnector(() => Promise.reject(new Error("never")));
  assert.throws(() => new Kafka({ bootstrapServers: "a:1", proxy: "socks5://p", connector }), {
    kind: "unsupported",
    message: /Kafka: this connector cannot connect through a proxy/,
  });
  const inMemory = await EmbeddedCluster.start();
  assert.throws(() => new Kafka({ cluster: inMemory, proxy: "socks5://p" }), { kind: "unsupported" });
  await inMemory.close();
});

/** Waits for a state of the proxy, which sees the end of a connection some turns later. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
