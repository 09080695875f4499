import assert from "node:assert/strict";
import { committed } from "../client/committed.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { populate, type Populated, type SeedTest, take, text, within } from "./seed-world.ts";

const where = ({ partition, offset }: KafkaRecord): string => `${partition}/${offset}`;

/** Each record is the one that was written there. */
function checkAll(records: readonly KafkaRecord[], { topic, ids }: Populated): void {
  assert.equal(new Set(records.map(where)).size, records.length);
  for (const record of records) {
    const id = ids.get(where(record));
    assert.deepEqual([record.topic, text(record.key), text(record.value)], [topic, `key-${id}`, `value-${id}`]);
  }
}

const counts = (records: readonly KafkaRecord[]): number[] =>
  [0, 1, 2].map((partition) => records.filter((record) => record.partition === partition).length);

/** Ten records in each of three partitions. */
async function tenEach(cluster: Parameters<SeedTest["body"]>[0]): Promise<string> {
  const { topic } = await populate(cluster, 10, { partition: 0 });
  for (const partition of [1, 2]) await populate(cluster, 10, { topic, partition });
  return topic;
}

export const consumerTests: readonly SeedTest[] = [
  {
    seed: "test_high_consumers::test_invalid_max_poll_interval",
    name: "an option out of range is an error that names it and its value, when the consumer is created",
    body: ({ kafka }) => {
      assert.throws(() => kafka.consumer({ groupId: "g", topics: ["t"], maxPollIntervalMs: -1 }), {
        kind: "config",
        message: /maxPollIntervalMs.*-1/,
      });
      return Promise.resolve();
    },
  },
  {
    seed: "test_high_consumers::test_produce_consume_base",
    name: "a member of a group reads 100 records with topic, key, value and the time when they were sent",
    needsGroups: true,
    body: async (cluster) => {
      const startMs = cluster.nowMs();
      const populated = await populate(cluster, 100);
      const consumer = cluster.kafka.consumer({ groupId: cluster.fresh("group"), topics: [populated.topic] });
      const records = await take(consumer, 100);
      checkAll(records, populated);
      for (const record of records) {
        assert.equal(record.timestampType, "CreateTime");
        assert.ok(record.timestamp >= startMs - 1 && record.timestamp <= cluster.nowMs());
      }
      await consumer.close();
    },
  },
  {
    seed: "test_high_consumers::test_produce_consume_base_concurrent",
    name: "five callbacks of one consumer run concurrently (run), and each record reaches one of them",
    needsGroups: true,
    body: async (cluster) => {
      const populated = await populate(cluster, 100);
      const consumer = cluster.kafka.consumer({ groupId: cluster.fresh("group"), topics: [populated.topic] });
      const taken: KafkaRecord[] = [];
      let atWork = 0;
      let most = 0;
      await consumer.run({
        concurrency: 5,
        orderBy: "key",
        eachRecord: async (record) => {
          most = Math.max(most, ++atWork);
          await cluster.pause(2);
          atWork--;
          if (taken.push(record.detach()) === 100) void consumer.close();
        },
      });
      checkAll(taken, populated);
      assert.equal(most, 5);
      await consumer.close();
    },
  },
  {
    seed: "test_high_consumers::test_produce_consume_base_assign",
    name: "assigned partitions are read from the given positions: the first record, offset 2, offset 9",
    body: async (cluster) => {
      const topic = await tenEach(cluster);
      const consumer = cluster.kafka.consumer({
        assign: [
          { topic, partition: 0, offset: "earliest" },
          { topic, partition: 1, offset: 2 },
          { topic, partition: 2, offset: 9 },
        ],
      });
      assert.deepEqual(counts(await take(consumer, 19)), [10, 8, 1]);
      assert.deepEqual(await within(cluster, consumer, 500), []);
      await consumer.close();
    },
  },
  {
    seed: "test_high_consumers::test_produce_consume_base_unassign",
    name: "a consumer whose partitions are removed has none, and reads no record",
    body: async (cluster) => {
      const topic = await tenEach(cluster);
      const consumer = cluster.kafka.consumer({ assign: [0, 1, 2].map((partition) => ({ topic, partition })) });
      assert.equal((await take(consumer, 5)).length, 5);
      assert.equal(consumer.assignment().length, 3);
      consumer.assign([]);
      assert.deepEqual(consumer.assignment(), []);
      assert.deepEqual(await within(cluster, consumer, 500), []);
      await consumer.close();
    },
  },
  {
    seed: "test_high_consumers::test_produce_consume_base_incremental_assign_and_unassign",
    name:
      "partitions are added and removed one by one: the others keep their position, and a removed one is " +
      "no partition of this consumer",
    body: async (cluster) => {
      const topic = await tenEach(cluster);
      const [first, second] = [
        { topic, partition: 0 },
        { topic, partition: 1 },
      ];
      const consumer = cluster.kafka.consumer({ assign: [] });
      consumer.assign([first]);
      assert.deepEqual(counts(await take(consumer, 4)), [4, 0, 0]);
      assert.equal(consumer.assignment().length, 1);
      consumer.assign([...consumer.assignment(), second]);
      assert.equal(consumer.assignment().length, 2);
      assert.deepEqual(counts(await take(consumer, 16)), [6, 10, 0]);
      consumer.assign([second]);
      assert.deepEqual(consumer.assignment(), [second]);
      assert.throws(() => consumer.pause([first]), { kind: "config" });
      await consumer.close();
    },
  },
  {
    seed: "test_high_consumers::test_produce_consume_with_timestamp",
    name: "a record keeps its timestamp, and can be found by it",
    body: async (cluster) => {
      const { topic } = await populate(cluster, 10, { partition: 0, timestamp: 1111 });
      const consumer = cluster.kafka.consumer({ assign: [{ topic, partition: 0 }] });
      for (const record of await take(consumer, 10))
        assert.deepEqual([record.timestamp, record.timestampType], [1111, "CreateTime"]);
      await populate(cluster, 1, { topic, partition: 0, timestamp: 1_000_000 });
      const [found, none] = await consumer.offsetsForTimes([
        { topic, partition: 0, timestamp: 999_999 },
        { topic, partition: 1, timestamp: 0 },
      ]);
      assert.deepEqual([found?.offset, found?.timestamp, none], [10, 1_000_000, null]);
      await consumer.close();
    },
  },
  {
    seed: "test_high_consumers::test_consumer_commit_message",
    name: "a commit of one partition affects only that partition; all positions are at the end",
    needsGroups: true,
    body: async (cluster) => {
      const topic = await tenEach(cluster);
      await populate(cluster, 1, { topic, partition: 1 });
      await populate(cluster, 2, { topic, partition: 2 });
      const groupId = cluster.fresh("group");
      const partitions = [0, 1, 2].map((partition) => ({ topic, partition }));
      const consumer = cluster.kafka.consumer({ groupId, topics: [topic], enableAutoCommit: false });
      for (const { partition, offset } of await take(consumer, 33))
        if (partition === 1) await consumer.commit([{ topic, partition, offset: offset + 1 }]);
      assert.deepEqual(await committed(consumer, partitions), [-1, 11, -1]);
      assert.deepEqual(
        partitions.map((one) => consumer.position(one)),
        [10, 11, 12],
      );
      assert.deepEqual(
        await Promise.all(partitions.map(async (one) => consumer.watermarks(one).then(({ low, high }) => [low, high]))),
        [
          [0, 10],
          [0, 11],
          [0, 12],
        ],
      );
      await consumer.close();
    },
  },
  {
    seed: "test_high_consumers::test_consumer_commit_metadata",
    name: "metadata committed with offsets is visible at once, also to another consumer of the group",
    needsGroups: true,
    body: async (cluster) => {
      const topic = await tenEach(cluster);
      const options = { groupId: cluster.fresh("group"), topics: [topic], enableAutoCommit: false };
      const partitions = [0, 1, 2].map((partition) => ({ topic, partition }));
      const consumer = cluster.kafka.consumer(options);
      for (const { partition } of await take(consumer, 30)) assert.ok(partition < 3);
      const texts = ["one", "two", "three"];
      await consumer.commit(partitions.map((one, i) => ({ ...one, offset: 1, metadata: texts[i] ?? "" })));
      const textsOf = async (of: typeof consumer): Promise<readonly (string | undefined)[]> =>
        (await of.committed(partitions)).map((one) => one?.metadata);
      assert.deepEqual(await textsOf(consumer), texts);
      await consumer.close();
      const other = cluster.kafka.consumer(options);
      assert.deepEqual(await textsOf(other), texts);
      await other.close();
    },
  },
  {
    seed: "test_high_consumers::test_consumer_store_offset_commit",
    name: "commit() commits the records that the loop has moved past; markProcessed adds the current record",
    needsGroups: true,
    body: async (cluster) => {
      const topic = await tenEach(cluster);
      const consumer = cluster.kafka.consumer({
        groupId: cluster.fresh("group"),
        topics: [topic],
        enableAutoCommit: false,
      });
      const partitions = [0, 1, 2].map((partition) => ({ topic, partition }));
      let seen = 0;
      for await (const record of consumer) {
        if (++seen < 30) continue;
        await consumer.commit();
        const before = await committed(consumer, partitions);
        assert.deepEqual(
          before,
          [0, 1, 2].map((partition) => (partition === record.partition ? 9 : 10)),
          "what is in hand is not done",
        );
        consumer.markProcessed(record);
        await consumer.commit();
        assert.deepEqual(await committed(consumer, partitions), [10, 10, 10]);
        break;
      }
      await consumer.close();
    },
  },
  {
    seed: "test_high_consumers::test_consume_partition_order",
    name: "streams of single partitions are read at their own pace; the consumer's own loop has only the others",
    needsGroups: true,
    body: async (cluster) => {
      const topic = await tenEach(cluster);
      const split: AsyncIterator<KafkaRecord>[] = [];
      const consumer = cluster.kafka.consumer({
        groupId: cluster.fresh("group"),
        topics: [topic],
        onAssigned: (partitions) => {
          for (const { partition } of partitions)
            split[partition] = consumer
              .partition(topic, partition)
              [Symbol.asyncIterator]() as AsyncIterator<KafkaRecord>;
        },
      });
      const main = within(cluster, consumer, 2000);
      while (split.length < 3) await cluster.pause(10);
      for (let i = 0; i < 12; i++) {
        const { value } = (await split[i % 3]?.next()) as { readonly value: KafkaRecord };
        assert.deepEqual([value.partition, value.offset], [i % 3, Math.floor(i / 3)]);
      }
      assert.deepEqual(await main, [], "the main loop is silent");
      await consumer.close();
    },
  },
  {
    seed: "test_low_consumers::test_consume_partition_order",
    name: "with one partition split off, its stream reads that one and the loop the other two",
    body: async (cluster) => {
      const topic = await tenEach(cluster);
      const consumer = cluster.kafka.consumer({ assign: [0, 1, 2].map((partition) => ({ topic, partition })) });
      const stream = consumer.partition(topic, 1);
      const own = (async (): Promise<number[]> => {
        const offsets: number[] = [];
        for await (const record of stream) {
          assert.equal(record.partition, 1);
          if (offsets.push(record.offset) < 10) continue;
          consumer.markProcessed(record); // else the loop of the other two would get it again
          break;
        }
        return offsets;
      })();
      assert.deepEqual(counts(await take(consumer, 20)), [10, 0, 10]);
      assert.deepEqual(await own, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      await consumer.close();
    },
  },
  {
    seed: "test_low_consumers::test_produce_consume_seek",
    name: "seek: back, near the end, to the end; a value that is not an offset is refused",
    body: async (cluster) => {
      const { topic } = await populate(cluster, 5, { partition: 0 });
      const partition = { topic, partition: 0 };
      const consumer = cluster.kafka.consumer({ assign: [partition] });
      const offsets = (records: readonly KafkaRecord[]): number[] => records.map(({ offset }) => offset);
      assert.deepEqual(offsets(await take(consumer, 3)), [0, 1, 2]);
      consumer.seek(partition, 1);
      assert.deepEqual(offsets(await take(consumer, 3)), [1, 2, 3]);
      consumer.seek(partition, 5 - 3);
      assert.deepEqual(offsets(await take(consumer, 2)), [2, 3]);
      consumer.seek(partition, "latest");
      assert.deepEqual(await within(cluster, consumer, 2000), []);
      assert.throws(() => consumer.seek(partition, -1), { kind: "config", message: /-1/ });
      await consumer.close();
    },
  },
  {
    seed: "test_low_consumers::test_produce_consume_seek_partitions",
    name: "seeks of several partitions: each is read from its new position; one at its end has no record",
    body: async (cluster) => {
      const topic = await tenEach(cluster);
      const consumer = cluster.kafka.consumer({ topics: [topic] });
      assert.deepEqual(counts(await take(consumer, 30)), [10, 10, 10]);
      consumer.seek({ topic, partition: 0 }, "earliest");
      consumer.seek({ topic, partition: 1 }, "latest");
      consumer.seek({ topic, partition: 2 }, 2);
      assert.deepEqual(counts(await take(consumer, 18)), [10, 0, 8]);
      assert.deepEqual(await within(cluster, consumer, 1000), []);
      await consumer.close();
    },
  },
  {
    seed: "test_low_consumers::test_produce_consume_iter",
    name: "the loop delivers all 100 records unchanged",
    body: async (cluster) => {
      const populated = await populate(cluster, 100);
      const consumer = cluster.kafka.consumer({ topics: [populated.topic] });
      checkAll(await take(consumer, 100), populated);
      await consumer.close();
    },
  },
  {
    seed: "test_low_consumers::test_pause_resume_consumer_iter",
    name: "a paused partition delivers nothing until it is resumed, and then all records, three times",
    body: async (cluster) => {
      const { topic } = await populate(cluster, 300);
      const consumer = cluster.kafka.consumer({ topics: [topic] });
      const all = [0, 1, 2].map((partition) => ({ topic, partition }));
      for (let round = 0; round < 3; round++) {
        assert.equal((await take(consumer, 100)).length, 100);
        consumer.pause(all);
        assert.deepEqual(await within(cluster, consumer, 2000), []);
        consumer.resume(all);
      }
      assert.deepEqual(await within(cluster, consumer, 500), []);
      await consumer.close();
    },
  },
  {
    seed: "test_low_consumers::test_invalid_consumer_position",
    name: "without a group, or for a partition that is not read, an error says so",
    body: async ({ kafka }) => {
      const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0 }] });
      assert.throws(() => consumer.position({ topic: "other", partition: 3 }), {
        kind: "config",
        message: /other-3 is not read by this consumer/,
      });
      await assert.rejects(async () => consumer.committed([{ topic: "t", partition: 0 }]), {
        kind: "config",
        message: /groupId/,
      });
      assert.equal(consumer.position({ topic: "t", partition: 0 }), -1, "not known yet");
      await consumer.close();
    },
  },
];
