// The option `maxConnections`: a client of eight brokers with six connections.
import { test } from "node:test";
import assert from "node:assert/strict";
import { countingConnector } from "./counting-connector.ts";
import { inWorld, text, type World } from "./world.ts";

const BROKERS = 8;
const PARTITIONS = 16;
const MOST = 6;

const eightBrokers = (body: (world: World) => Promise<void>): Promise<void> =>
  inWorld({ brokers: BROKERS, topics: { t: PARTITIONS } }, body);

test("eight brokers with six connections: all records to each partition arrive, and no seventh is open", () =>
  eightBrokers(async (world) => {
    const { connector, most } = countingConnector(world.connector);
    const kafka = world.client({ connector, maxConnections: MOST });
    const producer = kafka.producer();
    const sent = Array.from({ length: PARTITIONS * 100 }, (_, i) =>
      producer.send({ topic: "t", partition: i % PARTITIONS, value: `${i}` }),
    );
    await Promise.all(sent);
    await kafka.close();
    assert.equal(most(), MOST);
    const seen = new Set<string>();
    const reader = world.kafka.consumer({ topics: ["t"], startOffset: "earliest" });
    for await (const { value } of reader) {
      seen.add(text(value) ?? "");
      if (seen.size === PARTITIONS * 100) break;
    }
    await reader.close();
    assert.equal(producer.counters.acknowledged, PARTITIONS * 100);
  }));

test("a consumer's long fetches at eight brokers make room for each other, and for a producer", () =>
  eightBrokers(async (world) => {
    const { connector, most } = countingConnector(world.connector);
    const kafka = world.client({ connector, maxConnections: MOST, requestTimeoutMs: 700_000 });
    // Without an end these fetches would keep six places for ten minutes.
    const consumer = kafka.consumer({
      topics: ["t"],
      groupId: "g",
      startOffset: "earliest",
      fetchMaxWaitMs: 600_000,
    });
    const producer = kafka.producer();
    const seen: string[] = [];
    const consuming = (async () => {
      for await (const { value } of consumer) {
        seen.push(text(value) ?? "");
        if (seen.length === PARTITIONS * 5) break;
      }
    })();
    const beganMs = world.platform.clock.monotonic();
    for (let round = 0; round < 5; round++)
      await Promise.all(
        Array.from({ length: PARTITIONS }, (_, partition) =>
          producer.send({ topic: "t", partition, value: `${round}-${partition}` }),
        ),
      );
    await consuming;
    const tookMs = world.platform.clock.monotonic() - beganMs;
    await kafka.close();
    assert.equal(new Set(seen).size, PARTITIONS * 5);
    assert.equal(most(), MOST);
    assert.ok(tookMs < 120_000, `${tookMs} ms`);
  }));

test("one connection is enough for a transaction, a group and an admin", () =>
  eightBrokers(async (world) => {
    const { connector, most } = countingConnector(world.connector);
    const kafka = world.client({ connector, maxConnections: 1 });
    const producer = kafka.producer({ transactionalId: "bank" });
    await producer.transaction(async (tx) => {
      for (let partition = 0; partition < PARTITIONS; partition++) await tx.send({ topic: "t", partition, value: "v" });
    });
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g", startOffset: "earliest" });
    let seen = 0;
    for await (const _ of consumer) if (++seen === PARTITIONS) break;
    assert.ok((await kafka.admin().listTopics()).includes("t"));
    await kafka.close();
    assert.equal(most(), 1);
  }));

test("maxConnections takes a whole number from 1", () =>
  inWorld({ topics: { t: 1 } }, ({ client }) => {
    for (const maxConnections of [0, -1, 1.5, Number.NaN, "6", null])
      assert.throws(() => client({ maxConnections: maxConnections as number }), {
        kind: "config",
        message: /maxConnections takes a whole number from 1 to 2147483647/,
      });
    return Promise.resolve();
  }));
