// simulate() loads code before virtual time runs. These options need code that nothing has loaded in this process: its
// modules must not be imported here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Kafka, type KafkaBaseOptions } from "../../src/kafka.ts";
import { simulate } from "../../src/simulation.ts";

const OPTIONS: readonly (readonly [string, KafkaBaseOptions])[] = [
  ["maxConnections", { maxConnections: 1 }],
  ["mapBroker", { mapBroker: ({ host, port }) => ({ host, port }) }],
];

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
