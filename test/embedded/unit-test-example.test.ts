// The ten lines of docs/embedded.md, as a user would write them; test/house/docs.test.ts holds the page against this
// file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";

test("an order whose acknowledgement is lost is written once", async () => {
  const cluster = await EmbeddedCluster.start({ topics: { orders: 1 } });
  const kafka = new Kafka({ cluster });
  const lost = cluster.intercept("Produce", "disconnect-after", { times: 1 });
  const { offset } = await kafka.producer().send({ topic: "orders", value: "one espresso" });
  assert.deepEqual([offset, lost.calls], [0, 1]);
  assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 1);
  await kafka.close();
  await cluster.close();
});
