// The consumer where logs are cut off (KIP-320) and where a near replica may be read (KIP-392).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import type { Kafka } from "../../src/kafka.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

async function fill(kafka: Kafka<SimulatedRuntime>, count: number): Promise<void> {
  const producer = kafka.producer();
  for (let i = 0; i < count; i++) await producer.send({ topic: "t", partition: 0, value: String(i) });
  await producer.close();
}

/** The broker says once that its log and the reader's part at an offset. */
function diverge(cluster: EmbeddedCluster, fromOffset: number, endOffset: number): { epoch: number } {
  const seen = { epoch: -1 };
  const handle = cluster.intercept("Fetch", ({ message }) => {
    const [topic] = message.topics;
    const partition = topic?.partitions[0];
    if (topic === undefined || partition === undefined || partition.fetchOffset < fromOffset) return undefined;
    seen.epoch = partition.lastFetchedEpoch;
    handle();
    return {
      respond: (response) => ({
        ...response,
        responses:
          response.responses.length === 0
            ? [
                {
                  topicId: topic.topicId,
                  partitions: [
                    {
                      partitionIndex: 0,
                      errorCode: 0,
                      highWatermark: 20,
                      divergingEpoch: { epoch: 0, endOffset },
                      records: null,
                    },
                  ],
                },
              ]
            : response.responses.map((t) => ({
                ...t,
                partitions: t.partitions.map((p) => ({ ...p, divergingEpoch: { epoch: 0, endOffset }, records: null })),
              })),
      }),
    };
  });
  return seen;
}

test("a log that was cut off below the position: reading goes back to where the logs part, and says so", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    await fill(kafka, 10);
    const resets: unknown[] = [];
    const seen = diverge(cluster, 10, 5);
    const consumer = kafka.consumer({
      assign: [{ topic: "t", partition: 0 }],
      onPositionReset: (reset) => resets.push(reset),
    });
    const values = (await take(consumer, 15)).map((record) => text(record.value));
    assert.deepEqual(values, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "5", "6", "7", "8", "9"]);
    assert.deepEqual(resets, [{ topic: "t", partition: 0, from: 10, to: 5 }]);
    assert.equal(
      seen.epoch,
      cluster.snapshot().topics[0]?.partitions[0]?.leaderEpoch,
      "the broker was told in which epoch the last batch was written",
    );
  }));

test("a log that was cut off above the position: what is held of the old log is not delivered, and nobody need be told", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    await fill(kafka, 10);
    const resets: unknown[] = [];
    diverge(cluster, 10, 5);
    const consumer = kafka.consumer({
      assign: [{ topic: "t", partition: 0 }],
      onPositionReset: (reset) => resets.push(reset),
    });
    const values: (string | null)[] = [];
    for await (const record of consumer) {
      values.push(text(record.value));
      if (values.length === 3) await sleep(platform, 2000); // meanwhile the rest is fetched, and found to be cut off
      if (values.length === 10) break;
    }
    assert.deepEqual(values, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert.deepEqual(resets, []);
  }));

test("a log that was cut off, with autoOffsetReset none: an error that names both offsets", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    await fill(kafka, 10);
    diverge(cluster, 10, 5);
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset: 0 }], autoOffsetReset: "none" });
    await assert.rejects(take(consumer, 15), {
      kind: "broker",
      topic: "t",
      offset: 10,
      message: /truncated at offset 5, below position 10.*seek/,
    });
    consumer.seek({ topic: "t", partition: 0 }, 5);
    assert.equal((await take(consumer, 1))[0]?.offset, 5);
  }));

test("after a seek nothing is said of an epoch: the broker could only guess what was read", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    await fill(kafka, 10);
    const epochs: number[] = [];
    cluster.intercept("Fetch", ({ message }) => {
      for (const { partitions } of message.topics)
        for (const { fetchOffset, lastFetchedEpoch } of partitions)
          if (fetchOffset === 3) epochs.push(lastFetchedEpoch);
    });
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0 }] });
    await take(consumer, 10);
    consumer.seek({ topic: "t", partition: 0 }, 3);
    await take(consumer, 2);
    assert.deepEqual(epochs, [-1]);
  }));

