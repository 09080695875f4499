import assert from "node:assert/strict";
import { committed } from "../client/committed.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { populate, type SeedCluster, type SeedTest, within } from "./seed-world.ts";

/**
 * Sends ten records and an offset in a transaction, over an offset 10 that was committed before. Returns the visible
 * records and the offset.
 */
async function transaction(
  cluster: SeedCluster,
  isCommitted: boolean,
): Promise<{ readonly committed: number; readonly uncommitted: number; readonly offset: number }> {
  const [topic, source, groupId] = [cluster.fresh("out"), cluster.fresh("in"), cluster.fresh("group")];
  (
    await cluster.kafka.admin().createTopics([
      { topic, numPartitions: 1 },
      { topic: source, numPartitions: 1 },
    ])
  ).orThrow();
  const producer = cluster.kafka.producer({ transactionalId: cluster.fresh("tx") });
  await producer.transaction((tx) => tx.sendOffsets([{ topic: source, partition: 0, offset: 10 }], { groupId }));
  await producer.begin();
  for (let i = 0; i < 10; i++) producer.enqueue({ topic, value: `${i}` });
  await producer.flush();
  await producer.sendOffsets([{ topic: source, partition: 0, offset: 20 }], { groupId });
  if (isCommitted) await producer.commit();
  else await producer.abort();
  await producer.close();
  const count = async (isolationLevel: "read_committed" | "read_uncommitted"): Promise<number> => {
    const consumer = cluster.kafka.consumer({ topics: [topic], isolationLevel });
    const records = await within(cluster, consumer, 3000);
    await consumer.close();
    return records.length;
  };
  const member = cluster.kafka.consumer({ groupId, topics: [source], isolationLevel: "read_committed" });
  const [offset] = await committed(member, [{ topic: source, partition: 0 }]);
  await member.close();
  return {
    committed: await count("read_committed"),
    uncommitted: await count("read_uncommitted"),
    offset: offset ?? -1,
  };
}

export const otherTests: readonly SeedTest[] = [
  {
    seed: "test_admin::test_topics",
    name: "topics are created with the requested partitions, described, listed and deleted; errors name the topic",
    body: async (cluster) => {
      const admin = cluster.kafka.admin();
      const [one, three] = [cluster.fresh("one"), cluster.fresh("three")];
      (
        await admin.createTopics([
          { topic: one, numPartitions: 1, configs: { "max.message.bytes": "1234" } },
          { topic: three, numPartitions: 3 },
        ])
      ).orThrow();
      assert.deepEqual(
        (await admin.describeTopics([one, three])).orThrow().map(({ topic, partitions }) => [topic, partitions.length]),
        [
          [one, 1],
          [three, 3],
        ],
      );
      const names = await admin.listTopics();
      assert.ok(names.includes(one) && names.includes(three));
      await assert.rejects(
        admin.createTopics([{ topic: one }]).then((results) => results.orThrow()),
        { codeName: "TOPIC_ALREADY_EXISTS" },
      );
      await assert.rejects(
        admin
          .createTopics([{ topic: cluster.fresh("many"), replicationFactor: 29 }])
          .then((results) => results.orThrow()),
        {
          codeName: "INVALID_REPLICATION_FACTOR",
        },
      );
      (await admin.deleteTopics([one, three])).orThrow();
      await assert.rejects(
        admin.deleteTopics([cluster.fresh("none")]).then((results) => results.orThrow()),
        { codeName: "UNKNOWN_TOPIC_OR_PARTITION" },
      );
      await admin.close();
    },
  },
  {
    seed: "test_admin::test_event_errors",
    name: "no broker answers: every call of the admin ends in time, with kind timeout",
    body: async (cluster) => {
      const admin = cluster.client({ isAlone: true }).admin();
      const options = { timeoutMs: 50 };
      const calls = [
        admin.createTopics([{ topic: "t" }], options).then((results) => results.orThrow()),
        admin.deleteTopics(["t"], options).then((results) => results.orThrow()),
        admin.listTopics(options),
        admin.describeTopics(["t"], options).then((results) => results.orThrow()),
      ];
      const isLate = (error: unknown): boolean => KafkaError.is(error) && error.kind === "timeout";
      await Promise.all(calls.map((call) => assert.rejects(call, isLate)));
      await admin.close();
    },
  },
  {
    seed: "test_metadata::test_metadata",
    name: "a topic's partitions have numbers, a leader, replicas and an ISR",
    body: async (cluster) => {
      const { topic } = await populate(cluster, 1);
      const admin = cluster.kafka.admin();
      const [description] = (await admin.describeTopics([topic])).orThrow();
      assert.equal(description?.topic, topic);
      assert.deepEqual(
        description.partitions.map(({ partition }) => partition),
        [0, 1, 2],
      );
      for (const { leader, replicas, isr } of description.partitions) {
        assert.ok(replicas.includes(leader ?? -1));
        assert.deepEqual(isr, replicas);
      }
      await admin.close();
    },
  },
  {
    seed: "test_metadata::test_subscription",
    name: "a member has the partitions that it subscribed to when it has joined",
    needsGroups: true,
    body: async (cluster) => {
      const { topic } = await populate(cluster, 3);
      const consumer = cluster.kafka.consumer({ groupId: cluster.fresh("group"), topics: [topic] });
      assert.deepEqual(consumer.assignment(), []);
      for await (const _ of consumer) break;
      assert.deepEqual(
        consumer
          .assignment()
          .map((one) => `${one.topic}-${one.partition}`)
          .sort(),
        [0, 1, 2].map((n) => `${topic}-${n}`),
      );
      await consumer.close();
    },
  },
  {
    seed: "test_metadata::test_client_config",
    name: "an unknown option is refused; the error names it and lists the valid ones",
    body: ({ kafka }) => {
      assert.throws(() => kafka.consumer({ topics: ["t"], sessionTimoutMs: 42 } as never), {
        kind: "config",
        message: /no option "sessionTimoutMs".*sessionTimeoutMs/,
      });
      return Promise.resolve();
    },
  },
  {
    seed: "test_transactions::test_transaction_abort",
    name: "aborted records are visible only with read_uncommitted, and no offset moves",
    body: async (cluster) => {
      assert.deepEqual(await transaction(cluster, false), { committed: 0, uncommitted: 10, offset: 10 });
    },
  },
  {
    seed: "test_transactions::test_transaction_commit",
    name: "committed records are visible to all readers, and the group's offset moves",
    body: async (cluster) => {
      assert.deepEqual(await transaction(cluster, true), { committed: 10, uncommitted: 10, offset: 20 });
    },
  },
  {
    seed: "utils::test_populate_topic",
    name: "the tests' own helper writes each record once, to the given partition",
    body: async (cluster) => {
      const { ids } = await populate(cluster, 100, { partition: 0 });
      assert.equal(ids.size, 100);
      assert.deepEqual(
        [...ids.values()].sort((a, b) => a - b),
        Array.from({ length: 100 }, (_, i) => i),
      );
      assert.ok([...ids.keys()].every((key) => key.startsWith("0/")));
    },
  },
];
