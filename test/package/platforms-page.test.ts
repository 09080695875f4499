// Follows docs/platforms.md to the letter: it installs the packages of the page, writes its files, runs its commands
// and compares their output with the page.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { root } from "../house/root.ts";
import { InstalledPackage } from "./packed.ts";

interface Block {
  readonly language: string;
  readonly text: string;
}

const page = readFileSync(join(root, "docs", "platforms.md"), "utf8");
const blocks: readonly Block[] = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
  language: match[1] ?? "",
  text: match[2] ?? "",
}));
const INSTALL = "npm install odradek ";
/** Commands that go on until they are stopped, and what they print when they are ready. */
const SERVERS = [
  { command: /^npx odradek broker --port (\d+)$/, ready: /bootstrap servers: / },
  { command: /^node proxy\.mjs$/, ready: /a proxy listens/ },
];
/** The page's ports, for each of which there is a free one. */
const PORTS = ["9092", "8080"];

let installed: InstalledPackage;
let withFreePorts: (text: string) => string = (text) => text;
const servers: ChildProcess[] = [];

before(async () => {
  const install = blocks.find(({ language, text }) => language === "sh" && text.startsWith(INSTALL))?.text.trim() ?? "";
  installed = InstalledPackage.install(...install.slice(INSTALL.length).split(" "));
  const ports = new Map(await Promise.all(PORTS.map(async (port) => [port, await freePort()] as const)));
  withFreePorts = (text) => PORTS.reduce((all, port) => all.replaceAll(port, String(ports.get(port))), text);
  for (const { language, text } of blocks) {
    const name = /^\/\/ ([\w-]+\.m[jt]s)\b/.exec(text)?.[1];
    if (name === undefined) continue;
    const code = withFreePorts(text);
    installed.write(
      name.replace(".mts", ".mjs"),
      language === "ts" ? transformSync(code, { loader: "ts", target: "es2022" }).code : code,
    );
  }
});

after(() => {
  for (const server of servers) server.kill();
  installed.remove();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts what goes on, and returns when it is ready. */
async function start(command: string, ready: RegExp): Promise<void> {
  const [program = "", ...args] = command.split(" ");
  const server = spawn(
    program === "npx" ? join(installed.folder, "node_modules", ".bin", args.shift() ?? "") : process.execPath,
    args,
    { cwd: installed.folder, stdio: ["ignore", "pipe", "inherit"] },
  );
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    let text = "";
    server.once("exit", () => reject(new Error(`${command} ended: ${text}`)));
    server.stdout.on("data", (chunk) => {
      text += String(chunk);
      if (ready.test(text)) resolve();
    });
  });
}

function run(command: string): string {
  const [program = "", ...args] = command.split(" ");
  assert.equal(program, "node", command);
  return installed.mustRun(process.execPath, ...args);
}

/** The commands of the page with what each block of them prints, where the page says so. */
const commands = blocks.flatMap(({ language, text }, i) => {
  if (language !== "sh" || text.startsWith(INSTALL)) return [];
  const next = blocks[i + 1];
  return [{ lines: text.trim().split("\n"), prints: next?.language === "text" ? next.text : undefined }];
});

test("what docs/platforms.md says happens, in its order", async (t) => {
  assert.ok(commands.length >= 7, `${commands.length} commands`);
  for (const { lines, prints } of commands) {
    await t.test(lines.join("; "), async () => {
      const texts: string[] = [];
      for (const line of lines.map(withFreePorts)) {
        const server = SERVERS.find(({ command }) => command.test(line));
        if (server === undefined) texts.push(run(line));
        else await start(line, server.ready);
      }
      if (prints !== undefined) assert.equal(texts.join(""), prints);
      else for (const text of texts) assert.match(text, /^\d+ laws hold, 0 are broken/m, text);
    });
  }
});

