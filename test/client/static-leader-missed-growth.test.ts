// A topic grows while the leader of a classic group, a static member, is away. Its session has not ended, so the group
// keeps its assignment (KIP-814), and only the leader looks for new partitions.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { GroupReader } from "./group-reader.ts";
import { inWorld } from "./world.ts";

for (const assignor of ["range", "cooperative-sticky"] as const) {
  for (const growsTo of [4, 5]) {
    test(
      "a static leader that was away when the topic grew comes back, and nobody ever read the new partition " +
        `(${assignor}, 4 partitions, then ${growsTo})`,
      () =>
        inWorld({ topics: { t: 4 } }, async (world) => {
          const { kafka, platform, cluster } = world;
          const sleep = (ms: number): Promise<void> =>
            sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
          const member = (groupInstanceId: string): ConsumerOptions => ({
            groupId: "g",
            groupInstanceId,
            topics: ["t"],
            groupProtocol: "classic",
            partitionAssignmentStrategy: [assignor],
            heartbeatIntervalMs: 200,
            sessionTimeoutMs: 30_000,
          });
          const leader = new GroupReader(world, member("a"));
          await leader.until(({ held }) => held.size === 4);
          const other = new GroupReader(world, member("b"));
          await GroupReader.untilAll([leader, other], () => leader.held.size === 2 && other.held.size === 2);
          const joins = cluster.intercept("JoinGroup", () => undefined);
          leader.crash();
          if (growsTo > 4) cluster.growTopic("t", growsTo);
          const back = new GroupReader(world, member("a"));
          await sleep(20_000);
          const producer = kafka.producer();
          for (let partition = 0; partition < growsTo; partition++)
            await producer.send({ topic: "t", partition, value: String(partition) });
          await sleep(5000);
          assert.deepEqual(
            [...back.values, ...other.values].sort(),
            Array.from({ length: growsTo }, (_, partition) => partition),
          );
          // Where nothing grew the others are not disturbed: it joins once.
          if (growsTo === 4) assert.equal(joins.calls, 1);
          await leader.close();
          await back.close();
          await other.close();
          await producer.close();
        }),
    );
  }
}
