// Node's half of the contract, which no simulation can test.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { nodeCodecs } from "../../src/platform/node/codecs.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { nodeListener } from "../../src/platform/node/listener.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import { portableCodecs } from "../../src/records/compression.ts";
import type { Delay } from "../../src/runtime/async-runtime.ts";
import type { ByteSink, ByteStream } from "../../src/runtime/byte-stream.ts";
import type { Codec } from "../../src/runtime/codec.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";

/** Takes what comes; says how much it took, and when it ended. */
class Sink implements ByteSink {
  bytes = 0;
  sum = 0;
  accepts = true;
  onBytes: () => void = () => undefined;
  readonly ended: Promise<KafkaError | undefined>;
  #end: (error: KafkaError | undefined) => void = () => undefined;
  readonly #slab = new Uint8Array(10_000);

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  buffer(): Uint8Array {
    return this.#slab;
  }

  filled(view: Uint8Array): boolean {
    for (const byte of view) this.sum = (this.sum * 31 + byte) >>> 0;
    this.bytes += view.length;
    this.onBytes();
    return this.accepts;
  }

  closed(error?: KafkaError): void {
    this.#end(error);
  }

  async until(bytes: number): Promise<void> {
    while (this.bytes < bytes) {
      await new Promise<void>((resolve) => {
        this.onBytes = resolve;
      });
    }
  }
}

const turn = (): Promise<void> => nodeRuntime().delayFor(0);

/** A connected pair over TCP, and how to end both. */
async function pair(): Promise<{
  readonly client: ByteStream;
  readonly server: ByteStream;
  readonly clientSink: Sink;
  readonly serverSink: Sink;
  stop(): Promise<void>;
}> {
  const [clientSink, serverSink] = [new Sink(), new Sink()];
  let server: ByteStream | undefined;
  const socket = await nodeListener().listen({ host: "127.0.0.1", port: 0 }, (stream) => {
    server = stream;
    return serverSink;
  });
  const client = await nodeConnector().connect({ host: "127.0.0.1", port: socket.port }, clientSink, {});
  while (server === undefined) await turn();
  const accepted = server;
  return {
    client,
    server: accepted,
    clientSink,
    serverSink,
    stop: async () => {
      client.close();
      accepted.close();
      await socket.close();
    },
  };
}

test("delays are never early, by the monotonic clock, and 0 is a turn in which I/O and timers had theirs", async () => {
  const runtime = nodeRuntime();
  for (const ms of [1, 1.5, 2, 3.7, 10, 20.2]) {
    for (let i = 0; i < 5; i++) {
      const before = performance.now();
      await runtime.delayFor(ms);
      assert.ok(performance.now() - before >= ms, `${performance.now() - before} ms for ${ms}`);
    }
  }
  let fired = false;
  setTimeout(() => (fired = true), 1);
  const before = performance.now();
  while (performance.now() - before < 3);
  await runtime.delayFor(0);
  await runtime.delayFor(0);
  assert.ok(fired);
});

test(
  "a delay of more than 2^31 ms does not fire at once; a disposed one never does; an unreferenced one keeps " +
    "nothing alive",
  async () => {
    const runtime = nodeRuntime();
    const fired: string[] = [];
    const long = runtime.delayFor(2 ** 31 + 5);
    void long.then(() => fired.push("long"));
    const disposed = runtime.delayFor(5);
    void disposed.then(() => fired.push("disposed"));
    disposed[Symbol.dispose]();
    disposed[Symbol.dispose]();
    await runtime.delayFor(20);
    long[Symbol.dispose]();
    assert.deepEqual(fired, []);
    const code =
      "import { nodeRuntime } from " +
      `${JSON.stringify(new URL("../../src/platform/node/runtime.js", import.meta.url).href)}; ` +
      "nodeRuntime().delayFor(1e6).unref();";
    assert.equal(spawnSync(process.execPath, ["--input-type=module", "-e", code], { timeout: 20_000 }).status, 0);
  },
);

test("a spawned task runs after spawn returned, and in the context in which the runtime was made", async () => {
  const { AsyncLocalStorage } = await import("node:async_hooks");
  const storage = new AsyncLocalStorage<string>();
  const runtime = storage.run("home", nodeRuntime);
  const seen: (string | undefined)[] = [];
  await new Promise<void>((resolve) => {
    storage.run("away", () => {
      runtime.spawn(async () => {
        await Promise.resolve();
        seen.push(storage.getStore());
        resolve();
      });
      seen.push("spawned");
    });
  });
  assert.deepEqual(seen, ["spawned", "home"]);
});

test("ten megabytes over TCP, in many chunks, arrive whole; the writer's promise settles", async () => {
  const { client, serverSink, stop } = await pair();
  const chunks = Array.from({ length: 2000 }, (_, i) => new Uint8Array(5000 + (i % 7)).fill(i));
  let sum = 0;
  for (const chunk of chunks) for (const byte of chunk) sum = (sum * 31 + byte) >>> 0;
  const size = chunks.reduce((total, chunk) => total + chunk.length, 0);
  await client.write(chunks);
  await client.write([]);
  await serverSink.until(size);
  assert.deepEqual([serverSink.bytes, serverSink.sum], [size, sum]);
  await stop();
});

for (const side of ["client", "server"] as const) {
  test(`a ${side} that answers false gets no more until it resumes, and loses nothing`, async () => {
    const { client, server, clientSink, serverSink, stop } = await pair();
    const [from, to, sink] = side === "client" ? [server, client, clientSink] : [client, server, serverSink];
    sink.accepts = false;
    const written = from.write([new Uint8Array(8_000_000)]);
    await sink.until(1);
    for (let i = 0; i < 50; i++) await turn();
    const paused = sink.bytes;
    assert.ok(paused < 1_000_000, `${paused} bytes came while reading was paused`);
    sink.accepts = true;
    to.resume();
    await sink.until(8_000_000);
    await written;
    await stop();
  });
}

