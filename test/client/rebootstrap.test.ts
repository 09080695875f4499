import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import type { Connector } from "../../src/runtime/byte-stream.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

const REBOOTSTRAP_REQUIRED = 129;
const nothing = { throttleTimeMs: 0, brokers: [], clusterId: null, controllerId: -1, topics: [] };

test(
  "a broker asks its clients to begin again with their bootstrap servers: they do, and no record is lost or " +
    "doubled (KIP-1102)",
  () =>
    inWorld({ brokers: 3, topics: { orders: 3 } }, async ({ cluster, client, platform }) => {
      const log: LogEntry[] = [];
      const kafka = client({ onLog: (entry) => log.push(entry), metadataMaxAgeMs: 50 });
      const producer = kafka.producer();
      for (let i = 0; i < 100; i++) {
        if (i === 30) {
          const stop = cluster.intercept("Metadata", () => {
            stop();
            return { answer: { ...nothing, errorCode: REBOOTSTRAP_REQUIRED } };
          });
        }
        producer.enqueue({ topic: "orders", partition: i % 3, value: String(i) });
        await sleep(platform, 10);
      }
      await producer.close();
      assert.equal(
        log.filter(({ message }) =>
          /the client reconnects to its bootstrap servers: a broker requested it/.test(message),
        ).length,
        1,
      );
      const consumer = kafka.consumer({
        assign: [0, 1, 2].map((partition) => ({ topic: "orders", partition, offset: "earliest" as const })),
      });
      const values = (await take(consumer, 100)).map(({ value }) => Number(text(value)));
      assert.deepEqual(
        [...values].sort((a, b) => a - b),
        Array.from({ length: 100 }, (_, i) => i),
      );
      await consumer.close();
    }),
);

test("old brokers that take connections and tell nothing do not keep a client from its bootstrap servers (KIP-1102)", () =>
  inWorld({ brokers: 1, ports: [1000], topics: { old: 1 } }, async ({ cluster, client, platform }) => {
    const { runtime, clock, entropy, listener } = platform;
    const next = await EmbeddedCluster.start(
      { brokers: 1, ports: [2000], topics: { young: 1 }, autoCreateTopics: false },
      { runtime, clock, entropy, listener },
    );
    let port = 1000;
    const connector: Connector = {
      connect: (address, sink, options) =>
        platform.connector.connect(
          address.host === "boot" ? { ...address, host: "127.0.0.1", port } : address,
          sink,
          options,
        ),
    };
    const options = {
      bootstrapServers: "boot:1",
      cluster: undefined,
      connector,
      requestTimeoutMs: 1000,
      metadataRecoveryRebootstrapTriggerMs: 5000,
      onLog: () => undefined,
    } as never;
    const kafka = client(options);
    const producer = kafka.producer({ maxBlockMs: 20_000 });
    await producer.send({ topic: "old", value: "1" });
    port = 2000;
    cluster.intercept("Metadata", () => "hang");
    const from = clock.monotonic();
    const { offset } = await producer.send({ topic: "young", value: "1" });
    assert.equal(offset, 0);
    assert.ok(clock.monotonic() - from >= 5000, "before the trigger the old brokers are believed");
    await producer.close();
    await kafka.close();
    await next.close();
  }));

test("metadataRecoveryStrategy none: once brokers are known, only they are asked", () =>
  inWorld({ brokers: 2, topics: { orders: 1 } }, async ({ cluster, client, platform }) => {
    const asked: string[] = [];
    const connector: Connector = {
      connect: (address, sink, options) => {
        asked.push(`${address.host}:${address.port}`);
        return platform.connector.connect(
          address.host === "boot"
            ? { ...address, host: "127.0.0.1", port: cluster.snapshot().brokers[0]!.port }
            : address,
          sink,
          options,
        );
      },
    };
    const kafka = client({
      bootstrapServers: "boot:1",
      cluster: undefined,
      connector,
      metadataRecoveryStrategy: "none",
      onLog: () => undefined,
    } as never);
    const producer = kafka.producer();
    await producer.send({ topic: "orders", value: "1" });
    assert.equal(asked[0], "boot:1");
    asked.length = 0;
    await cluster.stopBroker(0);
    await cluster.stopBroker(1);
    await assert.rejects(kafka.admin().listTopics({ timeoutMs: 5000 }));
    assert.ok(asked.length > 0 && !asked.includes("boot:1"), asked.join());
    await producer.close();
  }));

test("recovery options that are wrong are refused", () =>
  inWorld({}, ({ client }) => {
    assert.throws(
      () => client({ metadataRecoveryStrategy: "retry" as never }),
      /metadataRecoveryStrategy takes "rebootstrap" or "none", not "retry"/,
    );
    assert.throws(() => client({ metadataRecoveryRebootstrapTriggerMs: -1 }), /metadataRecoveryRebootstrapTriggerMs/);
    return Promise.resolve();
  }));

/** A connector that leads to another port than it was asked for, while `port` says so. */
function detour(platform: { readonly connector: Connector }, port: (asked: number) => number): Connector {
  return {
    connect: (address, sink, options) =>
      platform.connector.connect({ ...address, port: port(address.port) }, sink, options),
  };
}

test(
  "an address that was given to another broker is noticed when it is connected to: the client begins again with " +
    "its bootstrap servers, and nothing is lost (KIP-1242)",
  () =>
    inWorld({ brokers: 2, ports: [1000, 1001], topics: { orders: 2 } }, async ({ cluster, client, platform }) => {
      const log: LogEntry[] = [];
      let isAstray = true;
      const connector = detour(platform, (asked) => (isAstray ? 1000 : asked));
      const kafka = client({
        bootstrapServers: "127.0.0.1:1000",
        cluster: undefined,
        connector,
        onLog: (entry: LogEntry) => log.push(entry),
      } as never);
      const producer = kafka.producer();
      const sent = Promise.all([0, 1].map((partition) => producer.send({ topic: "orders", partition, value: "1" })));
      await sleep(platform, 5000);
      const refused = log.filter(({ message }) =>
        /the client reconnects to its bootstrap servers: 127\.0\.0\.1:1001: the broker at this address is not broker 1 of cluster/.test(
          message,
        ),
      );
      assert.equal(refused.length, 1, log.map(({ message }) => message).join("\n"));
      isAstray = false;
      assert.deepEqual(
        (await sent).map(({ offset }) => offset),
        [0, 0],
      );
      assert.ok(
        cluster.snapshot().topics[0]?.partitions.every(({ leaderId }, i) => leaderId === i) ?? false,
        "each partition has a broker of its own",
      );
      await producer.close();
    }),
);

test("with metadataClusterCheckEnable false no broker is told who is meant", () =>
  inWorld({ brokers: 2, topics: { orders: 2 } }, async ({ cluster, client }) => {
    const told: [string | null, number][] = [];
    cluster.intercept("ApiVersions", ({ message }) => void told.push([message.clusterId, message.nodeId]));
    for (const metadataClusterCheckEnable of [false, true]) {
      const producer = client({ metadataClusterCheckEnable }).producer();
      await Promise.all([0, 1].map((partition) => producer.send({ topic: "orders", partition, value: "1" })));
      await producer.close();
      const isTold = told.splice(0).some(([clusterId]) => clusterId !== null);
      assert.equal(isTold, metadataClusterCheckEnable);
    }
    assert.throws(
      () => client({ metadataClusterCheckEnable: "yes" as never }),
      /metadataClusterCheckEnable takes true or false/,
    );
  }));
