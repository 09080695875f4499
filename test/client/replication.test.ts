// Producer and consumer against a cluster whose replicas do not agree, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import type { PartitionSnapshot } from "../../src/embedded/snapshot.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

const THREE = { brokers: 3, topics: { t: { partitions: 1, replicationFactor: 3 } } } as const;
const partitionOf = (cluster: EmbeddedCluster): PartitionSnapshot => cluster.snapshot().topics[0]!.partitions[0]!;
/** A replica that does not lead. */
const followerOf = (cluster: EmbeddedCluster): number =>
  partitionOf(cluster).replicas.find((id) => id !== partitionOf(cluster).leaderId)!;

test("what was acknowledged by all in sync survives leaders that stop while followers lag", () =>
  inWorld({ ...THREE, replicaLagTimeMaxMs: 500 }, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer({ lingerMs: 0 });
    const sent: Promise<unknown>[] = [];
    for (let i = 0; i < 60; i++) {
      sent.push(producer.send({ topic: "t", value: String(i) }));
      await sleep(platform, 50);
      if (i % 20 === 5) cluster.pauseReplication(followerOf(cluster));
      if (i % 20 !== 10) continue;
      const { leaderId } = partitionOf(cluster);
      await cluster.stopBroker(leaderId);
      await sleep(platform, 100);
      for (const id of [0, 1, 2]) cluster.resumeReplication(id);
      await cluster.startBroker(leaderId);
    }
    await Promise.all(sent);
    assert.deepEqual(
      (await take(kafka.consumer({ topics: ["t"] }), 60)).map((record) => text(record.value)),
      Array.from({ length: 60 }, (_, i) => String(i)),
    );
    assert.equal(partitionOf(cluster).highWatermark, 60, "once each");
  }));

test("acks=1 is answered before anybody else has the record, and an election loses it", () =>
  inWorld(THREE, async ({ kafka, cluster }) => {
    const follower = followerOf(cluster);
    cluster.pauseReplication(follower);
    const producer = kafka.producer({ acks: 1, enableIdempotence: false });
    assert.equal((await producer.send({ topic: "t", value: "lost" })).offset, 0);
    cluster.moveLeader("t", 0, follower);
    assert.equal((await producer.send({ topic: "t", value: "kept" })).offset, 0);
    assert.deepEqual(
      (await take(kafka.consumer({ topics: ["t"] }), 1)).map((record) => text(record.value)),
      ["kept"],
    );
  }));

test("too few replicas in sync: sent again until there are enough", () =>
  inWorld(
    { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2, configs: { "min.insync.replicas": "2" } } } },
    async ({ kafka, cluster, platform }) => {
      const follower = followerOf(cluster);
      await cluster.stopBroker(follower);
      const producer = kafka.producer();
      const sent = producer.send({ topic: "t", value: "a" });
      await sleep(platform, 5000);
      assert.equal(partitionOf(cluster).logEndOffset, 0);
      await cluster.startBroker(follower);
      assert.equal((await sent).offset, 0);
      const failing = kafka.producer({ deliveryTimeoutMs: 3000, requestTimeoutMs: 1000 });
      await cluster.stopBroker(follower);
      await assert.rejects(
        failing.send({ topic: "t", value: "b" }),
        (e: unknown) => KafkaError.is(e) && e.outcome === "notWritten" && /NOT_ENOUGH_REPLICAS/.test(e.message),
      );
    },
  ));

test("a record that nobody commits in time may have been written: the failure says so", () =>
  inWorld(THREE, async ({ kafka, cluster }) => {
    cluster.pauseReplication(followerOf(cluster));
    const producer = kafka.producer({ deliveryTimeoutMs: 3000, requestTimeoutMs: 1000 });
    await assert.rejects(
      producer.send({ topic: "t", value: "a" }),
      (e: unknown) => KafkaError.is(e) && e.kind === "timeout" && e.outcome === "indefinite",
    );
    assert.equal(partitionOf(cluster).logEndOffset, 1, "tries of an idempotent producer are one record");
  }));

