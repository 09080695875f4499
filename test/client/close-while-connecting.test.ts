// An attempt to connect may have no caller any more when its client closes: its caller has failed for another reason,
// or was cancelled. close() waits for it, so that no delay and no connection outlives the client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import type { Connector } from "../../src/runtime/byte-stream.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, type World } from "./world.ts";

const LATENCY_MS = 20;

const earlier: readonly (readonly [string, (world: World) => Promise<unknown>])[] = [
  ["nothing before", () => Promise.resolve()],
  ["an admin at work before", ({ kafka }) => kafka.admin().describeCluster()],
  [
    "another producer at work before",
    ({ kafka }) => kafka.producer({ enableIdempotence: false }).send({ topic: "t", value: "x" }),
  ],
];

for (const [name, before] of earlier)
  for (const isKnown of [false, true])
    test(
      `a refused producer id leaves no delay behind close() (${name}, ` +
        `${isKnown ? "with" : "without"} metadata); the connection for records was still being opened`,
      () =>
        inWorld({ topics: { t: 3 } }, async (world) => {
          const { cluster, kafka, platform } = world;
          await before(world);
          const producer = kafka.producer();
          if (isKnown) await producer.partitionsFor("t");
          cluster.failRequests("InitProducerId", ["CLUSTER_AUTHORIZATION_FAILED"]);
          await assert.rejects(producer.send({ topic: "t", value: "a" }), { kind: "authorization", code: 31 });
          await producer.close();
          await kafka.close();
          assert.equal(platform.runtime.delays, 0, "delays after close()");
        }),
    );

test("a call that was cancelled while it connected leaves no delay behind close()", () =>
  inWorld({ topics: { t: 1 } }, async ({ client, connector, platform }) => {
    const signal = new Cancellation();
    const watched: Connector = {
      ...connector,
      connect: (target, sink, options) => {
        const stream = connector.connect(target, sink, options);
        signal.cancel(new KafkaError("cancelled", "enough"));
        return stream;
      },
    };
    const kafka = client({ connector: watched });
    await assert.rejects(kafka.admin().describeCluster({ signal }), { kind: "cancelled" });
    await kafka.close();
    assert.equal(platform.runtime.delays, 0, "delays after close()");
  }));

test("a login whose token never comes leaves no delay behind close()", () =>
  inWorld({ topics: { t: 1 } }, async ({ client, platform }) => {
    const sasl: KafkaBaseOptions["sasl"] = { mechanism: "OAUTHBEARER", token: () => new Promise(() => undefined) };
    const kafka = client({ sasl });
    const call = kafka.admin().describeCluster();
    await sleep(platform, 1000);
    const closed = kafka.close();
    await assert.rejects(call, { kind: "closed" });
    await closed;
    assert.equal(platform.runtime.delays, 0, "delays after close()");
  }));

test("a connector that ignores its signal: its stream is closed when it comes, and close() does not wait for it", () =>
  inWorld({ topics: { t: 1 } }, async ({ client, connector, platform }) => {
    let [opened, closed, written] = [0, 0, 0];
    const deaf: Connector = {
      ...connector,
      connect: async (target, sink) => {
        await sleep(platform, LATENCY_MS);
        const stream = await connector.connect(target, sink, {});
        opened++;
        return {
          remote: stream.remote,
          write: (chunks) => {
            written++;
            return stream.write(chunks);
          },
          resume: () => stream.resume(),
          close: () => {
            closed++;
            return stream.close();
          },
        };
      },
    };
    const kafka = client({ connector: deaf });
    const call = kafka.admin().describeCluster();
    await sleep(platform, LATENCY_MS / 2);
    const beforeMs = platform.clock.monotonic();
    const closing = kafka.close();
    await assert.rejects(call, { kind: "closed" });
    await closing;
    assert.ok(platform.clock.monotonic() - beforeMs < LATENCY_MS / 2, "close() has waited for the connector");
    await sleep(platform, 2 * LATENCY_MS);
    assert.deepEqual({ opened, closed, written }, { opened: 1, closed: 1, written: 0 });
  }));
