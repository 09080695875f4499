// `odradek tunnel`: a process that connects a page's client to brokers, and its wrong command lines.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { Kafka, webSocketConnector, type WebSocketConnectorOptions } from "../../src/browser.ts";
import { EmbeddedCluster } from "../../src/embedded.ts";
import type { KafkaError } from "../../src/index.ts";
import { Authority } from "../platform/certificate-maker.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const PageSocket = WebSocket as unknown as NonNullable<WebSocketConnectorOptions["WebSocket"]>;
const folder = mkdtempSync(join(tmpdir(), "odradek-tunnel-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const start = (...args: readonly string[]): ChildProcess => spawn(process.execPath, [MAIN, "tunnel", ...args]);

async function firstLine(child: ChildProcess): Promise<string> {
  let text = "";
  while (!text.includes("\n")) {
    const [chunk] = (await once(child.stdout ?? child, "data")) as [Buffer];
    text += chunk.toString();
  }
  return text.slice(0, text.indexOf("\n"));
}

test("a record goes through odradek tunnel to a broker with TLS, whose authority --ca names; SIGTERM ends it", async () => {
  const authority = new Authority("Tunnel CA");
  const { cert, key } = authority.issue({ name: "localhost", hosts: ["localhost"], addresses: ["127.0.0.1"] });
  const cluster = await EmbeddedCluster.start({ ports: [0], host: "127.0.0.1", tls: { cert, key }, topics: { t: 1 } });
  const ca = file("ca.pem", authority.cert);
  const { bootstrapServers } = cluster;
  const token = file("token", "s3cret\n");
  const child = start("--listen", "127.0.0.1:0", "--allow", bootstrapServers, "--ca", ca, "--token-file", token);
  const [, url = ""] = /^tunnel: (ws:\/\/127\.0\.0\.1:\d+) to 127\.0\.0\.1:\d+$/.exec(await firstLine(child)) ?? [];
  const connector = webSocketConnector(url, { token: "s3cret", WebSocket: PageSocket });
  const kafka = new Kafka({ bootstrapServers, connector, tls: true });
  assert.equal((await kafka.producer().send({ topic: "t", value: "v" })).offset, 0);
  await kafka.close();
  const plain = new Kafka({ bootstrapServers, connector, tls: { servername: "other.example" } });
  await assert.rejects(plain.producer().send({ topic: "t", value: "v" }), {
    kind: "authentication",
    message: /the tunnel cannot reach the broker: .*certificate/,
  });
  await plain.close();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  await cluster.close();
});

for (const [args, words] of [
  [[], /needs --allow/],
  [["--allow", "broker"], /allow takes addresses of brokers/],
  [["--allow", "a:1", "--listen", "8080"], /--listen takes HOST:PORT/],
  [["--allow", "a:1", "--origin", "shop"], /origins takes origins/],
  [["--allow", "a:1", "--cert", "/dev/null"], /belong together/],
  [["--allow", "a:1", "--cert", "/dev/null", "--key", "/dev/null"], /tls\.cert /],
  [["--allow", "a:1", "--ca", "/none"], /--ca: cannot read \/none/],
  [["--allow", "a:1", "--token-file", "/dev/null"], /the file is empty/],
  [["--allow", ""], /allow takes addresses of brokers/],
  [["--allow", "a:1,,b:1"], /allow takes addresses of brokers/],
  [["--allow", "a:1", "--listen", "127.0.0.1:99999"], /--listen takes HOST:PORT/],
  [["--allow", "a:1", "--listen", ""], /--listen takes HOST:PORT/],
  [["--allow", "a:1", "--max-connections", "0"], /--max-connections takes/],
  [["--allow", "a:1", "--max-connection-bytes", "x"], /--max-connection-bytes takes/],
  [["--allow", "a:1", "--window-bytes", "5"], /--window-bytes takes a whole number/],
  [["--allow", "a:1", "--tokens", "x"], /--tokens/],
] as const)
  test(`odradek tunnel ${args.join(" ")} is refused with exit code 2`, async () => {
    const child = start("--listen", "127.0.0.1:0", ...args);
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout?.once("data", () => child.kill());
    const [code] = (await once(child, "close")) as [number | null];
    assert.match(stderr, words);
    assert.equal(code, 2);
  });

test("two tunnels on one port: the second ends with exit code 2, and says what to do; the first goes on", async () => {
  const first = start("--listen", "127.0.0.1:0", "--allow", "a:1");
  const [, port = ""] = /:(\d+) to /.exec(await firstLine(first)) ?? [];
  const second = start("--listen", `127.0.0.1:${port}`, "--allow", "a:1");
  let stderr = "";
  second.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  assert.deepEqual(await once(second, "close"), [2, null]);
  assert.match(stderr, new RegExp(`cannot listen on 127.0.0.1:${port}: .*EADDRINUSE.*; end .* --listen`));
  assert.equal(first.exitCode, null);
  first.kill("SIGTERM");
  assert.deepEqual(await once(first, "exit"), [0, null]);
});

test("SIGTERM while pages are connected, one of which does not read: exit code 0, and the page learns why", async () => {
  const broker = createServer();
  broker.listen(0, "127.0.0.1");
  await once(broker, "listening");
  const { port } = broker.address() as AddressInfo;
  const child = start("--listen", "127.0.0.1:0", "--allow", `127.0.0.1:${port}`);
  const [, url = ""] = /^tunnel: (\S+) /.exec(await firstLine(child)) ?? [];
  const closed = new Promise<KafkaError | undefined>((resolve) => {
    const sink = { buffer: () => new Uint8Array(1024), filled: () => true, closed: resolve };
    const connector = webSocketConnector(url, { WebSocket: PageSocket });
    connector.connect({ host: "127.0.0.1", port }, sink, {}).then(
      () => child.kill("SIGTERM"),
      (error: unknown) => assert.fail(String(error)),
    );
  });
  const silent = new WebSocket(url, "odradek-tunnel.1");
  silent.on("error", () => undefined);
  await once(silent, "open");
  silent.pause();
  const ended = once(child, "exit");
  assert.equal((await closed)?.message, `the connection to 127.0.0.1:${port} broke: the tunnel was closed`);
  assert.deepEqual(await ended, [0, null]);
  silent.terminate();
  broker.close();
});