test("the end of the other side is told once, without an error; a close of one's own is not told", async () => {
  const { client, clientSink, server, serverSink, stop } = await pair();
  await client.write([new Uint8Array(3)]);
  await serverSink.until(3);
  client.close();
  assert.equal(await serverSink.ended, undefined);
  await assert.rejects(server.write([new Uint8Array(1)]), { kind: "connection" });
  await assert.rejects(client.write([new Uint8Array(1)]), { kind: "connection" });
  let told = false;
  void clientSink.ended.then(() => (told = true));
  await turn();
  assert.equal(told, false);
  await stop();
});

test(
  "refused, unknown and unreachable addresses are errors that name address and reason; a cancelled connect ends at " +
    "once",
  async () => {
    const connector = nodeConnector();
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    await assert.rejects(
      connector.connect({ host: "127.0.0.1", port }, new Sink(), {}),
      (e: unknown) =>
        KafkaError.is(e) &&
        e.kind === "connection" &&
        e.retriable &&
        e.message.includes(`127.0.0.1:${port}`) &&
        /refused/.test(e.message) &&
        e.outcome === "notWritten",
    );
    await assert.rejects(
      connector.connect({ host: "no-such-host.invalid", port: 1 }, new Sink(), {}),
      (e: unknown) => KafkaError.is(e) && e.kind === "connection" && e.message.includes("no-such-host.invalid:1"),
    );
    const stop = new Cancellation();
    const silent = connector.connect({ host: "192.0.2.1", port: 9092 }, new Sink(), { signal: stop });
    stop.cancel(new KafkaError("cancelled", "enough"));
    await assert.rejects(
      silent,
      (e: unknown) => KafkaError.is(e) && (e.kind === "cancelled" || e.kind === "connection"),
    );
    await assert.rejects(connector.connect({ host: "127.0.0.1", port }, new Sink(), { signal: stop }), {
      kind: "cancelled",
    });
  },
);

test("a port that is taken is an error that names it", async () => {
  const first = await nodeListener().listen({ host: "127.0.0.1", port: 0 }, () => new Sink());
  await assert.rejects(
    nodeListener().listen({ host: "127.0.0.1", port: first.port }, () => new Sink()),
    (e: unknown) => KafkaError.is(e) && e.message.includes(`127.0.0.1:${first.port}`) && /in use/.test(e.message),
  );
  await first.close();
});

test("native and portable codecs read each other, and both stop at the bound", () => {
  const { gzip: native } = nodeCodecs();
  const { gzip: portable } = portableCodecs();
  assert.ok(native && portable);
  const text = new TextEncoder().encode("no fixed abode ".repeat(1000));
  const codecs: readonly Codec[] = [native, portable];
  for (const writer of codecs)
    for (const reader of codecs)
      assert.deepEqual(Buffer.from(reader.decompress(writer.compress(text, undefined), 1_000_000)), Buffer.from(text));
  for (const codec of codecs) {
    assert.throws(() => codec.decompress(codec.compress(new Uint8Array(1_000_000), undefined), 10_000), {
      kind: "config",
    });
    assert.throws(() => codec.decompress(new Uint8Array([1, 2, 3, 4]), 10_000));
  }
});

test("the platform's clock, entropy and crypto are the host's", () => {
  const { clock, entropy } = nodePlatform();
  assert.ok(Math.abs(clock.now() - Date.now()) < 1000);
  const before = clock.monotonic();
  assert.ok(clock.monotonic() >= before);
  const [a, b] = [new Uint8Array(32), new Uint8Array(32)];
  entropy.fill(a);
  entropy.fill(b);
  assert.notDeepEqual(a, b);
});

/** Globals of Node's that a page has not, or has another one of. */
const OF_A_PAGE: Readonly<Record<string, unknown>> = {
  setImmediate: undefined,
  clearImmediate: undefined,
  TextEncoder: undefined,
  TextDecoder: undefined,
  fetch: undefined,
  crypto: {},
};

async function withGlobals(globals: Readonly<Record<string, unknown>>, body: () => Promise<void>): Promise<void> {
  const before = Object.keys(globals).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name) ?? {}] as const,
  );
  try {
    for (const [name, value] of Object.entries(globals))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    await body();
  } finally {
    for (const [name, descriptor] of before) Object.defineProperty(globalThis, name, descriptor);
  }
}

test("where a page's globals hide Node's, as in Jest's jsdom, the platform works by Node's modules", () =>
  withGlobals(OF_A_PAGE, async () => {
    const { runtime, utf8, entropy, crypto: own, drain, ...others } = nodePlatform();
    await runtime.delayFor(0);
    await runtime.delayFor(1);
    await drain();
    assert.equal(utf8.decode(utf8.encode("Odradek")), "Odradek");
    const bytes = new Uint8Array(32);
    entropy.fill(bytes);
    assert.ok(bytes.some((byte) => byte !== 0));
    assert.equal((await own.digest("SHA-256", bytes)).length, 32);
    assert.ok(!("fetch" in others));
  }));

test("where timers are numbers, as in an Electron window, a delay may be unreferenced all the same", async () => {
  const { setTimeout: original } = globalThis;
  await withGlobals(
    { setTimeout: (callback: () => void, ms: number) => original(callback, ms)[Symbol.toPrimitive]() },
    async () => {
      const delay = nodeRuntime().delayFor(1) as Promise<void> & Delay;
      delay.unref?.();
      await delay;
      delay[Symbol.dispose]();
    },
  );
});
