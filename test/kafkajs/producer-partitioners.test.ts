// Partitioners of the drop-in's producer: kafkajs's own, and the user's.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Message } from "../../packages/kafkajs/src/api.ts";
import { inKafkaJsWorld } from "./world.ts";

/** The hashes' partitions of 3, 7 and 12, as kafkajs 2.2.4 has them: default, then legacy. */
const VECTORS: readonly (readonly [string | Buffer, readonly number[], readonly number[]])[] = [
  ["a", [1, 5, 4], [1, 1, 7]],
  ["1", [0, 2, 3], [2, 6, 8]],
  ["hello", [0, 4, 9], [2, 5, 8]],
  ["order-12345", [1, 3, 1], [2, 6, 8]],
  ["ü", [2, 0, 2], [2, 5, 5]],
  [Buffer.from([0xff, 0, 0x80]), [1, 6, 10], [0, 5, 6]],
  ["", [0, 2, 9], [0, 5, 0]],
];

test("the partitions of keys, through send: DefaultPartitioner and LegacyPartitioner", () =>
  inKafkaJsWorld({ topics: { t3: 3, t7: 7, t12: 12 } }, async ({ host, kafka }) => {
    for (const [which, name] of [
      [1, "DefaultPartitioner"],
      [2, "LegacyPartitioner"],
    ] as const) {
      const producer = kafka().producer({ createPartitioner: host.partitioners[name] as never });
      await producer.connect();
      for (const vector of VECTORS) {
        const [key] = vector;
        const found: number[] = [];
        for (const topic of ["t3", "t7", "t12"]) {
          const [result] = await producer.send({ topic, messages: [{ key, value: "a" }] });
          found.push(result?.partition ?? -1);
        }
        assert.deepEqual(found, vector[which], `${name} of ${String(key)}`);
      }
      await producer.disconnect();
    }
    assert.equal(host.partitioners.JavaCompatiblePartitioner, host.partitioners.DefaultPartitioner);
  }));

test("the user's partitioner decides, also where a message names a partition, and gets kafkajs's arguments", () =>
  inKafkaJsWorld({ brokers: 3, topics: { t: { partitions: 3, replicationFactor: 3 } } }, async ({ kafka }) => {
    const seen: { topic: string; message: Message; partitionMetadata: { partitionId: number }[] }[] = [];
    let made = 0;
    const createPartitioner = () => {
      made++;
      return (args: { topic: string; message: Message; partitionMetadata: { partitionId: number }[] }): number => {
        seen.push(args);
        return 2;
      };
    };
    const producer = kafka().producer({ createPartitioner });
    assert.equal(made, 1);
    await producer.connect();
    const messages: Message[] = [{ value: "a", partition: 0 }, { key: "k", value: "b" }, { value: "c" }];
    const results = await producer.send({ topic: "t", messages });
    assert.deepEqual(
      results.map(({ partition, baseOffset }) => [partition, baseOffset]),
      [[2, "0"]],
    );
    assert.equal(made, 1);
    assert.equal(seen.length, 3);
    for (const [i, { topic, message }] of seen.entries()) {
      assert.equal(topic, "t");
      assert.equal(message, messages[i], "the caller's own object");
    }
    const [first] = seen[0]?.partitionMetadata ?? [];
    assert.deepEqual(Object.keys(first ?? {}), [
      "partitionErrorCode",
      "partitionId",
      "leader",
      "replicas",
      "isr",
      "offlineReplicas",
    ]);
    await producer.disconnect();
  }));

test("a partitioner that throws: its error comes out as it is, and nothing is sent", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async ({ cluster, kafka }) => {
    const own = new RangeError("no");
    const producer = kafka().producer({
      createPartitioner: () => () => {
        throw own;
      },
    });
    await producer.connect();
    await assert.rejects(producer.send({ topic: "t", messages: [{ value: "a" }] }), (error) => error === own);
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 0);
    await producer.disconnect();
  }));

test("a partition that there is not: rejected, naming topic and partition, and nothing is sent", () =>
  inKafkaJsWorld({ topics: { t: 3 } }, async ({ cluster, kafka }) => {
    const producer = kafka().producer();
    await producer.connect();
    const messages = [{ value: "a" }, { value: "b", partition: 7 }];
    await assert.rejects(producer.send({ topic: "t", messages }), {
      name: "KafkaJSNonRetriableError",
      message: /^Cannot send a message to partition 7 of topic "t": it has partitions 0 to 2\./,
    });
    for (const answer of [-1, 1.5, Number.NaN, "x", undefined, Promise.resolve(0)]) {
      const other = kafka().producer({ createPartitioner: () => () => answer as number });
      await other.connect();
      await assert.rejects(
        other.send({ topic: "t", messages: [{ value: "a" }] }),
        /^KafkaJSNonRetriableError: Cannot send/,
      );
      await other.disconnect();
    }
    assert.deepEqual(
      cluster.snapshot().topics[0]?.partitions.map(({ highWatermark }) => highWatermark),
      [0, 0, 0],
    );
    await producer.disconnect();
  }));

test("a topic that has grown: a message for a new partition is sent, and partitioned once", () =>
  inKafkaJsWorld({ topics: { t: 1 } }, async ({ kafka, world }) => {
    let calls = 0;
    const createPartitioner = () => (args: { message: Message }) => {
      calls++;
      return args.message.partition ?? 0;
    };
    const producer = kafka().producer({ createPartitioner });
    await producer.connect();
    await producer.send({ topic: "t", messages: [{ value: "a" }] });
    await world.kafka.admin().createPartitions([{ topic: "t", totalCount: 3 }] as never);
    const [result] = await producer.send({ topic: "t", messages: [{ value: "b", partition: 2 }] });
    assert.deepEqual([result?.partition, result?.baseOffset, calls], [2, "0", 2]);
    await producer.disconnect();
  }));
