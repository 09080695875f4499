// The platform of workerd with a fake host: the guard of requests, and the connector with its refusals. The real host
// is in test/kafka/workerd.test.ts.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { workerdConnector } from "../../src/platform/workerd/connector.ts";
import type { WorkerdSocket, WorkerdSockets } from "../../src/platform/workerd/host.ts";
import { workerdPlatform } from "../../src/platform/workerd/platform.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import type { ByteSink, TlsOptions } from "../../src/runtime/byte-stream.ts";
import { Kafka } from "../../src/workerd.ts";

const globals = globalThis as { WebSocketPair?: unknown };
afterEach(() => {
  delete globals.WebSocketPair;
});

/** A host with requests: an object of one throws in the others. */
function fakeRequests(): { current: number } {
  const host = { current: 0 };
  globals.WebSocketPair = class {
    readonly 0: object;
    constructor() {
      const { current } = host;
      if (current === 0) throw new Error("Disallowed operation called within global scope");
      this[0] = {
        get readyState(): number {
          if (host.current !== current) throw new Error("Cannot perform I/O on behalf of a different request");
          return 1;
        },
      };
    }
  };
  return host;
}

test("a platform belongs to the request that first uses it: in another, no task and no delay is accepted", () => {
  const host = fakeRequests();
  const { runtime, clock } = workerdPlatform();
  clock.now(); // in the global scope
  host.current = 1;
  clock.monotonic();
  host.current = 2;
  const other = { kind: "closed", outcome: "notWritten", message: /belongs to another request/ };
  assert.throws(() => runtime.spawn(() => Promise.resolve()), other);
  assert.throws(() => runtime.delayFor(1), other);
  assert.throws(() => clock.now(), other);
  host.current = 1;
  clock.now();
});

test("in another request, a kept client refuses records before it accepts them", async () => {
  const host = fakeRequests();
  host.current = 1;
  const kafka = new Kafka({ bootstrapServers: "127.0.0.1:1" });
  const producer = kafka.producer();
  producer.enqueue({ topic: "t", value: "v" });
  await Promise.resolve();
  host.current = 2;
  await assert.rejects(producer.send({ topic: "t", value: "v" }), { kind: "closed", outcome: "notWritten" });
  assert.throws(() => producer.enqueue({ topic: "t", value: "v" }), { kind: "closed" });
  assert.throws(() => kafka.admin(), { kind: "closed" });
  await assert.rejects(kafka.close(), { kind: "closed" });
  host.current = 1;
  assert.equal(producer.counters.accepted, 1);
  await assert.rejects(kafka.close({ timeoutMs: 0 }));
});

interface FakeSocket extends WorkerdSocket {
  isClosed: boolean;
}

/** Sockets of a fake host; `opened` settles as `opening` says. */
function fakeSockets(opening: Promise<unknown>): WorkerdSockets & { readonly made: FakeSocket[] } {
  const made: FakeSocket[] = [];
  return {
    made,
    connect: () => {
      const socket: FakeSocket = {
        isClosed: false,
        opened: opening,
        closed: Promise.resolve(),
        readable: { getReader: () => ({ read: () => new Promise(() => undefined) }) },
        writable: { getWriter: () => ({ write: () => Promise.reject(new Error("The socket was closed")) }) },
        close: () => {
          socket.isClosed = true;
          return Promise.resolve();
        },
      };
      made.push(socket);
      return socket;
    },
  };
}

const sink: ByteSink = { buffer: () => new Uint8Array(1), filled: () => true, closed: () => undefined };
const target = { host: "kafka.example.org", port: 9093 };

test("a name that differs from the broker's is refused before anything is opened", async () => {
  const sockets = fakeSockets(Promise.resolve());
  const connector = workerdConnector(() => Promise.resolve(sockets));
  for (const servername of ["other.example.org", () => "other.example.org"])
    await assert.rejects(connector.connect({ ...target, tls: { servername } }, sink, {}), {
      kind: "unsupported",
      outcome: "notWritten",
      message: /kafka\.example\.org:9093: tls\.servername differs from the host/,
    });
  assert.equal(sockets.made.length, 0);
  const stream = await connector.connect({ ...target, tls: { servername: target.host } }, sink, {});
  await assert.rejects(stream.write([new Uint8Array(1)]), { kind: "connection", message: /cannot write to kafka/ });
  stream.close();
  stream.close();
  await assert.rejects(stream.write([]), { kind: "connection", message: /it is closed/ });
  assert.equal(sockets.made[0]?.isClosed, true);
});

test("a signal ends an attempt that does not settle, and closes its socket", async () => {
  const sockets = fakeSockets(new Promise(() => undefined));
  const signal = new Cancellation();
  const opening = workerdConnector(() => Promise.resolve(sockets)).connect(target, sink, { signal });
  await new Promise(setImmediate);
  signal.cancel(new KafkaError("cancelled", "enough"));
  await assert.rejects(opening, { kind: "cancelled", message: "enough" });
  assert.equal(sockets.made[0]?.isClosed, true);
});

const REFUSED: Readonly<Record<string, TlsOptions>> = {
  ca: { ca: "x" },
  cert: { cert: "x" },
  key: { key: "x" },
  pfx: { pfx: new Uint8Array(1) },
  passphrase: { passphrase: "x" },
  ciphers: { ciphers: "x" },
  minVersion: { minVersion: "TLSv1.2" },
  maxVersion: { maxVersion: "TLSv1.3" },
  alpnProtocols: { alpnProtocols: ["x"] },
  checkServerIdentity: { checkServerIdentity: () => undefined },
  rejectUnauthorized: { rejectUnauthorized: false },
};
for (const [name, tls] of Object.entries(REFUSED))
  test(`tls.${name} is refused when the client is created`, () => {
    assert.throws(() => new Kafka({ bootstrapServers: "h:1", tls }), {
      kind: "unsupported",
      message: new RegExp(name),
    });
  });

test("wrong options are named, as on every host", () => {
  for (const options of [null, undefined, 1, {}]) assert.throws(() => new Kafka(options as never), { kind: "config" });
  assert.throws(() => new Kafka({ bootstrapServers: "h:1", maxConnection: 1 } as never), /maxConnections/);
});
