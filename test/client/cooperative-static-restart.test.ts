// A static member of a cooperative group that is restarted between giving a partition back and joining again.
import { test } from "node:test";
import assert from "node:assert/strict";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

for (const isLeader of [true, false]) {
  test(
    `a static ${isLeader ? "leader" : "follower"} that goes and comes back while it is to give a partition back: ` +
      "somebody gets that partition, though no rebalance is asked for",
    () =>
      inWorld({ topics: { t: 4 } }, async ({ client, kafka, platform }) => {
        const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
        const options = {
          groupId: "g",
          groupProtocol: "classic",
          topics: ["t"],
          partitionAssignmentStrategy: ["cooperative-sticky"],
          sessionTimeoutMs: 20_000,
          heartbeatIntervalMs: 500,
          maxPollIntervalMs: 10_000,
        } as const;
        const read = (consumer: AsyncIterable<unknown>): void =>
          void (async () => {
            for await (const _ of consumer);
          })().catch(() => undefined);
        const others = Array.from({ length: 3 }, () => kafka.consumer(options));
        const [leader, ...late] = isLeader ? [undefined, ...others] : others;
        if (leader !== undefined) read(leader);
        await sleep(5000);
        const machine = client();
        const first = machine.consumer({ ...options, groupInstanceId: "i", onRevoked: () => sleep(60_000) });
        read(first);
        await sleep(15_000);
        assert.equal(first.assignment().length, isLeader ? 4 : 2);
        for (const consumer of late) if (consumer !== undefined) read(consumer);
        await sleep(4500); // it has to give some back, and hangs
        const back = client().consumer({ ...options, groupInstanceId: "i" });
        read(back);
        await sleep(40_000);
        const owned = [...others, back]
          .flatMap((consumer) => consumer.assignment().map(({ partition }) => partition))
          .sort();
        assert.deepEqual(owned, [0, 1, 2, 3]);
        for (const consumer of [...others, back]) await consumer.close();
        await first.close({ timeoutMs: 100 });
        await machine.close();
        await sleep(60_000); // the hook
      }),
  );
}
