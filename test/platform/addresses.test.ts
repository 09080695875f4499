// A name with several addresses: which are tried, in which order, which wins, and what an error says. Names are
// resolved by the test; time is the test's own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { createServer as createTlsServer, Server as TlsServer } from "node:tls";
import { test, type TestContext } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { AddressRace, type RaceTime } from "../../src/platform/node/address-race.ts";
import { connectorBy, type Lookup, nodeConnector } from "../../src/platform/node/connector.ts";
import type { ResolvedAddress } from "../../src/runtime/address-plan.ts";
import type { ByteSink } from "../../src/runtime/byte-stream.ts";
import { authority, elsewhere, key } from "./certificates.ts";

const v4 = (address: string): ResolvedAddress => ({ address, family: 4 });
const given =
  (...addresses: readonly string[]): Lookup =>
  () =>
    Promise.resolve(addresses.map(v4));
const sink = (): ByteSink => ({ buffer: () => new Uint8Array(1024), filled: () => true, closed: () => undefined });

/** A clock that the test advances. */
class HandTime implements RaceTime {
  #nowMs = 0;
  #due: { readonly atMs: number; readonly callback: () => void }[] = [];

  get timers(): number {
    return this.#due.length;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(durationMs: number, callback: () => void): () => void {
    const one = { atMs: this.#nowMs + durationMs, callback };
    this.#due.push(one);
    return () => {
      this.#due = this.#due.filter((other) => other !== one);
    };
  }

  pass(durationMs: number): void {
    this.#nowMs += durationMs;
    const due = this.#due.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#due = this.#due.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { callback } of due) callback();
  }
}

/** A race over addresses whose attempts the test settles. */
function race(...addresses: readonly string[]): {
  readonly time: HandTime;
  readonly log: string[];
  readonly attempts: Map<string, { readonly connected: () => void; readonly failed: (error: unknown) => void }>;
  readonly running: AddressRace<string>;
} {
  const time = new HandTime();
  const log: string[] = [];
  const attempts = new Map<string, { readonly connected: () => void; readonly failed: (error: unknown) => void }>();
  const running = new AddressRace<string>(
    addresses.map(v4),
    ({ address }, connected, failed) => {
      log.push(`try ${address}`);
      attempts.set(address, { connected, failed });
      return { made: address, abandon: () => log.push(`close ${address}`) };
    },
    (end) => log.push("winner" in end ? `won ${end.winner}` : `failed: ${(end.error as Error).message}`),
    time,
  );
  running.advance();
  return { time, log, attempts, running };
}

test("a silent address does not hold back the next for longer than its head start, and may still win", () => {
  const { time, log, attempts } = race("a", "b", "c");
  time.pass(249);
  assert.deepEqual(log, ["try a"]);
  time.pass(1);
  assert.deepEqual(log, ["try a", "try b"]);
  time.pass(250);
  assert.deepEqual(log, ["try a", "try b", "try c"]);
  attempts.get("a")?.connected();
  assert.deepEqual(log.slice(3), ["close b", "close c", "won a"]);
  attempts.get("b")?.connected();
  attempts.get("c")?.failed(new Error("too late"));
  assert.equal(log.length, 6);
  assert.equal(time.timers, 0);
});

test("an address that fails lets the next begin at once; when all have failed the last reason is told", () => {
  const { time, log, attempts } = race("a", "b", "c");
  attempts.get("a")?.failed(new Error("refused"));
  assert.deepEqual(log, ["try a", "close a", "try b"]);
  time.pass(250);
  assert.deepEqual(log.slice(3), ["try c"]);
  attempts.get("c")?.failed(new Error("no route"));
  assert.equal(log.at(-1), "close c");
  attempts.get("b")?.failed(new Error("reset"));
  assert.deepEqual(log.slice(-2), ["close b", "failed: reset"]);
  assert.equal(time.timers, 0);
});

test("a race that is abandoned closes each attempt and begins no other", () => {
  const { time, log, running } = race("a", "b", "c");
  time.pass(250);
  running.abandon();
  time.pass(10_000);
  assert.deepEqual(log, ["try a", "try b", "close a", "close b"]);
  assert.equal(time.timers, 0);
});

/** A server on one loopback address, and who connected to it. */
async function listening(
  t: TestContext,
  address: string,
  server: Server = createServer(),
): Promise<{ readonly port: number; readonly server: Server; readonly connections: () => number }> {
  let connections = 0;
  server.on("connection", (socket) => {
    connections++;
    socket.on("error", () => undefined);
    // Under TLS its owner destroys it: to do so below a TLS socket crashes Node 20.
    if (!(server instanceof TlsServer)) t.after(() => socket.destroy());
  });
  server.listen(0, address);
  await once(server, "listening");
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, server, connections: () => connections };
}

