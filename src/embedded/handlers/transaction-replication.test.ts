import assert from "node:assert/strict";
import { test } from "node:test";
import { withCluster } from "../../../test/embedded/raw-client.ts";
import { TransactionalProducer } from "../../../test/embedded/transactional-producer.ts";
import * as ErrorCode from "../../errors/error-code.ts";

for (const endVersion of [4, 5]) {
  test(`a marker that is lost with its leader is written by the next one: EndTxn v${endVersion}`, () =>
    withCluster(
      { brokers: 3, topics: { t: { partitions: 1, replicationFactor: 3 } } },
      async ({ cluster, ...world }) => {
        const p = await TransactionalProducer.begin({ cluster, ...world });
        const [first] = cluster.snapshot().transactions;
        const leader = [0, 1, 2].find((id) => id !== first?.coordinatorId) ?? -1;
        cluster.moveLeader("t", 0, leader);
        p.leader = await world.connect(leader);
        assert.equal(await p.produce("a", 0), ErrorCode.NONE);
        await p.pause(5);
        for (const id of [0, 1, 2]) if (id !== leader) cluster.pauseReplication(id);
        assert.equal(await p.end(true, endVersion), ErrorCode.NONE);
        await p.pause(5);
        const partition = (): {
          readonly highWatermark: number;
          readonly lastStableOffset: number;
          readonly batches: number;
        } => cluster.snapshot().topics[0]!.partitions[0]!;
        const state = (): string => cluster.snapshot().transactions[0]!.state;
        assert.deepEqual(
          [state(), partition().lastStableOffset, partition().highWatermark, partition().batches],
          ["PrepareCommit", 0, 1, 2],
          "the marker is on the leader only",
        );
        await cluster.stopBroker(leader);
        for (const id of [0, 1, 2]) if (id !== leader) cluster.resumeReplication(id);
        await p.pause(50);
        assert.deepEqual(
          [state(), partition().lastStableOffset, partition().highWatermark, partition().batches],
          ["CompleteCommit", 2, 2, 2],
        );
      },
    ));
}
