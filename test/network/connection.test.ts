// One connection against a scripted broker, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { encodeResponse } from "../../src/protocol/headers.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { produceApi } from "../../src/protocol/messages/produce.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import type { Connection } from "../../src/network/connection.ts";
import { openConnection } from "../../src/network/open-connection.ts";
import { HandshakeVersion } from "../../src/network/handshake-version.ts";
import type { ConnectionOptions } from "../../src/network/connection-options.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { inVirtualTime } from "../runtime/virtual.ts";
import { FakeBroker } from "./fake-broker.ts";

const error =
  (kind: string, says: RegExp, outcome?: string) =>
  (e: unknown): boolean => {
    assert.ok(KafkaError.is(e), String(e));
    assert.equal(e.kind, kind, e.message);
    assert.match(e.message, says);
    if (outcome !== undefined) assert.equal(e.outcome, outcome);
    return true;
  };

function withBroker(
  body: (broker: FakeBroker, connect: () => Promise<Connection>, platform: SimulatedPlatform) => Promise<void>,
  more: Partial<ConnectionOptions> = {},
): Promise<void> {
  return inVirtualTime(async (platform) => {
    const broker = new FakeBroker(platform);
    const connect = await broker.start(more);
    await body(broker, connect, platform);
    await broker.stop();
  });
}
const ask = (connection: Connection): Promise<unknown> => connection.request(metadataApi, { topics: [] });

test("versions are negotiated; an API that the broker lacks is named", () =>
  withBroker(async (broker, connect) => {
    const connection = await connect();
    assert.deepEqual(broker.handshakes, [5]);
    assert.equal(connection.version(metadataApi), 13);
    assert.equal(connection.version(metadataApi, 5), 5);
    assert.throws(() => connection.version(produceApi), error("unsupported", /Produce/));
    connection.close();
  }));

test("a broker that does not know our ApiVersions is asked again in its own range, and not a third time", () =>
  withBroker(async (broker, connect) => {
    broker.handshake = (version) =>
      version > 2
        ? { version: 0, body: { errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 2 }] } }
        : { version, body: { apiKeys: [{ apiKey: 3, minVersion: 1, maxVersion: 5 }] } };
    const connection = await connect();
    assert.deepEqual(broker.handshakes, [5, 2]);
    assert.equal(connection.version(metadataApi), 5);
    connection.close();
    broker.handshake = () => ({ version: 0, body: { errorCode: 35, apiKeys: [] } });
    broker.handshakes.length = 0;
    await assert.rejects(connect(), error("unsupported", /UNSUPPORTED_VERSION/));
    assert.equal(broker.handshakes.length, 2);
  }));

test("responses settle in order, many under way at once", () =>
  withBroker(async (broker, connect, platform) => {
    const connection = await connect();
    const order: number[] = [];
    const all = [0, 1, 2, 3].map((i) =>
      connection.request(metadataApi, { topics: [] }).then((r) => order.push(i * 100 + r.controllerId)),
    );
    assert.equal(connection.inFlight, 4);
    await sleep(platform, 10);
    broker.requests.forEach((request, i) => request.reply({ controllerId: i }));
    await Promise.all(all);
    assert.deepEqual(order, [0, 101, 202, 303]);
    assert.equal(connection.inFlight, 0);
    connection.close();
  }));

test("a foreign correlation id closes the connection; what is under way is indefinite", () =>
  withBroker(async (broker, connect) => {
    broker.onRequest = (request) => request.reply({}, request.correlationId + 7);
    const connection = await connect();
    await assert.rejects(ask(connection), error("protocol", /correlation id.*expected/, "indefinite"));
    assert.ok(connection.isClosed);
    await assert.rejects(ask(connection), error("connection", /closed/, "notWritten"));
  }));

test("a deadline closes the connection, names API and time, and takes the others along", () =>
  withBroker(async (_broker, connect, platform) => {
    const connection = await connect();
    const began = platform.clock.monotonic();
    const first = assert.rejects(
      connection.request(metadataApi, {}, { timeoutMs: 300 }),
      error("timeout", /Metadata to broker:9092.*300 ms/, "indefinite"),
    );
    await assert.rejects(ask(connection), error("timeout", /300 ms/, "indefinite"));
    await first;
    assert.ok(platform.clock.monotonic() - began >= 300 && platform.clock.monotonic() - began < 310);
  }));

