// A page in a real browser, bundled by esbuild without configuration, that reaches a real Kafka through a tunnel: it
// produces with zstd, and shares a group with Java's console consumer.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { Kafka } from "../../src/node.ts";
import { createTunnel } from "../../src/tunnel.ts";
import { root } from "../house/root.ts";
import { runJava } from "../kafka/jars.ts";
import { startKafka } from "../kafka/kafka-cluster.ts";
import { openPage } from "./chromium.ts";

const PROGRAM = `
import { Kafka, string, webSocketConnector } from "odradek/browser";
const report = (event) => fetch("/report", { method: "POST", body: JSON.stringify(event) });
const { bootstrapServers, topic, token } = Object.fromEntries(new URL(location.href).searchParams);
const kafka = new Kafka({ bootstrapServers, connector: webSocketConnector(\`ws://\${location.host}/kafka\`, { token }) });
let held = 0;
const moved = (by) => (partitions) => report({ held: (held += by * partitions.length) });
const consumer = kafka.consumer({ groupId: topic, topics: [topic], value: string(), groupProtocol: "consumer",
  autoCommitIntervalMs: 200, onAssigned: moved(1), onRevoked: moved(-1), onLost: moved(-1) });
globalThis.produce = async () => {
  const producer = kafka.producer({ compressionType: "zstd" });
  for (let i = 0; i < 300; i++) producer.enqueue({ topic, partition: i % 3, value: String(i) });
  await producer.close();
};
try {

  (async () => { for (;;) { const { go } = await (await fetch("/next")).json(); if (go) { await globalThis.produce(); return; } } })()
    .catch((error) => report({ error: String(error) }));
  for await (const { value } of consumer) await report({ value: Number(value) });
} catch (error) {
  await report({ error: String(error) });
}
`;

interface Report {
  readonly held?: number;
  readonly value?: number;
  readonly error?: string;
}

/** Serves the page and its program, and gets its reports. */
class Site {
  held = 0;
  readonly values: number[] = [];
  errors: string[] = [];
  readonly #program: string;
  #waiting: (() => void)[] = [];
  #go: (() => void) | undefined;
  readonly #isGo: Promise<void> = new Promise((resolve) => {
    this.#go = resolve;
  });
  readonly server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    if (pathname === "/report") void this.#reported(request).then(() => response.end());
    else if (pathname === "/next") void this.#isGo.then(() => response.end(JSON.stringify({ go: true })));
    else if (pathname === "/page.js") response.setHeader("content-type", "text/javascript").end(this.#program);
    else response.setHeader("content-type", "text/html").end('<script type="module" src="/page.js"></script>');
  });

  constructor(program: string) {
    this.#program = program;
  }

  /** Lets the page produce. */
  go(): void {
    this.#go?.();
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      assert.deepEqual(this.errors, []);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #reported(request: IncomingMessage): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { held, value, error } = JSON.parse(body) as Report;
    if (held !== undefined) this.held = held;
    if (value !== undefined) this.values.push(value);
    if (error !== undefined) this.errors.push(error);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: root },
    alias: { "odradek/browser": join(root, "dist", "browser.js") },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

test("a page in Chromium produces, and shares a group with Java's consumer, through a tunnel", async (context) => {
  const cluster = await startKafka({
    properties: { "group.consumer.heartbeat.interval.ms": "500", "group.consumer.min.heartbeat.interval.ms": "500" },
  });
  context.after(() => cluster.stop());
  const { bootstrapServers } = cluster;
  const kafka = new Kafka({ bootstrapServers });
  (await kafka.admin().createTopics([{ topic: "page", numPartitions: 3 }])).orThrow();
  await kafka.close();
  const site = new Site(await bundled());
  const tunnel = createTunnel({ allow: [bootstrapServers], token: "s3cret", path: "/kafka" });
  site.server.on("upgrade", tunnel.upgrade);
  site.server.listen(0, "127.0.0.1");
  await once(site.server, "listening");
  const { port } = site.server.address() as AddressInfo;
  const page = openPage(
    `http://127.0.0.1:${port}/?${String(new URLSearchParams({ bootstrapServers, topic: "page", token: "s3cret" }))}`,
  );
  context.after(async () => {
    await page.close();
    tunnel.close();
    site.server.closeAllConnections();
    site.server.close();
  });
  await site.until(() => site.held === 3);
  const java = runJava("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    ...["--bootstrap-server", bootstrapServers, "--topic", "page", "--group", "page", "--from-beginning"],
    ...["--timeout-ms", "10000", "--command-property", "group.protocol=consumer"],
  ]);
  await site.until(() => site.held > 0 && site.held < 3);
  const part = site.held * 100;
  site.go();
  await site.until(() => site.values.length >= part);
  const { stdout, stderr } = await java;
  const theirs = stdout.trim().split("\n").filter(Boolean).map(Number);
  assert.ok(theirs.length > 0, stderr);
  await site.until(() => site.held === 3);
  assert.deepEqual(
    [...site.values, ...theirs].sort((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i),
    "each record once",
  );
});
