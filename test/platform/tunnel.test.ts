// A tunnel on loopback: the browser's connector with the sockets of ws, and an embedded cluster as the brokers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { after, test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { Kafka as PageKafka, webSocketConnector, type WebSocketConnectorOptions } from "../../src/browser.ts";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { KafkaError, string } from "../../src/index.ts";
import type { ByteSink, ByteStream } from "../../src/runtime/byte-stream.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import { createTunnel, type Tunnel, type TunnelOptions } from "../../src/tunnel.ts";

const cleanups: (() => unknown)[] = [];
after(async () => {
  for (const clean of cleanups.reverse()) await clean();
});
const PageSocket = WebSocket as unknown as NonNullable<WebSocketConnectorOptions["WebSocket"]>;

async function tunnelTo(options: TunnelOptions): Promise<{ readonly url: string; readonly tunnel: Tunnel }> {
  const tunnel = createTunnel(options);
  const server = createServer();
  server.on("upgrade", tunnel.upgrade);
  const url = `ws://127.0.0.1:${await portOf(server)}/kafka`;
  cleanups.push(() => {
    tunnel.close();
    server.closeAllConnections();
    server.close();
  });
  return { url, tunnel };
}

async function portOf(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A server that is no broker: each socket is passed to `serve`. */
async function peer(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  const port = await portOf(server);
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return port;
}

/** A sink that keeps what arrives, and waits for it. */
class Kept implements ByteSink {
  bytes = 0;
  end: { readonly error: KafkaError | undefined } | undefined;
  isOpen = true;
  #changed: (() => void)[] = [];
  buffer(): Uint8Array {
    return new Uint8Array(1024);
  }
  filled(view: Uint8Array): boolean {
    this.bytes += view.length;
    this.#change();
    return this.isOpen;
  }
  closed(error?: KafkaError): void {
    this.end = { error };
    this.#change();
  }
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }
  #change(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

function open(url: string, port: number, sink: ByteSink, options: WebSocketConnectorOptions = {}): Promise<ByteStream> {
  const connector = webSocketConnector(url, { WebSocket: PageSocket, ...options });
  return connector.connect({ host: "127.0.0.1", port }, sink, {});
}

test("a page's client produces, and consumes in a group, through a tunnel with a token", async () => {
  const cluster = await EmbeddedCluster.start({ brokers: 2, ports: [0, 0], topics: { orders: 4 } });
  cleanups.push(() => cluster.close());
  const { url, tunnel } = await tunnelTo({
    allow: cluster.bootstrapServers.split(","),
    token: "s3cret",
    path: "/kafka",
  });
  const { bootstrapServers } = cluster;
  const connector = webSocketConnector(url, { token: () => Promise.resolve("s3cret"), WebSocket: PageSocket });
  const kafka = new PageKafka({ bootstrapServers, connector });
  const producer = kafka.producer();
  const value = "x".repeat(1000);
  for (let i = 0; i < 5000; i++)
    while (!producer.enqueue({ topic: "orders", key: `${i}`, value })) await producer.ready();
  await producer.close();
  const keys = new Set<string | null>();
  const consumer = kafka.consumer({ groupId: "page", topics: ["orders"], key: string() });
  for await (const { key } of consumer) {
    keys.add(key);
    if (keys.size === 5000) break;
  }
  assert.ok(tunnel.connectionCount > 0);
  await kafka.close();
});

const unused = async (): Promise<number> => {
  const server = createTcpServer();
  const port = await portOf(server);
  server.close();
  return port;
};

test("an address that is not allowed is refused before anything is opened, at once, and the client's call fails", async () => {
  let opened = 0;
  const port = await peer(() => opened++);
  const { url } = await tunnelTo({ allow: ["127.0.0.1:1"] });
  const kafka = new PageKafka({
    bootstrapServers: `127.0.0.1:${port}`,
    connector: webSocketConnector(url, { WebSocket: PageSocket }),
  });
  await assert.rejects(kafka.producer().send({ topic: "t", value: "v" }), {
    kind: "connection",
    retriable: false,
    message: new RegExp(`cannot connect to 127.0.0.1:${port}: the tunnel does not allow 127.0.0.1:${port}; .*--allow`),
  });
  await kafka.close();
  assert.equal(opened, 0);
});

for (const [what, token, words] of [
  ["no token", undefined, /the tunnel asks for a token, and there is none/],
  ["a wrong token", "wrong", /the tunnel refuses the token/],
  ["a longer token", "right!", /the tunnel refuses the token/],
] as const)
  test(`a tunnel with a token refuses a page with ${what}`, async () => {
    const port = await peer(() => assert.fail("the tunnel opened a connection"));
    const { url } = await tunnelTo({ allow: [`127.0.0.1:${port}`], token: "right" });
    const options = token === undefined ? {} : { token };
    await assert.rejects(open(url, port, new Kept(), options), {
      kind: "connection",
      retriable: false,
      outcome: "notWritten",
      message: words,
    });
  });

test("each reason for which a connection fails is named: no tunnel, no broker, limit of connections", async () => {
  const nothing = await unused();
  await assert.rejects(open(`ws://127.0.0.1:${nothing}`, 9092, new Kept()), {
    kind: "connection",
    retriable: true,
    outcome: "notWritten",
    message: new RegExp(`the tunnel ws://127.0.0.1:${nothing} cannot be reached, .*ECONNREFUSED`),
  });
  const { url } = await tunnelTo({ allow: [`127.0.0.1:${nothing}`], maxConnections: 1 });
  await assert.rejects(open(url, nothing, new Kept()), {
    kind: "connection",
    retriable: true,
    message: `cannot connect to 127.0.0.1:${nothing}: the tunnel cannot reach the broker: ECONNREFUSED, connection refused; is a broker listening there?`,
  });
  const port = await peer(() => undefined);
  const one = await tunnelTo({ allow: [`127.0.0.1:${port}`], maxConnections: 1 });
  const first = await open(one.url, port, new Kept());
  await assert.rejects(open(one.url, port, new Kept()), {
    retriable: true,
    message: /the tunnel has 1 connections, its limit/,
  });
  first.close();
});

/** A page of another origin. */
class FromElsewhere extends WebSocket {
  constructor(address: string, protocol: string) {
    super(address, protocol, { origin: "https://evil.example" });
  }
}
const Elsewhere = FromElsewhere as unknown as NonNullable<WebSocketConnectorOptions["WebSocket"]>;

test("a page of a forbidden origin is refused at once, before it names a broker, with its origin and the option", async () => {
  const port = await peer(() => assert.fail("the tunnel opened a connection"));
  const lines: string[] = [];
  const { url, tunnel } = await tunnelTo({ allow: [`127.0.0.1:${port}`], onLog: ({ message }) => lines.push(message) });
  const kafka = new PageKafka({
    bootstrapServers: `127.0.0.1:${port}`,
    connector: webSocketConnector(url, { WebSocket: Elsewhere }),
  });
  await assert.rejects(kafka.producer().send({ topic: "t", value: "v" }), {
    kind: "connection",
    retriable: false,
    message: new RegExp(
      `cannot connect to 127.0.0.1:${port}: the tunnel does not allow pages of https://evil.example; .* --origin`,
    ),
  });
  await kafka.close();
  assert.equal(tunnel.connectionCount, 0);
  assert.match(lines[0] ?? "", /^tunnel: 127\.0\.0\.1: the tunnel does not allow pages of https:\/\/evil\.example/);
});

for (const [what, answer, words] of [
  ["answers with HTTP", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", /Unexpected server response: 404/],
  ["speaks another protocol", "SSH-2.0-OpenSSH_9.2\r\n", /is no tunnel of this version; Parse Error/],
  ["closes the connection", undefined, /is no tunnel of this version; socket hang up/],
] as const)
  test(`a server that is no tunnel and ${what}: the attempt fails when it does, and names the URL without its secret`, async () => {
    const port = await peer((socket) => {
      socket.once("data", () => (answer === undefined ? socket.end() : socket.end(answer)));
    });
    const url = `ws://user:word@127.0.0.1:${port}/kafka?key=word`;
    await assert.rejects(open(url, 9092, new Kept()), (error) => {
      assert.ok(KafkaError.is(error) && error.kind === "connection" && error.retriable);
      assert.equal(error.outcome, "notWritten");
      assert.match(error.message, new RegExp(`the tunnel ws://127.0.0.1:${port}/kafka cannot be reached`));
      assert.match(error.message, words);
      return !error.message.includes("word");
    });
  });

test("a WebSocket server that is no tunnel: what it sends is no message of a tunnel, and the attempt fails", async () => {
  const echo = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  echo.on("connection", (socket) => socket.on("message", (data: Buffer) => socket.send(data.toString())));
  await once(echo, "listening");
  cleanups.push(() => {
    for (const socket of echo.clients) socket.terminate();
    echo.close();
  });
  const { port } = echo.address() as AddressInfo;
  await assert.rejects(open(`ws://127.0.0.1:${port}`, 9092, new Kept()), {
    kind: "connection",
    message: /cannot connect to 127.0.0.1:9092: the tunnel sent a message that this version does not know/,
  });
});

test("a browser that gives no reason: the error says how to find it", async () => {
  class Silent {
    binaryType = "";
    readonly readyState = 0;
    onopen = null;
    onmessage = null;
    onerror: ((event: object) => void) | null = null;
    onclose: ((event: object) => void) | null = null;
    constructor() {
      queueMicrotask(() => {
        this.onerror?.({});
        this.onclose?.({ code: 1006 });
      });
    }
    send(): void {
      return assert.fail("it never opens");
    }
    close(): void {
      return undefined;
    }
  }
  await assert.rejects(open("wss://shop.example", 9092, new Kept(), { WebSocket: Silent }), {
    message:
      "cannot connect to 127.0.0.1:9092: the tunnel wss://shop.example cannot be reached, or is no tunnel of this " +
      "version; a browser does not say which: open the URL with http, and check that odradek tunnel runs",
  });
});

test("a client that is connected when the tunnel closes: its calls can be cancelled, and close() ends", async () => {
  const cluster = await EmbeddedCluster.start({ ports: [0], topics: { t: 1 } });
  cleanups.push(() => cluster.close());
  const { bootstrapServers } = cluster;
  const { url, tunnel } = await tunnelTo({ allow: [bootstrapServers] });
  const kafka = new PageKafka({ bootstrapServers, connector: webSocketConnector(url, { WebSocket: PageSocket }) });
  cleanups.push(() => kafka.close());
  const producer = kafka.producer();
  await producer.send({ topic: "t", value: "before" });
  tunnel.close();
  assert.equal(tunnel.connectionCount, 0);
  const call = new AbortController();
  const asked = kafka.admin().describeCluster({ signal: call.signal });
  call.abort();
  await assert.rejects(asked, { kind: "cancelled" });
  await kafka.close();
});

test("a page that stops reading stops the broker: what waits is bounded, and all arrives in the end", async () => {
  const total = 24 * 1024 * 1024;
  let broker: Socket | undefined;
  const port = await peer((socket) => {
    broker = socket;
    socket.write(Buffer.alloc(total));
  });
  const { url } = await tunnelTo({ allow: [`127.0.0.1:${port}`] });
  const sink = new Kept();
  sink.isOpen = false;
  const stream = await open(url, port, sink, { windowBytes: 65_536 });
  await sink.until(() => sink.bytes > 0);
  // The tunnel has stopped reading when its side of the credit is used up: the broker's bytes stay in its own socket.
  const before = sink.bytes;
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(sink.bytes, before, "a paused sink gets nothing");
  assert.ok((broker?.writableLength ?? 0) > 0, "the broker cannot send all of it");
  sink.isOpen = true;
  stream.resume();
  await sink.until(() => sink.bytes === total);
  stream.close();
});

test("a broker that stops reading stops the page's writes, and each write settles when it was sent", async () => {
  const port = await peer((socket) => {
    socket.pause();
    socket.once("resume", () => undefined);
    sockets.push(socket);
  });
  const sockets: Socket[] = [];
  const { url } = await tunnelTo({ allow: [`127.0.0.1:${port}`], windowBytes: 65_536 });
  const sink = new Kept();
  const stream = await open(url, port, sink);
  const size = 32 * 1024 * 1024;
  let isSent = false;
  const written = stream.write([new Uint8Array(size)]).then(() => {
    isSent = true;
  });
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isSent, false);
  let received = 0;
  const whole = new Promise<void>((resolve) => {
    sockets[0]?.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received === size) resolve();
    });
  });
  sockets[0]?.resume();
  await written;
  await whole;
  stream.close();
});

