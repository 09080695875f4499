// Where a whole client's records go.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { string } from "../../src/serdes/string.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { inWorld } from "./world.ts";

const ends = (cluster: EmbeddedCluster, topic = "t"): number[] =>
  cluster
    .snapshot()
    .topics.find((t) => t.topic === topic)
    ?.partitions.map((p) => p.highWatermark) ?? [];
const leaders = (cluster: EmbeddedCluster): number[] =>
  cluster.snapshot().topics[0]?.partitions.map((p) => p.leaderId) ?? [];

test("P2 of the peers: a key goes where Java puts it, and with a serde too; or where librdkafka did, if asked", () =>
  inWorld({ topics: { t: 17 } }, async ({ kafka }) => {
    const plain = kafka.producer();
    const typed = kafka.producer({ key: string() });
    const crc = kafka.producer({ partitioner: "consistent_random" });
    for (const [key, murmur, crc32] of [
      ["23456", 0x058d780f, 0xb1b451d7],
      ["hejsan", 0x5ec19395, 0xd077037e],
    ] as const) {
      for (const producer of [plain, typed])
        assert.equal((await producer.send({ topic: "t", key, value: "x" })).partition, murmur % 17);
      assert.equal((await crc.send({ topic: "t", key, value: "x" })).partition, crc32 % 17);
    }
  }));

test("the partition that a record names is not touched by any partitioner", () =>
  inWorld({ topics: { t: 5 } }, async ({ kafka }) => {
    for (const partitioner of ["default", "round_robin", "murmur2", (): number => 2] as const)
      assert.equal(
        (await kafka.producer({ partitioner }).send({ topic: "t", key: "k", value: "x", partition: 4 })).partition,
        4,
      );
  }));

test("keys that are ignored do not hold records to one partition", () =>
  inWorld({ topics: { t: 4 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer({ partitionerIgnoreKeys: true, batchSize: 1000 });
    for (let i = 0; i < 400; i++) assert.equal(producer.enqueue({ topic: "t", key: "k", value: "x".repeat(90) }), true);
    await producer.flush();
    for (const end of ends(cluster)) assert.ok(end > 0, String(ends(cluster)));
  }));

test("a partitioner of one's own puts records that came before the metadata too; one that it misplaces fails alone", () =>
  inWorld({ topics: { t: 4 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer({
      partitioner: ({ value }, { partitionCount }) => (value?.[0] === 48 ? 99 : (value?.length ?? 0) % partitionCount),
    });
    const results = await Promise.allSettled(["a", "0", "bcd"].map((value) => producer.send({ topic: "t", value })));
    assert.deepEqual(
      results.map((r) => (r.status === "fulfilled" ? r.value.partition : KafkaError.is(r.reason) && r.reason.outcome)),
      [1, "notWritten", 3],
    );
    assert.deepEqual(ends(cluster), [0, 1, 0, 1]);
    assert.equal(producer.enqueue({ topic: "t", value: "0" }), true);
    await assert.rejects(producer.flush(), /1 enqueued record was not delivered.*returned 99/);
    assert.equal(producer.bufferedBytes, 0);
  }));

test("a slow broker gets fewer records without a key, and one that takes nothing gets none (KIP-794)", async () => {
  const share = (options: object): Promise<number> =>
    inWorld({ brokers: 2, topics: { t: 2 } }, async ({ kafka, cluster, platform }) => {
      const slow = leaders(cluster)[1];
      cluster.intercept("Produce", ({ nodeId }) => (nodeId === slow ? { delayMs: 300 } : undefined));
      const producer = kafka.producer({ batchSize: 1000, maxInFlightRequests: 1, ...options });
      for (let i = 0; i < 600; i++) {
        producer.enqueue({ topic: "t", value: "x".repeat(400) });
        await sleep(platform, 2);
      }
      await producer.flush();
      return (ends(cluster)[1] ?? 0) / 600;
    });
  const even = await share({ partitionerAdaptivePartitioningEnable: false });
  const adaptive = await share({});
  const strict = await share({ partitionerAvailabilityTimeoutMs: 50 });
  assert.ok(even > 0.4 && even < 0.6, String(even));
  assert.ok(adaptive < 0.2, String(adaptive));
  assert.ok(strict < adaptive, `${strict} ${adaptive}`);
});

test("in a rack, records without a key go to its leaders as long as there are any (KIP-1123)", () =>
  inWorld({ brokers: 2, topics: { t: 4 } }, async ({ kafka, cluster }) => {
    cluster.intercept("Metadata", () => {
      const { brokers, topics } = cluster.snapshot();
      return {
        answer: {
          clusterId: null,
          controllerId: 0,
          brokers: brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port, rack: `r${nodeId}` })),
          topics: topics.map(({ topic, topicId, partitions }) => ({
            errorCode: 0,
            name: topic,
            topicId,
            partitions: partitions.map((p) => ({
              errorCode: 0,
              partitionIndex: p.partition,
              leaderId: p.leaderId,
              leaderEpoch: p.leaderEpoch,
              replicaNodes: [0],
              isrNodes: [0],
            })),
          })),
        },
      };
    });
    const near = leaders(cluster).map((leader) => leader === 1);
    for (const clientRack of ["r1", "nowhere"]) {
      const before = ends(cluster);
      const producer = kafka.producer({ partitionerRackAware: true, clientRack, batchSize: 1000 });
      for (let i = 0; i < 200; i++) producer.enqueue({ topic: "t", value: "x".repeat(300) });
      await producer.flush();
      assert.deepEqual(
        ends(cluster).map((end, i) => end > (before[i] ?? 0)),
        clientRack === "r1" ? near : [true, true, true, true],
      );
    }
  }));

test("wrong options of partitioning are config errors", () =>
  inWorld({}, async ({ kafka }) => {
    const config =
      (text: RegExp) =>
      (e: unknown): boolean =>
        KafkaError.is(e) && e.kind === "config" && text.test(e.message);
    assert.throws(() => kafka.producer({ partitioner: "murmur" as never }), config(/partitioner takes/));
    assert.throws(
      () => kafka.producer({ partitioner: "murmur2", partitionerIgnoreKeys: true }),
      config(/partitionerIgnoreKeys/),
    );
    assert.throws(
      () => kafka.producer({ partitionerAvailabilityTimeoutMs: -1 }),
      config(/partitionerAvailabilityTimeoutMs/),
    );
    assert.throws(() => kafka.producer({ partitionerRackAware: true }), config(/clientRack/));
    assert.throws(() => kafka.producer({ clientRack: "a" }), config(/partitionerRackAware/));
    await Promise.resolve();
  }));