test("addresses that refuse are passed over, and the one that answers is connected to", async (t) => {
  const { port, server, connections } = await listening(t, "127.0.0.3");
  const accepted = once(server, "connection");
  const stream = await connectorBy(given("127.0.0.1", "127.0.0.2", "127.0.0.3"), new HandTime()).connect(
    { host: "brokers.test", port },
    sink(),
    {},
  );
  await accepted;
  assert.deepEqual([stream.remote, connections()], [`brokers.test:${port}`, 1]);
  stream.close();
});

test("where all refuse, the error names the addresses and the last reason", async (t) => {
  const { port, server } = await listening(t, "127.0.0.3");
  server.close();
  await once(server, "close");
  await assert.rejects(
    connectorBy(given("127.0.0.1", "127.0.0.2"), new HandTime()).connect({ host: "brokers.test", port }, sink(), {}),
    (error: unknown) => {
      assert.ok(KafkaError.is(error));
      assert.deepEqual(
        [error.kind, error.retriable, error.outcome, error.address],
        ["connection", true, "notWritten", `brokers.test:${port}`],
      );
      assert.match(
        error.message,
        /^cannot connect to brokers\.test:\d+: ECONNREFUSED, connection refused; .*; 2 addresses of the name were tried: 127\.0\.0\.1, 127\.0\.0\.2$/,
      );
      return true;
    },
  );
});

test(
  "the time for opening a connection ends the lookup, the attempts and the handshake; its error names the " +
    "addresses that were tried",
  async (t) => {
    const signal = new AbortController();
    const late = new KafkaError("timeout", "connecting to brokers.test took more than 10000 ms", { retriable: true });
    const lookingUp = connectorBy(() => new Promise(() => undefined), new HandTime()).connect(
      { host: "brokers.test", port: 9092 },
      sink(),
      { signal: signal.signal },
    );
    // It accepts, and never answers the handshake.
    const { port, server } = await listening(t, "127.0.0.3");
    const accepted = once(server, "connection");
    const shaking = connectorBy(given("127.0.0.1", "127.0.0.3"), new HandTime()).connect(
      { host: "brokers.test", port, tls: {} },
      sink(),
      { signal: signal.signal },
    );
    await accepted;
    await new Promise((resolve) => setImmediate(resolve));
    signal.abort(late);
    await assert.rejects(lookingUp, (error: unknown) => error === late);
    await assert.rejects(shaking, (error: unknown) => {
      assert.ok(KafkaError.is(error));
      assert.deepEqual([error.kind, error.retriable], ["timeout", true]);
      assert.match(
        error.message,
        /^connecting to brokers\.test took more than 10000 ms; 2 addresses of the name were tried: 127\.0\.0\.1, 127\.0\.0\.3; the last error: cannot connect to brokers\.test:\d+: ECONNREFUSED/,
      );
      return true;
    });
    await assert.rejects(
      connectorBy(given("127.0.0.1")).connect({ host: "brokers.test", port }, sink(), { signal: signal.signal }),
      (error: unknown) => error === late,
    );
  },
);

test("a name without an address, and a lookup that fails, are errors that name it", async () => {
  await assert.rejects(connectorBy(given()).connect({ host: "nowhere.test", port: 1 }, sink(), {}), {
    kind: "connection",
    message: /^cannot connect to nowhere\.test:1: ENOTFOUND/,
  });
  const failing: Lookup = () => Promise.reject(Object.assign(new Error("queryA"), { code: "EAI_AGAIN" }));
  await assert.rejects(connectorBy(failing).connect({ host: "nowhere.test", port: 1 }, sink(), {}), {
    kind: "connection",
    retriable: true,
    message: /EAI_AGAIN, the name cannot be resolved at the moment/,
  });
});

test("a literal address is not looked up", async (t) => {
  const { port } = await listening(t, "127.0.0.1");
  const stream = await connectorBy(() => assert.fail("it was looked up")).connect(
    { host: "127.0.0.1", port },
    sink(),
    {},
  );
  stream.close();
  const other = await nodeConnector().connect({ host: "localhost", port }, sink(), {});
  other.close();
});

test("the secure handshake takes place on the winning socket alone, by the name and not by the address", async (t) => {
  const secure = createTlsServer({ cert: elsewhere, key });
  const names: unknown[] = [];
  secure.on("secureConnection", (socket) => {
    names.push(socket.servername);
    socket.on("error", () => undefined);
    t.after(() => socket.destroy());
  });
  const { port, connections } = await listening(t, "127.0.0.3", secure);
  const handshaken = once(secure, "secureConnection");
  const stream = await connectorBy(given("127.0.0.1", "127.0.0.2", "127.0.0.3"), new HandTime()).connect(
    { host: "elsewhere.example", port, tls: { ca: authority } },
    sink(),
    {},
  );
  await handshaken;
  assert.deepEqual([names, connections()], [["elsewhere.example"], 1]);
  stream.close();
});
