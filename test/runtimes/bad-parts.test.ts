// Codecs, serdes and connectors that throw, return nonsense or never settle: the calls end, with the cause.
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { Kafka } from "../../src/kafka.ts";
import type { KafkaBaseOptions } from "../../src/kafka-options.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import type { ByteStream, Connector } from "../../src/runtime/byte-stream.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { Serde } from "../../src/serdes/serde.ts";
import { simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import "../client/late-code.ts";
import { type Call, Calls, fill, textOf, TOPICS } from "./breaking.ts";

const CLOSE_MS = 2000;
type Program = (kafka: Kafka<AsyncRuntime>, calls: Calls) => Promise<void>;

/** Runs a program with a bad part, and closes the client. Returns the calls; nothing is left behind. */
async function play(bad: (good: Connector) => KafkaBaseOptions, program: Program): Promise<readonly Call[]> {
  const platform = simulatedPlatform({ seed: 7, drain: nodeDrain });
  return platform.run(async () => {
    const cluster = await EmbeddedCluster.start({ brokers: 1, topics: TOPICS }, platform);
    const location = { bootstrapServers: cluster.bootstrapServers, connector: platform.connector };
    const healthy = new Kafka<AsyncRuntime>({ cluster: location, runtime: platform.runtime }, platform);
    await fill(healthy);
    const runtime = new SimulatedRuntime(platform.scheduler);
    const kafka = new Kafka<AsyncRuntime>(
      { cluster: location, onLog: () => undefined, ...bad(platform.connector), runtime },
      platform,
    );
    const calls = new Calls(platform.clock);
    await Promise.race([program(kafka, calls), sleep(platform, 60_000)]);
    await Promise.race([calls.note("close", () => kafka.close({ timeoutMs: CLOSE_MS })), sleep(platform, 60_000)]);
    await sleep(platform, 1);
    for (const { name, endedMs } of calls.all) assert.notEqual(endedMs, undefined, `${name} has not ended`);
    const close = calls.all.find(({ name }) => name === "close");
    assert.ok((close?.endedMs ?? Number.POSITIVE_INFINITY) - (close?.beganMs ?? 0) <= CLOSE_MS + 2000, "close is late");
    assert.deepEqual({ delays: runtime.delays, tasks: runtime.tasks }, { delays: 0, tasks: 0 });
    await healthy.close();
    await cluster.close();
    return calls.all;
  });
}

const fails = (): never => {
  throw new Error("the part broke");
};
const bytes: Serde<Uint8Array> = { serialize: (value) => value, deserialize: (value) => value };

const sends =
  (serde: Partial<Serde<Uint8Array>>, options = {}): Program =>
  async (kafka, calls) => {
    const producer = kafka.producer({ value: { ...bytes, ...serde }, ...options });
    await calls.note("send", () => producer.send({ topic: "written", value: new Uint8Array(1000) }));
    await calls.note("flush", () => producer.flush());
  };
const reads =
  (serde: Partial<Serde<Uint8Array>>): Program =>
  async (kafka, calls) => {
    const consumer = kafka.consumer({ topics: ["read"], value: { ...bytes, ...serde } });
    await calls.note("loop", async () => {
      for await (const record of consumer) if (record.value !== null) return;
    });
  };

/** Each ends within 5 s, with an error that names the cause. */
const throwing: readonly [string, KafkaBaseOptions, Program, string][] = [
  [
    "compress",
    { codecs: { gzip: { compress: fails, decompress: fails } } },
    sends({}, { compressionType: "gzip" }),
    "send",
  ],
  ["serialize", {}, sends({ serialize: fails }), "send"],
  ["prepare", {}, sends({ prepare: fails }), "send"],
  ["prepare, later", {}, sends({ prepare: () => Promise.reject(new Error("the part broke")) }), "send"],
  ["deserialize", {}, reads({ deserialize: fails }), "loop"],
  ["prepareRead", {}, reads({ prepareRead: fails }), "loop"],
];

for (const [what, options, program, name] of throwing)
  test(`${what} throws: the call is rejected at once, with the cause`, async () => {
    const calls = await play(() => options, program);
    const call = calls.find((one) => one.name === name);
    assert.match(textOf(call?.error), /^serialization: .*the part broke/);
    assert.ok((call?.endedMs ?? 0) - (call?.beganMs ?? 0) < 5000);
  });

test("decompress throws: the portable codec reads the batch", async () => {
  const never = { compress: (data: Uint8Array) => new Uint8Array(gzipSync(data)), decompress: fails };
  const calls = await play(
    () => ({ codecs: { gzip: never } }),
    async (kafka, calls) => {
      const producer = kafka.producer({ compressionType: "gzip" });
      await calls.note("send", () => producer.send({ topic: "written", value: "x".repeat(1000) }));
      await calls.note("loop", async () => {
        for await (const _ of kafka.consumer({ topics: ["written"] })) return;
      });
    },
  );
  const loop = calls.find(({ name }) => name === "loop");
  assert.equal(loop?.error, undefined);
  assert.ok((loop?.endedMs ?? 0) - (loop?.beganMs ?? 0) < 5000);
});

const hangs = (): Promise<never> => new Promise(() => undefined);
/** A connector whose streams are changed. */
const streams =
  (change: (stream: ByteStream) => Pick<ByteStream, "write"> | Pick<ByteStream, "write" | "close">) =>
  (good: Connector): Connector => ({
    connect: async (...args) => {
      const stream = await good.connect(...args);
      const same = { remote: stream.remote, resume: () => stream.resume() };
      return { ...same, close: () => stream.close(), ...change(stream) };
    },
  });

const connectors: readonly [string, (good: Connector) => Connector, RegExp][] = [
  ["connect never settles", () => ({ connect: hangs }), /took more than 1000 ms/],
  ["connect throws", () => ({ connect: fails }), /the part broke/],
  ["connect returns nothing", () => ({ connect: () => undefined as never }), /returned undefined, which is no stream/],
  ["connect resolves to nonsense", () => ({ connect: () => Promise.resolve({} as never) }), /which is no stream/],
  ["write throws", streams(() => ({ write: fails })), /the part broke/],
  ["write never settles", streams(() => ({ write: hangs })), /./],
  ["write returns nothing", streams(() => ({ write: () => undefined as never })), /./],
  [
    "close throws, and write never settles",
    streams((stream) => ({
      write: hangs,
      close: () => {
        stream.close();
        fails();
      },
    })),
    /./,
  ],
];

for (const [what, bad, cause] of connectors)
  test(`a connector: ${what}; every call ends within its timeout, and close() too`, async () => {
    const calls = await play(
      (good) => ({ connector: bad(good), socketConnectionSetupTimeoutMs: 1000, requestTimeoutMs: 1000 }),
      async (kafka, calls) => {
        const producer = kafka.producer({ maxBlockMs: 4000, deliveryTimeoutMs: 4000 });
        const consumer = kafka.consumer({ groupId: "g", topics: ["read"], defaultApiTimeoutMs: 4000 });
        void calls.note("loop", async () => {
          for await (const _ of consumer) break;
        });
        await Promise.all([
          calls.note("send", () => producer.send({ topic: "written", value: "v" })),
          calls.note("flush", () => producer.flush({ timeoutMs: 4500 })),
          calls.note("ping", () => kafka.ping({ timeoutMs: 4000 })),
          calls.note("describeCluster", () => kafka.admin().describeCluster({ timeoutMs: 4000 })),
        ]);
      },
    );
    for (const { name, beganMs, endedMs = Number.POSITIVE_INFINITY, error } of calls) {
      if (["send", "flush", "ping", "describeCluster"].includes(name))
        assert.ok(endedMs - beganMs <= 5000, `${name} took ${endedMs - beganMs} ms: ${textOf(error)}`);
      if (["send", "ping", "describeCluster"].includes(name)) assert.match(textOf(error), cause, name);
    }
  });
