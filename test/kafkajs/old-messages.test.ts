// Messages of magic 0 and 1, which brokers before 0.11 stored: kafkajs's shape (page, section 8). Brokers of today hold
// none, so the stored bytes are made here, and kafkajs's own decoder reads them too.
import { test } from "node:test";
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { crc32 } from "../../src/wire/crc32.ts";
import { require } from "./real-kafkajs.ts";
import { until, write } from "./consumer-world.ts";
import { inKafkaJsWorld } from "./world.ts";

interface Stored {
  readonly magic: 0 | 1;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | Uint8Array | null;
  readonly timestamp?: number;
  readonly attributes?: number;
}

function stored({ magic, offset, key, value, timestamp = -1, attributes = 0 }: Stored): Buffer {
  const [keyBytes, valueBytes] = [key, value].map((one) => (one === null ? null : Buffer.from(one as string)));
  const sized = (bytes: Buffer | null | undefined): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes?.length ?? -1);
    return Buffer.concat([length, bytes ?? Buffer.alloc(0)]);
  };
  const time = Buffer.alloc(magic === 0 ? 0 : 8);
  if (magic === 1) time.writeBigInt64BE(BigInt(timestamp));
  const body = Buffer.concat([Buffer.from([magic, attributes]), time, sized(keyBytes), sized(valueBytes)]);
  const head = Buffer.alloc(16);
  head.writeBigInt64BE(BigInt(offset));
  head.writeInt32BE(body.length + 4, 8);
  head.writeUInt32BE(crc32(body, 0, body.length), 12);
  return Buffer.concat([head, body]);
}

/** Three messages alone and two in a wrapper of magic 1, whose offsets are relative. */
function log(): Buffer {
  const inner = Buffer.concat([
    stored({ magic: 1, offset: 0, key: "x", value: "in", timestamp: 1_700_000_000_003 }),
    stored({ magic: 1, offset: 1, key: null, value: "", timestamp: 1_700_000_000_004 }),
  ]);
  return Buffer.concat([
    stored({ magic: 0, offset: 0, key: "k", value: "zero" }),
    stored({ magic: 0, offset: 1, key: null, value: null }),
    stored({ magic: 1, offset: 2, key: "é", value: "one", timestamp: 1_700_000_000_002, attributes: 8 }),
    stored({ magic: 1, offset: 4, key: null, value: gzipSync(inner), timestamp: 1_700_000_000_004, attributes: 1 }),
  ]);
}

async function kafkaJsReads(bytes: Buffer): Promise<object[]> {
  const Decoder = require("kafkajs/src/protocol/decoder") as new (bytes: Buffer) => unknown;
  const decode = require("kafkajs/src/protocol/messageSet/decoder") as (
    decoder: unknown,
    size: number,
  ) => Promise<object[]>;
  return await decode(new Decoder(bytes), bytes.length);
}

test("messages of magic 0 and 1 have kafkajs's members, in eachMessage and in eachBatch", async () => {
  const theirs = await kafkaJsReads(log());
  assert.equal(theirs.length, 5);
  for (const mode of ["eachMessage", "eachBatch"] as const)
    await inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
      await write(world, "orders", 0, 5);
      world.cluster.intercept("Fetch", {
        respond: (response) => ({
          ...response,
          responses: response.responses.map((topic) => ({
            ...topic,
            partitions: topic.partitions.map((partition) => ({
              ...partition,
              records: partition.records !== null && partition.records.length > 0 ? new Uint8Array(log()) : null,
            })),
          })),
        }),
      });
      const consumer = world.kafka().consumer({ groupId: "g" });
      const seen: object[] = [];
      await consumer.subscribe({ topic: "orders", fromBeginning: true });
      await consumer.run(
        mode === "eachMessage"
          ? { eachMessage: async ({ message }) => void seen.push(message) }
          : { eachBatch: async ({ batch }) => void seen.push(...batch.messages) },
      );
      await until(world, () => seen.length >= 5);
      assert.deepEqual(seen, theirs);
      assert.deepEqual(seen.map(Object.keys), theirs.map(Object.keys));
      await consumer.disconnect();
      assert.equal(seen.length, 5);
    });
});