test("the broker's end reaches the page after its bytes; the page's close reaches the broker", async () => {
  let closed: (() => void) | undefined;
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const ends = await peer((socket) => socket.end(Buffer.alloc(100_000)));
  const waits = await peer((socket) => socket.once("close", () => closed?.()));
  const { url } = await tunnelTo({ allow: [`127.0.0.1:${ends}`, `127.0.0.1:${waits}`] });
  const sink = new Kept();
  const stream = await open(url, ends, sink);
  await sink.until(() => sink.end !== undefined);
  assert.deepEqual([sink.bytes, sink.end], [100_000, { error: undefined }]);
  await assert.rejects(stream.write([new Uint8Array(1)]), { kind: "connection", retriable: true });
  stream.close(); // twice is harmless
  const other = await open(url, waits, new Kept());
  other.close();
  other.close();
  await isClosed;
});

test("a tunnel that closes ends its connections with a reason, refuses new ones, and may be closed twice", async () => {
  const port = await peer(() => undefined);
  const { url, tunnel } = await tunnelTo({ allow: [`127.0.0.1:${port}`] });
  const sink = new Kept();
  await open(url, port, sink);
  tunnel.close();
  tunnel.close();
  await sink.until(() => sink.end !== undefined);
  assert.equal(sink.end?.error?.message, `the connection to 127.0.0.1:${port} broke: the tunnel was closed`);
  assert.deepEqual([sink.end?.error?.kind, sink.end?.error?.retriable], ["connection", true]);
  await assert.rejects(open(url, port, new Kept()), { kind: "connection", retriable: true, message: /\b503\b/ });
});

