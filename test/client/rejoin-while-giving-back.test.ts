// A cooperative member is asked to join again while it is still giving partitions back: it does not keep them for that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeAssignment } from "../../src/consumer/group/classic-messages.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

test("a member that joins again while it gives partitions back does not take them back by itself", () =>
  inWorld({ topics: { t: 2 } }, async ({ cluster, kafka, platform }) => {
    const producer = kafka.producer();
    for (const partition of [0, 1]) await producer.send({ topic: "t", partition, value: "x" });
    const events: string[] = [];
    const note =
      (what: string) =>
      (partitions: readonly { readonly partition: number }[]): void => {
        events.push(`${what} ${partitions.map(({ partition }) => partition).join()}`);
      };
    const consumer = kafka.consumer({
      groupId: "g",
      topics: ["t"],
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["cooperative-sticky"],
      heartbeatIntervalMs: 500,
      onAssigned: note("assigned"),
      onRevoked: note("revoked"),
    });
    cluster.intercept("SyncGroup", () => ({
      respond: (response) => {
        const isSecond = events.length === 2;
        events.push(isSecond ? "sync: nothing" : "sync");
        return isSecond ? { ...response, assignment: encodeAssignment({ partitions: [] }) } : response;
      },
    }));
    let inHand = 0;
    const run = consumer.run({
      eachRecord: async () => {
        if (inHand++ > 0) return;
        // The group says that this member has nothing any more, and then that it is to join again.
        cluster.failRequests("Heartbeat", ["REBALANCE_IN_PROGRESS", "NONE", "REBALANCE_IN_PROGRESS"]);
        await sleep(platform, 4000);
      },
    });
    await sleep(platform, 20_000);
    await consumer.close();
    await run;
    assert.deepEqual(events, [
      "sync",
      "assigned 0,1",
      "sync: nothing",
      "revoked 0,1",
      "sync",
      "assigned 0,1",
      "revoked 0,1",
    ]);
  }));
