// The log was deleted up to behind what a consumer has fetched and its application has not yet taken.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

test("while the application works on what it has, a log that was deleted behind it is not fetched again and again", () =>
  inWorld({ topics: { t: 1 } }, async ({ cluster, client, platform }) => {
    const kafka = client({ onLog: () => undefined });
    const producer = kafka.producer({ lingerMs: 0 });
    const write = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await producer.send({ topic: "t", partition: 0, value: String(i) });
    };
    await write(10);
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset: "earliest" }] });
    for await (const { offset } of consumer) if (offset === 9) break; // record 9 comes first in the next loop
    await write(10);
    cluster.deleteRecords("t", 0, 15);
    const { entries } = cluster.recordRequests({ api: "Fetch" });
    const offsets: number[] = [];
    for await (const { offset } of consumer) {
      offsets.push(offset);
      if (offset === 9) await sleep(platform, 10_000);
      if (offset === 19) break;
    }
    assert.deepEqual(offsets, [9, 10, 15, 16, 17, 18, 19], "record 10 had been fetched as soon as it was written");
    assert.ok(entries.length > 5 && entries.length < 40, `${entries.length} fetches`);
    await consumer.close();
    await kafka.close();
  }));
