// Serverless hosts stop a process between two invocations. Brokers close idle connections after 10 minutes, and the
// client's metadata and idle limits pass meanwhile: the first send afterwards must not wait for any of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/runtime/sleep.ts";
import { FrozenProcess } from "./frozen-process.ts";
import { inWorld } from "./world.ts";

const BROKER_IDLE_MS = 600_000; // connections.max.idle.ms of brokers
const MINUTE = 60_000;

for (const [what, ms, how, most] of [
  ["1 second", 1000, "closed", 0],
  ["1 minute", MINUTE, "closed", 0],
  ["8 minutes", 8 * MINUTE, "closed", 0],
  ["11 minutes", 11 * MINUTE, "closed", 4],
  ["11 minutes, connections dropped silently", 11 * MINUTE, "silently", 4],
  ["a day", 24 * 60 * MINUTE, "closed", 4],
  ["8 days, longer than a producer id lives", 8 * 24 * 60 * MINUTE, "closed", 4],
] as const)
  for (const order of ["send first", "timers first"] as const)
    test(`a process that is stopped for ${what}, ${order}: each send works within 2 s, over few connections`, () =>
      inWorld({ brokers: 3, topics: { t: 3 } }, async (world) => {
        const { clock } = world.platform;
        const frozen = new FrozenProcess(world);
        const kafka = frozen.kafka();
        const producer = kafka.producer();
        for (let partition = 0; partition < 3; partition++) await producer.send({ topic: "t", partition, value: "x" });
        for (let invocation = 1; invocation <= 3; invocation++) {
          const opened = frozen.connections;
          await frozen.freeze(ms, BROKER_IDLE_MS, how);
          const fromMs = clock.monotonic();
          if (order === "timers first") await sleep(world.platform, 0);
          const sent = await Promise.all(
            [0, 1, 2].map((partition) => producer.send({ topic: "t", partition, value: `${invocation}` })),
          );
          assert.deepEqual(
            sent.map(({ offset }) => offset),
            [invocation, invocation, invocation],
          );
          const tookMs = clock.monotonic() - fromMs;
          assert.ok(tookMs <= 2000, `the sends took ${tookMs} ms`);
          const count = frozen.connections - opened;
          assert.ok(count <= most + 2, `${count} connections were opened`);
        }
        await kafka.close();
        await sleep(world.platform, 100); // the ends of dead streams arrive
      }));
