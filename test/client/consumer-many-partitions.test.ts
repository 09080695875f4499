// An idle consumer of many partitions, and its commits. In virtual time.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Routes } from "../../src/consumer/fetching/routes.ts";
import type { Consumer } from "../../src/index.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld } from "./world.ts";

const MANY = 4500;
const CLIENT = { metadataMaxAgeMs: 10_000 };

/** Counts the partitions whose broker was looked up. */
function lookUps({ mock }: TestContext): { count: number } {
  const seen = { count: 0 };
  const { assign } = Routes.prototype;
  mock.method(Routes.prototype, "assign", function (this: Routes<unknown, unknown>, cursor: never) {
    seen.count++;
    assign.call(this, cursor);
  });
  return seen;
}

async function reading<T>(
  { platform }: World,
  consumer: AsyncIterable<unknown> & Pick<Consumer, "close">,
  body: () => Promise<T>,
): Promise<void> {
  const ended = (async () => {
    for await (const _ of consumer);
  })();
  await sleep(platform, 5000);
  await body();
  await consumer.close();
  await ended;
}

for (const [name, options] of [
  ["of a group", { groupId: "g" }],
  ["without a group", { startOffset: "earliest" }],
] as const)
  test(`a consumer ${name} passes over the partitions of topics that a refresh of the metadata did not change`, (t) =>
    inWorld(
      {
        brokers: 2,
        topics: { a: { partitions: 50, replicationFactor: 2 }, b: { partitions: 1, replicationFactor: 2 } },
        client: CLIENT,
      },
      async (world) => {
        const seen = lookUps(t);
        const consumer = world.kafka.consumer({ topics: ["a", "b"], ...options });
        await reading(world, consumer, async () => {
          using log = world.cluster.recordRequests({ api: "Metadata" });
          assert.ok(seen.count >= 51);
          seen.count = 0;
          await sleep(world.platform, 60_000);
          assert.ok(log.entries.length >= 3, "metadata was fetched again");
          assert.equal(seen.count, 0);
          for (const nodeId of [0, 1]) {
            world.cluster.moveLeader("b", 0, nodeId);
            await sleep(world.platform, 30_000);
          }
          assert.ok(seen.count >= 1 && seen.count <= 10, `${seen.count} look-ups for one partition that moved`);
        });
      },
    ));

test("an idle member lists what it holds once, and not for each heartbeat", (t) =>
  inWorld({ topics: { t: 100 } }, async (world) => {
    const consumer = world.kafka.consumer({ groupId: "g", topics: ["t"], groupProtocol: "consumer" });
    await reading(world, consumer, async () => {
      let lists = 0;
      const { stringify } = JSON;
      t.mock.method(JSON, "stringify", (...given: Parameters<typeof stringify>) => {
        lists++;
        return stringify(...given);
      });
      using log = world.cluster.recordRequests({ api: "ConsumerGroupHeartbeat" });
      await sleep(world.platform, 60_000);
      t.mock.restoreAll();
      assert.ok(log.entries.length >= 5);
      assert.ok(
        log.entries.every(({ request }) => request.topicPartitions === null && request.subscribedTopicNames === null),
        "there is nothing new to say",
      );
      assert.equal(lists, 0);
    });
  }));

test("offsets of thousands of partitions are committed in several requests, with a turn of the host between them", () =>
  inWorld({ topics: { t: MANY } }, async (world) => {
    const consumer = world.kafka.consumer({ groupId: "g", topics: ["t"], enableAutoCommit: false });
    await reading(world, consumer, async () => {
      const offsets = Array.from({ length: MANY }, (_, partition) => ({ topic: "t", partition, offset: 0 }));
      using log = world.cluster.recordRequests({ api: "OffsetCommit" });
      await consumer.commit(offsets);
      assert.deepEqual(
        log.entries.map(({ request }) => request.topics.flatMap(({ partitions }) => partitions).length),
        [2000, 2000, 500],
      );
      assert.equal((await consumer.committed(offsets)).filter((one) => one?.offset === 0).length, MANY);
    });
  }));
