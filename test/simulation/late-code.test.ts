// simulate() and a simulated platform load code before virtual time runs. These options need code that nothing has
// loaded in this process: its modules must not be imported here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { Kafka, type KafkaBaseOptions } from "../../src/kafka.ts";
import { simulate, simulatedPlatform } from "../../src/simulation.ts";

const OPTIONS: readonly (readonly [string, KafkaBaseOptions])[] = [
  ["maxConnections", { maxConnections: 1 }],
  ["mapBroker", { mapBroker: ({ host, port }) => ({ host, port }) }],
];

test("the first run on a simulated platform, with a login, minVersions and a log of requests, is as the second one", async () => {
  const run = async (): Promise<string> => {
    const platform = simulatedPlatform({ seed: 1 });
    await platform.run(async () => {
      const cluster = await EmbeddedCluster.start({ topics: { t: 1 }, users: { ann: { password: "pw" } } }, platform);
      const kafka = new Kafka(
        {
          ...{ cluster, minVersions: { Produce: 3 }, logLevel: "debug", onLog: () => undefined },
          sasl: { mechanism: "PLAIN", username: "ann", password: "pw" },
        },
        platform,
      );
      const producer = kafka.producer();
      await producer.send({ topic: "t", value: "v" });
      await kafka.close();
      await cluster.close();
    });
    return platform.scheduler.traceHash;
  };
  const first = await run();
  assert.equal(first, await run());
});

for (const [name, options] of OPTIONS)
  test(`the first run of a process with ${name} has the trace of the second one`, async () => {
    const run = (): Promise<string> =>
      simulate({ seed: 1, topics: { t: 3 } }, async (world) => {
        const node = world.node("client");
        const kafka = new Kafka({ ...node.kafkaOptions, ...options }, node.platform);
        const producer = kafka.producer();
        for (let partition = 0; partition < 3; partition++) await producer.send({ topic: "t", partition, value: "v" });
        await kafka.close();
      }).then(({ traceHash }) => traceHash);
    const first = await run();
    assert.equal(first, await run());
  });
