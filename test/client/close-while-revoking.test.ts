// A consumer that is closed while a partition that goes to another member waits for the application to be done with it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

test("a close while a partition waits to be given back calls onRevoked for it: that hook was never called", () =>
  inWorld(
    { topics: { t: 2 }, groups: { consumerAssignmentIntervalMs: 0, consumerHeartbeatIntervalMs: 100 } },
    async ({ kafka, platform }) => {
      const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
      const producer = kafka.producer();
      for (const partition of [0, 1]) await producer.send({ topic: "t", partition, value: "v" });
      const revoked: number[] = [];
      const first = kafka.consumer({
        groupId: "g",
        groupProtocol: "consumer",
        topics: ["t"],
        onRevoked: (partitions) => void revoked.push(...partitions.map(({ partition }) => partition)),
      });
      const working = first.run({ concurrency: 2, eachRecord: () => sleep(20_000) });
      await sleep(2000);
      const second = kafka.consumer({ groupId: "g", groupProtocol: "consumer", topics: ["t"] });
      const reading = (async (): Promise<void> => {
        for await (const _ of second);
      })().catch(() => undefined);
      await sleep(2000); // one of the two partitions is to go, and both have a record at work
      assert.deepEqual(revoked, []);
      await first.close();
      assert.deepEqual(revoked.sort(), [0, 1]);
      await working.catch(() => undefined);
      await second.close();
      await reading;
      await producer.close();
      await sleep(20_000); // the work that was under way
    },
  ));
