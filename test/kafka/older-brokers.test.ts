// The client on brokers of older releases: it leaves out features that they do not have, and everything else works.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Kafka } from "../../src/node.ts";
import { COMPRESSION_TYPES } from "../../src/records/batch-layout.ts";
import { take, text } from "../client/world.ts";
import { startKafka } from "./kafka-cluster.ts";

/**
 * The first release whose KRaft is for production, and the last of the third series, each with the release that a
 * client takes it for: 3.3 and 3.4 serve the same versions.
 */
for (const [version, release] of [
  ["3.3.2", "3.4"],
  ["3.9.1", "3.9"],
] as const) {
  test(`Kafka ${version}: topics, records of every codec, a group, a transaction and groups' offsets`, async () => {
    const broker = await startKafka({ version });
    const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers });
    try {
      assert.equal(await kafka.brokerRelease(), release);
      (
        await kafka.admin().createTopics([
          { topic: "orders", numPartitions: 3 },
          { topic: "copies", numPartitions: 1 },
        ])
      ).orThrow();
      assert.deepEqual([...(await kafka.admin().listTopics())].sort(), ["copies", "orders"]);
      for (const compressionType of COMPRESSION_TYPES) {
        const producer = kafka.producer({ compressionType });
        await Promise.all(
          Array.from({ length: 30 }, (_, i) =>
            producer.send({
              topic: "orders",
              partition: i % 3,
              key: compressionType,
              value: `${compressionType} ${i}`,
            }),
          ),
        );
        await producer.close();
      }
      const consumer = kafka.consumer({ groupId: "readers", topics: ["orders"] });
      const records = await take(consumer, COMPRESSION_TYPES.length * 30);
      assert.deepEqual(
        [...new Set(records.map(({ value }) => text(value)))].length,
        COMPRESSION_TYPES.length * 30,
        "each once",
      );
      const producer = kafka.producer({ transactionalId: "copying" });
      for (const isCommitted of [false, true]) {
        const copying = producer.transaction(async (tx) => {
          await tx.send({ topic: "copies", value: String(isCommitted) });
          await tx.sendOffsets([{ topic: "orders", partition: 0, offset: 7 }], { groupId: "copiers" });
          if (!isCommitted) throw new Error("not this time");
        });
        if (isCommitted) await copying;
        else await assert.rejects(copying, /not this time/);
      }
      await producer.close();
      await consumer.close();
      const committed = kafka.consumer({ groupId: "copiers", assign: [{ topic: "orders", partition: 0 }] });
      assert.equal((await committed.committed([{ topic: "orders", partition: 0 }]))[0]?.offset, 7);
      await committed.close();
      const copies = kafka.consumer({ topics: ["copies"], isolationLevel: "read_committed" });
      assert.deepEqual(
        (await take(copies, 1)).map(({ value }) => text(value)),
        ["true"],
      );
      await copies.close();
    } finally {
      await kafka.close();
      await broker.stop();
    }
  });
}
