// `odradek ping` against a cluster that works, and against listeners that do not.
import { once } from "node:events";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Authority } from "../platform/certificate-maker.ts";
import { CountingProxy } from "../platform/counting-proxy.ts";

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "odradek-ping-"));
after(() => rmSync(folder, { recursive: true }));

function ping(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, "ping", ...args]);
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

function file(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join("\n"));
  return path;
}

/** A listener that does this with each connection. */
async function listener(t: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    serve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The names of the steps, each with whether it worked. */
function stepsOf(stdout: string): readonly string[] {
  return [...stdout.matchAll(/^ *(ok|failed) {2}(\S+(?: \d+)?) +\d+\.\d ms {2}/gm)].map(
    ([, how, name]) => `${name} ${how}`,
  );
}

test("each step is printed with its time, and each broker with the address that it advertises", async (t) => {
  const cluster = await EmbeddedCluster.start({ brokers: 2, host: "127.0.0.1", ports: [0, 0] });
  t.after(() => cluster.close());
  const run = await ping("--bootstrap", cluster.bootstrapServers.split(",")[0] ?? "");
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(stepsOf(run.stdout).slice(0, 4), ["name ok", "TCP ok", "ApiVersions ok", "Metadata ok"]);
  for (const address of cluster.bootstrapServers.split(","))
    assert.match(run.stdout, new RegExp(`broker \\d .*${address}`));
  assert.match(run.stdout, /2 brokers, cluster id /);
});

test("the address in the file is used, and a broker that cannot be reached at its advertised address is named", async (t) => {
  const cluster = await EmbeddedCluster.start({ host: "127.0.0.1", ports: [0] });
  t.after(() => cluster.close());
  const brokers = [{ nodeId: 7, host: "127.0.0.1", port: 1, rack: null }];
  cluster.intercept("Metadata", { respond: (response) => ({ ...response, brokers }) });
  const path = file("plain.properties", `bootstrap.servers=${cluster.bootstrapServers}`);
  const run = await ping("--properties", path);
  const steps = ["name ok", "TCP ok", "ApiVersions ok", "Metadata ok", "broker 7 failed"];
  assert.deepEqual([run.code, stepsOf(run.stdout)], [1, steps]);
  assert.match(run.stdout, /broker 7 .*connect to 127\.0\.0\.1:1: ECONNREFUSED.*\(advertised\.listeners of the broker/);
});

for (const scheme of ["socks5", "http"])
  test(`--proxy: every step goes through the proxy (${scheme}), which knows the names; its password is not printed`, async (t) => {
    const login = { user: "me", password: "hunter2" };
    const proxy = await CountingProxy.start({ names: { "kafka.inside": "127.0.0.1" }, login });
    t.after(() => proxy.stop());
    const cluster = await EmbeddedCluster.start({ ports: [0], advertise: { host: "kafka.inside" } });
    t.after(() => cluster.close());
    const by = `${scheme}://127.0.0.1:${proxy.port}`;
    const run = await ping("--bootstrap", cluster.bootstrapServers, "--proxy", by.replace("//", "//me:hunter2@"));
    assert.deepEqual(stepsOf(run.stdout), ["proxy ok", "ApiVersions ok", "Metadata ok", "broker 0 ok"], run.stdout);
    assert.ok(run.stdout.includes(`${cluster.bootstrapServers} through ${by}\n`), run.stdout);
    assert.deepEqual(proxy.targets, Array<string>(3).fill(cluster.bootstrapServers));
    const wrong = await ping("--bootstrap", cluster.bootstrapServers, "--proxy", by);
    assert.deepEqual([wrong.code, stepsOf(wrong.stdout)], [1, ["proxy failed"]]);
    assert.match(wrong.stdout, /the proxy (requires a login|refused this client: it requires a user name)/);
    assert.doesNotMatch(`${run.stdout}${run.stderr}`, /hunter2/);
  });

test("--map-broker: brokers are reached at other addresses than those that they advertise, by id or address", async (t) => {
  const advertise = { host: "kafka.inside" };
  const cluster = await EmbeddedCluster.start({ brokers: 3, host: "127.0.0.1", ports: [0, 0, 0], advertise });
  t.after(() => cluster.close());
  const [first = "", second = ""] = cluster.bootstrapServers.split(",").map((address) => address.split(":")[1]);
  const run = await ping(
    ...["--bootstrap", `127.0.0.1:${first}`],
    ...["--map-broker", `0=127.0.0.1:${first}`],
    ...["--map-broker", `kafka.inside:${second}=127.0.0.1:${second}`],
    ...["--map-broker", `2=127.0.0.1:1`],
  );
  assert.deepEqual([run.code, stepsOf(run.stdout).slice(-3)], [1, ["broker 0 ok", "broker 1 ok", "broker 2 failed"]]);
  for (const port of [first, second])
    assert.ok(run.stdout.includes(`kafka.inside:${port} at 127.0.0.1:${port}\n`), run.stdout);
  assert.match(
    run.stdout,
    /127\.0\.0\.1:1: ECONNREFUSED.*the address that mapBroker returned for broker 2 \(kafka\.inside/,
  );
});

test("a broker that answers ApiVersions and nothing else may require SASL", async (t) => {
  const cluster = await EmbeddedCluster.start({ host: "127.0.0.1", ports: [0] });
  t.after(() => cluster.close());
  cluster.intercept("Metadata", "disconnect");
  const run = await ping("--bootstrap", cluster.bootstrapServers);
  assert.deepEqual([run.code, stepsOf(run.stdout).at(-1)], [1, "Metadata failed"]);
  assert.match(run.stdout, /instead of answering its first request \(does this listener expect SASL\?\)/);
});

test("a broker that is silent fails the step when the time is over", async (t) => {
  const cluster = await EmbeddedCluster.start({ host: "127.0.0.1", ports: [0] });
  t.after(() => cluster.close());
  cluster.intercept("Metadata", "hang");
  const run = await ping("--bootstrap", cluster.bootstrapServers, "--timeout", "500");
  assert.deepEqual([run.code, stepsOf(run.stdout).at(-1)?.endsWith(" failed")], [1, true]);
  assert.match(run.stdout, /500 ms/);
});

test("nothing listens, or the name is unknown: the first or second step fails", async () => {
  const refused = await ping("--bootstrap", "127.0.0.1:1");
  assert.deepEqual([refused.code, stepsOf(refused.stdout)], [1, ["name ok", "TCP failed"]]);
  assert.match(refused.stdout, /cannot connect to 127\.0\.0\.1:1: ECONNREFUSED.*is a broker listening there\?/);
});

test("a port that closes each connection: ApiVersions fails, and TLS if it is asked for", async (t) => {
  const address = await listener(t, (socket) => socket.once("data", () => socket.destroy()));
  const plain = await ping("--bootstrap", address);
  assert.deepEqual([plain.code, stepsOf(plain.stdout)], [1, ["name ok", "TCP ok", "ApiVersions failed"]]);
  assert.match(plain.stdout, /does it expect TLS or SASL\?/);
  const tls = await ping("--bootstrap", address, "--properties", file("tls.properties", "security.protocol=SSL"));
  assert.deepEqual([tls.code, stepsOf(tls.stdout)], [1, ["name ok", "TCP ok", "TLS failed"]]);
  assert.match(tls.stdout, /the other end closed the connection during the TLS handshake/);
});

test("plain text to a port with TLS: the alert of the broker is recognised", async (t) => {
  const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 0x50]);
  const address = await listener(t, (socket) => socket.once("data", () => socket.end(alert)));
  const run = await ping("--bootstrap", address);
  assert.deepEqual([run.code, stepsOf(run.stdout).at(-1)], [1, "ApiVersions failed"]);
  assert.match(run.stdout, /the other end answers in TLS: set the option tls/);
});

test("a broker with TLS: its certificate is not trusted until the file names the authority", async (t) => {
  const root = new Authority("Test Root");
  const { cert, key } = root.issue({ name: "broker", hosts: ["localhost"], addresses: ["127.0.0.1"] });
  const server = createTlsServer({ cert, key }, (socket) => socket.on("error", () => undefined).end());
  server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const distrusted = await ping(
    "--bootstrap",
    address,
    "--properties",
    file("ssl.properties", "security.protocol=SSL"),
  );
  assert.deepEqual([distrusted.code, stepsOf(distrusted.stdout)], [1, ["name ok", "TCP ok", "TLS failed"]]);
  assert.match(distrusted.stdout, /pass the certificate of its authority as tls\.ca/);
  const ca = file("ca.pem", root.cert);
  const trusting = file(
    "ca.properties",
    "security.protocol=SSL",
    "ssl.truststore.type=PEM",
    `ssl.truststore.location=${ca}`,
  );
  const trusted = await ping("--bootstrap", address, "--properties", trusting);
  assert.deepEqual([trusted.code, stepsOf(trusted.stdout)], [1, ["name ok", "TCP ok", "TLS ok", "ApiVersions failed"]]);
});

test("a wrong option or file: exit code 2, and no password in the output", async () => {
  const jaas = 'sasl.jaas.config=a.PlainLoginModule required username="al" password="hunter2"';
  for (const [args, says] of [
    [[], /needs --bootstrap/],
    [["--bootstrap", "localhost"], /no host:port/],
    [["--bootstrap", "localhost:1", "--proxy", "ftp://me:hunter2@p"], /proxy takes the address of a proxy/],
    [["--bootstrap", "localhost:1", "--proxy", "http://me:my", "hunter2@p"], /an argument stands without its option/],
    [["--bootstrap", "localhost:1", "--map-broker", "1"], /--map-broker has "1"; it takes BROKER=HOST:PORT/],
    [["--bootstrap", "localhost:1", "--map-broker", "1=2=h:1"], /--map-broker has "1=2=h:1"; it takes/],
    [["--bootstrap", "localhost:1", "--map-broker", "1=h"], /--map-broker has "h", which is no host:port/],
    [["--bootstrap", "localhost:1", "--map-broker", "1=h:1,h:2"], /--map-broker has "h:1,h:2", which is more than one/],
    [
      ["--bootstrap", "localhost:1", "--map-broker", "k:9=h:1", "--map-broker", "k:9=h:2"],
      /names the broker k:9 twice/,
    ],
    [["--bootstrap", "localhost:1", "--properties", join(folder, "none")], /none: ENOENT/],
    [
      [
        "--bootstrap",
        "localhost:1",
        "--properties",
        file("jaas", "security.protocol=SASL_SSL", "sasl.mechanism=PLAIN", jaas),
      ],
      /jaas: sasl\.jaas\.config is not valid.*semicolon/,
    ],
  ] as const) {
    const run = await ping(...args);
    assert.equal(run.code, 2);
    assert.match(run.stderr, says);
    assert.doesNotMatch(`${run.stdout}${run.stderr}`, /hunter2|\n\s+at /);
  }
});
