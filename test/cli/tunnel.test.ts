// `odradek tunnel`: a process that connects a page's client to brokers, and its wrong command lines.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { Kafka, webSocketConnector, type WebSocketConnectorOptions } from "../../src/browser.ts";
import { EmbeddedCluster } from "../../src/embedded.ts";
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
