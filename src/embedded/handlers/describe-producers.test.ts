import assert from "node:assert/strict";
import { test } from "node:test";
import { NOW, batchOf, produceTo, withCluster } from "../../../test/embedded/raw-client.ts";
import { describeProducersApi } from "../../protocol/messages/describe-producers.ts";

test("a producer of old records was forgotten at the first look; without the config it stays", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect, platform }) => {
    const client = await connect();
    const records = batchOf({ values: ["v"], producerId: 7, producerEpoch: 0, timestamp: 1, baseSequence: 0 });
    assert.equal((await produceTo(client, records)).errorCode, 0);
    const delay = platform.runtime.delayFor(3_600_000);
    await delay;
    delay[Symbol.dispose]();
    const { topics } = await client.request(describeProducersApi, { topics: [{ name: "t", partitionIndexes: [0] }] });
    assert.deepEqual(
      topics[0]?.partitions[0]?.activeProducers.map(({ producerId }) => producerId),
      [7],
    );
    const again = batchOf({ values: ["v"], producerId: 7, producerEpoch: 0, timestamp: 1, baseSequence: 0 });
    const { errorCode, baseOffset } = await produceTo(client, again);
    assert.deepEqual([errorCode, baseOffset], [0, 0], "the broker knows that it has this batch");
  }));

test("producers expire at the first check after producer.id.expiration.ms; before it they are described", () =>
  withCluster(
    {
      topics: { t: 1 },
      configs: { "producer.id.expiration.ms": "10000", "producer.id.expiration.check.interval.ms": "500" },
    },
    async ({ connect, platform }) => {
      const client = await connect();
      const pass = async (ms: number): Promise<void> => {
        const delay = platform.runtime.delayFor(ms);
        await delay;
        delay[Symbol.dispose]();
      };
      const known = async (): Promise<readonly number[]> => {
        const topics = [{ name: "t", partitionIndexes: [0] }];
        const response = await client.request(describeProducersApi, { topics });
        return response.topics[0]?.partitions[0]?.activeProducers.map(({ producerId }) => producerId) ?? [];
      };
      const numbers = { producerId: 7, producerEpoch: 0, timestamp: NOW };
      await produceTo(client, batchOf({ values: ["v"], ...numbers, baseSequence: 0 }));
      assert.deepEqual(await known(), [7]);
      await pass(9000);
      assert.deepEqual(await known(), [7]);
      await pass(2000);
      assert.deepEqual(await known(), []);
      const next = await produceTo(client, batchOf({ values: ["v"], ...numbers, baseSequence: 1 }));
      assert.deepEqual([next.errorCode, next.baseOffset], [0, 1], "it goes on where it was");
    },
  ));
