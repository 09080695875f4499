// 2³¹ records into one partition: a whole client whose first number is just below the end.
import { test } from "node:test";
import assert from "node:assert/strict";
import { ProducerBatch } from "../../src/producer/partition/batch.ts";
import { Sequencer } from "../../src/producer/partition/sequencer.ts";
import { BatchBuilder } from "../../src/records/batch-builder.ts";
import { inWorld, take, text } from "./world.ts";

const LAST = 2 ** 31 - 1;

/** Stands for as many records as are wanted, without them. */
class ManyRecords extends ProducerBatch {
  readonly #many: number;

  constructor(many: number) {
    super("t", 0, new BatchBuilder(16), 0, 0);
    this.#many = many;
  }

  override get count(): number {
    return this.#many;
  }
}

test(
  "P5 of the peers: sequences go from 2^31-1 to 0 within a batch and between batches, through retries, splits and " +
    "lost answers",
  async (t) => {
    const original = Reflect.get(Sequencer.prototype, "adopt");
    for (const before of [LAST, LAST - 1, LAST - 6, LAST - 20]) {
      // A partition that already has that many records.
      const adopt = t.mock.method(
        Sequencer.prototype,
        "adopt",
        function (this: Sequencer, ...args: Parameters<Sequencer["adopt"]>) {
          const isFirst = this.identity === undefined;
          original.apply(this, args);
          if (isFirst) this.stamp(new ManyRecords(before));
        },
      );
      await inWorld(
        { topics: { t: { partitions: 1, configs: { "max.message.bytes": "600" } } } },
        async ({ kafka, cluster }) => {
          const sequences: number[] = [];
          let requests = 0;
          cluster.intercept("Produce", ({ message }) => {
            const records = message.topicData[0]?.partitionData[0]?.records ?? new Uint8Array(64);
            const view = new DataView(records.buffer, records.byteOffset);
            sequences.push(view.getInt32(53));
            return ++requests % 3 === 0 ? "disconnect-after" : requests % 5 === 0 ? "disconnect" : undefined;
          });
          const producer = kafka.producer({ batchSize: 900, lingerMs: 0 });
          const values = Array.from({ length: 60 }, (_, i) => String(i).padEnd(70, "."));
          const sent = await Promise.all(values.map((value) => producer.send({ topic: "t", value })));
          assert.deepEqual(
            sent.map((r) => r.offset),
            values.map((_, i) => i),
          );
          assert.equal(sequences[0], before);
          assert.ok(
            sequences.every((sequence) => sequence >= 0 && sequence <= LAST),
            sequences.join(" "),
          );
          assert.ok(
            sequences.some((sequence) => sequence < 60),
            "it went round",
          );
          assert.equal(producer.counters.epochBumps, 0);
          const consumer = kafka.consumer({ topics: ["t"] });
          assert.deepEqual(
            (await take(consumer, 60)).map((record) => text(record.value)),
            values,
          );
          await consumer.close();
        },
      );
      adopt.mock.restore();
    }
  },
);
