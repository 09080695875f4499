// The client in real time on every runtime that Odradek ships or shows: records there and back, timers, a close that
// leaves nothing.
import { test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import { take, text } from "../client/world.ts";
import { exampleRuntimes } from "./example-runtimes.ts";
import { shippedRuntimes } from "./shipped-runtimes.ts";

for (const { name, make } of [...shippedRuntimes, ...exampleRuntimes]) {
  test(`records there and back on ${name}`, async () => {
    const cluster = await EmbeddedCluster.start({ brokers: 2, topics: { t: 2 }, ports: [0, 0] });
    const kafka = new Kafka<AsyncRuntime>({ cluster, runtime: make() });
    const values = Array.from({ length: 500 }, (_, i) => String(i));
    const producer = kafka.producer({ lingerMs: 3 });
    const sent = await Promise.all(values.map((value) => producer.send({ topic: "t", key: "k", value })));
    assert.deepEqual(
      sent.map((r) => r.offset),
      values.map(Number),
    );
    const consumer = kafka.consumer({ topics: ["t"], fetchMaxWaitMs: 20 });
    assert.deepEqual(
      (await take(consumer, 500)).map((r) => text(r.value)),
      values,
    );
    const last = take(consumer, 1);
    await producer.send({ topic: "t", key: "k", value: "last" });
    assert.deepEqual(
      (await last).map((r) => text(r.value)),
      ["last"],
    );
    await kafka.close();
    await cluster.close();
  });
}
