import assert from "node:assert/strict";
import type { Kafka } from "../../../src/node.ts";
import { committed } from "../../client/committed.ts";
import { take, text } from "../../client/world.ts";

const COUNT = 6;

/**
 * Everything that an application does, with names that begin with `alice-`: it creates topics, writes records, reads
 * them in a group, writes others in a transaction with the group's offsets, and reads those.
 */
export async function roundTrip(kafka: Kafka, name: string): Promise<void> {
  const [input, output, groupId] = [`alice-${name}-in`, `alice-${name}-out`, `alice-${name}`];
  (await kafka.admin().createTopics([input, output].map((topic) => ({ topic, numPartitions: 1 })))).orThrow();
  const producer = kafka.producer();
  for (let i = 0; i < COUNT; i++) producer.enqueue({ topic: input, value: `${i}` });
  await producer.flush();
  const consumer = kafka.consumer({ groupId, topics: [input], enableAutoCommit: false });
  const writer = kafka.producer({ transactionalId: `alice-${name}` });
  const records: string[] = [];
  for await (const record of consumer) {
    records.push(text(record.value) ?? "");
    if (records.length < COUNT) continue;
    await writer.transaction(async (tx) => {
      for (const value of records) tx.enqueue({ topic: output, value });
      await tx.sendOffsets([{ topic: input, partition: 0, offset: COUNT }], consumer.groupMetadata());
    });
    break;
  }
  const reader = kafka.consumer({ topics: [output], isolationLevel: "read_committed" });
  const read = (await take(reader, COUNT)).map(({ value }) => text(value));
  const all = Array.from({ length: COUNT }, (_, i) => `${i}`);
  assert.deepEqual([records, read], [all, all]);
  assert.deepEqual(await committed(consumer, [{ topic: input, partition: 0 }]), [COUNT]);
}
