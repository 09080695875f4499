// A hook that closes its consumer while the consumer is being closed already.
import { test } from "node:test";
import assert from "node:assert/strict";
import { inWorld } from "./world.ts";

test(
  "an onRevoked that closes the consumer is called once when that is what close calls: it had called itself " +
    "without end",
  () =>
    inWorld({ topics: { t: 1 }, groups: { initialRebalanceDelayMs: 0 } }, async ({ kafka }) => {
      let revokes = 0;
      let wasClosed = false;
      const consumer = kafka.consumer({
        groupId: "g",
        topics: ["t"],
        enableAutoCommit: false,
        onRevoked: () => {
          revokes++;
          wasClosed = consumer.isClosed;
          void consumer.close();
        },
      });
      const producer = kafka.producer();
      await producer.send({ topic: "t", value: "v" });
      for await (const _ of consumer) break;
      await consumer.close();
      assert.deepEqual([revokes, wasClosed], [1, true]);
      await producer.close();
    }),
);
