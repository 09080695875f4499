import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawClient, type RawWorld, batchOf, produceTo, withCluster } from "../../../test/embedded/raw-client.ts";
import { alterPartitionReassignmentsApi } from "../../protocol/messages/alter-partition-reassignments.ts";
import { createTopicsApi } from "../../protocol/messages/create-topics.ts";
import { electLeadersApi } from "../../protocol/messages/elect-leaders.ts";
import { listPartitionReassignmentsApi } from "../../protocol/messages/list-partition-reassignments.ts";
import { listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import { turn } from "../../runtime/sleep.ts";

interface Lab extends RawWorld {
  readonly client: RawClient;
  reassign(replicas: readonly number[] | null, allowReplicationFactorChange?: boolean): Promise<readonly unknown[]>;
  list(): Promise<unknown>;
  elect(electionType: number, partitions: readonly number[] | null): Promise<readonly unknown[]>;
  /** Leader, leader epoch, replicas and ISR of partition 0. */
  partition(): readonly unknown[];
  settled(): Promise<void>;
}

/** Three brokers, and a topic `t` whose partition has replicas on 0 and 1. */
function withLab(body: (lab: Lab) => Promise<void>, replicas: readonly number[] = [0, 1]): Promise<void> {
  return withCluster({ brokers: 3 }, async (world) => {
    const client = await world.connect(2);
    const assignments = [{ partitionIndex: 0, brokerIds: replicas }];
    await client.request(createTopicsApi, {
      topics: [{ name: "t", numPartitions: -1, replicationFactor: -1, assignments }],
    });
    await body({
      ...world,
      client,
      reassign: async (to, allowReplicationFactorChange = true) => {
        const partitions = [{ partitionIndex: 0, replicas: to }];
        const request = { allowReplicationFactorChange, topics: [{ name: "t", partitions }] };
        const { responses } = await client.request(alterPartitionReassignmentsApi, request);
        const { errorCode, errorMessage } = responses[0]!.partitions[0]!;
        return [errorCode, errorMessage];
      },
      list: async () => {
        const { topics } = await client.request(listPartitionReassignmentsApi, { topics: null });
        return topics.flatMap(({ partitions }) =>
          partitions.map((one) => [one.replicas, one.addingReplicas, one.removingReplicas]),
        );
      },
      elect: async (electionType, partitions) => {
        const topicPartitions = partitions === null ? null : [{ topic: "t", partitions }];
        const { replicaElectionResults } = await client.request(electLeadersApi, { electionType, topicPartitions });
        return replicaElectionResults[0]!.partitionResult.map(({ errorCode }) => errorCode);
      },
      partition: () => {
        const { leaderId, leaderEpoch, replicas: all, isr } = world.cluster.snapshot().topics[0]!.partitions[0]!;
        return [leaderId, leaderEpoch, all, isr];
      },
      settled: async () => {
        for (let i = 0; i < 3; i++) await turn(world.platform.runtime);
      },
    });
  });
}

test("a reassignment adds replicas, lets them catch up, and then removes the others; the leader moves when it must", () =>
  withLab(async ({ reassign, list, partition, settled, connect }) => {
    const old = await connect(0);
    await produceTo(old, batchOf());
    assert.deepEqual(await reassign([2]), [0, null]);
    await settled();
    assert.deepEqual(partition(), [2, 1, [2], [2]]);
    assert.deepEqual(await list(), []);
    const at = async (client: RawClient): Promise<readonly unknown[]> => {
      const partitions = [{ partitionIndex: 0, timestamp: -1 }];
      const { topics } = await client.request(
        listOffsetsApi,
        { replicaId: -1, topics: [{ name: "t", partitions }] },
        7,
      );
      return [topics[0]!.partitions[0]!.errorCode, topics[0]!.partitions[0]!.offset];
    };
    assert.deepEqual(await at(await connect(2)), [0, 1], "the record is there");
    assert.deepEqual(await at(old), [6, -1], "the old leader has left");
  }));

test("a reassignment waits for a replica that does not replicate, and can be cancelled", () =>
  withLab(async ({ reassign, list, partition, settled, cluster }) => {
    cluster.pauseReplication(2);
    assert.deepEqual(await reassign(null), [85, null]);
    assert.deepEqual(await reassign([2, 1]), [0, null]);
    await settled();
    assert.deepEqual(await list(), [[[2, 1, 0], [2], [0]]]);
    assert.deepEqual(partition(), [0, 0, [2, 1, 0], [0, 1]]);
    assert.deepEqual(await reassign([2], false), [38, "The replication factor is changed from 2 to 1"]);
    assert.deepEqual(await reassign(null), [0, null]);
    assert.deepEqual(partition(), [0, 1, [1, 0], [0, 1]]);
    assert.deepEqual(await list(), []);
    assert.deepEqual(await reassign([2]), [0, null]);
    cluster.resumeReplication(2);
    assert.deepEqual(partition(), [2, 2, [2], [2]]);
  }));

test("a reassignment to a broker that is down ends when that broker starts", () =>
  withLab(async ({ reassign, list, partition, settled, cluster }) => {
    await cluster.stopBroker(1);
    assert.deepEqual(await reassign([2]), [0, null]);
    await settled();
    assert.deepEqual(partition(), [2, 1, [2], [2]], "broker 1 may leave while it is down");
    assert.deepEqual(await reassign([1, 2]), [0, null]);
    await settled();
    assert.deepEqual(await list(), [[[1, 2], [1], []]]);
    await cluster.startBroker(1);
    await settled();
    assert.deepEqual(partition(), [2, 1, [1, 2], [1, 2]]);
    assert.deepEqual(await list(), []);
  }));

test("wrong replicas are refused, and nothing changes", () =>
  withLab(async ({ reassign, list, partition }) => {
    for (const [replicas, code, text] of [
      [[], 39, /an empty replica list/],
      [[0, 0], 39, /includes the broker 0 more than once/],
      [[0, 99], 39, /includes broker 99, but no such broker is registered/],
      [[-1], 39, /includes broker -1/],
    ] as const) {
      const [errorCode, message] = await reassign(replicas);
      assert.equal(errorCode, code);
      assert.match(String(message), text);
    }
    assert.deepEqual(await list(), []);
    assert.deepEqual(partition(), [0, 0, [0, 1], [0, 1]]);
  }));

test("the preferred replica becomes the leader only if it is in sync, and the response says when it is the leader already", () =>
  withLab(
    async ({ elect, partition, cluster }) => {
      assert.deepEqual(await elect(0, [0]), [84]);
      await cluster.stopBroker(1);
      assert.deepEqual(await elect(0, [0]), [80]);
      assert.deepEqual(await elect(1, [0]), [84]);
      await cluster.startBroker(1);
      assert.deepEqual(partition().slice(0, 2), [0, 1]);
      assert.deepEqual(await elect(0, null), [0]);
      assert.deepEqual(partition().slice(0, 2), [1, 2]);
      assert.deepEqual(await elect(0, null), []);
      assert.deepEqual(await elect(0, [0, 1]), [84, 3]);
    },
    [1, 0],
  ));

test("without a leader, an unclean election makes a replica that lacks records the leader", () =>
  withLab(async ({ elect, partition, cluster, connect }) => {
    cluster.pauseReplication(1);
    cluster.shrinkIsr(1);
    await produceTo(await connect(0), batchOf());
    await cluster.stopBroker(0);
    assert.equal(partition()[0], -1);
    assert.deepEqual(await elect(0, [0]), [80]);
    assert.deepEqual(await elect(1, [0]), [0]);
    assert.deepEqual(partition()[0], 1);
    assert.equal(cluster.snapshot().topics[0]!.partitions[0]!.logEndOffset, 0);
    await cluster.stopBroker(1);
    assert.deepEqual(await elect(1, [0]), [83]);
  }));
