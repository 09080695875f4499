// The current record of a loop that was left comes first in the next loop, also without a group. In virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "../../src/consumer/consumer.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { type World, inWorld, text } from "./world.ts";

const ALL = Array.from({ length: 20 }, (_, i) => i);
const at = { topic: "t", partition: 0 };

/** Four batches of five records. */
async function fill({ kafka }: World): Promise<void> {
  const producer = kafka.producer();
  for (let batch = 0; batch < 4; batch++) {
    for (let i = 0; i < 5; i++) producer.enqueue({ ...at, value: String(batch * 5 + i) });
    await producer.flush();
  }
  await producer.close();
}

/** Records one by one, whichever way they come. Each `for await` of it is a loop of its own. */
type Reader = (consumer: Consumer) => AsyncIterable<KafkaRecord>;

const readers: readonly (readonly [name: string, read: Reader])[] = [
  ["for await", (consumer) => consumer],
  ["records({…})", (consumer) => consumer.records({})],
  [
    "batches()",
    async function* (consumer) {
      for await (const { records } of consumer.batches()) yield* records;
    },
  ],
  [
    "partition()",
    (consumer) => ({
      async *[Symbol.asyncIterator]() {
        yield* consumer.partition("t", 0);
      },
    }),
  ],
  [
    "partition().batches()",
    async function* (consumer) {
      for await (const { records } of consumer.partition("t", 0).batches()) yield* records;
    },
  ],
];

for (const [where, options] of [
  ["topics", { topics: ["t"] }],
  ["assign", { assign: [at] }],
  ["a group", { topics: ["t"], groupId: "g" }],
] as const) {
  for (const [name, read] of readers) {
    if (name.startsWith("partition") && where !== "assign") continue;
    for (const how of ["break", "throw"] as const) {
      test(
        `${where}, ${name}: after a ${how} the next loop begins with the record in hand; it had been skipped, or ` +
          "the rest of its batch",
        () =>
          inWorld({ topics: { t: 1 }, groups: { initialRebalanceDelayMs: 0 } }, async (world) => {
            await fill(world);
            const consumer = world.kafka.consumer(options);
            const done: number[] = [];
            const firsts: number[] = [];
            while (done.at(-1) !== 19) {
              let isFirst = true;
              try {
                for await (const { offset } of read(consumer)) {
                  if (isFirst) firsts.push(offset);
                  isFirst = false;
                  if ([7, 12, 19].includes(offset) && !firsts.some((first) => first > offset - 5 && first <= offset)) {
                    if (how === "throw") throw new KafkaError("internal", "the database is down");
                    break;
                  }
                  done.push(offset);
                  if (offset === 19) break;
                }
              } catch (error) {
                if (!KafkaError.is(error) || error.message !== "the database is down") throw error;
              }
            }
            assert.deepEqual(
              [...new Set(done)].sort((a, b) => a - b),
              ALL,
            );
            assert.deepEqual(firsts, name.includes("batches") ? [0, 5, 10, 15] : [0, 7, 12, 19]);
            await consumer.close();
          }),
      );
    }
  }
}

test(
  "without a group: a record that was marked is done, a seek in the loop's body counts, and a pause keeps the " +
    "record in hand",
  () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      await fill(world);
      const consumer = world.kafka.consumer({ assign: [at] });
      const first = async (then: (record: KafkaRecord) => void = () => undefined): Promise<string | null> => {
        for await (const record of consumer) {
          then(record);
          return text(record.value);
        }
        return null;
      };
      assert.equal(await first(), "0");
      assert.equal(await first((record) => consumer.markProcessed(record)), "0");
      assert.equal(await first(() => consumer.pause([at])), "1");
      consumer.resume([at]);
      assert.equal(await first(() => consumer.seek(at, 11)), "1");
      assert.equal(await first(), "11");
      assert.equal(await first(() => consumer.assign([])), "11");
      consumer.assign([{ ...at, offset: 3 }]);
      assert.equal(await first(), "3");
      await consumer.close();
    }),
);

test("a stream of a partition that is left in its loop gives back what it had open: the rest of that batch was lost", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await fill(world);
    for (const kind of ["records", "batches"] as const) {
      const consumer = world.kafka.consumer({ assign: [at] });
      const stream = consumer.partition("t", 0);
      for await (const _ of kind === "records" ? stream : stream.batches()) stream.leave();
      const offsets: number[] = [];
      for await (const { offset } of consumer) if (offsets.push(offset) === 20) break;
      assert.deepEqual(offsets, ALL);
      await consumer.close();
    }
  }));

test(
  "without a group: a record that onPoison dealt with before the record in hand is not dealt with again in the " +
    "next loop",
  () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      await fill(world);
      const poisoned: number[] = [];
      const value = {
        serialize: () => new Uint8Array(0),
        deserialize: (bytes: Uint8Array) => {
          if (text(bytes) === "6") throw new KafkaError("serialization", "no");
          return text(bytes);
        },
      };
      const consumer = world.kafka.consumer({
        assign: [at],
        value,
        onPoison: ({ offset }) => Promise.resolve(poisoned.push(offset)),
      });
      const seen: number[] = [];
      for await (const { offset } of consumer) if (seen.push(offset) === 7) break;
      for await (const { offset } of consumer) if (seen.push(offset) === 9) break;
      assert.deepEqual([seen, poisoned], [[0, 1, 2, 3, 4, 5, 7, 7, 8], [6]]);
      await consumer.close();
    }),
);