/** The page's connector on a fake host: checks the calls, and how each promise and sink ended. */
const CONNECTOR = `
import assert from "node:assert/strict";
import { KafkaError } from "odradek/core";
import { connectorOf } from "./connector.mjs";

const calls = [];
let event;
const connector = connectorOf({ open: (...args) => { event = args.pop(); calls.push(["open", ...args]); return 7; }, write: (id, buffer) => calls.push(["write", id, [...new Uint8Array(buffer)]]), close: (id) => calls.push(["close", id]) });
const sinkOf = (takes = () => true) => { const seen = []; return { seen, buffer: () => new Uint8Array(1), filled: (view) => { seen.push([...view]); return takes(); }, closed: (error) => seen.push(error?.message ?? "closed") }; };
const target = { host: "kafka", port: 9 };
const kindOf = (promise) => promise.then(() => "none", (error) => (assert.ok(KafkaError.is(error)), error.kind + ": " + error.message));

assert.match(await kindOf(connector.connect({ ...target, tls: {} }, sinkOf(), {})), /^unsupported: .*kafka:9/);
const refused = connector.connect(target, sinkOf(), {});
event("closed", "connection refused");
assert.match(await kindOf(refused), /^connection: .*kafka:9.*connection refused/);
const abort = new AbortController();
const cancelled = connector.connect(target, sinkOf(), { signal: abort.signal });
abort.abort();
assert.match(await kindOf(cancelled), /^cancelled: .*kafka:9/);
assert.match(await kindOf(connector.connect(target, sinkOf(), { signal: abort.signal })), /^cancelled: /);
assert.deepEqual(calls, [["open", "kafka", 9], ["open", "kafka", 9], ["close", 7], ["open", "kafka", 9], ["close", 7]]);

let takes = false;
const sink = sinkOf(() => takes);
const opening = connector.connect(target, sink, {});
event("open");
const stream = await opening;
assert.equal(stream.remote, "kafka:9");
calls.length = 0;
await stream.write([new Uint8Array([0, 1, 2, 3]).subarray(1, 3), new Uint8Array([4])]);
assert.deepEqual(calls, [["write", 7, [1, 2]], ["write", 7, [4]]]);
for (const byte of [1, 2]) event("data", new Uint8Array([byte]).buffer);
event("closed", "reset");
assert.deepEqual(sink.seen, [[1]], "nothing is pushed while the sink takes nothing, not even the end");
assert.match(await kindOf(stream.write([new Uint8Array(1)])), /^connection: .*kafka:9/);
takes = true;
stream.resume();
assert.deepEqual(sink.seen.slice(0, 2), [[1], [2]]);
assert.match(sink.seen[2], /kafka:9 broke: reset/);
stream.close();
assert.deepEqual(calls.slice(2), [], "the host has closed it already");

const closing = sinkOf();
const second = connector.connect(target, closing, {});
event("open");
const other = await second;
other.close();
other.close();
event("data", new ArrayBuffer(1));
event("closed");
assert.deepEqual(closing.seen, [], "after its own close the client hears nothing");
assert.deepEqual(calls.slice(-1), [["close", 7]]);
console.log("kept");
`;

test(
  "the page's connector keeps the contract: refusals, cancelling, no TLS, a sink that takes nothing, both ways to " +
    "end",
  () => {
    installed.write("connector-contract.mjs", CONNECTOR);
    assert.equal(installed.mustRun(process.execPath, "connector-contract.mjs"), "kept\n");
  },
);

test("every file of the page is used, and every member of a platform is on it", () => {
  const files = blocks.flatMap(({ text }) => /^\/\/ ([\w-]+\.m[jt]s)\b/.exec(text)?.[1] ?? []);
  const used = (file: string): boolean =>
    [...blocks.map(({ text }) => text).filter((text) => !text.startsWith(`// ${file}`))].some((text) =>
      text.includes(file.replace(".mts", ".mjs")),
    );
  assert.deepEqual(
    files.filter((file) => !used(file)),
    [],
  );
  const source = readFileSync(join(root, "src", "runtime", "platform.ts"), "utf8");
  const members = [
    ...(/export interface Platform<[^{]*\{([\s\S]*?)\n\}/.exec(source)?.[1] ?? "").matchAll(
      /^ {2}(?:readonly )?(\w+)\??[:(]/gm,
    ),
  ].map((match) => match[1] ?? "");
  assert.equal(members.length, 20);
  assert.deepEqual(
    members.filter((name) => !page.includes(`| \`${name}\` `)),
    [],
  );
});
