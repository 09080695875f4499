// Damaged batches, and ones that decompress to far more than they say: the consumer stops, loudly, where they begin
// (check 49).
import { test } from "node:test";
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { crc32c } from "../../src/wire/crc32c.ts";
import { until } from "./consumer-world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

const topic = "orders";
const BATCH_HEADER = 61;
const ATTRIBUTES = 21;
const CRC = 17;
const LENGTH = 8;

/** Writes `count` messages, each a batch of its own. */
async function writeBatches({ world }: KafkaJsWorld, count: number): Promise<void> {
  const producer = world.kafka.producer();
  for (let i = 0; i < count; i++) await producer.send({ topic, partition: 0, value: String(i) });
  await producer.close();
}

/** Replaces the batch with this base offset in all responses, until the returned function is called. */
function spoil({ cluster }: KafkaJsWorld, offset: number, change: (batch: Buffer) => Buffer): () => void {
  return cluster.intercept("Fetch", {
    respond: (response) => ({
      ...response,
      responses: response.responses.map((one) => ({
        ...one,
        partitions: one.partitions.map((partition) => {
          if (partition.records === null) return partition;
          const batches = split(Buffer.from(partition.records));
          const records = Buffer.concat(
            batches.map((batch) => (batch.readBigInt64BE(0) === BigInt(offset) ? change(batch) : batch)),
          );
          return { ...partition, records: new Uint8Array(records) };
        }),
      })),
    }),
  });
}

function split(records: Buffer): Buffer[] {
  const batches: Buffer[] = [];
  for (let p = 0; p < records.length;) {
    const end = p + 12 + records.readInt32BE(p + LENGTH);
    batches.push(Buffer.from(records.subarray(p, end)));
    p = end;
  }
  return batches;
}

/** The last byte is another one, the checksum stays. */
function damaged(batch: Buffer): Buffer {
  batch.writeUInt8(batch.readUInt8(batch.length - 1) ^ 0xff, batch.length - 1);
  return batch;
}

/** 64 MB of zeros in a batch with a right checksum. */
function bomb(batch: Buffer): Buffer {
  const made = Buffer.concat([batch.subarray(0, BATCH_HEADER), gzipSync(Buffer.alloc(64 << 20))]);
  made.writeInt32BE(made.length - 12, LENGTH);
  made.writeInt16BE(made.readInt16BE(ATTRIBUTES) | 1, ATTRIBUTES);
  made.writeUInt32BE(crc32c(made, ATTRIBUTES) >>> 0, CRC);
  return made;
}

for (const [what, change, text] of [
  ["a wrong checksum", damaged, /orders-0.*offset 2.*CRC|CRC.*orders-0/i],
  ["a decompression bomb", bomb, /orders-0.*(limit|more than|at most|larger)/i],
] as const)
  for (const mode of ["eachMessage", "eachBatch"] as const)
    test(`${what}, ${mode}: what is before it is delivered and committed, CRASH says which; nothing behind it comes`, () =>
      inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
        await writeBatches(world, 5);
        const heal = spoil(world, 2, change);
        const consumer = world.kafka().consumer({ groupId: "g" });
        const seen: string[] = [];
        const crashes: { error: Error; restart: boolean; groupId: string }[] = [];
        consumer.on(consumer.events.CRASH, ({ payload }) => void crashes.push(payload as never));
        await consumer.subscribe({ topic, fromBeginning: true });
        const handlers =
          mode === "eachMessage"
            ? { eachMessage: async ({ message }: { message: { offset: string } }) => void seen.push(message.offset) }
            : {
                eachBatch: async ({ batch }: { batch: { messages: { offset: string }[] } }) =>
                  void seen.push(...batch.messages.map(({ offset }) => offset)),
              };
        await consumer.run(handlers);
        await until(world, () => crashes.length === 1, "the crash");
        await world.wait(60_000);
        assert.deepEqual(seen, ["0", "1"]);
        assert.equal(crashes.length, 1);
        assert.equal(crashes[0]?.restart, false);
        assert.equal(crashes[0]?.groupId, "g");
        assert.equal(crashes[0]?.error.name, "KafkaJSNonRetriableError");
        assert.match(crashes[0]?.error.message ?? "", text);
        const tool = world.world.kafka.consumer({ groupId: "g", assign: [] });
        assert.equal((await tool.committed([{ topic, partition: 0 }]))[0]?.offset, 2);
        await tool.close();
        heal();
        await consumer.run(handlers);
        await until(world, () => seen.length === 5);
        await consumer.disconnect();
        assert.deepEqual(seen, ["0", "1", "2", "3", "4"]);
      }));

test("a seek behind the damaged batch goes on after it", () =>
  inKafkaJsWorld({ topics: { [topic]: 1 } }, async (world) => {
    await writeBatches(world, 5);
    spoil(world, 2, damaged);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const seen: string[] = [];
    const crashes: string[] = [];
    consumer.on(consumer.events.CRASH, ({ payload }) => void crashes.push(payload.error.message));
    await consumer.subscribe({ topic, fromBeginning: true });
    const run = (): Promise<void> =>
      consumer.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
    await run();
    await until(world, () => crashes.length === 1);
    assert.match(crashes[0] ?? "", /orders-0.*offset 2/);
    await world.wait(1000);
    const running = run();
    consumer.seek({ topic, partition: 0, offset: "3" });
    await running;
    await until(world, () => seen.length === 4);
    assert.deepEqual(seen, ["0", "1", "3", "4"]);
    assert.equal(crashes.length, 1);
    await consumer.disconnect();
  }));
