// Tests the simulated network alone: two nodes, bytes, and faults between them.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import type { ByteSink, ByteStream } from "../../src/runtime/byte-stream.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import type { LinkConditions } from "../../src/simulation/network-link.ts";
import { Scheduler } from "../../src/simulation/scheduler.ts";
import { SimulatedNetwork } from "../../src/simulation/simulated-network.ts";
import { nodeProbes } from "../runtimes/node-probes.ts";

interface End extends ByteSink {
  readonly got: { readonly atMs: number; readonly bytes: number[] }[];
  ended: "open" | "closed" | "error";
}

interface Lab {
  readonly scheduler: Scheduler;
  readonly network: SimulatedNetwork;
  readonly server: End;
  readonly serverStreams: ByteStream[];
  readonly client: End;
  connect(signal?: Cancellation): Promise<ByteStream>;
  sleep(ms: number): Promise<void>;
}

function end(scheduler: Scheduler): End {
  const buffer = new Uint8Array(1024);
  const made: End = {
    got: [],
    ended: "open",
    buffer: () => buffer,
    filled: (view) => {
      made.got.push({ atMs: scheduler.nowUs / 1000, bytes: [...view] });
      return true;
    },
    closed: (error) => {
      made.ended = error === undefined ? "closed" : "error";
    },
  };
  return made;
}

async function inLab(body: (lab: Lab) => Promise<void>, seed = 1, link: Partial<LinkConditions> = {}): Promise<void> {
  const scheduler = new Scheduler({ seed, drain: nodeDrain });
  const network = new SimulatedNetwork(scheduler, seed, link);
  const server = end(scheduler);
  const client = end(scheduler);
  const serverStreams: ByteStream[] = [];
  await scheduler.run(async () => {
    await network
      .listener(() => "b")
      .listen({ host: "h", port: 1 }, (stream) => {
        serverStreams.push(stream);
        return server;
      });
    await body({
      scheduler,
      network,
      server,
      client,
      serverStreams,
      connect: (signal) =>
        network.connector("a").connect({ host: "h", port: 1 }, client, signal === undefined ? {} : { signal }),
      sleep: (ms) => new Promise((resolve) => scheduler.schedule(ms * 1000, resolve)),
    });
  });
}

const bytesOf = (e: End): number[] => e.got.flatMap((piece) => piece.bytes);

test("bytes arrive in order, after a latency that the seed draws, and the writer may use its memory again at once", async () => {
  const times = new Set<number>();
  for (const seed of [1, 2, 3]) {
    await inLab(
      async ({ connect, server, sleep, scheduler }) => {
        const stream = await connect();
        const beforeMs = scheduler.nowUs / 1000;
        const memory = new Uint8Array([1, 2, 3]);
        await stream.write([memory]);
        memory.fill(9);
        for (let i = 4; i < 50; i++) await stream.write([new Uint8Array([i])]);
        await sleep(2000);
        assert.deepEqual(
          bytesOf(server),
          Array.from({ length: 49 }, (_, i) => i + 1),
        );
        const tookMs = server.got[0]!.atMs - beforeMs;
        assert.ok(tookMs >= 10 && tookMs <= 1000.1, `${tookMs} ms`);
        times.add(tookMs);
      },
      seed,
      { latencyUs: [10_000, 1_000_000] },
    );
  }
  assert.equal(times.size, 3);
});

test("two connections do not keep each other's order", async () => {
  let turned = 0;
  for (let seed = 1; seed <= 20; seed++) {
    await inLab(async ({ connect, server, sleep }) => {
      const [first, second] = [await connect(), await connect()];
      await first.write([new Uint8Array([1])]);
      await second.write([new Uint8Array([2])]);
      await sleep(100);
      if (bytesOf(server)[0] === 2) turned++;
    }, seed);
  }
  assert.ok(turned > 2 && turned < 18, `${turned} of 20 came the other way round`);
});

test("one-byte segments tear everything apart, and bandwidth takes time", async () => {
  await inLab(
    async ({ connect, server, sleep }) => {
      await (await connect()).write([new Uint8Array([1, 2, 3])]);
      await sleep(10);
      assert.deepEqual(
        server.got.map((piece) => piece.bytes),
        [[1], [2], [3]],
      );
    },
    1,
    { segmentBytes: 1 },
  );
  await inLab(
    async ({ connect, server, sleep, scheduler }) => {
      const stream = await connect();
      const beforeMs = scheduler.nowUs / 1000;
      await stream.write([new Uint8Array(1000)]);
      await sleep(500);
      assert.ok(server.got[0]!.atMs - beforeMs >= 100, "1000 bytes at 10 a millisecond");
    },
    1,
    { bytesPerMs: 10 },
  );
});

