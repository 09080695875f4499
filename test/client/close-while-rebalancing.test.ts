// A member that is closed at any moment of a rebalance which another one began by leaving commits its processed
// records. Between the answer to its JoinGroup and that to its SyncGroup the coordinator refuses commits
// (REBALANCE_IN_PROGRESS), and before it has heard the former, those of the generation that it knows
// (ILLEGAL_GENERATION). Neither means that its partitions are others'.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { committed } from "./committed.ts";
import { GroupReader } from "./group-reader.ts";
import { inWorld } from "./world.ts";

const PARTITIONS = 6;
const LATENCY_MS = 20;
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: "t", partition }));

const ways: readonly (readonly [name: string, options: ConsumerOptions])[] = [
  ["eager", { groupProtocol: "classic", partitionAssignmentStrategy: ["range"], heartbeatIntervalMs: 50 }],
  [
    "cooperative",
    { groupProtocol: "classic", partitionAssignmentStrategy: ["cooperative-sticky"], heartbeatIntervalMs: 50 },
  ],
  ["KIP-848", { groupProtocol: "consumer" }],
];

/** The records read and offsets committed, if the second member is closed this long after the first began to leave. */
async function close(options: ConsumerOptions, afterMs: number): Promise<void> {
  await inWorld(
    {
      topics: { t: PARTITIONS },
      latencyMs: LATENCY_MS,
      groups: { consumerAssignmentIntervalMs: 0, consumerHeartbeatIntervalMs: 50 },
    },
    async (world) => {
      const { kafka, platform } = world;
      const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
      // No commit of its own accord: only the one at the end, which is looked at.
      const group: ConsumerOptions = {
        groupId: "g",
        topics: ["t"],
        autoOffsetReset: "earliest",
        autoCommitIntervalMs: 3_600_000,
        ...options,
      };
      const readers = [1, 2, 3].map(() => new GroupReader(world, group));
      const [first, second, third] = readers as [GroupReader, GroupReader, GroupReader];
      await GroupReader.untilAll(readers, () => readers.every(({ held }) => held.size === 2));
      const producer = kafka.producer();
      for (let i = 0; i < 60; i++) await producer.send({ topic: "t", partition: i % PARTITIONS, value: String(i) });
      await GroupReader.untilAll(readers, () => readers.reduce((sum, { values }) => sum + values.length, 0) === 60);
      const leaving = first.close();
      await sleep(afterMs);
      await Promise.all([leaving, second.close()]);
      await sleep(2000);
      await third.close();
      for (const reader of readers) reader.checkHooks();
      assert.deepEqual(
        await committed(kafka.consumer(group), partitions),
        partitions.map(() => 10),
        `closed ${afterMs} ms after the first`,
      );
      assert.equal(
        readers.reduce((sum, { values }) => sum + values.length, 0),
        60,
        `closed ${afterMs} ms after the first: nothing is read twice`,
      );
    },
  );
}

for (const [name, options] of ways) {
  test(
    `a member that is closed while its group rebalances commits what it has read (${name}): the commit was given ` +
      "up, and others read it again",
    async () => {
      for (let afterMs = 0; afterMs <= 400; afterMs += 5) await close(options, afterMs);
    },
  );
}

test(
  "a commit that is made while an eager member holds nothing is not tried again under its next generation: others " +
    "may hold the partitions by then",
  async () => {
    const made = { accepted: 0, refused: 0 };
    for (let afterMs = 0; afterMs <= 400; afterMs += 5) {
      await inWorld({ topics: { t: 2 }, latencyMs: LATENCY_MS }, async (world) => {
        const { platform } = world;
        const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
        const group: ConsumerOptions = {
          groupId: "g",
          topics: ["t"],
          autoCommitIntervalMs: 3_600_000,
          groupProtocol: "classic",
          partitionAssignmentStrategy: ["range"],
          heartbeatIntervalMs: 50,
        };
        const first = new GroupReader(world, group);
        await first.until(({ held }) => held.size === 2);
        const second = new GroupReader(world, group);
        await sleep(afterMs);
        const heldAtCall = first.held.size;
        const isMade = await first.consumer
          .commit(
            [
              { topic: "t", partition: 0, offset: 0 },
              { topic: "t", partition: 1, offset: 0 },
            ],
            { timeoutMs: 3000 },
          )
          .then(
            () => true,
            () => false,
          );
        if (heldAtCall === 0) {
          made[isMade ? "accepted" : "refused"]++;
          if (isMade)
            assert.equal(
              first.held.size,
              0,
              `called ${afterMs} ms after another began to join: the next generation had been assigned`,
            );
        }
        await GroupReader.untilAll([first, second], () => first.held.size === 1 && second.held.size === 1);
        await first.close();
        await second.close();
      });
    }
    assert.ok(made.accepted > 0 && made.refused > 0, JSON.stringify(made));
  },
);