test(
  "a consumer that has read what an unclean election cut off: its position is gone, it is told, and reads what is " +
    "there",
  () =>
    inWorld(THREE, async ({ kafka, cluster }) => {
      const producer = kafka.producer({ enableIdempotence: false });
      await producer.send({ topic: "t", value: "a" });
      const follower = followerOf(cluster);
      cluster.pauseReplication(follower);
      cluster.shrinkIsr(follower);
      for (const value of ["b", "c"]) await producer.send({ topic: "t", value });
      const resets: unknown[] = [];
      const consumer = kafka.consumer({ topics: ["t"], onPositionReset: (reset) => resets.push(reset) });
      assert.deepEqual(
        (await take(consumer, 3)).map((record) => text(record.value)),
        ["a", "b", "c"],
      );
      consumer.seek({ topic: "t", partition: 0 }, 3);
      cluster.electLeader("t", 0, follower, { unclean: true });
      await producer.send({ topic: "t", value: "x" });
      const [next] = await take(consumer, 1);
      assert.deepEqual(resets.length, 1);
      assert.ok(["a", "x"].includes(text(next!.value) ?? ""), "what is there, and nothing else");
    }),
);

test("an idempotent producer whose records an unclean election cut off begins a new epoch, and goes on", () =>
  inWorld(THREE, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "a" });
    const follower = followerOf(cluster);
    cluster.pauseReplication(follower);
    cluster.shrinkIsr(follower);
    for (const value of ["b", "c"]) await producer.send({ topic: "t", value });
    cluster.electLeader("t", 0, follower, { unclean: true });
    assert.equal((await producer.send({ topic: "t", value: "d" })).offset, 1);
    assert.deepEqual(
      (await take(kafka.consumer({ topics: ["t"] }), 2)).map((record) => text(record.value)),
      ["a", "d"],
    );
    assert.equal(producer.counters.epochBumps, 1);
  }));

test("a broker that was told of nothing misleads a producer and a consumer until it is told, and no longer", () =>
  inWorld({ ...THREE, client: { metadataMaxAgeMs: 200 } }, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "0" });
    const values: (string | null)[] = [];
    const consumer = kafka.consumer({ topics: ["t"] });
    const reading = take(consumer, 21).then((records) => values.push(...records.map((record) => text(record.value))));
    for (let i = 1; i <= 20; i++) {
      const before = platform.clock.monotonic();
      const sent = producer.send({ topic: "t", value: String(i) });
      if (i % 5 === 1) {
        const { leaderId } = partitionOf(cluster);
        cluster.freezeMetadata(leaderId);
        cluster.moveLeader("t", 0, (leaderId + 1) % 3);
        await sleep(platform, 1000);
        cluster.thawMetadata(leaderId);
      }
      await sent;
      assert.ok(
        platform.clock.monotonic() - before < 4000,
        `record ${i} took ${platform.clock.monotonic() - before} ms`,
      );
    }
    await reading;
    assert.deepEqual(
      values,
      Array.from({ length: 21 }, (_, i) => String(i)),
    );
  }));

test("a broker that joins is found when it leads, and the others when it has left", () =>
  inWorld({ brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    const offsets = [(await producer.send({ topic: "t", value: "0" })).offset];
    const newcomer = await cluster.addBroker();
    cluster.moveLeader("t", 0, newcomer);
    offsets.push((await producer.send({ topic: "t", value: "1" })).offset);
    await cluster.removeBroker(newcomer);
    offsets.push((await producer.send({ topic: "t", value: "2" })).offset);
    assert.deepEqual(offsets, [0, 1, 2]);
    assert.deepEqual(
      (await take(kafka.consumer({ topics: ["t"] }), 3)).map((record) => text(record.value)),
      ["0", "1", "2"],
    );
  }));
