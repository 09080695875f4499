// Every feature of the client on every hostile runtime. When a client has closed, every delay was disposed exactly
// once.
import { test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { Kafka } from "../../src/kafka.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import { simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { hostileRuntimes } from "./hostile.ts";
import { scenarios } from "./scenarios.ts";

for (const { name, wrap } of hostileRuntimes) {
  for (const { name: what, play } of scenarios) {
    test(`${name}: ${what}`, async () => {
      const platform = simulatedPlatform({ seed: 11, drain: nodeDrain });
      await platform.run(async () => {
        const cluster = await EmbeddedCluster.start(
          { brokers: 3, topics: { one: 1, three: 3 }, numPartitions: 1 },
          platform,
        );
        const own = new SimulatedRuntime(platform.scheduler);
        const kafka = new Kafka<AsyncRuntime>(
          {
            cluster: { bootstrapServers: cluster.bootstrapServers, connector: platform.connector },
            runtime: wrap(own),
          },
          platform,
        );
        await play({ kafka, cluster, host: platform });
        await kafka.close();
        assert.deepEqual(own.misuses, []);
        assert.deepEqual(own.failures, []);
        assert.deepEqual(
          { delays: own.delays, tasks: own.tasks },
          { delays: 0, tasks: 0 },
          "what the closed client left behind",
        );
        await cluster.close();
      });
    });
  }
}
