// More ways through a proxy: TLS to the proxy itself, brokers with IPv6 addresses, and proxies that misbehave.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka, type KafkaBaseOptions, KafkaError, nodeConnector } from "../../src/node.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import type { ByteSink } from "../../src/runtime/byte-stream.ts";
import { Authority } from "./certificate-maker.ts";
import { CountingProxy, type ProxyBehaviour } from "./counting-proxy.ts";

const NAME = "only-the-proxy-knows";
const root = new Authority("Proxy Root");
const login = { user: "me", password: "p@ss:w/rd" };
const child = fileURLToPath(new URL("https-proxy-child.js", import.meta.url));

async function proxyOf(t: TestContext, behaviour: ProxyBehaviour = {}): Promise<CountingProxy> {
  const proxy = await CountingProxy.start({ names: { [NAME]: "127.0.0.1" }, ...behaviour });
  t.after(() => proxy.stop());
  return proxy;
}

/** Runs the program of the child with these options, in a process that trusts the proxy's authority. */
async function produceAndConsume(
  t: TestContext,
  options: KafkaBaseOptions & { readonly bootstrapServers: string },
): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "odradek-proxy-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const authority = join(folder, "ca.pem");
  writeFileSync(authority, root.cert);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [child, JSON.stringify({ ...options, value: 900_000, count: 3 })],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority } },
  );
  return JSON.parse(stdout);
}

for (const isSecure of [false, true])
  test(`an https proxy with a login: records there and back, to a broker ${isSecure ? "with" : "without"} TLS`, async (t) => {
    const proxy = await proxyOf(t, { login, tls: root.issue({ name: "proxy", hosts: ["localhost"] }) });
    const brokerRoot = new Authority("Broker Root");
    const { cert, key } = brokerRoot.issue({ name: "broker", hosts: [NAME] });
    const tls = isSecure ? { tls: { cert, key } } : {};
    const cluster = await EmbeddedCluster.start({ ports: [0], advertise: { host: NAME }, topics: { t: 1 }, ...tls });
    t.after(() => cluster.close());
    const outcome = await produceAndConsume(t, {
      bootstrapServers: cluster.bootstrapServers,
      proxy: `https://me:${encodeURIComponent(login.password)}@localhost:${proxy.port}`,
      ...(isSecure ? { tls: { ca: brokerRoot.cert } } : {}),
    });
    assert.deepEqual(outcome, { seen: 3 });
    assert.deepEqual([...new Set(proxy.targets)], [cluster.bootstrapServers]);
    assert.ok(proxy.bytes > 5_400_000, `${proxy.bytes} bytes went through`);
  });

test("an https proxy refuses a wrong login: the error names the proxy, and not the password", async (t) => {
  const proxy = await proxyOf(t, { login, tls: root.issue({ name: "proxy", hosts: ["localhost"] }) });
  const outcome = await produceAndConsume(t, {
    ...{ bootstrapServers: `${NAME}:9092`, proxy: `https://me:hunter2@localhost:${proxy.port}` },
  });
  const { error } = outcome as { readonly error: string };
  assert.match(error, /through the proxy https:\/\/localhost:\d+: the proxy refused the user name or the password/);
  assert.doesNotMatch(error, /hunter2/);
  assert.deepEqual(proxy.targets, []);
});

for (const scheme of ["socks5", "http"])
  test(`${scheme}: a broker with an IPv6 address, and a proxy with one`, async (t) => {
    const cluster = await EmbeddedCluster.start({ host: "::1", ports: [0], topics: { t: 1 } });
    t.after(() => cluster.close());
    assert.match(cluster.bootstrapServers, /^\[::1\]:\d+$/);
    const proxy = await proxyOf(t, { host: "::1" });
    const kafka = new Kafka({
      bootstrapServers: cluster.bootstrapServers,
      proxy: `${scheme}://[::1]:${proxy.port}`,
    });
    t.after(() => kafka.close());
    await kafka.producer().send({ topic: "t", value: "x" });
    assert.ok(proxy.targets.length >= 2);
    const [target = ""] = proxy.targets;
    assert.deepEqual([...new Set(proxy.targets)], [target]);
    assert.match(target, /^\[(::1|0:0:0:0:0:0:0:1)\]:\d+$/);
  });

/** A server that answers the first bytes of each connection as the test wants. */
async function misbehaving(t: TestContext, answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const sink: ByteSink = { buffer: () => new Uint8Array(64), filled: () => true, closed: () => undefined };
const garbage = Buffer.from(Array.from({ length: 100 }, (_, i) => (i * 37 + 200) % 256));

/** The behaviour, its effect on each scheme, and whether it is retried. */
const MISBEHAVIOUR: readonly (readonly [string, (socket: Socket) => void, RegExp, boolean])[] = [
  ["closes", (socket) => socket.end(), /closed the connection before it had sent its answer/, true],
  ["resets", (socket) => socket.resetAndDestroy(), /the connection to the proxy broke .*ECONNRESET/, true],
  ["answers garbage", (socket) => socket.write(garbage), /its answer is (no SOCKS5|not that of an HTTP proxy)/, false],
  ["answers garbage and closes", (socket) => socket.end(garbage), /its answer is (no|not)/, false],
  ["speaks another protocol", (socket) => socket.write("220 mail ESMTP\r\n"), /its answer is (no|not)/, false],
];

for (const scheme of ["socks5", "http"])
  for (const [what, answer, says, retriable] of MISBEHAVIOUR)
    test(`${scheme}: a proxy that ${what} fails the attempt at once, and the error names it`, async (t) => {
      const port = await misbehaving(t, answer);
      const connector = nodeConnector().through?.(`${scheme}://me:hunter2@127.0.0.1:${port}`);
      assert.ok(connector !== undefined);
      await assert.rejects(connector.connect({ host: NAME, port: 9092 }, sink, {}), (error: unknown) => {
        assert.ok(KafkaError.is(error));
        assert.deepEqual([error.kind, error.retriable, error.outcome], ["connection", retriable, "notWritten"]);
        const named = new RegExp(`cannot connect to ${NAME}:9092 through the proxy ${scheme}://127.0.0.1:${port}: `);
        assert.match(error.message, named);
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    });

for (const [scheme, half] of [
  ["socks5", Buffer.of(5)],
  ["http", Buffer.from("HTTP/1.1 200 OK\r\nVia: ")],
] as const)
  test(`${scheme}: a proxy that sends half an answer and no more: a signal ends the attempt, and the error names it`, async (t) => {
    const signal = new Cancellation();
    const port = await misbehaving(t, (socket) => {
      socket.write(half);
      signal.cancel(new KafkaError("timeout", "enough"));
    });
    const connector = nodeConnector().through?.(`${scheme}://127.0.0.1:${port}`);
    assert.ok(connector !== undefined);
    await assert.rejects(connector.connect({ host: NAME, port: 9092 }, sink, { signal }), {
      kind: "timeout",
      message: new RegExp(`enough; the proxy ${scheme}://127.0.0.1:${port} is connected and has not sent its answer`),
    });
  });