test("a signal that fires ends the attempt, before it and while it runs", async () => {
  const port = await peer(() => undefined);
  const { url } = await tunnelTo({ allow: [`127.0.0.1:${port}`] });
  const connector = webSocketConnector(url, { WebSocket: PageSocket });
  const target = { host: "127.0.0.1", port };
  const signal = new Cancellation();
  const attempt = connector.connect(target, new Kept(), { signal });
  signal.cancel(new KafkaError("cancelled", "not needed"));
  await assert.rejects(attempt, { kind: "cancelled" });
  await assert.rejects(connector.connect(target, new Kept(), { signal }), { kind: "cancelled" });
});

test("a page that breaks the rules is refused, and the tunnel goes on", async () => {
  const port = await peer(() => undefined);
  const { url } = await tunnelTo({ allow: [`127.0.0.1:${port}`], windowBytes: 65_536, maxConnectionBytes: 100_000 });
  const opening = JSON.stringify({ type: "open", host: "127.0.0.1", port, tls: false, windowBytes: 65_536 });
  const reasonFor = async (...messages: readonly (string | Uint8Array)[]): Promise<string> => {
    const socket = new WebSocket(url, "odradek-tunnel.1");
    await once(socket, "open");
    let reason = "";
    socket.on("message", (data: Buffer) => {
      const { type, message = "" } = JSON.parse(data.toString()) as {
        readonly type: string;
        readonly message?: string;
      };
      if (type === "closed") reason = message;
      // The other messages are sent when the broker is connected.
      if (type === "opened") for (const one of messages.slice(1)) socket.send(one);
    });
    if (messages[0] !== undefined) socket.send(messages[0]);
    await once(socket, "close");
    return reason;
  };
  const unexpected = "the page sent a message that the tunnel does not expect";
  assert.equal(await reasonFor("nonsense"), unexpected);
  assert.equal(await reasonFor(JSON.stringify({ type: "credit", bytes: 5 })), unexpected);
  assert.equal(await reasonFor(opening, opening), unexpected);
  assert.equal(await reasonFor(new Uint8Array(5)), "the page sent bytes without credit for them");
  assert.equal(await reasonFor(opening, new Uint8Array(0)), "the page sent bytes without credit for them");
  assert.match(
    await reasonFor(opening, new Uint8Array(60_000), new Uint8Array(60_000)),
    /100000 bytes, the tunnel's limit/,
  );
  const sink = new Kept();
  (await open(url, port, sink)).close();
});

