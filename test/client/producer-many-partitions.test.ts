// The cost of each record for a producer of many partitions, and when its batches leave. In virtual time.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { PartitionQueue } from "../../src/producer/partition/partition-queue.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

const MANY = 200;

/** Counts the looks for the next batch of a partition. */
function looks({ mock }: TestContext): { count: number } {
  const seen = { count: 0 };
  const { next } = PartitionQueue.prototype;
  mock.method(PartitionQueue.prototype, "next", function (this: PartitionQueue) {
    seen.count++;
    return next.call(this);
  });
  return seen;
}

test("each new batch made a producer look at all batches that wait for more records", (t) =>
  inWorld({ topics: { t: MANY } }, async ({ kafka, platform }) => {
    const producer = kafka.producer({ lingerMs: 5000 });
    await producer.send({ topic: "t", partition: 0, value: "first" });
    const seen = looks(t);
    const sent: Promise<unknown>[] = [];
    for (let partition = 0; partition < MANY; partition++) {
      sent.push(producer.send({ topic: "t", partition, value: "x" }));
      await sleep(platform, 1); // the sink's work ends before the next record comes
    }
    assert.ok(seen.count < 20_000, `${seen.count} looks for ${MANY} batches`);
    assert.equal((await Promise.all(sent)).length, MANY);
    await producer.close();
  }));

test("a batch that lingers is sent in time, also if another one was begun before it with a later deadline", () =>
  inWorld({ topics: { t: 3 } }, async ({ kafka, platform }) => {
    const producer = kafka.producer({ lingerMs: 100 });
    await producer.send({ topic: "t", partition: 0, value: "first" });
    const began = platform.clock.monotonic();
    const sent = [0, 1, 2].map(async (partition) => {
      await sleep(platform, 40 * partition);
      await producer.send({ topic: "t", partition, value: "x" });
      return platform.clock.monotonic() - began;
    });
    const times = await Promise.all(sent);
    for (const [i, ms] of times.entries()) assert.ok(ms >= 100 + 40 * i - 1 && ms < 130 + 40 * i, times.join());
    await producer.close();
  }));
