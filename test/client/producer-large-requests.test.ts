// A request that its broker cannot take in time: the next ones are smaller.
import { test } from "node:test";
import assert from "node:assert/strict";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

const PARTITIONS = 2000;

test(
  "after a Produce of thousands of partitions that timed out all of them were sent again in one request: the next " +
    "ones are smaller",
  () =>
    inWorld(
      { topics: { t: PARTITIONS }, client: { requestTimeoutMs: 2000, onLog: () => undefined } },
      async ({ kafka, cluster, platform }) => {
        const sizes: number[] = [];
        // A broker that takes 4 ms for each partition, and so never 2,000 partitions within two seconds.
        cluster.intercept("Produce", async ({ message }) => {
          const partitions = message.topicData.reduce((sum, { partitionData }) => sum + partitionData.length, 0);
          sizes.push(partitions);
          await sleep(platform, partitions * 4);
          return undefined;
        });
        const producer = kafka.producer({ deliveryTimeoutMs: 120_000 });
        const sent = await Promise.all(
          Array.from({ length: PARTITIONS }, (_, partition) =>
            producer.send({ topic: "t", partition, value: "x".repeat(100) }),
          ),
        );
        assert.ok(
          sent.every(({ offset }) => offset <= 0),
          "each is written once, also where the answer was lost",
        );
        assert.equal(sizes[0], PARTITIONS);
        for (const size of sizes.slice(1, 4)) assert.ok(size <= PARTITIONS / 2, sizes.join());
        assert.ok(sizes.length < 60, sizes.join());
      },
    ),
);

test("a broker that hangs up on requests of more than a certain size gets smaller ones", () =>
  inWorld({ topics: { t: 64 }, client: { retryBackoffMs: 10, onLog: () => undefined } }, async ({ kafka, cluster }) => {
    cluster.intercept("Produce", ({ message }) =>
      message.topicData.reduce((sum, { partitionData }) => sum + partitionData.length, 0) > 10
        ? "disconnect"
        : undefined,
    );
    const producer = kafka.producer({ deliveryTimeoutMs: 60_000 });
    await Promise.all(
      Array.from({ length: 64 }, (_, partition) => producer.send({ topic: "t", partition, value: "x".repeat(100) })),
    );
    assert.equal(
      cluster.snapshot().topics[0]?.partitions.reduce((sum, { highWatermark }) => sum + highWatermark, 0),
      64,
    );
  }));
