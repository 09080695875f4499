// A load balancer that drops idle connections without notifying either end: bytes that are written to them are lost.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Connector } from "../../src/runtime/byte-stream.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { inWorld } from "./world.ts";

const FORGETS_AFTER_MS = 240_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** A connector through such a balancer, and how many connections went through it. */
function throughBalancer({ connector, clock }: SimulatedPlatform): {
  readonly connector: Connector;
  readonly opened: () => number;
} {
  let opened = 0;
  const connect: Connector["connect"] = async (target, sink, options) => {
    opened++;
    let lastMs = clock.monotonic();
    let isForgotten = false;
    const passes = (): boolean => {
      isForgotten ||= clock.monotonic() - lastMs > FORGETS_AFTER_MS;
      lastMs = clock.monotonic();
      return !isForgotten;
    };
    const stream = await connector.connect(
      target,
      {
        buffer: () => sink.buffer(),
        filled: (view) => (passes() ? sink.filled(view) : true),
        closed: (error) => {
          if (!isForgotten) sink.closed(error);
        },
      },
      options,
    );
    return {
      remote: stream.remote,
      write: (chunks) => (passes() ? stream.write(chunks) : Promise.resolve()),
      resume: () => stream.resume(),
      close: () => stream.close(),
    };
  };
  return { connector: { connect }, opened: () => opened };
}

test(
  "after a pause that a load balancer did not survive, a transaction cost one request timeout for each of its " +
    "connections: one in all",
  () =>
    inWorld({ topics: { t: 1 } }, async ({ client, platform }) => {
      const { connector, opened } = throughBalancer(platform);
      const kafka = client({ connector, requestTimeoutMs: REQUEST_TIMEOUT_MS, onLog: () => undefined });
      const bank = kafka.producer({ transactionalId: "bank" });
      const pay = (): Promise<unknown> => bank.transaction((tx) => tx.send({ topic: "t", value: "v" }));
      await pay();
      const before = opened();
      await sleep(platform, FORGETS_AFTER_MS + 60_000);
      const from = platform.clock.monotonic();
      await pay();
      const tookMs = platform.clock.monotonic() - from;
      assert.ok(tookMs >= REQUEST_TIMEOUT_MS && tookMs < 1.5 * REQUEST_TIMEOUT_MS, `${tookMs} ms`);
      assert.ok(opened() - before >= 2);
      assert.equal(bank.counters.acknowledged, 2);
      await kafka.close();
    }),
);

test("a slow broker is no forgotten connection: what was not idle, or for less long, is left alone", () =>
  inWorld({ topics: { t: 1, u: 1 } }, async ({ client, cluster, platform }) => {
    const { connector, opened } = throughBalancer(platform);
    const kafka = client({ connector, requestTimeoutMs: 5000, onLog: () => undefined });
    const admin = kafka.admin();
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "v" });
    await admin.listTopics();
    const before = opened();
    cluster.intercept("Produce", { delayMs: 8000 }, { times: 1 });
    await producer.send({ topic: "t", value: "v" });
    assert.equal(opened() - before, 1);
    await kafka.close();
  }));