test("a blocked direction delivers its bytes after healing; the other direction continues", () =>
  inLab(async ({ connect, server, client, serverStreams, network, sleep }) => {
    const stream = await connect();
    network.clog("a", "b");
    await stream.write([new Uint8Array([1])]);
    await serverStreams[0]!.write([new Uint8Array([2])]);
    await sleep(5000);
    assert.deepEqual([bytesOf(server), bytesOf(client)], [[], [2]]);
    network.unclog("a", "b");
    await sleep(5);
    assert.deepEqual(bytesOf(server), [1]);
  }));

test("a partition blocks both directions and new connections, until it heals or the caller gives up", () =>
  inLab(async ({ connect, server, client, serverStreams, network, sleep }) => {
    const stream = await connect();
    const heal = network.partition("a", "b");
    await stream.write([new Uint8Array([1])]);
    await serverStreams[0]!.write([new Uint8Array([2])]);
    const signal = new Cancellation();
    const given = connect(signal).then(
      () => "connected",
      (error: unknown) => KafkaError.from(error).kind,
    );
    const waiting = connect();
    await sleep(5000);
    signal.cancel(new KafkaError("timeout", "too long"));
    assert.equal(await given, "timeout");
    assert.deepEqual([bytesOf(server), bytesOf(client)], [[], []]);
    heal();
    heal();
    await waiting;
    await sleep(20);
    assert.deepEqual([bytesOf(server), bytesOf(client)], [[1], [2]]);
  }));

test("a cut after n bytes delivers just those, and then both ends learn of it", () =>
  inLab(async ({ connect, server, client, network, sleep }) => {
    const stream = await connect();
    network.connections[0]!.cutAfter("server", 3);
    await stream.write([new Uint8Array([1, 2, 3, 4, 5])]);
    await sleep(10);
    assert.deepEqual(bytesOf(server), [1, 2, 3]);
    assert.deepEqual([server.ended, client.ended], ["error", "error"]);
    assert.equal(network.connections.length, 0);
    await assert.rejects(
      stream.write([new Uint8Array([6])]),
      (error: unknown) => KafkaError.is(error) && error.kind === "connection",
    );
  }));

test("half open: nothing arrives, and no end is notified", () =>
  inLab(async ({ connect, server, client, network, sleep }) => {
    const stream = await connect();
    network.connections[0]!.halfOpen();
    await stream.write([new Uint8Array([1])]);
    stream.close();
    await sleep(60_000);
    assert.deepEqual([bytesOf(server), server.ended, client.ended], [[], "open", "open"]);
  }));

test("a ghost: the client's connection is dead, and its requests are carried out later", () =>
  inLab(async ({ connect, server, client, network, sleep }) => {
    const stream = await connect();
    await stream.write([new Uint8Array([1])]);
    network.connections[0]!.ghost(3000);
    assert.equal(client.ended, "error");
    await sleep(2900);
    assert.deepEqual(bytesOf(server), []);
    await sleep(200);
    assert.deepEqual([bytesOf(server), server.ended], [[1], "closed"]);
  }));

test("refused connections say so, and a node that crashed is silent while the other end learns of it", () =>
  inLab(async ({ connect, server, client, network, sleep }) => {
    const accept = network.refuse("b");
    await assert.rejects(connect(), /connection refused/);
    accept();
    await connect();
    network.crash("a");
    await sleep(10);
    assert.deepEqual([server.ended, client.ended], ["closed", "open"]);
  }));

test("a connection that one end closed during a partition ends at the other once it heals", () =>
  inLab(async ({ connect, server, network, sleep }) => {
    const stream = await connect();
    const heal = network.partition("a", "b");
    await stream.write([new Uint8Array([1])]);
    stream.close();
    await sleep(1000);
    assert.equal(server.ended, "open");
    heal();
    await sleep(10);
    assert.deepEqual([bytesOf(server), server.ended], [[1], "closed"]);
  }));

test("connections that are over were kept until a link was healed: the network forgets them", async () => {
  const { heapUsed } = nodeProbes();
  await inLab(async ({ connect, serverStreams, sleep }) => {
    const connectOften = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) {
        (await connect()).close();
        await sleep(10);
      }
      serverStreams.length = 0;
      return heapUsed();
    };
    const before = await connectOften(500);
    const grown = (await connectOften(3000)) - before;
    assert.ok(grown < 1_000_000, `${grown} bytes more after 3000 connections`);
  });
});
