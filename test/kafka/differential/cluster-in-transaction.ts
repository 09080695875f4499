// Requests about the cluster and its topics while a transaction is open, and right after it ended.
import { alterPartitionReassignmentsApi } from "../../../src/protocol/messages/alter-partition-reassignments.ts";
import { createPartitionsApi } from "../../../src/protocol/messages/create-partitions.ts";
import { deleteTopicsApi } from "../../../src/protocol/messages/delete-topics.ts";
import { describeLogDirsApi } from "../../../src/protocol/messages/describe-log-dirs.ts";
import { electLeadersApi } from "../../../src/protocol/messages/elect-leaders.ts";
import { endTxnApi } from "../../../src/protocol/messages/end-txn.ts";
import { updateFeaturesApi } from "../../../src/protocol/messages/update-features.ts";
import { type Case, create } from "./asking.ts";
import type { Side } from "./side.ts";
import { Producer } from "./transaction-edges.ts";

const timeoutMs = 10_000;

async function askAll(side: Side, topic: string): Promise<void> {
  await side.ask(electLeadersApi, { electionType: 0, timeoutMs, topicPartitions: [{ topic, partitions: [0, 1] }] }, 2);
  for (const replicas of [[0], [0, 1], null])
    await side.ask(
      alterPartitionReassignmentsApi,
      { timeoutMs, topics: [{ name: topic, partitions: [{ partitionIndex: 0, replicas }] }] },
      1,
    );
  await side.ask(describeLogDirsApi, { topics: [{ topic, partitions: [0, 1] }] }, 5);
  const featureUpdates = [{ feature: "transaction.version", maxVersionLevel: 1 }];
  await side.ask(updateFeaturesApi, { timeoutMs, featureUpdates }, 2);
  await side.ask(
    createPartitionsApi,
    { timeoutMs, validateOnly: true, topics: [{ name: topic, count: 3, assignments: null }] },
    3,
  );
}

export const clusterInTransaction: Case = {
  name: "requests about the cluster while a transaction is open, and while its markers are written",
  run: async (side) => {
    const topic = "in-transaction";
    await create(side, topic, {}, 2);
    const p = await new Producer(side, "cluster-tx").ready();
    for (const committed of [true, false]) {
      await p.add(topic, [0]);
      await p.produce(topic, p.batch(0), 11);
      await askAll(side, topic);
      await side.ask(
        endTxnApi,
        { transactionalId: p.transactionalId, producerId: p.producerId, producerEpoch: p.epoch, committed },
        4,
      );
      // The marker may or may not be written by now, so the sizes are not compared here.
      const featureUpdates = [{ feature: "transaction.version", maxVersionLevel: 3, upgradeType: 1 }];
      await side.ask(updateFeaturesApi, { timeoutMs, featureUpdates }, 2);
      await side.ask(electLeadersApi, { electionType: 1, timeoutMs, topicPartitions: [{ topic, partitions: [0] }] }, 2);
      await p.describe();
      await askAll(side, topic);
      await p.init(4);
    }
    await p.add(topic, [0]);
    await side.ask(deleteTopicsApi, { timeoutMs, topics: [{ name: topic }] }, 6);
  },
};