/** The leader sends readers to another broker. Counts who is asked. */
function prefer(
  cluster: EmbeddedCluster,
  leader: number,
  other: number,
  times = Number.POSITIVE_INFINITY,
): { readonly asked: number[] } {
  const asked: number[] = [];
  let sent = 0;
  cluster.intercept("Fetch", ({ nodeId, message }) => {
    asked.push(nodeId);
    if (nodeId !== leader || message.rackId !== "near" || sent >= times) return undefined;
    sent++;
    return {
      respond: (response) => ({
        ...response,
        responses: response.responses.map((t) => ({
          ...t,
          partitions: t.partitions.map((p) => ({ ...p, preferredReadReplica: other, records: null })),
        })),
      }),
    };
  });
  return { asked };
}

test("a leader that names a nearer replica is believed, until its word is old (KIP-392)", () =>
  inWorld(
    { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } }, client: { metadataMaxAgeMs: 20_000 } },
    async ({ kafka, cluster, platform }) => {
      await fill(kafka, 10);
      const leader = cluster.snapshot().topics[0]?.partitions[0]?.leaderId ?? -1;
      const { asked } = prefer(cluster, leader, 1 - leader);
      const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0 }], clientRack: "near" });
      await take(consumer, 10);
      assert.deepEqual(asked.slice(0, 2), [leader, 1 - leader]);
      assert.equal(asked.filter((id) => id === leader).length, 1);
      const producer = kafka.producer();
      const later = async (): Promise<void> => {
        await sleep(platform, 45_000);
        await producer.send({ topic: "t", partition: 0, value: "late" });
      };
      kafka.runtime.spawn(later);
      assert.equal(text((await take(consumer, 1))[0]?.value ?? null), "late");
      assert.ok(asked.filter((id) => id === leader).length >= 2, "asked again after 20 s");
    },
  ));

test("a near replica that is stopped, or does not know: back to the leader, without a reset", () =>
  inWorld({ brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } } }, async ({ kafka, cluster }) => {
    await fill(kafka, 10);
    const leader = cluster.snapshot().topics[0]?.partitions[0]?.leaderId ?? -1;
    const { asked } = prefer(cluster, leader, 1 - leader, 2);
    const resets: unknown[] = [];
    const consumer = kafka.consumer({
      assign: [{ topic: "t", partition: 0 }],
      clientRack: "near",
      maxPartitionFetchBytes: 1,
      onPositionReset: (reset) => resets.push(reset),
    });
    assert.equal((await take(consumer, 2)).length, 2);
    cluster.failPartition("Fetch", "t", 0, ["OFFSET_OUT_OF_RANGE"]);
    assert.deepEqual(
      (await take(consumer, 4)).map((record) => record.offset),
      [2, 3, 4, 5],
    );
    await cluster.stopBroker(1 - leader);
    assert.deepEqual(
      (await take(consumer, 4)).map((record) => record.offset),
      [6, 7, 8, 9],
    );
    assert.deepEqual(resets, [], "a follower may be behind: its word does not count");
    assert.ok(asked.includes(1 - leader) && asked.at(-1) === leader);
  }));

test("a consumer without a rack is sent nowhere", () =>
  inWorld({ brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } } }, async ({ kafka, cluster }) => {
    await fill(kafka, 3);
    const leader = cluster.snapshot().topics[0]?.partitions[0]?.leaderId ?? -1;
    const { asked } = prefer(cluster, leader, 1 - leader);
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0 }] });
    assert.equal((await take(consumer, 3)).length, 3);
    assert.deepEqual([...new Set(asked)], [leader]);
  }));

test("metadata that another client of the same Kafka fetched grows old for this one too", () =>
  inWorld({ topics: { t: 1 }, client: { metadataMaxAgeMs: 10_000 } }, async ({ kafka, cluster, platform }) => {
    await fill(kafka, 1); // its producer fetched the metadata, and is closed
    const consumer = kafka.consumer({ topics: ["t"] });
    await take(consumer, 1);
    const asked = cluster.intercept("Metadata", () => undefined);
    await sleep(platform, 35_000);
    assert.equal(asked.calls, 3);
  }));
