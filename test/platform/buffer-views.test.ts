// On Node a consumer's records and those of onDelivery give Buffers; a platform without them gives Uint8Arrays.
import { test } from "node:test";
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka, nodePlatform } from "../../src/node.ts";

test("console.log of a consumed record shows text without a serde; onDelivery's records too", async () => {
  const cluster = await EmbeddedCluster.start({ topics: { orders: 1 } });
  const delivered: string[] = [];
  const kafka = new Kafka({ cluster });
  const { bytesView: _, ...bare } = nodePlatform();
  const other = new Kafka({ cluster, platform: bare });
  try {
    const producer = kafka.producer({
      onDelivery: ({ records }) => {
        for (const { key, value } of records) delivered.push(`${String(key)}=${String(value)}`);
      },
    });
    await producer.send({ topic: "orders", key: "42", value: "espresso", headers: { trace: "1" } });
    assert.deepEqual(delivered, ["42=espresso"]);
    for await (const record of kafka.consumer({ topics: ["orders"] })) {
      assert.equal(`${String(record.key)} ${String(record.value)} ${String(record.header("trace"))}`, "42 espresso 1");
      assert.match(inspect(record), /value: <Buffer 65 73 70 /);
      break;
    }
    for await (const record of other.consumer({ topics: ["orders"] })) {
      assert.equal(Object.getPrototypeOf(record.value), Uint8Array.prototype);
      break;
    }
  } finally {
    await kafka.close();
    await other.close();
    await cluster.close();
  }
});