test("the stream ends in the middle of a response, or before anything was answered", () =>
  withBroker(async (broker, connect) => {
    broker.onRequest = (request) => {
      request.raw(new Uint8Array([0, 0, 1, 0, 0, 0]));
      request.hangUp();
    };
    await assert.rejects(ask(await connect()), error("connection", /in the middle of a response/, "indefinite"));
  }));

test("bytes that are no Kafka close the connection with a diagnosis", () =>
  withBroker(async (broker, connect) => {
    broker.onRequest = (request) => request.raw(new TextEncoder().encode("HTTP/1.1 400 Bad Request"));
    await assert.rejects(ask(await connect()), error("protocol", /HTTP.*Kafka broker/, "indefinite"));
    broker.onRequest = (request) => request.raw(new Uint8Array([0, 0, 0, 6, 0, 0, 0, request.correlationId, 9, 9]));
    await assert.rejects(ask(await connect()), error("protocol", /MetadataResponse/, "indefinite"));
  }));

test("a throttle is honoured: nothing is written before it is over, and what waited was not written", () =>
  withBroker(async (broker, connect, platform) => {
    broker.onRequest = (request) => request.reply({ throttleTimeMs: 200 });
    const connection = await connect();
    await ask(connection);
    const throttled = platform.clock.monotonic();
    await ask(connection);
    assert.ok((broker.requests[1]?.atMs ?? 0) >= throttled + 200);
    assert.equal(connection.counters.throttledMs, 400);
    const waiting = ask(connection);
    connection.close();
    await assert.rejects(waiting, error("closed", /Metadata/, "notWritten"));
  }));

test("while a broker throttles, no request's timeout runs: neither of what waits nor of what is under way", () =>
  withBroker(
    async (broker, connect, platform) => {
      let held: (() => void) | undefined;
      broker.onRequest = (request) => {
        if (broker.requests.length === 1) request.reply({ throttleTimeMs: 60_000 });
        else if (broker.requests.length === 2) held = () => request.reply({});
        else {
          held?.(); // in their order
          request.reply({});
        }
      };
      const connection = await connect();
      const [first, second] = [ask(connection), ask(connection)];
      await first;
      const throttledMs = platform.clock.monotonic();
      const third = ask(connection);
      await Promise.all([second, third]);
      assert.ok((broker.requests[2]?.atMs ?? 0) >= throttledMs + 60_000);
      connection.close();
    },
    { requestTimeoutMs: 1000 },
  ));

test("closing fails what is under way, tells listeners once, and is harmless twice", () =>
  withBroker(async (_broker, connect, platform) => {
    const connection = await connect();
    let told = 0;
    connection.onClosed(() => told++);
    const waiting = ask(connection);
    await sleep(platform, 5);
    connection.close();
    connection.close();
    await assert.rejects(waiting, error("closed", /Metadata to broker:9092/, "indefinite"));
    connection.onClosed(() => told++);
    assert.equal(told, 2);
  }));

test("a request without a response settles when it is written, and takes no place in the order", () =>
  withBroker(async (broker, connect) => {
    const connection = await connect();
    await connection.request(metadataApi, {}, { noResponse: true });
    assert.equal(connection.inFlight, 0);
    broker.onRequest = (request) => request.reply({ controllerId: 5 });
    assert.equal((await connection.request(metadataApi, {})).controllerId, 5);
    connection.close();
  }));

test("an idle connection is closed, a busy one is not", () =>
  withBroker(
    async (broker, connect, platform) => {
      const connection = await connect();
      await sleep(platform, 50);
      const waiting = ask(connection);
      await sleep(platform, 150);
      assert.equal(connection.isClosed, false);
      broker.requests[0]?.reply({});
      await waiting;
      await sleep(platform, 101);
      assert.equal(connection.isClosed, true);
    },
    { maxIdleMs: 100 },
  ));

test("setting up takes too long, is cancelled, or refused: each names the address", () =>
  withBroker(async (broker, connect, platform) => {
    broker.handshake = () => undefined;
    const began = platform.clock.monotonic();
    await assert.rejects(connect(), error("timeout", /broker:9092.*500 ms/));
    assert.ok(platform.clock.monotonic() - began < 510);
    const signal = new Cancellation();
    const options = {
      host: "nobody",
      port: 1,
      connector: platform.connector,
      runtime: platform.runtime,
      clock: platform.clock,
      deadlines: broker.deadlines,
      tasks: broker.tasks,
      clientId: "",
      requestTimeoutMs: 1,
      setupTimeoutMs: 500,
      maxIdleMs: 1,
      maxFrameBytes: 1,
    };
    await assert.rejects(openConnection(options), error("connection", /nobody:1.*refused/));
    signal.cancel(new KafkaError("cancelled", "no more"));
    await assert.rejects(openConnection(options, signal), error("cancelled", /no more/));
  }));

