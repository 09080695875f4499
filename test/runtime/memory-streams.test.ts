import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { KafkaError } from "../../src/errors/kafka-error.ts";
import type { ByteSink, ByteStream } from "../../src/runtime/byte-stream.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { inVirtualTime } from "./virtual.ts";

class Collector implements ByteSink {
  readonly bytes: number[] = [];
  readonly #size: number;
  isClosed = false;
  error: KafkaError | undefined;
  accepts = true;
  constructor(size: number) {
    this.#size = size;
  }
  buffer(): Uint8Array {
    return new Uint8Array(this.#size);
  }
  filled(view: Uint8Array): boolean {
    assert.equal(this.isClosed, false);
    this.bytes.push(...view);
    return this.accepts;
  }
  closed(error?: KafkaError): void {
    assert.equal(this.isClosed, false, "told once");
    this.isClosed = true;
    this.error = error;
  }
}

async function pair(
  platform: SimulatedPlatform,
  size: number,
): Promise<{
  client: ByteStream;
  clientSink: Collector;
  server: ByteStream;
  serverSink: Collector;
  stop: () => Promise<void>;
}> {
  const serverSink = new Collector(size);
  const clientSink = new Collector(size);
  const accepted: ByteStream[] = [];
  const socket = await platform.listener.listen({ host: "h", port: 0 }, (stream) => {
    accepted.push(stream);
    return serverSink;
  });
  const client = await platform.connector.connect({ host: "h", port: socket.port }, clientSink, {});
  const [server] = accepted;
  assert.ok(server);
  return { client, clientSink, server, serverSink, stop: () => socket.close() };
}

test("bytes arrive in order, however they are cut on either side", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 4 }), { maxLength: 10 }),
      fc.integer({ min: 1, max: 40 }),
      (writes, size) =>
        inVirtualTime(async (platform) => {
          const { client, serverSink, server, clientSink, stop } = await pair(platform, size);
          await Promise.all(writes.map((chunks) => client.write(chunks)));
          await server.write([new Uint8Array([7])]);
          const sent = writes.flat().flatMap((chunk) => [...chunk]);
          assert.deepEqual(serverSink.bytes, sent);
          assert.deepEqual(clientSink.bytes, [7]);
          client.close();
          server.close();
          await stop();
        }),
    ),
    { numRuns: 50 },
  ));

test("a sink that answers false gets nothing more until resume, and the writer waits", () =>
  inVirtualTime(async (platform) => {
    const { client, server, serverSink, stop } = await pair(platform, 4);
    serverSink.accepts = false;
    let written = false;
    const writing = client.write([new Uint8Array(10)]).then(() => {
      written = true;
    });
    await sleep(platform, 50);
    assert.deepEqual([serverSink.bytes.length, written], [4, false]);
    serverSink.accepts = true;
    server.resume();
    await writing;
    assert.equal(serverSink.bytes.length, 10);
    client.close();
    server.close();
    await stop();
  }));

test("closing tells the other end once, after what was written; the closer is not told", () =>
  inVirtualTime(async (platform) => {
    const { client, server, serverSink, clientSink, stop } = await pair(platform, 4);
    void client.write([new Uint8Array(9)]);
    client.close();
    client.close();
    await sleep(platform, 10);
    assert.deepEqual(
      [serverSink.bytes.length, serverSink.isClosed, serverSink.error, clientSink.isClosed],
      [9, true, undefined, false],
    );
    await assert.rejects(server.write([new Uint8Array(1)]), { kind: "connection" });
    server.close();
    await stop();
  }));

test("nobody listens: the address and the reason are named; a port is free again after close", () =>
  inVirtualTime(async (platform) => {
    await assert.rejects(
      platform.connector.connect({ host: "nowhere", port: 1 }, new Collector(1), {}),
      (e: KafkaError) =>
        e.kind === "connection" && e.retriable && e.message.includes("nowhere:1") && e.message.includes("refused"),
    );
    const socket = await platform.listener.listen({ host: "h", port: 5 }, () => new Collector(1));
    await assert.rejects(
      platform.listener.listen({ host: "h", port: 5 }, () => new Collector(1)),
      /cannot listen on h:5: .*already/,
    );
    await socket.close();
    await (await platform.listener.listen({ host: "h", port: 5 }, () => new Collector(1))).close();
  }));
