// How many tasks a client keeps on its runtime: none, whatever it does. So a runtime that runs one at a time is enough.
import { test } from "node:test";
import assert from "node:assert/strict";
import "../client/late-code.ts";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { Kafka } from "../../src/kafka.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";

for (const brokers of [3, 8]) {
  test(`with producers, consumers of both protocols and admin open, no task is left on the runtime: ${brokers} brokers`, async () => {
    const platform = simulatedPlatform({ seed: 5, drain: nodeDrain });
    await platform.run(async () => {
      const cluster = await EmbeddedCluster.start({ brokers, topics: { t: 8 } }, platform);
      const own = new SimulatedRuntime(platform.scheduler);
      const kafka = new Kafka<AsyncRuntime>(
        { cluster: { bootstrapServers: cluster.bootstrapServers, connector: platform.connector }, runtime: own },
        platform,
      );
      const producer = kafka.producer();
      const transactional = kafka.producer({ transactionalId: "x" });
      for (let partition = 0; partition < 8; partition++) await producer.send({ topic: "t", partition, value: "a" });
      await transactional.transaction(async (transaction) => {
        await transaction.send({ topic: "t", value: "b" });
      });
      let read = 0;
      for (const groupProtocol of ["classic", "consumer"] as const) {
        const consumer = kafka.consumer({ topics: ["t"], groupId: groupProtocol, groupProtocol });
        kafka.runtime.spawn(async () => void consume(consumer, () => read++));
      }
      assert.ok((await kafka.admin().listTopics()).includes("t"));
      await sleep(platform, 60_000);
      assert.equal(read, 18, "both groups have read everything");
      let most = 0;
      for (let i = 0; i < 1000; i++) {
        await sleep(platform, 7);
        most = Math.max(most, own.spawned);
      }
      assert.equal(most, 0);
      await kafka.close();
      assert.deepEqual([own.tasks, own.delays, own.failures], [0, 0, []]);
      await cluster.close();
    });
  });
}

async function consume(consumer: AsyncIterable<unknown>, onRecord: () => void): Promise<void> {
  for await (const _record of consumer) onRecord();
}
