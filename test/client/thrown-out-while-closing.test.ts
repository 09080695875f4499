// While a member is being closed it learns that its group continued without it, and joins again before its hook is
// over. Its processed records must not be committed under the new membership, over the commits of the next owner.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { committed } from "./committed.ts";
import { GroupReader } from "./group-reader.ts";
import { inWorld } from "./world.ts";

const LATENCY_MS = 20;
const SESSION_MS = 6000;
/**
 * How long the heartbeat after which it is thrown out is under way: the session began one heartbeat before, and the
 * member gives it up after a session.
 */
const LATE_MS = 5800;
const HOOK_MS = 300;

const ways: readonly (readonly [name: string, options: ConsumerOptions])[] = [
  [
    "eager",
    {
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["range"],
      heartbeatIntervalMs: 1000,
      sessionTimeoutMs: SESSION_MS,
    },
  ],
  [
    "cooperative",
    {
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["cooperative-sticky"],
      heartbeatIntervalMs: 1000,
      sessionTimeoutMs: SESSION_MS,
    },
  ],
  ["KIP-848", { groupProtocol: "consumer" }],
];

/**
 * Closes a member the given time before it learns that it was removed (after it if negative). Returns the arguments of
 * its hooks.
 */
async function close(options: ConsumerOptions, beforeMs: number): Promise<readonly string[]> {
  return inWorld(
    {
      topics: { t: 1 },
      latencyMs: LATENCY_MS,
      groups: {
        consumerAssignmentIntervalMs: 0,
        consumerHeartbeatIntervalMs: 1000,
        consumerSessionTimeoutMs: SESSION_MS,
      },
    },
    async (world) => {
      const { cluster, kafka, platform } = world;
      const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
      const group: ConsumerOptions = {
        groupId: "g",
        topics: ["t"],
        autoOffsetReset: "earliest",
        autoCommitIntervalMs: 3_600_000,
        ...options,
      };
      const slowly = (): Promise<void> => sleep(HOOK_MS);
      const first = new GroupReader(world, { ...group, onRevoked: slowly, onLost: slowly });
      await first.until(({ held }) => held.size === 1);
      const producer = kafka.producer();
      for (let i = 0; i < 10; i++) await producer.send({ topic: "t", partition: 0, value: String(i) });
      await first.until(({ values }) => values.length === 10);

      const { memberId } = first.consumer.groupMetadata();
      const late = new Promise<void>((resolve) => {
        const delay = (): { delayMs: number } => {
          resolve();
          return { delayMs: LATE_MS };
        };
        cluster.intercept("Heartbeat", delay, { times: 1, when: ({ message }) => message.memberId === memberId });
        cluster.intercept("ConsumerGroupHeartbeat", delay, {
          times: 1,
          when: ({ message }) => message.memberId === memberId,
        });
      });
      await late;
      const thrownOut = sleep(LATE_MS - beforeMs);
      const second = new GroupReader(world, group);
      await second.until(({ values }) => values.length === 10);
      for (let i = 10; i < 20; i++) await producer.send({ topic: "t", partition: 0, value: String(i) });
      await second.until(({ values }) => values.length === 20);
      await second.consumer.commit();

      await thrownOut;
      await first.close();
      await sleep(HOOK_MS); // a hook that is running already is not waited for
      first.checkHooks();
      assert.deepEqual(
        await committed(kafka.consumer(group), [{ topic: "t", partition: 0 }]),
        [20],
        `closed ${beforeMs} ms before it heard`,
      );
      await second.close();
      return first.hooks;
    },
  );
}

for (const [name, options] of ways) {
  test(
    "a member that is thrown out while it closes, and joins anew, committed what it had held before behind its " +
      `successor (${name})`,
    async () => {
      const ends = new Set<string | undefined>();
      for (let beforeMs = 500; beforeMs > -200; beforeMs -= 10) ends.add((await close(options, beforeMs)).at(-1));
      assert.ok(ends.has("lost t-0"), "it heard while it was closing");
    },
  );
}