for (const worked of [3, 0]) {
  test(
    `a broker that hangs up on ApiVersions above ${worked} is reached at once, and asked with ${worked} from then ` +
      "on",
    () => {
      const handshakeVersion = new HandshakeVersion();
      return withBroker(
        async (broker, connect, platform) => {
          broker.hangsUpAbove = worked;
          const connection = await connect();
          assert.deepEqual(broker.handshakes, [5, 3, 0].slice(0, worked === 3 ? 2 : 3));
          assert.ok(platform.clock.monotonic() < 100, `${platform.clock.monotonic()} ms`);
          broker.handshakes.length = 0;
          (await connect()).close();
          await connection.refreshFeatures();
          assert.deepEqual(broker.handshakes, [worked, worked]);
          connection.close();
        },
        { handshakeVersion },
      );
    },
  );
}

test("a broker that hangs up on every ApiVersions is asked with each version once, and the error says that it hung up", () =>
  withBroker(async (broker, connect) => {
    broker.hangsUpAbove = -1;
    await assert.rejects(connect(), error("connection", /before it answered anything/));
    assert.deepEqual(broker.handshakes, [5, 3, 0]);
  }));

test("setting up within its time counts all versions that are tried", () =>
  withBroker(async (broker, connect, platform) => {
    broker.hangsUpAbove = -1;
    broker.hangsUpAfterMs = 300;
    const began = platform.clock.monotonic();
    await assert.rejects(connect(), error("timeout", /500 ms/));
    assert.ok(platform.clock.monotonic() - began < 510);
  }));

test("a large response is decoded with turns of the host in between, where the caller asks for that", () =>
  inVirtualTime(async (platform) => {
    const broker = new FakeBroker(platform);
    let turns = 0;
    let stepMs = 0;
    let workedMs = 0;
    const connect = await broker.start({
      // Each look at the clock finds that time has passed, as if the work before it had taken that time.
      clock: { now: () => platform.clock.now(), monotonic: () => platform.clock.monotonic() + (workedMs += stepMs) },
      runtime: {
        spawn: (task) => platform.runtime.spawn(task),
        delayFor: (ms) => {
          if (ms === 0) turns++;
          return platform.runtime.delayFor(ms);
        },
      },
    });
    const topics = Array.from({ length: 5000 }, (_, i) => ({ name: `a-topic-with-a-long-name-${i}` }));
    broker.onRequest = (request) => {
      request.reply({ topics });
      stepMs = 1;
    };
    const connection = await connect();
    turns = 0;
    const atOnce = await connection.request(metadataApi, { topics: null });
    assert.deepEqual([atOnce.topics.length, turns], [5000, 0]);
    const inTurns = await connection.request(metadataApi, { topics: null }, { isInTurns: true });
    assert.deepEqual(inTurns, atOnce);
    assert.ok(turns >= 10, `${turns} turns`);
    connection.close();
    await broker.stop();
  }));

test("a malformed response that is decoded in turns closes the connection, like any other", async () => {
  for (const isSlow of [true, false])
    await inVirtualTime(async (platform) => {
      const broker = new FakeBroker(platform);
      let stepMs = 0;
      let workedMs = 0;
      const connect = await broker.start({
        clock: { now: () => platform.clock.now(), monotonic: () => platform.clock.monotonic() + (workedMs += stepMs) },
      });
      const topics = Array.from({ length: 5000 }, (_, i) => ({ name: `a-topic-with-a-long-name-${i}` }));
      broker.onRequest = (request) => {
        request.raw(cutOff(request.correlationId, topics));
        stepMs = isSlow ? 1 : 0;
      };
      const connection = await connect();
      await assert.rejects(
        connection.request(metadataApi, { topics: null }, { isInTurns: true }),
        error("protocol", /MetadataResponse\.topics\[4999\]/),
      );
      assert.ok(connection.isClosed);
      await broker.stop();
    });
});

/** A response that ends in the middle of its last topic. */
function cutOff(correlationId: number, topics: readonly { readonly name: string }[]): Uint8Array {
  const whole = Buffer.concat(encodeResponse(metadataApi, { topics }, 13, correlationId));
  const cut = whole.subarray(0, whole.length - 20);
  cut.writeInt32BE(cut.length - 4, 0);
  return cut;
}