test("a request of another path is left alone, and one without the protocol is refused with its name", async () => {
  const { url } = await tunnelTo({ allow: ["a:1"], path: "/kafka" });
  const port = Number(new URL(url).port);
  const answer = async (path: string): Promise<string> => {
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const [data] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return data.toString();
  };
  assert.match(await answer("/kafka?x=1"), /^HTTP\/1.1 400 Bad Request[^]*odradek-tunnel\.1$/);
  const tunnel = createTunnel({ allow: ["a:1"], path: "/kafka" });
  const request = { url: "/other", headers: {}, socket: {} } as never;
  assert.equal(tunnel.upgrade(request, undefined as never, new Uint8Array()), false);
});

for (const [what, options, words] of [
  ["nothing", undefined, /createTunnel/],
  ["null", null, /createTunnel/],
  ["no allow", {}, /createTunnel: allow takes the addresses/],
  ["an unknown name", { allow: ["a:1"], tokens: "x" }, /tokens/],
  ["an empty token", { allow: ["a:1"], token: "" }, /token is empty/],
  ["a wrong path", { allow: ["a:1"], path: "kafka" }, /path begins with \//],
  ["a wrong ca", { allow: ["a:1"], ca: "x" }, /ca/],
  ["a wrong origin", { allow: ["a:1"], origins: ["shop"] }, /origins takes origins/],
  ["a small window", { allow: ["a:1"], windowBytes: 1 }, /windowBytes/],
  ["no connections", { allow: ["a:1"], maxConnections: 0 }, /maxConnections/],
  ["a limit that is no number", { allow: ["a:1"], maxConnectionBytes: "1" }, /maxConnectionBytes/],
  ["an empty allow", { allow: [] }, /allow takes the addresses/],
  ["allow that is a text", { allow: "a:1" }, /allow takes the addresses/],
  ["a port of 0", { allow: ["a:0"] }, /allow takes addresses of brokers/],
  ["every address", { allow: ["*:9092"] }, /allow takes addresses of brokers/],
  ["no function", { allow: ["a:1"], onLog: 1 }, /onLog/],
] as const)
  test(`createTunnel refuses ${what}`, () => {
    assert.throws(() => createTunnel(options as never), { kind: "config", message: words });
  });

for (const [what, url, options, words] of [
  ["no URL", undefined, {}, /must begin with wss:\/\//],
  ["null", null, {}, /must begin with wss:\/\//],
  ["an empty URL", "", {}, /must begin with wss:\/\/.*not ""/],
  ["a URL of ftp", "ftp://x", {}, /must begin with wss:\/\/.*not "ftp:\/\/x"/],
  ["a number", 8080, {}, /must begin with wss:\/\/.*not 8080/],
  ["a list", ["wss://a"], {}, /must begin with wss:\/\//],
  [
    "an object whose href throws",
    {
      get href() {
        throw new Error("no");
      },
    },
    {},
    /the URL cannot be read: no/,
  ],
  ["a URL of http", "https://shop.example", {}, /must begin with wss:\/\//],
  ["a URL without a host", "wss://", {}, /must begin with wss:\/\//],
  ["a URL with a fragment", "wss://a/#b", {}, /must begin with wss:\/\//],
  ["null as options", "wss://a", null, /webSocketConnector/],
  ["an unknown option", "wss://a", { tokens: "x" }, /tokens/],
  ["a token that is a number", "wss://a", { token: 1 }, /token/],
  ["a window that is too small", "wss://a", { windowBytes: 1 }, /windowBytes/],
  ["no class", "wss://a", { WebSocket: 1 }, /WebSocket/],
] as const)
  test(`webSocketConnector refuses ${what}`, () => {
    assert.throws(() => webSocketConnector(url as never, options as never), { kind: "config", message: words });
  });

test("a token function that throws or returns nothing fails the attempt, without its text, and is called again", async () => {
  let calls = 0;
  for (const token of [
    () => {
      calls++;
      throw new Error("secret");
    },
    () => {
      calls++;
      return Promise.resolve(undefined as never);
    },
  ])
    await assert.rejects(open("ws://127.0.0.1:1", 1, new Kept(), { token }), (error) => {
      assert.ok(KafkaError.is(error) && error.kind === "connection" && error.retriable);
      assert.match(error.message, /the function token of webSocketConnector (failed|returned no text)/);
      return !error.message.includes("secret");
    });
  assert.equal(calls, 2);
});

test("options of tls that only the tunnel can follow are refused when the client is created", () => {
  const connector = webSocketConnector("wss://a");
  assert.throws(() => new PageKafka({ bootstrapServers: "a:1", connector, tls: { ca: "x" } }), { kind: "unsupported" });
  assert.throws(() => new PageKafka({ bootstrapServers: "a:1" }), {
    kind: "config",
    message: /Kafka needs a connector: .*webSocketConnector\(url\) \(docs\/browser\.md\)/,
  });
});
