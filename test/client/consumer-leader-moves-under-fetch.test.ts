// A partition that moves to another broker while a fetch for it is under way, where nothing else is read of that
// broker.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

test(
  "metadata moves a partition under its fetch: the new broker is asked when that has ended; it had waited for " +
    "metadataMaxAgeMs",
  () =>
    inWorld({ topics: { t: 1 }, brokers: 2 }, async ({ kafka, cluster, platform }) => {
      const producer = kafka.producer({ lingerMs: 0 });
      const consumer = kafka.consumer({ topics: ["t"] });
      await producer.send({ topic: "t", value: "0" });
      await take(consumer, 1);
      const leader = cluster.snapshot().topics.find(({ topic }) => topic === "t")?.partitions[0]?.leaderId ?? -1;
      // The old leader, which does not know yet that it is none, ends its long poll as one that found nothing.
      cluster.intercept(
        "Fetch",
        { delayMs: 400, respond: (response) => ({ ...response, responses: [] }) },
        { broker: leader },
      );
      const reading = take(consumer, 1);
      await sleep(platform, 100);
      cluster.moveLeader("t", 0, 1 - leader);
      const fromMs = platform.clock.monotonic();
      await producer.send({ topic: "t", value: "1" }); // whose answer tells the new leader to all clients of this Kafka
      assert.deepEqual(
        (await reading).map(({ value }) => text(value)),
        ["1"],
      );
      assert.ok(platform.clock.monotonic() - fromMs < 5000, `it took ${platform.clock.monotonic() - fromMs} ms`);
    }),
);

test(
  "metadata moves a partition while its fetch waits for a new connection to the old broker: nobody asked the new one " +
    "any more, and nothing was read until the loop ended",
  () =>
    inWorld(
      { topics: { t: 1 }, brokers: 2, latencyMs: 50, client: { retryBackoffMs: 5, requestTimeoutMs: 2000 } },
      async ({ kafka, cluster, client, platform }) => {
        const producer = client().producer({ lingerMs: 0 });
        const consumer = kafka.consumer({ topics: ["t"] });
        await producer.send({ topic: "t", value: "0" });
        await take(consumer, 1);
        const leader = cluster.snapshot().topics.find(({ topic }) => topic === "t")?.partitions[0]?.leaderId ?? -1;
        const hangs = cluster.intercept("Fetch", "hang", { broker: leader });
        const reading = take(consumer, 1);
        await sleep(platform, 100);
        hangs();
        cluster.moveLeader("t", 0, 1 - leader);
        await producer.send({ topic: "t", value: "1" });
        const fromMs = platform.clock.monotonic();
        // The fetch times out. Its connection is opened again, which takes two round trips; new metadata takes one.
        assert.deepEqual(
          (await reading).map(({ value }) => text(value)),
          ["1"],
        );
        assert.ok(platform.clock.monotonic() - fromMs < 6000, `it took ${platform.clock.monotonic() - fromMs} ms`);
      },
    ),
);
