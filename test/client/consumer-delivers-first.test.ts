// Fetched records are delivered to a waiting loop before the next fetch is written, because a write is a system call.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "../../src/consumer/consumer.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

type Read = (consumer: Consumer, onRecord: () => Promise<void>) => Promise<void>;

const LOOPS: readonly (readonly [name: string, read: Read])[] = [
  [
    "for await",
    async (consumer, onRecord) => {
      for await (const _ of consumer) await onRecord();
    },
  ],
  [
    "batches()",
    async (consumer, onRecord) => {
      for await (const _ of consumer.batches()) await onRecord();
    },
  ],
];

for (const [name, read] of LOOPS) {
  test(`${name}: a record that was waited for is delivered before the next fetch is sent; the write of that came first`, async () => {
    assert.deepEqual(await sentWhileInHand(read, 100), [1, 1, 1]);
  });

  test(`${name}: of much the next fetch is sent at once, so that the broker is at work while the application is`, async () => {
    assert.deepEqual(await sentWhileInHand(read, 32_768), [0, 0, 0]);
  });
}

/** The requests that are sent in the millisecond after each of three records of the given size was delivered. */
function sentWhileInHand(read: Read, bytes: number): Promise<number[]> {
  return inWorld({ topics: { t: 1 }, latencyMs: 5 }, async ({ kafka, client, platform }) => {
    const producer = client().producer({ lingerMs: 0 });
    const consumer = kafka.consumer({ topics: ["t"], autoOffsetReset: "earliest" });
    const requests = (): number =>
      consumer.metrics().find(({ group, name }) => group === "consumer-metrics" && name === "request-total")?.value ??
      Number.NaN;
    const sent: number[] = [];
    const reading = read(consumer, async () => {
      const before = requests();
      await sleep(platform, 1);
      sent.push(requests() - before);
    });
    for (let i = 0; i < 3; i++) {
      await producer.send({ topic: "t", value: new Uint8Array(bytes) });
      await sleep(platform, 100);
    }
    await consumer.close();
    await reading;
    return sent;
  });
}
