import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawClient, type RawWorld, NOW, batchOf, produceTo, withCluster } from "../../test/embedded/raw-client.ts";
import { incrementalAlterConfigsApi } from "../protocol/messages/incremental-alter-configs.ts";
import { sleep } from "../runtime/sleep.ts";
import type { PartitionSnapshot } from "./snapshot.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MB = 1_048_576;

const partition = ({ cluster }: RawWorld): PartitionSnapshot => cluster.snapshot().topics[0]!.partitions[0]!;
const start = (world: RawWorld): number => partition(world).logStartOffset;

async function alter(client: RawClient, type: number, resource: string, name: string, value: string): Promise<void> {
  const resources = [{ resourceType: type, resourceName: resource, configs: [{ name, configOperation: 0, value }] }];
  const { responses } = await client.request(incrementalAlterConfigsApi, { resources });
  assert.equal(responses[0]?.errorCode, 0);
}

test("records are kept for a week, and deleted at the check after it", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    const client = await world.connect();
    await produceTo(client, batchOf({ timestamp: NOW }));
    await sleep(world.platform, 7 * DAY - 10 * MINUTE);
    assert.equal(start(world), 0);
    await sleep(world.platform, 20 * MINUTE);
    assert.equal(start(world), 1);
  }));

test("records of 1970 stay while the cluster is younger than a week, unless retention.ms says less", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    const client = await world.connect();
    await produceTo(client, batchOf({ timestamp: 1000 }));
    await sleep(world.platform, 20 * MINUTE);
    assert.equal(start(world), 0);
    await alter(client, 2, "t", "retention.ms", String(6 * DAY));
    await sleep(world.platform, 10 * MINUTE);
    assert.equal(start(world), 1);
  }));

test("retention.ms that is altered is obeyed at the next check, also by a broker's value", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    const client = await world.connect();
    await produceTo(client, batchOf({ timestamp: NOW }));
    await alter(client, 4, "", "log.retention.ms", String(MINUTE));
    await alter(client, 2, "t", "retention.ms", String(20 * MINUTE));
    await sleep(world.platform, 10 * MINUTE);
    assert.equal(start(world), 0, "the topic's value counts");
    const resources = [
      { resourceType: 2, resourceName: "t", configs: [{ name: "retention.ms", configOperation: 1, value: null }] },
    ];
    await client.request(incrementalAlterConfigsApi, { resources });
    assert.equal(start(world), 0, "not before the check");
    await sleep(world.platform, 6 * MINUTE);
    assert.equal(start(world), 1);
  }));

test("a broker that is left running keeps no more than log.retention.bytes and a segment", () =>
  withCluster(
    {
      topics: { t: 1 },
      configs: {
        "log.retention.bytes": String(2 * MB),
        "log.segment.bytes": String(MB),
        "log.retention.check.interval.ms": "1000",
      },
    },
    async (world) => {
      const client = await world.connect();
      for (let i = 0; i < 100; i++) {
        await produceTo(client, batchOf({ values: ["x".repeat(200_000)] }));
        await sleep(world.platform, 500);
        assert.ok(partition(world).sizeInBytes <= 4 * MB, `${partition(world).sizeInBytes} bytes after ${i} batches`);
      }
      assert.ok(start(world) >= 80);
      assert.equal(partition(world).logEndOffset, 100);
    },
  ));

test("a check that was due while nothing was asked is made up with the time at which it was due", () =>
  withCluster({ topics: { t: { partitions: 1, configs: { "retention.ms": String(60 * MINUTE) } } } }, async (world) => {
    const client = await world.connect();
    await produceTo(client, batchOf({ timestamp: NOW }));
    await sleep(world.platform, 63 * MINUTE); // the checks are at 0.5, 5.5, 10.5, … 60.5 minutes
    const fromNow = await produceTo(client, batchOf({ timestamp: NOW + 63 * MINUTE }));
    assert.equal(fromNow.logStartOffset, 1);
  }));

test("nothing is deleted with an empty cleanup.policy, and not by time from a topic that is only compacted", async () => {
  for (const policy of ["", "compact"])
    await withCluster(
      { topics: { t: { partitions: 1, configs: { "cleanup.policy": policy, "retention.ms": "1" } } } },
      async (world) => {
        const client = await world.connect();
        await produceTo(client, batchOf({ key: "k", timestamp: NOW }));
        await sleep(world.platform, DAY);
        assert.equal(start(world), 0);
        assert.ok(partition(world).sizeInBytes > 0);
      },
    );
});

const COMPACTED = {
  partitions: 1,
  replicationFactor: 2,
  configs: { "cleanup.policy": "compact", "segment.ms": "1000", "min.cleanable.dirty.ratio": "0.01" },
};

test("a compacted topic has gaps, and a replica that lags gets the same log", () =>
  withCluster({ brokers: 2, topics: { t: COMPACTED } }, async (world) => {
    const { cluster, platform } = world;
    const client = await world.connect();
    const leader = cluster.snapshot().topics[0]!.partitions[0]!.leaderId;
    const follower = 1 - leader;
    const producer = leader === 0 ? client : await world.connect(leader);
    const write = async (i: number): Promise<void> => {
      const { errorCode } = await produceTo(
        producer,
        batchOf({ key: `k${i % 2}`, values: [String(i)], timestamp: NOW + i * 2000 }),
        { acks: 1 },
      );
      assert.equal(errorCode, 0);
    };
    for (let i = 0; i < 6; i++) await write(i);
    cluster.pauseReplication(follower);
    for (let i = 6; i < 10; i++) await write(i);
    const { sizeInBytes } = partition(world);
    await sleep(platform, MINUTE);
    // Compaction ends where the replica is: of the first six, two are left; the last of them begins no segment.
    const lagging = partition(world).sizeInBytes;
    assert.ok(lagging < sizeInBytes);
    cluster.resumeReplication(follower);
    await write(10);
    await sleep(platform, MINUTE);
    assert.ok(partition(world).sizeInBytes < lagging);
    cluster.moveLeader("t", 0, follower);
    assert.equal(partition(world).logEndOffset, 11);
    assert.equal(partition(world).logStartOffset, 0);
  }));

test("cleaning has no timer: an idle cluster has no delay for it", () =>
  withCluster({ topics: { t: COMPACTED.partitions } }, async ({ platform, connect }) => {
    const client = await connect();
    await produceTo(client, batchOf());
    client.close();
    await sleep(platform, 1);
    assert.equal(platform.runtime.delays, 0);
  }));
