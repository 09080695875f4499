// `assign` with `groupId`: partitions are read by hand, and positions are committed in the name of a group that is not
// joined.
import { test } from "node:test";
import assert from "node:assert/strict";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text, type World } from "./world.ts";

const partitions = [0, 1].map((partition) => ({ topic: "t", partition }));

async function written(body: (world: World) => Promise<void>): Promise<void> {
  await inWorld({ topics: { t: 2 }, groups: { consumerAssignmentIntervalMs: 0 } }, async (world) => {
    const producer = world.kafka.producer();
    for (let i = 0; i < 10; i++) await producer.send({ topic: "t", partition: i % 2, value: `${i}` });
    await body(world);
  });
}

async function committed({ kafka }: World, groupId = "g"): Promise<readonly (number | undefined)[]> {
  // Waits for offsets of a transaction whose markers are being written.
  const looker = kafka.consumer({ groupId, assign: [], isolationLevel: "read_committed" });
  const found = (await looker.committed(partitions)).map((one) => one?.offset);
  await looker.close();
  return found;
}

test("what was read is committed at close, and the next consumer of the group begins there; nobody joins", () =>
  written(async (world) => {
    const { kafka, cluster } = world;
    const requests = new Set<string>();
    cluster.intercept(({ apiName }) => {
      requests.add(apiName);
      return undefined;
    });
    const first = kafka.consumer({ groupId: "g", assign: partitions });
    assert.equal((await take(first, 10)).length, 10);
    await first.close();
    assert.deepEqual(await committed(world), [5, 5]);
    await kafka.producer().send({ topic: "t", partition: 1, value: "new" });
    const second = kafka.consumer({ groupId: "g", assign: partitions });
    assert.deepEqual(
      (await take(second, 1)).map(({ value, partition }) => [text(value), partition]),
      [["new", 1]],
    );
    await second.close();
    assert.deepEqual(await committed(world), [5, 6]);
    assert.deepEqual(
      [...requests].filter((name) => /Join|Heartbeat|LeaveGroup|SyncGroup/.test(name)),
      [],
    );
  }));

test(
  "positions are committed now and then; with enableAutoCommit false by commit() only, of what the loop has moved " +
    "past, or of what it is given",
  () =>
    written(async (world) => {
      const { kafka, platform } = world;
      const auto = kafka.consumer({ groupId: "auto", assign: partitions, autoCommitIntervalMs: 100 });
      const records = auto.records();
      for (let i = 0; i < 4; i++) await records.next();
      const more = records.next();
      await sleep(platform, 300);
      const now = (await auto.committed(partitions)).reduce((sum, one) => sum + (one?.offset ?? 0), 0);
      assert.equal(now, 4);
      await more;
      const manual = kafka.consumer({ groupId: "manual", assign: partitions, enableAutoCommit: false });
      await take(manual, 3);
      assert.deepEqual(await committed(world, "manual"), [undefined, undefined]);
      await manual.commit();
      assert.equal(
        (await committed(world, "manual")).reduce((sum: number, offset) => sum + (offset ?? 0), 0),
        3,
      );
      await manual.commit([{ topic: "t", partition: 1, offset: 4, metadata: "by hand" }]);
      assert.deepEqual((await manual.committed(partitions))[1], {
        topic: "t",
        partition: 1,
        offset: 4,
        leaderEpoch: undefined,
        metadata: "by hand",
      });
      await auto.close();
    }),
);

test("a consumer without partitions commits for an empty group: offsets are set without a loop", () =>
  written(async (world) => {
    const tool = world.kafka.consumer({ groupId: "g", assign: [] });
    await tool.commit(partitions.map((one) => ({ ...one, offset: 3 })));
    await tool.close();
    const reader = world.kafka.consumer({ groupId: "g", topics: ["t"] });
    assert.deepEqual((await take(reader, 4)).map(({ offset }) => offset).sort(), [3, 3, 4, 4]);
    await reader.close();
  }));

test(
  "an offset in assign, and a seek, go before what is committed; a partition that is assigned later begins at what " +
    "is committed",
  () =>
    written(async (world) => {
      const { kafka } = world;
      const tool = kafka.consumer({ groupId: "g", assign: [] });
      await tool.commit(partitions.map((one) => ({ ...one, offset: 3 })));
      const consumer = kafka.consumer({ groupId: "g", assign: [{ topic: "t", partition: 0, offset: 4 }] });
      assert.deepEqual(
        (await take(consumer, 1)).map(({ partition, offset }) => [partition, offset]),
        [[0, 4]],
      );
      consumer.assign(partitions);
      assert.deepEqual(
        (await take(consumer, 1)).map(({ partition, offset }) => [partition, offset]),
        [[1, 3]],
      );
      consumer.seek({ topic: "t", partition: 1 }, 0);
      assert.deepEqual(
        (await take(consumer, 1)).map(({ partition, offset }) => [partition, offset]),
        [[1, 0]],
      );
      await consumer.close();
    }),
);

test("while the group has live members a commit by hand is refused, and says why; reading goes on", () =>
  written(async (world) => {
    const { kafka } = world;
    const member = kafka.consumer({ groupId: "g", topics: ["t"] });
    const records = member.records();
    await records.next();
    const byHand = kafka.consumer({ groupId: "g", assign: partitions });
    assert.equal((await take(byHand, 3)).length, 3);
    await assert.rejects(byHand.commit(), {
      codeName: "UNKNOWN_MEMBER_ID",
      message: /by hand \(with `assign`\): the group has live members/,
    });
    await byHand.close();
    await member.close();
  }));

test('autoOffsetReset "none": without a committed offset the loop says so', () =>
  written(async ({ kafka }) => {
    const consumer = kafka.consumer({ groupId: "g", assign: partitions, autoOffsetReset: "none" });
    await assert.rejects(consumer.records().next(), {
      kind: "config",
      message: /the group has committed no offset of t-[01]/,
    });
    await consumer.commit(partitions.map((one) => ({ ...one, offset: 4 })));
    const again = kafka.consumer({ groupId: "g", assign: partitions, autoOffsetReset: "none" });
    assert.equal((await take(again, 2)).length, 2);
  }));

test("sendOffsets of a transaction takes such a consumer's group", () =>
  written(async (world) => {
    const { kafka } = world;
    const consumer = kafka.consumer({ groupId: "g", assign: partitions, enableAutoCommit: false });
    await take(consumer, 2);
    const producer = kafka.producer({ transactionalId: "tx" });
    await producer.transaction((tx) =>
      tx.sendOffsets([{ topic: "t", partition: 0, offset: 2 }], consumer.groupMetadata()),
    );
    assert.deepEqual(await committed(world), [2, undefined]);
    await consumer.close();
  }));
