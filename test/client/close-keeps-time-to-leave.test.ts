// A commit that cannot succeed ends, or is given up when the consumer is closed; and closing always keeps time to leave
// the group. In virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { GroupOptions } from "../../src/consumer/group/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { type World, inWorld, take } from "./world.ts";

const GROUPS = { initialRebalanceDelayMs: 0, consumerAssignmentIntervalMs: 0 };
const members = (cluster: World["cluster"]): number =>
  cluster.snapshot().groups.find(({ groupId }) => groupId === "g")?.members.length ?? 0;

/** A consumer that has read one record of `t`. */
async function joined({ kafka }: World, options: GroupOptions): Promise<Consumer> {
  await kafka.producer().send({ topic: "t", partition: 0, value: "x" });
  const consumer = kafka.consumer({ groupId: "g", topics: ["t"], ...options });
  await take(consumer, 1);
  return consumer;
}

async function took({ platform }: World, work: Promise<unknown>): Promise<number> {
  const fromMs = platform.clock.monotonic();
  await work;
  return platform.clock.monotonic() - fromMs;
}

for (const groupProtocol of ["consumer", "classic"] as const) {
  test(`${groupProtocol}: a commit of a partition or topic that does not exist was tried for ever, and held close()`, () =>
    inWorld({ topics: { t: 3 }, groups: GROUPS, autoCreateTopics: false }, async (world) => {
      const consumer = await joined(world, { groupProtocol });
      const isUnknown = (e: unknown): boolean =>
        KafkaError.is(e) &&
        e.kind === "broker" &&
        !e.retriable &&
        /t-77.*3 partitions|nope-0.*no such topic/.test(e.message);
      assert.ok(
        (await took(world, assert.rejects(consumer.commit([{ topic: "t", partition: 77, offset: 1 }]), isUnknown))) <
          2000,
      );
      assert.ok(
        (await took(world, assert.rejects(consumer.commit([{ topic: "nope", partition: 0, offset: 1 }]), isUnknown))) <
          2000,
      );
      await assert.rejects(
        consumer.commit([
          { topic: "t", partition: 77, offset: 1 },
          { topic: "t", partition: 1, offset: 0 },
        ]),
        isUnknown,
      );
      assert.equal(
        (await consumer.committed([{ topic: "t", partition: 1 }]))[0]?.offset,
        0,
        "the others of the call are committed",
      );
      const pending = assert.rejects(consumer.commit([{ topic: "t", partition: 77, offset: 1 }]));
      assert.ok((await took(world, consumer.close())) < 1000);
      assert.equal(members(world.cluster), 0);
      await pending;
    }));

  test(`${groupProtocol}: a rebalance that never ends refuses every commit: close() keeps a second to leave`, () =>
    inWorld({ topics: { t: 3 }, groups: GROUPS }, async (world) => {
      const { cluster } = world;
      const consumer = await joined(world, { groupProtocol });
      cluster.intercept("OffsetCommit", ({ message }) => ({
        answer: {
          topics: message.topics.map(({ name, topicId, partitions }) => ({
            name,
            topicId,
            partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 27 })),
          })),
        },
      }));
      const own = consumer.commit([{ topic: "t", partition: 0, offset: 1 }]).catch((e: unknown) => e);
      const closedMs = await took(world, consumer.close({ timeoutMs: 10_000 }));
      assert.ok(closedMs >= 9000 && closedMs <= 10_100, `${closedMs} ms`);
      assert.equal(members(cluster), 0);
      await own;
    }));

  for (const timeoutMs of [0, 500, 5000]) {
    test(
      `${groupProtocol}: a hook that never ends does not keep close({ timeoutMs: ${timeoutMs} }) from leaving the ` +
        "group",
      () =>
        inWorld({ topics: { t: 1 }, groups: GROUPS }, async (world) => {
          const consumer = await joined(world, { groupProtocol, onRevoked: () => new Promise(() => undefined) });
          const closedMs = await took(world, consumer.close({ timeoutMs }));
          assert.ok(closedMs <= Math.max(2000, timeoutMs) + 100, `${closedMs} ms`);
          assert.equal(members(world.cluster), 0);
        }),
    );
  }
}
