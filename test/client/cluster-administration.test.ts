// The admin calls about the cluster itself, against an embedded cluster.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Results } from "../../src/admin/results.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

const place = { topic: "orders", partition: 0 };
const THREE = { brokers: 3, topics: { orders: { partitions: 1, replicationFactor: 2 } } };

/** The value of each item, or the name of its error. */
function outcomes<K, V>(results: Results<K, V>): readonly unknown[] {
  return results.entries.map(([, result]) => (KafkaError.is(result) ? result.codeName : result));
}

test("an admin moves a partition to other brokers, and its leader to the first of them", () =>
  inWorld(THREE, async ({ kafka, cluster, platform }) => {
    const admin = kafka.admin();
    await kafka.producer().send({ topic: "orders", partition: 0, value: "one" });
    cluster.pauseReplication(2);
    (await admin.alterPartitionReassignments([{ ...place, replicas: [2, 0] }])).orThrow();
    const [going] = await admin.listPartitionReassignments();
    assert.deepEqual([going?.replicas, going?.addingReplicas, going?.removingReplicas], [[2, 0, 1], [2], [1]]);
    cluster.resumeReplication(2);
    assert.deepEqual(await admin.listPartitionReassignments(), []);
    assert.deepEqual(outcomes(await admin.alterPartitionReassignments([{ ...place, replicas: null }])), [
      "NO_REASSIGNMENT_IN_PROGRESS",
    ]);
    assert.deepEqual(outcomes(await admin.electLeaders("PREFERRED", [place])), ["elected"]);
    assert.deepEqual(outcomes(await admin.electLeaders("PREFERRED", [place])), ["notNeeded"]);
    const { leaderId, replicas, isr } = cluster.snapshot().topics[0]!.partitions[0]!;
    assert.deepEqual([leaderId, replicas, isr], [2, [2, 0], [0, 2]]);
    const { offset } = await kafka.producer().send({ topic: "orders", partition: 0, value: "two" });
    assert.equal(offset, 1, "the record from before the move is there");
    await sleep(platform, 1);
  }));

test("an admin sees the log dirs of each broker, and can only move a replica to where it is", () =>
  inWorld(THREE, async ({ kafka }) => {
    const admin = kafka.admin();
    const dirs = (await admin.describeLogDirs([0, 2])).orThrow().flat();
    assert.deepEqual(
      dirs.map(({ replicas }) => replicas.length),
      [1, 0],
    );
    const replica = { ...place, brokerId: 0 };
    assert.deepEqual(
      outcomes(
        await admin.alterReplicaLogDirs([
          { ...replica, logDir: "/odradek/broker-0" },
          { ...replica, brokerId: 1, logDir: "/elsewhere" },
        ]),
      ),
      [undefined, "LOG_DIR_NOT_FOUND"],
    );
  }));

test("an admin sees and changes features, the quorum, and the brokers of the cluster", () =>
  inWorld(THREE, async ({ kafka }) => {
    const admin = kafka.admin();
    const update = { feature: "transaction.version", maxVersionLevel: 1, upgradeType: "SAFE_DOWNGRADE" } as const;
    (await admin.updateFeatures([update])).orThrow();
    const features = await admin.describeFeatures();
    assert.match(JSON.stringify(features), /transaction\.version/);
    const { leaderId, voters, observers } = await admin.describeMetadataQuorum();
    assert.deepEqual([leaderId, voters.length, observers.length], [0, 3, 0]);
    await assert.rejects(
      admin.addRaftVoter({
        voterId: 9,
        voterDirectoryId: "AAAAAAAAAAAAAAAAAAAAAQ",
        endpoints: [{ name: "CONTROLLER", host: "h", port: 1 }],
      }),
      /UNSUPPORTED_VERSION/,
    );
    await assert.rejects(admin.unregisterController(0), /Controller cannot unregister itself while it is active/);
    await assert.rejects(admin.unregisterBroker(9), /Broker ID 9 is not currently registered/);
    await admin.unregisterBroker(1);
    const { nodes } = await admin.describeCluster();
    assert.deepEqual(
      nodes.map(({ nodeId }) => nodeId),
      [0, 2],
    );
  }));
