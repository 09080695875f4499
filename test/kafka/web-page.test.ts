// examples/web-page runs as it is: built by Vite without configuration from the packed package, in a headless Chromium,
// through `odradek tunnel` of that package, to a real Kafka.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { test } from "node:test";
import { Kafka, string } from "../../src/node.ts";
import { root } from "../house/root.ts";
import { InstalledPackage } from "../package/packed.ts";
import { openPage } from "../wide/chromium.ts";
import { startKafka } from "./kafka-cluster.ts";

const PAGE = readFileSync(join(root, "examples", "web-page", "index.html"), "utf8");
const VITE = /^const VITE = "(vite@[\d.]+)";$/m.exec(readFileSync(join(root, "bench", "size.mjs"), "utf8"))?.[1] ?? "";
const ORDERS = 20;

test("the page has at most 80 lines", () => {
  assert.ok(PAGE.trimEnd().split("\n").length <= 80);
});

/** Serves the files that Vite made. */
function siteOf(folder: string): ReturnType<typeof createServer> {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://page");
    const path = pathname === "/" ? "/index.html" : pathname;
    try {
      const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };
      const type = types[extname(path)] ?? "application/octet-stream";
      response.setHeader("content-type", type).end(readFileSync(join(folder, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
}

/** Starts `odradek tunnel` of the installed package. Returns its URL. */
async function tunnelOf(child: ChildProcess): Promise<string> {
  const [line] = (await once(child.stdout ?? child, "data")) as [Buffer];
  return /^tunnel: (ws:\S+) /.exec(line.toString())?.[1] ?? assert.fail(line.toString());
}

test("a page in Chromium makes each order of a real Kafka once", async (context) => {
  const installed = InstalledPackage.install(VITE);
  context.after(() => installed.remove());
  installed.write("index.html", PAGE);
  installed.mustRun("npx", "vite", "build");
  const cluster = await startKafka();
  context.after(() => cluster.stop());
  const { bootstrapServers } = cluster;
  const kafka = new Kafka({ bootstrapServers });
  context.after(() => kafka.close());
  const topics = [
    { topic: "orders", numPartitions: 3 },
    { topic: "served", numPartitions: 1 },
  ];
  (await kafka.admin().createTopics(topics)).orThrow();
  const producer = kafka.producer();
  for (let i = 0; i < ORDERS; i++) await producer.send({ topic: "orders", partition: i % 3, value: `espresso ${i}` });

  const main = join(installed.folder, "node_modules", "odradek", "dist", "cli", "main.js");
  const tunnel = spawn(process.execPath, [main, "tunnel", "--listen", "127.0.0.1:0", "--allow", bootstrapServers]);
  context.after(() => tunnel.kill());
  const site = siteOf(join(installed.folder, "dist"));
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  const query = new URLSearchParams({ brokers: bootstrapServers, tunnel: await tunnelOf(tunnel) });
  const page = openPage(`http://127.0.0.1:${(site.address() as AddressInfo).port}/?${String(query)}`);
  context.after(async () => {
    await page.close();
    site.closeAllConnections();
    site.close();
  });

  const served: (string | null)[] = [];
  for await (const { value } of kafka.consumer({ topics: ["served"], value: string() })) {
    served.push(value);
    if (served.length === ORDERS) break;
  }
  assert.deepEqual(new Set(served), new Set(Array.from({ length: ORDERS }, (_, i) => `espresso ${i}`)));
  const [end] = (await kafka.admin().listOffsets([{ topic: "served", partition: 0, spec: "latest" }])).orThrow();
  assert.equal(end?.offset, ORDERS, "each order once");
});
